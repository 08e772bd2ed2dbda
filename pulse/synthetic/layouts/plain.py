"""Invoices without a form on A4: a letter, or a table with rules."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from pulse.base.money import CENT, ZERO
from pulse.invoices.model import Invoice, Position
from pulse.synthetic.case import Case
from pulse.synthetic.layouts.form import day
from pulse.synthetic.layouts.plain_style import Column, PlainStyle
from pulse.synthetic.paper import Paper
from pulse.synthetic.payment_part import TOP, draw_payment_part
from pulse.synthetic.wording.plain import LAWS

_LEFT, _RIGHT, _BOTTOM = 56.7, 538.6, 770.0
#: How wide the columns are, in points; the name takes what is left.
_WIDTHS: dict[Column, float] = {
    "line": 24, "date": 52, "tariff": 30, "code": 74, "quantity": 44, "price": 54, "vat": 42, "amount": 64,
}  # fmt: skip
#: Headings are set smaller where they would touch, down to this share of the type's size; then the column gets wider.
_SMALLEST_HEADING, _AIR = 0.8, 6.0
_RIGHT_ALIGNED = frozenset({"quantity", "price", "vat", "amount"})
_TIERS = {"garant": "Tiers garant", "payant": "Tiers payant", "soldant": "Tiers soldant"}


def draw_plain(paper: Paper, case: Case, style: PlainStyle) -> None:
    """Fills the paper's pages with a letter or a table."""
    _Plain(paper, case, style).draw()


def title_lines(case: Case, style: PlainStyle) -> list[str]:
    """What the sheet is: an invoice, a copy, a reminder, a credit note, and of what."""
    invoice, words = case.invoice, style.words
    if invoice.request_type == "reminder":
        return [words["reminder"].format(level=invoice.reminder_level)]
    if case.earlier:
        number, when = case.earlier
        return [words[invoice.subtype], words["refers"].format(number=number, day=day(when))]
    return [words["copy" if invoice.subtype == "copy" else f"invoice_{case.kind}"]]


def biller_lines(case: Case, style: PlainStyle) -> list[str]:
    """Address, telephone and numbers below the biller's name."""
    biller, words, shows = case.invoice.biller, style.words, style.shows
    lines = [biller.street or "", f"{biller.zip} {biller.city}"]
    if "phone" in shows:
        lines.append(f"{words['phone']} {case.phone}")
    if "email" in shows:
        lines.append(f"{words['email']} {biller.email}")
    numbers = [f"{words[key]} {getattr(biller, key)}" for key in ("gln", "zsr") if key in shows]
    lines += [" · ".join(numbers)] if numbers else []
    if "vat_number" in shows and biller.vat_number:
        number = biller.vat_number
        dotted = f"CHE-{number[3:6]}.{number[6:9]}.{number[9:]}"
        lines.append(f"{words['vat_number']} {dotted} {words['vat_suffix']}")
    return lines


def details(case: Case, style: PlainStyle) -> list[tuple[str, str]]:
    """Labels with their values: the invoice's, the patient's, the prescriber's."""
    invoice, words, shows = case.invoice, style.words, style.shows
    patient, prescriber, treatment = invoice.patient, invoice.prescriber, invoice.treatment
    rows = [(words["number"], invoice.invoice_number or ""), (words["date"], day(invoice.invoice_date))]
    if case.reminded_on:
        rows.append((words["reminded_on"], day(case.reminded_on)))
    if style.labelled_patient:
        rows += [(words["family_name"], patient.family_name or ""), (words["given_name"], patient.given_name or "")]
        rows.append((words["birth_date"], day(patient.birth_date)))
    else:
        name = f"{patient.given_name} {patient.family_name}"
        name = f"{patient.family_name}, {patient.given_name}" if style.family_first else name
        rows.append((words["patient"], f"{name}, {words['born']} {day(patient.birth_date)}"))
    optional = (
        ("sex", words[patient.sex or "female"]),
        ("ssn", _dotted_ssn(patient.ssn)),
        ("card_number", patient.card_number),
        ("insured_number", patient.insured_number),
    )
    labels = {"card_number": "card", "insured_number": "insured"}
    rows += [(words[labels.get(key, key)], value) for key, value in optional if key in shows and value]
    if "prescriber" in shows and prescriber.name:
        numbers = f"{words['zsr']} {prescriber.zsr}, {words['gln']} {prescriber.gln}"
        rows.append((words["prescriber"], f"{prescriber.name} ({numbers})"))
    if not style.prints_dates:
        rows.append((words["one_day"], day(treatment.begin)))
    elif "treatment" in shows:
        rows.append((words["treatment"], f"{day(treatment.begin)} {words['treatment_until']} {day(treatment.end)}"))
    if "law" in shows and invoice.law:
        rows.append((words["law"], LAWS[invoice.language or "de"][invoice.law]))
    if "tiers" in shows:
        rows.append((words["tiers"], _TIERS[invoice.tiers or "garant"]))
    return rows


