"""Makes a letter's file PDF/A-2b (ISO 19005-2), to be read as it is for as long as a decision is kept.

What reportlab does not write by itself, straight through its own document: to open and save the finished file once
more would cost more than the letter. What the standard wants besides, the layout keeps to: every font embedded, device
colours RGB alone, nothing transparent, no script, no link, no attachment.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from xml.sax.saxutils import escape

from reportlab.pdfbase.pdfdoc import (
    NoEncryption,
    PDFArray,
    PDFCatalog,
    PDFDictionary,
    PDFDocument,
    PDFInfo,
    PDFName,
    PDFObject,
    PDFStream,
    PDFString,
)
from reportlab.pdfgen.canvas import Canvas

from letters.fonts import COMPRESSED_ONCE
from letters.letterhead import Logo

PRODUCER = "Pulse"
#: ISO 19005-2, 6.1.2: on ISO 32000-1, which is PDF 1.7.
VERSION = (1, 7)

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<xmp:CreatorTool>{producer}</xmp:CreatorTool>
<xmp:CreateDate>{day}T00:00:00Z</xmp:CreateDate><xmp:ModifyDate>{day}T00:00:00Z</xmp:ModifyDate>
<pdf:Producer>{producer}</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


@dataclass(frozen=True)
class Properties:
    """What the file says about itself; `day` stands for its creation date, so that equal letters are equal bytes."""

    title: str
    author: str
    #: A tag of BCP 47, such as `de-CH`.
    language: str
    day: dt.date


class _Catalog(PDFCatalog):
    """The document's root, with one entry that reportlab does not know."""

    def __init__(self) -> None:
        self.__NoDefault__ = [*PDFCatalog.__NoDefault__, "OutputIntents"]


class _Info(PDFInfo):
    """The information dictionary: what the metadata say too (6.6.3), and no empty entries."""

    def __init__(self, properties: Properties) -> None:
        super().__init__()
        self.title, self.author, self.day = properties.title, properties.author, properties.day

    def format(self, document: PDFDocument) -> bytes:
        day = PDFString(f"D:{self.day:%Y%m%d}000000Z")
        entries = {
            "Title": PDFString(self.title),
            "Author": PDFString(self.author),
            "Creator": PDFString(PRODUCER),
            "Producer": PDFString(PRODUCER),
            "CreationDate": day,
            "ModDate": day,
        }
        written: bytes = PDFDictionary(entries).format(document)
        return written


class _Ended(PDFObject):
    """The bytes of a stream, with the end of line after them that is no part of its length (6.1.7)."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __len__(self) -> int:
        return len(self.content)

    def format(self, document: PDFDocument) -> bytes:
        return self.content + b"\n"


class _Plain(NoEncryption):
    """No encryption; what passes through here on its way into the file are its streams."""

    def encode(self, t: bytes) -> _Ended:
        return _Ended(t)


def archive(canvas: Canvas, properties: Properties) -> None:
    """Adds to a new file its metadata (6.6.2) and the colour space that its colours are meant in (6.2.3)."""
    document = _document(canvas)
    document.encrypt = _Plain()
    document.info = _Info(properties)
    catalog: Any = _Catalog()
    vars(catalog).update(vars(document.Catalog))
    document.Catalog = document._catalog = catalog
    catalog.Metadata = _metadata(properties)
    catalog.OutputIntents = PDFArray([_output_intent(document)])
    canvas.setViewerPreference("DisplayDocTitle", "true")


def tell_apart(canvas: Canvas, text: str) -> None:
    """Has the file's identifier (6.1.3) depend on what the file says, not on its title alone."""
    _document(canvas).updateSignature(text.encode())


def put_picture(canvas: Canvas, logo: Logo, corner: tuple[float, float], size: tuple[float, float]) -> None:
    """Draws the logo from its lower left corner: colours without transparency (6.2.8, 6.2.10), compressed once."""
    document = _document(canvas)
    if not document.hasForm("logo"):
        entries = {
            "Type": PDFName("XObject"),
            "Subtype": PDFName("Image"),
            "Width": logo.width,
            "Height": logo.height,
            "ColorSpace": PDFName("DeviceRGB"),
            "BitsPerComponent": 8,
        }
        document.addForm("logo", PDFStream(PDFDictionary(entries), logo.pixels, filters=[COMPRESSED_ONCE]))
    canvas.saveState()
    canvas.transform(size[0], 0, 0, size[1], *corner)
    canvas.doForm("logo")
    canvas.restoreState()


def _document(canvas: Canvas) -> Any:
    """What writes the file; the canvas has no way of its own to what archives want."""
    return canvas._doc  # type: ignore[attr-defined]


def _metadata(properties: Properties) -> PDFStream:
    packet = _XMP.format(
        title=escape(properties.title),
        author=escape(properties.author),
        language=properties.language,
        producer=PRODUCER,
        day=properties.day.isoformat(),
    )
    entries = {"Type": PDFName("Metadata"), "Subtype": PDFName("XML")}
    return PDFStream(PDFDictionary(entries), packet.encode())


def _output_intent(document: Any) -> PDFDictionary:
    profile = PDFStream(PDFDictionary({"N": 3}), _srgb(), filters=[COMPRESSED_ONCE])
    entries = {
        "Type": PDFName("OutputIntent"),
        "S": PDFName("GTS_PDFA1"),
        "OutputConditionIdentifier": PDFString("sRGB"),
        "Info": PDFString("sRGB IEC61966-2.1"),
        "DestOutputProfile": document.Reference(profile),
    }
    return PDFDictionary(entries)


@cache
def _srgb() -> bytes:
    """The profile of sRGB that LittleCMS makes (free of copyright), with a fixed date and version 4.2."""
    return files("letters").joinpath("srgb.icc").read_bytes()
