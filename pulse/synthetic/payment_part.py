"""The payment part of the Swiss QR-bill with its receipt: the lowest 105 mm of a page."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import zxingcpp
from PIL import Image, ImageDraw

from pulse.base.money import to_cents
from pulse.invoices.model import Invoice, Party, Patient
from pulse.synthetic.paper import HEIGHT, WIDTH, Paper

_MM = 72 / 25.4
TOP = HEIGHT - 105 * _MM
_RECEIPT, _CODE, _TEXT = 5 * _MM, 67 * _MM, 118 * _MM
_CODE_SIDE, _PIXELS = 46 * _MM, 6


def payload(invoice: Invoice) -> str:
    """What the code holds: 31 lines, addresses by their parts, the amount due."""
    payment, due = invoice.payment, invoice.amount_due or Decimal(0)
    lines = [
        *("SPC", "0200", "1", payment.iban or ""),
        *_address(invoice.biller.name, invoice.biller),
        *[""] * 7,
        *(f"{to_cents(due):f}", invoice.currency),
        *_address(f"{invoice.patient.given_name} {invoice.patient.family_name}", invoice.patient),
        *(payment.reference_type or "NON", payment.reference or "", invoice.invoice_number or "", "EPD"),
    ]
    return "\n".join(lines)


def _address(name: str | None, where: Party | Patient) -> tuple[str, ...]:
    street, _, number = (where.street or "").rpartition(" ")
    return "S", name or "", street, number, where.zip or "", where.city or "", "CH"


def code_picture(text: str) -> Image.Image:
    """The QR code with the Swiss cross in its middle."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    pixels = memoryview(barcode.to_image(scale=_PIXELS, add_quiet_zones=False))
    height, width = pixels.shape or (0, 0)
    picture = Image.frombytes("L", (width, height), pixels.tobytes())
    draw, middle, side = ImageDraw.Draw(picture), width / 2, width * 7 / 46
    for half, shade in ((side / 2, 255), (side / 2 * 0.93, 0)):
        draw.rectangle((middle - half, middle - half, middle + half, middle + half), fill=shade)
    long, short = side * 0.31, side * 0.094
    draw.rectangle((middle - long, middle - short, middle + long, middle + short), fill=255)
    draw.rectangle((middle - short, middle - long, middle + short, middle + long), fill=255)
    return picture.convert("1")


def draw_payment_part(paper: Paper, invoice: Invoice, words: Mapping[str, str]) -> None:
    """Draws receipt and payment part at the foot of the current page."""
    paper.line(0, TOP, WIDTH, TOP)
    paper.line(62 * _MM, TOP, 62 * _MM, HEIGHT)
    paper.text(_RECEIPT, TOP + 12, words["receipt"], 11, bold=True)
    paper.text(_CODE, TOP + 12, words["payment_part"], 11, bold=True)
    paper.picture(code_picture(payload(invoice)), _CODE, TOP + 17 * _MM, _CODE_SIDE)
    reference = invoice.payment.reference
    blocks = [(words["payable_to"], [_grouped(invoice.payment.iban or "", 4), *_lines(invoice.biller)])]
    blocks += [(words["reference"], [_reference(reference)])] if reference else []
    receipt = [*blocks, (words["payable_by"], _lines(invoice.patient))]
    part = [*blocks, (words["information"], [invoice.invoice_number or ""]), receipt[-1]]
    _draw_blocks(paper, _RECEIPT, TOP + 28, receipt, label=6, size=8)
    _draw_blocks(paper, _TEXT, TOP + 12, part, label=8, size=10)
    amount = f"{to_cents(invoice.amount_due or Decimal(0)):,.2f}".replace(",", " ")
    top = TOP + 68 * _MM
    for x, label, size in ((_RECEIPT, 6, 8), (_CODE, 8, 10)):
        paper.text(x, top, words["currency"], label, bold=True)
        paper.text(x, top + label + 3, invoice.currency, size)
        paper.text(x + 14 * _MM, top, words["amount"], label, bold=True)
        paper.text(x + 14 * _MM, top + label + 3, amount, size)
    paper.right(57 * _MM, TOP + 82 * _MM, words["acceptance"], 6, bold=True)


def _draw_blocks(
    paper: Paper, x: float, top: float, blocks: list[tuple[str, list[str]]], *, label: float, size: float
) -> None:
    for heading, lines in blocks:
        paper.text(x, top, heading, label, bold=True)
        top += label + 3
        for line in lines:
            paper.text(x, top, line, size)
            top += size + 1.5
        top += size * 0.7


def _lines(where: Party | Patient) -> list[str]:
    name = where.name if isinstance(where, Party) else f"{where.given_name} {where.family_name}"
    return [name or "", where.street or "", f"{where.zip} {where.city}"]


def _reference(reference: str) -> str:
    """QRR: two digits, then fives; RF: fours."""
    if reference.startswith("RF"):
        return _grouped(reference, 4)
    return f"{reference[:2]} {_grouped(reference[2:], 5)}"


def _grouped(text: str, size: int) -> str:
    return " ".join(text[start : start + size] for start in range(0, len(text), size))
