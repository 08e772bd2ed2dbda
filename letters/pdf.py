"""A letter as PDF: A4 with a window-envelope address (SN 010130, window on the right), every fact set by code."""

from __future__ import annotations

import threading
from decimal import Decimal

from letters import plain
from letters.bill import put_bill
from letters.facts import DECISIONS, Facts, Kind, PositionFact, Recipient
from letters.layout import ACCENT, GREY, MM, WIDTH, Cell, Column, Properties, Rule, Sheet, Style, draw
from letters.legal import reason_sentence
from letters.texts import Texts, default_texts, values_of
from letters.writer import Wording
from pulse.base import reason_texts
from pulse.base.money import ZERO, format_amount
from pulse.base.reasons import Reason

_BODY = Style(9.5, 12.6)
_HEAD = Style(9.5, 12.6, bold=True)
_SUBJECT = Style(12, 16, bold=True)
_BRAND = Style(15, 18, bold=True, colour=ACCENT)
_SMALL = Style(8, 10.5, colour=GREY)
_SENDER = Style(6.5, 8, colour=GREY)
_FIELD = Style(8.5, 11.6, colour=GREY)
_VALUE = Style(8.5, 11.6)
_CELL = Style(8.5, 11)
_CELL_BOLD = Style(8.5, 11, bold=True)
_CELL_NOTE = Style(7.5, 9.6, colour=GREY)
_TABLE_HEAD = Style(7.5, 10, bold=True, colour=GREY)
_NOTE = Style(8, 10.4, colour=GREY)
_NOTE_HEAD = Style(8, 10.4, bold=True, colour=GREY)

_LEFT, _RIGHT = 25 * MM, 20 * MM
_WINDOW_X, _WINDOW_Y = 118 * MM, 52 * MM
_BODY_Y = 84 * MM
_AFTER = 5.0

_MISSING_CODES = frozenset(reason for reason in Reason if "P201" <= reason.value <= "P209")
_TELL_REASONS = frozenset({Kind.RETURNED, Kind.PARTLY_APPROVED, Kind.DENIED, Kind.NOTICE})
#: The typeface's parser keeps its place in the file: two letters at once would read from each other's.
_ONE_AT_A_TIME = threading.Lock()


def render(facts: Facts, wording: Wording, texts: Texts | None = None) -> bytes:
    """The letter's PDF: the same bytes for the same facts and wording. Safe to call from several threads."""
    with _ONE_AT_A_TIME:
        return _Letter(facts, wording, texts or default_texts()).bytes()


