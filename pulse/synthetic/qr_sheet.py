"""The sheets of QR codes behind a form 5.0: the XML deflated, as text, in pieces, three codes in a row."""

from __future__ import annotations

import base64
import datetime as dt
import zlib
from collections.abc import Mapping

import zxingcpp
from PIL import Image

from pulse.synthetic.case import Case
from pulse.synthetic.paper import Paper

CHUNK = 1262
_PER_ROW, _PER_SHEET = 3, 6
_LEFT, _TOP, _SIDE, _ACROSS, _DOWN = 41.0, 93.0, 144.0, 188.0, 172.5
_PIXELS = 3


def chunks(xml: bytes) -> list[str]:
    """Raw DEFLATE, Base64, pieces of 1262 characters, the last one filled up with blanks."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    text = base64.b64encode(stream.compress(xml) + stream.flush()).decode()
    return [text[start : start + CHUNK].ljust(CHUNK) for start in range(0, len(text), CHUNK)]


def draw_annex(paper: Paper, case: Case, xml: bytes, *, title: str, words: Mapping[str, str]) -> None:
    """Adds the sheets behind what was drawn before; `title` is the form's."""
    pieces = chunks(xml)
    for number, start in enumerate(range(0, len(pieces), _PER_SHEET), 1):
        paper.next_page()
        _draw_frame(paper, case, f"{title} {words['annex']}", words, number)
        for index, piece in enumerate(pieces[start : start + _PER_SHEET]):
            x = _LEFT + index % _PER_ROW * _ACROSS
            top = _TOP + index // _PER_ROW * _DOWN
            paper.picture(qr_code(piece), x, top, _SIDE)
            paper.center(x + _SIDE / 2, top + _SIDE + 7, f"QR-Code {start + index + 1}", 8, bold=True, gray=0.35)


def _draw_frame(paper: Paper, case: Case, title: str, words: Mapping[str, str], number: int) -> None:
    invoice = case.invoice
    assert invoice.invoice_date
    patient, day = invoice.patient, f"{invoice.invoice_date:%d.%m.%Y}"
    moment = int(dt.datetime.combine(invoice.invoice_date, dt.time(), dt.UTC).timestamp())
    salutation = words["mrs" if patient.sex == "female" else "mr"]
    person = (
        f"{salutation} {patient.given_name} {patient.family_name} · {patient.street} · {patient.zip} {patient.city} · "
        f"{words['birth_date']}: {patient.birth_date:%d.%m.%Y} · {words['sex']}: {words[patient.sex or 'female']}"
    )
    paper.text(40, 37, title, 15, bold=True)
    paper.right(523, 34, f"Release 5.0/Annex/{invoice.language or 'de'}", gray=0.35)
    paper.line(440, 43.5, 523, 43.5, 0.9)
    paper.right(523, 47, words["to_insurer"], gray=0.35)
    paper.line(530, 31, 530, 57, 0.9)
    kind = "PAX" if invoice.tiers == "payant" else "GAX"
    paper.picture(data_matrix(f"FD50{invoice.guid}{invoice.language or 'de'}{kind}{number:02d}"), 536, 31, 27)
    paper.text(40, 66, f"{words['identification']}:", gray=0.35)
    paper.text(92, 66, f"{moment} / {day} 00:00:00 / {invoice.guid}", 7.5)
    paper.text(40, 75, words["person"], gray=0.35)
    paper.text(92, 75, person, 7.5)
    paper.line(40, 83.5, 563, 83.5, 0.9)
    paper.line(40, 792, 563, 792, 0.9)
    paper.text(40, 795, f"{title}, {words['generated']} {day} 00:00:00", 7.5)
    paper.right(563, 795, f"{words['page']} {number}", 7.5)


def qr_code(text: str) -> Image.Image:
    """A QR code with error correction M."""
    return _picture(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M"))


def data_matrix(text: str) -> Image.Image:
    """A square Data Matrix."""
    return _picture(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True))


def _picture(barcode: zxingcpp.Barcode) -> Image.Image:
    pixels = memoryview(barcode.to_image(scale=_PIXELS, add_quiet_zones=False))
    height, width = pixels.shape or (0, 0)
    return Image.frombytes("L", (width, height), pixels.tobytes()).convert("1")
