"""Files that a PDF carries: embedded by name, attached to a page, associated with the document or a page.

Every file is listed; only what is an XML of the invoice request's namespace is unpacked for reading. Nothing is run, no
file is written, and unpacking ends at a bound.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFStream, resolve1
from pdfminer.psparser import PSException, literal_name
from pdfminer.utils import decode_text

from pulse.invoices.xml.request import MAX_XML_BYTES, NAMESPACE

MAX_FILES, _MAX_NODES, _MAX_NAME = 50, 500, 200
#: A file in a PDF is a stream, and a stream's keys are never packed away: one of these stands in the bytes.
_MARKS = (b"EmbeddedFile", b"FileAttachment", b"/EF", b"#2Fxml", b"#2fxml")
_HEAD_BYTES = 4096
_INFLATING = frozenset({"FlateDecode", "Fl"})


@dataclass(frozen=True)
class AttachedFile:
    """A file by the name that the PDF gives it; `size` as the PDF says; `request` the XML if it is one."""

    name: str
    size: int | None
    request: bytes | None = None


def attached_files(data: bytes) -> list[AttachedFile]:
    """The files in a PDF, the same file once; none where the PDF's structure cannot be followed."""
    if not any(mark in data for mark in _MARKS):
        return []
    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)))
        specifications = list(_Walk(document).specifications())
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  pdfminer breaks in any way on a broken structure; the pages are read without
        return []
    files: dict[int, AttachedFile] = {}
    for specification in specifications[:MAX_FILES]:
        streams = resolve1(specification.get("EF"))
        stream = resolve1(streams.get("F") or streams.get("UF")) if isinstance(streams, dict) else None
        if isinstance(stream, PDFStream):
            files.setdefault(id(stream), _file(specification, stream))
    return list(files.values())


class _Walk:
    """Goes through name tree, page annotations and associated files; a bounded number of nodes, whatever the loops."""

    def __init__(self, document: PDFDocument) -> None:
        self._document = document
        self._nodes = _MAX_NODES

    def specifications(self) -> Iterator[dict[str, Any]]:
        catalog = self._document.catalog
        names = resolve1(catalog.get("Names"))
        if isinstance(names, dict):
            yield from self._tree(names.get("EmbeddedFiles"))
        yield from _dictionaries(self._list(catalog.get("AF")))
        for page in PDFPage.create_pages(self._document):
            yield from _dictionaries(self._list(page.attrs.get("AF")))
            for annotation in _dictionaries(self._list(page.attrs.get("Annots"))):
                if literal_name(annotation.get("Subtype")) == "FileAttachment":
                    yield from _dictionaries([resolve1(annotation.get("FS"))])
            if self._nodes <= 0:
                return

    def _tree(self, node: Any) -> Iterator[dict[str, Any]]:
        node = resolve1(node)
        self._nodes -= 1
        if not isinstance(node, dict) or self._nodes <= 0:
            return
        yield from _dictionaries(self._list(node.get("Names"))[1::2])
        for kid in self._list(node.get("Kids")):
            yield from self._tree(kid)

    def _list(self, values: Any) -> list[Any]:
        values = resolve1(values)
        if not isinstance(values, list):
            return []
        kept = values[: max(self._nodes, 0)]
        self._nodes -= len(kept)
        return [resolve1(value) for value in kept]


def _dictionaries(values: list[Any]) -> Iterator[dict[str, Any]]:
    return (value for value in values if isinstance(value, dict))


def _file(specification: dict[str, Any], stream: PDFStream) -> AttachedFile:
    name = resolve1(specification.get("UF") or specification.get("F") or b"")
    shown = decode_text(name) if isinstance(name, bytes) else str(name)
    parameters = resolve1(stream.get("Params"))
    size = resolve1(parameters.get("Size")) if isinstance(parameters, dict) else None
    return AttachedFile(shown[:_MAX_NAME], size if isinstance(size, int) else None, _request(stream))


def _request(stream: PDFStream) -> bytes | None:
    """The stream's bytes if they are an invoice request; a larger one than an invoice ever is gives None."""
    try:
        filters = [name.name for name, _ in stream.get_filters()]
        data = stream.rawdata or b""
        if stream.decipher:
            data = stream.decipher(stream.objid or 0, stream.genno or 0, data, stream.attrs)
        for name in filters:
            if name not in _INFLATING:
                return None
            data = zlib.decompressobj().decompress(data, MAX_XML_BYTES + 1)
    except (zlib.error, PSException, AttributeError, TypeError, ValueError):
        return None
    if len(data) > MAX_XML_BYTES or not data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return None
    return data if NAMESPACE.encode() in data[:_HEAD_BYTES] else None