class _Letter:
    """One letter on its way to paper, from the letterhead down."""

    def __init__(self, facts: Facts, wording: Wording, texts: Texts) -> None:
        self.facts, self.wording, self.texts = facts, wording, texts
        self.values = values_of(facts)
        self.language = facts.wording_language
        self.labels = plain.labels(self.language)
        self.sheet = Sheet(left=_LEFT, right=_RIGHT, top=25 * MM, bottom=20 * MM)

    def bytes(self) -> bytes:
        facts, sheet = self.facts, self.sheet
        self._letterhead()
        self._window()
        sheet.y = _BODY_Y
        sheet.paragraph(self._line("subject"), _SUBJECT, after=4)
        self._references()
        self._block("salutation")
        for paragraph in self.wording.paragraphs:
            sheet.paragraph(paragraph, _BODY, after=_AFTER)
        self._reasons()
        self._missing_fields()
        self._comment()
        self._positions()
        self._what_happens()
        self._closing()
        self._rights()
        self._footers()
        for bill in facts.bills:
            if bill.iban:
                put_bill(sheet, bill, facts.insurer, facts.addressee, self.language)
        title = self._line("mail_subject")
        return draw(sheet.pages, Properties(title, facts.insurer.name, self.language, facts.letter_date))

    def _letterhead(self) -> None:
        insurer, sheet = self.facts.insurer, self.sheet
        sheet.line(_LEFT, 21 * MM, insurer.name, _BRAND)
        place = [insurer.street, f"{insurer.zip} {insurer.city}", insurer.website or ""]
        sheet.line(_LEFT, 26 * MM, " · ".join(part for part in place if part), _SMALL)
        sheet.put(Rule(_LEFT, 30 * MM, WIDTH - _LEFT - _RIGHT, ACCENT, 1.2))

    def _window(self) -> None:
        facts, sheet = self.facts, self.sheet
        y = _WINDOW_Y
        sheet.line(_WINDOW_X, y - 4 * MM, ", ".join(facts.insurer.address.lines), _SENDER)
        for line in facts.addressee.lines:
            y += _BODY.leading
            sheet.line(_WINDOW_X, y - 4, line, _BODY)
        rows = [
            ("date_line", f"{facts.insurer.city}, {plain.long_date(facts.letter_date, self.language)}"),
            ("reference", str(facts.case_id)),
            ("phone", facts.insurer.phone),
            ("email", facts.insurer.email),
        ]
        y = _WINDOW_Y
        for name, value in rows:
            y += _VALUE.leading
            sheet.line(_LEFT, y - 3, self.labels[name], _FIELD)
            sheet.line(_LEFT + 28 * MM, y - 3, value, _VALUE)

    def _references(self) -> None:
        for name, value in self._reference_rows():
            self.sheet.need(_VALUE.leading)
            top = self.sheet.y
            self.sheet.line(_LEFT, top + _FIELD.leading, self.labels[name], _FIELD)
            self.sheet.paragraph(value, _VALUE, indent=38 * MM)
        self.sheet.skip(10)

    def _reference_rows(self) -> list[tuple[str, str]]:
        facts = self.facts
        if facts.recipient is Recipient.CONTROLLER:
            return []
        rows = [
            ("treated" if facts.kind is Kind.NOT_INSURED else "patient", facts.patient_name),
            ("insurance_number", plain.masked_number(facts.insurance_number) if facts.insurance_number else None),
            ("biller", facts.biller_name if facts.recipient is Recipient.CLIENT else None),
            ("invoice", self._invoice()),
            ("treatment", self._period()),
        ]
        return [(name, value) for name, value in rows if value]

    def _invoice(self) -> str | None:
        number, day = self.facts.invoice_number, self.facts.invoice_date
        if number and day:
            return self.labels["dated"].format(number=number, date=plain.long_date(day, self.language))
        return number or (plain.long_date(day, self.language) if day else None)

    def _period(self) -> str | None:
        begin, end = self.facts.treatment_begin, self.facts.treatment_end
        if begin and end and begin != end:
            ends = {"begin": plain.long_date(begin, self.language), "end": plain.long_date(end, self.language)}
            return self.labels["period"].format(**ends)
        day = begin or end
        return plain.long_date(day, self.language) if day else None

    def _reasons(self) -> None:
        """The reasons' own reviewed sentences; a missing value is told once, in the list of fields."""
        if self.facts.kind not in _TELL_REASONS:
            return
        told_as_fields = _MISSING_CODES if self.facts.missing_fields else frozenset()
        reasons = [reason for reason in self.facts.all_reasons if reason not in told_as_fields]
        self._list("reasons", [reason_sentence(reason, self.facts) for reason in reasons])

    def _missing_fields(self) -> None:
        self._list("missing", [reason_texts.field_label(path, self.language) for path in self.facts.missing_fields])

    def _list(self, heading: str, items: list[str]) -> None:
        if not items:
            return
        self._heading(self._line(heading))
        for item in items:
            self.sheet.paragraph(item, _BODY, indent=4 * MM, bullet="•", after=1.5)
        self.sheet.skip(_AFTER - 1.5)

    def _comment(self) -> None:
        if self.facts.comment and (lines := plain.clean_lines(self.facts.comment)):
            self._heading(self._line("comment"))
            for line in lines:
                self.sheet.paragraph(line, _BODY, after=1.5)
            self.sheet.skip(_AFTER - 1.5)

    def _positions(self) -> None:
        facts = self.facts
        if not facts.positions:
            return
        self.sheet.skip(2)
        columns = self._columns()
        rows = [self._row(position, columns) for position in facts.positions]
        self.sheet.table(columns, rows, self._total(columns), _TABLE_HEAD)
        self.sheet.skip(6)

    def _columns(self) -> list[Column]:
        """Date, product, quantity, billed, and where they exist: approved, note. Together as wide as the text."""
        label = self.labels
        decided = [Column(label["table_approved"], 24 * MM, "right")] if self.facts.kind in DECISIONS else []
        noted = any(position.reasons for position in self.facts.positions)
        tail = [
            Column(label["table_quantity"], 14 * MM, "right"),
            Column(f"{label['table_billed']} CHF", 25 * MM, "right"),
            *([Column(f"{column.heading} CHF", 28 * MM, "right") for column in decided]),
            *([Column("", 5 * MM), Column(label["table_reason"], 31 * MM)] if noted else []),
        ]
        used = 19 * MM + sum(column.width for column in tail)
        return [Column(label["table_date"], 19 * MM), Column(label["table_product"], self.sheet.width - used), *tail]

    def _row(self, position: PositionFact, columns: list[Column]) -> list[Cell]:
        product: Cell = [(position.name or "–", _CELL)]
        if position.code:
            product = [*product, (position.code, _CELL_NOTE)]
        cells: list[Cell] = [
            [(plain.short_date(position.date) if position.date else "–", _CELL)],
            product,
            [(plain.quantity(position.quantity) if position.quantity is not None else "–", _CELL)],
            [(_figure(position.billed), _CELL)],
        ]
        if self.facts.kind in DECISIONS:
            cells.append([(_figure(self._approved(position.approved)), _CELL)])
        if len(columns) > len(cells):
            notes: Cell = [(reason_texts.label(reason, self.language), _CELL_NOTE) for reason in position.reasons]
            cells += [[], notes]
        return cells

    def _total(self, columns: list[Column]) -> list[Cell]:
        cells: list[Cell] = [
            [(self.labels["total"], _CELL_BOLD)],
            [],
            [],
            [(_figure(self.facts.billed_total), _CELL_BOLD)],
        ]
        if self.facts.kind in DECISIONS:
            cells.append([(_figure(self._approved(self.facts.approved_total)), _CELL_BOLD)])
        return [*cells, *([] for _ in range(len(columns) - len(cells)))]

    def _approved(self, amount: Decimal | None) -> Decimal | None:
        return ZERO if self.facts.kind is Kind.DENIED else amount

    def _what_happens(self) -> None:
        if self.facts.payee:
            self._section("payment", (*self._words("payment"), *self._words("refund")))
        elif self.facts.refund or self.facts.withdrawn:
            self._section("payment", self._words("refund"))
        if self.facts.account_wanted:
            self._section("account", self._words("account_wanted"))
        if self.facts.bills:
            self._section("bill", self._words("bill"))
        self._section("next", self._words("next"))
        self._block("contact")

    def _closing(self) -> None:
        name, *rest = self._words("signature")
        self.sheet.need(6 * _BODY.leading)
        self.sheet.skip(4)
        self._block("closing")
        self.sheet.paragraph(name, _HEAD)
        for line in rest:
            self.sheet.paragraph(line, _BODY)
        if self.facts.recipient is not Recipient.CONTROLLER:
            for line in self._words("unsigned"):
                self.sheet.paragraph(line, _SMALL)
        self.sheet.skip(5)

    def _rights(self) -> None:
        """What the law wants to be said: an automated decision as such, and how to object."""
        if self.facts.recipient is Recipient.CONTROLLER:
            return
        if self.facts.automated:
            self._section("automated", self._words("automated"), _NOTE_HEAD, _NOTE)
        told_by_us = self.facts.kind in DECISIONS and self.facts.recipient is Recipient.CLIENT
        if told_by_us or self.facts.kind in (Kind.DENIED, Kind.PARTLY_APPROVED):
            self._section("legal", self._words("legal"), _NOTE_HEAD, _NOTE)

    def _footers(self) -> None:
        sheet, pages = self.sheet, len(self.sheet.pages)
        for number, page in enumerate(sheet.pages, start=1):
            left = f"{self.facts.insurer.name} · {self.labels['reference']} {self.facts.case_id}"
            right = self.labels["page"].format(page=number, pages=pages)
            foot = Sheet(left=_LEFT, right=_RIGHT, top=0, bottom=0, pages=[page])
            foot.put(Rule(_LEFT, 281 * MM, sheet.width))
            foot.line(_LEFT, 285.5 * MM, left, _SMALL)
            foot.line(WIDTH - _RIGHT, 285.5 * MM, right, _SMALL, "right")

    def _words(self, block: str) -> tuple[str, ...]:
        return self.texts.block(block, self.facts, self.values)

    def _line(self, block: str) -> str:
        return " ".join(self._words(block))

    def _heading(self, text: str, style: Style = _HEAD) -> None:
        self.sheet.skip(3)
        self.sheet.need(style.leading + 2 * _BODY.leading)
        self.sheet.paragraph(text, style, after=1.5)

    def _section(self, label: str, paragraphs: tuple[str, ...], head: Style = _HEAD, body: Style = _BODY) -> None:
        if paragraphs:
            self._heading(self.labels[label], head)
        for paragraph in paragraphs:
            self.sheet.paragraph(paragraph, body, after=_AFTER)

    def _block(self, name: str) -> None:
        for paragraph in self._words(name):
            self.sheet.paragraph(paragraph, _BODY, after=_AFTER)


def _figure(amount: Decimal | None) -> str:
    return "–" if amount is None else format_amount(amount)
