"""PDF/A-2b by its structure: what ISO 19005-2 demands of a file like ours, clause by clause, read with pikepdf.

6.1.2 header, 6.1.3 identifier, no encryption, nothing after the end · 6.1.7 streams end with a line of their own, no
LZW, no outside file · 6.2.3 output intent with a profile of RGB · 6.2.4 colours of RGB and grey alone · 6.2.8 images
neither interpolated nor replaced · 6.2.10 nothing transparent · 6.2.11 fonts embedded, a width for each letter, text
that can be taken out · 6.3 no annotations · 6.4 no forms · 6.5, 6.6.1 no actions, no scripts · 6.6 metadata that are
readable, name part and conformance, and agree with the information dictionary · 6.8 no files inside · 6.9, 6.10 no
layers, no presentations. veraPDF judges the same files where it can be had (tests/integration/letters).
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from letter_samples import make_facts
from lxml import etree
from paper import BILL, billed_letter, letters_of_all_shapes, long_letter, looks

from letters.archive import VERSION
from letters.bill import render_bill
from letters.facts import Facts
from letters.letterhead import Letterhead
from letters.pdf import render
from letters.writer import TemplateWriter

_XMP = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
}
#: Colour operators (ISO 32000-1, table 74) that need more than a profile of RGB, shadings, inline images.
_FOREIGN_COLOURS = {"k", "K", "cs", "CS", "sc", "SC", "scn", "SCN", "sh", "ri", "BI", "gs"}
_NEVER_IN_CATALOG = (
    "/AcroForm",
    "/OpenAction",
    "/AA",
    "/Names",
    "/OCProperties",
    "/Requirements",
    "/Collection",
    "/AF",
)
_NEVER_ON_PAGES = ("/Annots", "/AA", "/Group", "/PresSteps", "/Metadata")


def printed(facts: Facts, look: Letterhead | None = None) -> bytes:
    return render(facts, TemplateWriter().write(facts), look=look)


def demand_archive(data: bytes) -> None:
    """Fails at the first demand that the file does not meet."""
    header = data[:32].splitlines()
    assert header[0] == b"%PDF-1.7"
    assert header[1][:1] == b"%"
    assert all(sign > 127 for sign in header[1][1:5])
    assert data.rstrip(b"\r\n").endswith(b"%%EOF")
    for match in re.finditer(rb"(?<!end)stream(\r?\n)", data):
        assert match[1] in (b"\r\n", b"\n")
    assert not re.search(rb"[^\r\n]endstream", data)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert not pdf.is_encrypted
        first, second = pdf.trailer["/ID"]
        assert len(bytes(first)) == len(bytes(second)) == 16
        _demand_catalog(pdf)
        _demand_metadata(pdf)
        for number, value in enumerate(pdf.objects):
            _demand_object(value, number)
        for page in pdf.pages:
            assert not [key for key in _NEVER_ON_PAGES if key in page.obj]
            used = {str(one.operator) for one in pikepdf.parse_content_stream(page)}
            assert not used & _FOREIGN_COLOURS
            for font in page.obj.Resources.get("/Font", {}).values():
                _demand_font(font)


def _demand_catalog(pdf: pikepdf.Pdf) -> None:
    assert not [key for key in _NEVER_IN_CATALOG if key in pdf.Root]
    assert re.fullmatch(r"(de|fr|it)-CH|en", str(pdf.Root.Lang))
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    (intent,) = pdf.Root.OutputIntents
    assert (intent.S, str(intent.OutputConditionIdentifier)) == ("/GTS_PDFA1", "sRGB")
    profile = intent.DestOutputProfile.read_bytes()
    assert intent.DestOutputProfile.N == 3
    assert (profile[12:16], profile[16:20], profile[8] < 5) == (b"mntr", b"RGB ", True)


def _demand_metadata(pdf: pikepdf.Pdf) -> None:
    stream = pdf.Root.Metadata
    assert "/Filter" not in stream
    packet = stream.read_raw_bytes()
    assert packet.startswith(b'<?xpacket begin="\xef\xbb\xbf"')
    tree = etree.fromstring(packet)

    def told(path: str) -> str:
        (found,) = tree.xpath(f"//{path}", namespaces=_XMP)
        return str(found.text)

    assert (told("pdfaid:part"), told("pdfaid:conformance")) == ("2", "B")
    info = pdf.docinfo
    assert told("dc:title//rdf:li") == str(info["/Title"])
    assert told("dc:creator//rdf:li") == str(info["/Author"])
    assert told("dc:language//rdf:li") == str(pdf.Root.Lang)
    assert told("pdf:Producer") == str(info["/Producer"])
    assert told("xmp:CreatorTool") == str(info["/Creator"])
    for name, key in (("xmp:CreateDate", "/CreationDate"), ("xmp:ModifyDate", "/ModDate")):
        assert re.sub(r"[-:T]", "", told(name)) == str(info[key]).removeprefix("D:")
    assert all(str(value) for value in info.values())


def _demand_object(value: Any, number: int) -> None:
    if not isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        return
    kind = value.get("/Type")
    assert kind not in ("/EmbeddedFile", "/Filespec", "/Annot", "/Action"), number
    assert not [key for key in ("/JS", "/SMask", "/Interpolate", "/Alternates", "/OPI", "/F", "/EF") if key in value]
    if isinstance(value, pikepdf.Stream):
        filters = value.get("/Filter", pikepdf.Array())
        names = [str(one) for one in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
        assert set(names) <= {"/FlateDecode"}


def _demand_font(font: Any) -> None:
    assert (font.Subtype, re.fullmatch(r"/[A-Z]{6}\+LiberationSans(-Bold)?", str(font.BaseFont)) is not None) == (
        "/TrueType",
        True,
    )
    assert font.FontDescriptor.FontFile2.read_bytes()[:4] == b"\x00\x01\x00\x00"
    assert len(font.Widths) == font.LastChar - font.FirstChar + 1
    assert b"begincmap" in font.ToUnicode.read_bytes()


def test_every_letter_meets_the_demands_of_an_archive() -> None:
    for facts in letters_of_all_shapes():
        demand_archive(printed(facts))


def test_so_does_every_look_and_a_bill_alone(tmp_path: Path) -> None:
    letter = make_facts()
    for look in looks(tmp_path):
        demand_archive(printed(billed_letter("it"), look))
        demand_archive(render_bill(BILL, letter.insurer, letter.addressee, "fr", letter.letter_date, look=look))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"%PDF-1.7", b"%PDF-1.4"),
        (b"<pdfaid:part>2", b"<pdfaid:part>3"),
        (b"/GTS_PDFA1", b"/GTS_PDFX1"),
        (b"\nendstream", b" endstream"),
        (b"/Metadata ", b"/Metadatb "),
    ],
)
def test_a_file_that_lacks_something_does_not(before: bytes, after: bytes) -> None:
    data = printed(make_facts())
    assert before in data
    with pytest.raises((AssertionError, AttributeError)):
        demand_archive(data.replace(before, after, 1))


def test_other_words_make_another_identifier_and_the_same_words_the_same_file(tmp_path: Path) -> None:
    def identifier(data: bytes) -> bytes:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            return bytes(pdf.trailer["/ID"][0])

    look = looks(tmp_path)[2]
    one, same, other = (printed(facts, look) for facts in (make_facts(), make_facts(), make_facts(comment="Gut.")))
    assert one == same
    assert identifier(one) != identifier(other)


def test_a_title_with_markup_stays_a_title() -> None:
    insurer = make_facts().insurer.__class__(
        name="A & B <Krankenkasse>", street="-", zip="3000", city="Bern", phone="1", email="a@b.example"
    )
    data = printed(make_facts(insurer=insurer))
    demand_archive(data)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert str(pdf.docinfo["/Author"]) == "A & B <Krankenkasse>"


def test_the_logo_lies_in_a_long_letter_once(tmp_path: Path) -> None:
    data = printed(long_letter("de"), looks(tmp_path)[2])
    assert data.count(b"/Subtype /Image") == 1
    assert VERSION == (1, 7)