def totals(case: Case, style: PlainStyle) -> list[tuple[str, Decimal, bool]]:
    """Label, amount, and whether it is printed bold: VAT, total, rounding, prepayment, amount due."""
    invoice, words = case.invoice, style.words
    total, due = invoice.total_amount or ZERO, invoice.amount_due or ZERO
    rows = [(words["total"], total, True)]
    if "vat_lines" in style.shows:
        rows += [(words["vat"].format(rate=f"{rate:f}"), tax, False) for rate, tax in _taxes(invoice)]
    if invoice.prepaid_amount:
        rows.append((words["prepaid"], -invoice.prepaid_amount, False))
    if rounding := due - (total - invoice.prepaid_amount):
        rows.append((words["rounding"], rounding, False))
    return [*rows, (words["due"], due, True)]


def _taxes(invoice: Invoice) -> list[tuple[Decimal, Decimal]]:
    rates = sorted({one.vat_rate for one in invoice.positions if one.vat_rate})
    sums = {
        rate: sum((one.amount or ZERO for one in invoice.positions if one.vat_rate == rate), ZERO) for rate in rates
    }
    return [(rate, (sums[rate] * rate / (100 + rate)).quantize(CENT, ROUND_HALF_UP)) for rate in rates]


def _dotted_ssn(ssn: str | None) -> str | None:
    return f"{ssn[:3]}.{ssn[3:7]}.{ssn[7:11]}.{ssn[11:]}" if ssn else None


def code_words(position: Position, style: PlainStyle) -> str:
    """The code with its name, where it stands below the article."""
    label = style.words["pharmacode" if position.tariff == "400" else "gtin"]
    return f"{label} {position.code}"


