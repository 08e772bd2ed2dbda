"""Files that try to break a reader: for tests, and for trying out a mailbox. Small, but not what they unpack to."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pulse.synthetic.form import form_pdf
from pulse.synthetic.truth import invoice

_MIB = 1024 * 1024


def empty() -> bytes:
    """No bytes."""
    return b""


def zip_named_pdf() -> bytes:
    """A ZIP archive, to be named like an invoice."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("invoice.txt", "Rückforderungsbeleg")
    return file.getvalue()


def encrypted(password: str = "geheim") -> bytes:  # noqa: S107  the test's lock, not ours
    """An invoice that opens only with a password."""
    file = io.BytesIO()
    canvas = Canvas(file, encrypt=password)
    canvas.drawString(50, 800, "Rückforderungsbeleg")
    canvas.save()
    return file.getvalue()


def truncated() -> bytes:
    """The first two thirds of an invoice."""
    whole = form_pdf(invoice(1), annex=False)
    return whole[: len(whole) * 2 // 3]


def damaged() -> bytes:
    """An invoice whose middle was overwritten; its beginning and its end are whole."""
    whole = form_pdf(invoice(1), annex=False)
    third = len(whole) // 3
    return whole[:third] + b"\x00" * third + whole[2 * third :].replace(b"/Root", b"/Rout")


def many_pages(count: int) -> bytes:
    """A PDF of so many blank pages."""
    file = io.BytesIO()
    canvas = Canvas(file)
    for _ in range(count):
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def picture_only() -> bytes:
    """A scan without text and without codes."""
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawImage(ImageReader(Image.new("L", (600, 800), 200)), 40, 40, 500, 700)
    canvas.save()
    return file.getvalue()


def cover_letter() -> bytes:
    """Text that is no invoice."""
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawString(50, 800, "Sehr geehrte Damen und Herren, anbei wie besprochen die Unterlagen von gestern.")
    canvas.save()
    return file.getvalue()


def hidden_text() -> bytes:
    """A form with other numbers in text that no person sees: invisible, tiny, white, off the page."""

    def draw(canvas: Canvas) -> None:
        unseen = canvas.beginText(440, 570)
        unseen.setTextRenderMode(3)
        unseen.textOut("01.01.2020 / UNSICHTBAR")
        canvas.drawText(unseen)
        canvas.setFont("Helvetica", 1)
        canvas.drawString(163, 640, "WINZIG")
        canvas.setFont("Helvetica", 9)
        canvas.setFillGray(1)
        canvas.drawString(530, 56, "1.00")
        canvas.setFillGray(0)
        canvas.drawString(900, 640, "AUSSERHALB")

    return form_pdf(invoice(1, rows=2), annex=False, overlay=draw)


@cache
def flate_bomb(unpacked_mib: int = 300) -> bytes:
    """A page's content of spaces that unpacks a thousandfold."""
    return _one_page(_deflate(b" ", unpacked_mib * _MIB), b"/FlateDecode")


@cache
def stacked_filters(unpacked_mib: int = 800) -> bytes:
    """The same, packed twice: about a kilobyte and a half."""
    return _one_page(zlib.compress(_deflate(b" ", unpacked_mib * _MIB), 9), b"[/FlateDecode /FlateDecode]")


def glyph_bomb(glyphs: int = 2_000_000) -> bytes:
    """Millions of letters on one page."""
    line = b"(" + b"A" * 1000 + b") Tj\n"
    content = b"BT /F1 8 Tf 50 700 Td\n" + line * (glyphs // 1000) + b"ET"
    return _one_page(zlib.compress(content, 9), b"/FlateDecode")


def huge_page() -> bytes:
    """A page of 200 inches' side with a picture: rasterised as it stands it would be 1.6 gigapixels."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(14_400, 14_400))
    canvas.drawImage(ImageReader(Image.new("L", (10, 10), 200)), 0, 0, 14_400, 14_400)
    canvas.save()
    return file.getvalue()


def recursive_form() -> bytes:
    """A form XObject that draws itself twice, and so on."""
    body, own = b"/F Do /F Do\n", b"/Resources << /XObject << /F 5 0 R >> >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R " + own,
        b"<< /Length %d >>\nstream\n%sendstream" % (len(body), body),
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length %d %s\nstream\n%sendstream" % (len(body), own, body),
    ]
    return _pdf(objects)


def looping_pages() -> bytes:
    """A tree of pages that is its own child."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]
    return _pdf(objects)


def _deflate(piece: bytes, length: int) -> bytes:
    """`length` bytes of `piece`, packed without ever holding them."""
    packer, block = zlib.compressobj(9), piece * _MIB
    packed = b"".join(packer.compress(block) for _ in range(length // len(block)))
    return packed + packer.flush()


def _one_page(content: bytes, filters: bytes) -> bytes:
    fonts = b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R " + fonts,
        b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(content), filters, content),
    ]
    return _pdf(objects)


def _pdf(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.5\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


#: Every hostile file by name, with the reason code that reading it must give.
CASES: dict[str, tuple[Callable[[], bytes], str]] = {
    "zip": (zip_named_pdf, "P101"),
    "encrypted": (encrypted, "P102"),
    "truncated": (truncated, "P103"),
    "damaged": (damaged, "P103"),
    "looping pages": (looping_pages, "P103"),
    "empty": (empty, "P104"),
    "too many pages": (lambda: many_pages(3000), "P105"),
    "flate bomb": (flate_bomb, "P106"),
    "stacked filters": (stacked_filters, "P106"),
    "glyph bomb": (glyph_bomb, "P106"),
    "picture only": (picture_only, "P107"),
    "huge page": (huge_page, "P107"),
    "cover letter": (cover_letter, "P108"),
}