class _Plain:
    """A letter or a table on its sheets."""

    def __init__(self, paper: Paper, case: Case, style: PlainStyle) -> None:
        self._paper, self._case, self._style = paper, case, style
        self._size = style.size
        self._step = style.size + 3
        self._page = 1
        widths = dict(_WIDTHS)
        for column in style.columns:
            widths[column] = max(_WIDTHS.get(column, 0.0), _SMALLEST_HEADING * self._heading_width(column))
        widths["name"] = _RIGHT - _LEFT - sum(widths[column] for column in style.columns if column != "name")
        self._edges: dict[Column, tuple[float, float]] = {}
        x = _LEFT
        for column in style.columns:
            self._edges[column] = (x, x + widths[column])
            x += widths[column]

    def draw(self) -> None:
        """All pages."""
        top = self._draw_head()
        top = self._draw_details(top)
        top = self._draw_columns(top)
        carried = ZERO
        for position in self._case.invoice.positions:
            names = self._name_lines(position)
            if top + self._step * len(names) > _BOTTOM:
                top = self._turn_page(top, carried)
            top = self._draw_row(top, position, names)
            carried += position.amount or ZERO
        top = self._draw_totals(self._rule(top))
        self._draw_end(top)

    def _draw_head(self) -> float:
        paper, invoice, style = self._paper, self._case.invoice, self._style
        paper.text(_LEFT, 42, invoice.biller.name or "", 14, bold=True)
        top = 62.0
        for line in biller_lines(self._case, style):
            paper.text(_LEFT, top, line, self._size)
            top += self._size + 2.2
        x = 330.0 if style.right_address else _LEFT
        top = 130.0 if style.right_address else top + 24
        patient = invoice.patient
        salutation = style.words["mrs" if patient.sex == "female" else "mr"] if "sex" in style.shows else ""
        lines = (
            salutation,
            f"{patient.given_name} {patient.family_name}",
            patient.street or "",
            f"{patient.zip} {patient.city}",
        )
        for line in lines:
            paper.text(x, top, line, 10)
            top += 13
        return top + 26

    def _draw_details(self, top: float) -> float:
        paper, style = self._paper, self._style
        for index, line in enumerate(title_lines(self._case, style)):
            paper.text(_LEFT, top, line, 13 if index == 0 else 9, bold=index == 0)
            top += 18
        rows = details(self._case, style)
        if style.grid:
            paper.line(_LEFT, top, _RIGHT, top)
        label_width = max(paper.length(f"{label}:  ", self._size) for label, _ in rows) + 8
        colon = "" if style.grid else ":"
        for label, value in rows:
            paper.text(_LEFT, top + 2, f"{label}{colon}", self._size)
            paper.text(_LEFT + label_width, top + 2, value, self._size)
            top += self._step + 1
        if style.grid:
            paper.line(_LEFT, top, _RIGHT, top)
        return top + 14

    def _draw_columns(self, top: float) -> float:
        size = self._size * self._heading_share()
        for column in self._edges:
            self._cell(column, top + 2, self._heading(column), size=size, bold=True)
        bottom = top + self._step + 2
        self._paper.line(_LEFT, bottom, _RIGHT, bottom, 0.8)
        if self._style.grid:
            self._paper.line(_LEFT, top, _RIGHT, top, 0.8)
            self._verticals(top, bottom)
        return bottom

    def _heading(self, column: Column) -> str:
        return self._style.words[f"column_{column}"]

    def _heading_width(self, column: Column) -> float:
        """What a column's heading takes in the type of the rows."""
        return self._paper.length(self._heading(column), self._size, bold=True) + _AIR

    def _heading_share(self) -> float:
        """How large headings are: each has room in its column."""
        return min(1.0, *((x1 - x0) / self._heading_width(column) for column, (x0, x1) in self._edges.items()))

    def _cell(self, column: Column, top: float, text: str, *, size: float, bold: bool = False) -> None:
        x0, x1 = self._edges[column]
        if column in _RIGHT_ALIGNED:
            self._paper.right(x1 - 3, top, text, size, bold=bold)
        else:
            self._paper.text(x0 + 3, top, text, size, bold=bold)

    def _name_lines(self, position: Position) -> list[str]:
        x0, x1 = self._edges["name"]
        lines = self._paper.wrap(position.name or "", x1 - x0 - 8, self._size)
        if "code" not in self._edges:
            lines.append(code_words(position, self._style))
        if position.remark:
            remark = f"{self._style.words['remark']} {position.remark}".strip()
            lines += self._paper.wrap(remark, x1 - x0 - 8, self._size)
        return lines

    def _draw_row(self, top: float, position: Position, names: list[str]) -> float:
        number = self._style.number
        cells: dict[Column, str] = {
            "line": str(position.line),
            "date": day(position.date),
            "tariff": position.tariff or "",
            "code": position.code or "",
            "quantity": f"{position.quantity:f}",
            "price": number(position.unit_price or ZERO),
            "vat": f"{position.vat_rate:f}",
            "amount": number(position.amount or ZERO),
        }
        for column in self._edges:
            if column != "name":
                self._cell(column, top + 2, cells[column], size=self._size)
        x0, _ = self._edges["name"]
        bottom = top + 2
        for line in names:
            self._paper.text(x0 + 3, bottom, line, self._size)
            bottom += self._step
        if self._style.grid:
            self._paper.line(_LEFT, bottom, _RIGHT, bottom, 0.3)
            self._verticals(top, bottom)
        return bottom

    def _verticals(self, top: float, bottom: float) -> None:
        for x in (_LEFT, *(x1 for _, x1 in self._edges.values())):
            self._paper.line(x, top, x, bottom, 0.3)

    def _turn_page(self, top: float, carried: Decimal) -> float:
        """Carries the sum over to a new page, which repeats number, patient and headings."""
        paper, words, invoice = self._paper, self._style.words, self._case.invoice
        self._sum_line(self._rule(top), words["subtotal"], carried)
        paper.next_page()
        self._page += 1
        patient = f"{invoice.patient.family_name}, {invoice.patient.given_name}"
        paper.text(_LEFT, 42, f"{invoice.biller.name} · {words['number']} {invoice.invoice_number} · {patient}", 8)
        paper.right(_RIGHT, 42, f"{words['page']} {self._page}", 8)
        return self._sum_line(self._draw_columns(64), words["carried"], carried)

    def _rule(self, top: float) -> float:
        self._paper.line(_LEFT, top + 2, _RIGHT, top + 2, 0.8)
        return top + 3

    def _sum_line(self, top: float, label: str, amount: Decimal, *, bold: bool = False) -> float:
        self._paper.right(_RIGHT - 80, top + 2, label, self._size, bold=bold)
        self._paper.right(_RIGHT - 3, top + 2, self._style.number(amount), self._size, bold=bold)
        return top + self._step + 1

    def _draw_totals(self, top: float) -> float:
        rows = totals(self._case, self._style)
        if top + len(rows) * (self._step + 1) > _BOTTOM + 20:
            top = self._turn_page(top, self._case.invoice.total_amount or ZERO)
        for label, amount, bold in rows:
            top = self._sum_line(top, label, amount, bold=bold)
        return top

    def _draw_end(self, top: float) -> None:
        """Terms, account, and the payment part, which takes the foot of this page or a page of its own."""
        paper, style, invoice = self._paper, self._style, self._case.invoice
        if style.payment_part or style.account_line:
            paper.text(_LEFT, top + 8, style.words["terms"], self._size)
        if style.account_line:
            iban = invoice.payment.iban or ""
            grouped = " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
            paper.text(_LEFT, top + 8 + self._step, f"{style.words['account']}: {grouped}", self._size)
        if style.payment_part:
            if top + 24 > TOP:
                paper.next_page()
            draw_payment_part(paper, invoice, style.words)
