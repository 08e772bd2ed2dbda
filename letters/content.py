"""What stands in a letter, part by part and in order: the paper and the web page set the same parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from letters import plain
from letters.amounts import Bill, PositionFact
from letters.facts import Address, Facts, Insurer
from letters.legal import reason_sentence
from letters.occasions import DECISIONS, Kind, Recipient
from letters.texts import Texts, values_of
from letters.writer import Wording
from pulse.base import reason_texts
from pulse.base.money import ZERO, format_amount
from pulse.base.reasons import Language, Reason

#: A label with its value.
Entry = tuple[str, str]
ColumnName = Literal["date", "product", "quantity", "billed", "approved", "note"]
#: The lines of one cell.
Lines = tuple[str, ...]

_MISSING_CODES = frozenset(reason for reason in Reason if "P201" <= reason.value <= "P209")
_TELL_REASONS = frozenset({Kind.RETURNED, Kind.PARTLY_APPROVED, Kind.DENIED, Kind.NOTICE})
_UNKNOWN = "–"


@dataclass(frozen=True, kw_only=True)
class Section:
    """Paragraphs, under a heading if any. `small`: what the law wants to be said; `dense`: a person's lines."""

    heading: str = ""
    paragraphs: tuple[str, ...]
    small: bool = False
    dense: bool = False


@dataclass(frozen=True, kw_only=True)
class Items:
    """A list under its heading."""

    heading: str
    items: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Positions:
    """The table of what was billed: the columns, the cells of each row, and those of the total."""

    columns: tuple[tuple[ColumnName, str], ...]
    rows: tuple[tuple[Lines, ...], ...]
    total: tuple[Lines, ...]


@dataclass(frozen=True, kw_only=True)
class Signature:
    """How the letter closes, who signs, and that no hand did."""

    closing: tuple[str, ...]
    name: str
    lines: tuple[str, ...]
    unsigned: tuple[str, ...]


Part = Section | Items | Positions | Signature


@dataclass(frozen=True, kw_only=True)
class Content:
    """One letter, from the letterhead down. `title` is neutral, as the mail's subject."""

    language: Language
    title: str
    insurer: Insurer
    addressee: Address
    reference: str
    subject: str
    desk: tuple[Entry, ...]
    entries: tuple[Entry, ...]
    parts: tuple[Part, ...]
    bills: tuple[Bill, ...]


def content_of(facts: Facts, wording: Wording, texts: Texts) -> Content:
    """The letter's content. Raises `BadTemplate`."""
    return _Composer(facts, wording, texts).content()


def bill_entries(bill: Bill, language: Language) -> tuple[Entry, ...]:
    """What a bill says beside its payment part: what for, which case, by when, how much."""
    labels = plain.labels(language)
    values = {
        "bill_for": labels[f"bill_{bill.purpose}"],
        "bill_case": str(bill.case_id),
        "bill_due": plain.long_date(bill.due_on, language),
        "bill_amount": plain.amount(bill.amount),
    }
    return tuple((labels[name], value) for name, value in values.items())


class _Composer:
    def __init__(self, facts: Facts, wording: Wording, texts: Texts) -> None:
        self.facts, self.wording, self.texts = facts, wording, texts
        self.values = values_of(facts)
        self.language = facts.wording_language
        self.labels = plain.labels(self.language)

    def content(self) -> Content:
        facts = self.facts
        return Content(
            language=self.language,
            title=self._line("mail_subject"),
            insurer=facts.insurer,
            addressee=facts.addressee,
            reference=str(facts.case_id),
            subject=self._line("subject"),
            desk=self._desk(),
            entries=tuple((self.labels[name], value) for name, value in self._entries() if value),
            parts=tuple(self._parts()),
            bills=tuple(bill for bill in facts.bills if bill.iban),
        )

    def _desk(self) -> tuple[Entry, ...]:
        insurer = self.facts.insurer
        rows = {
            "date_line": f"{insurer.city}, {plain.long_date(self.facts.letter_date, self.language)}",
            "reference": str(self.facts.case_id),
            "phone": insurer.phone,
            "email": insurer.email,
        }
        return tuple((self.labels[name], value) for name, value in rows.items())

    def _entries(self) -> Iterator[tuple[str, str | None]]:
        facts = self.facts
        if facts.recipient is Recipient.CONTROLLER:
            return
        yield "treated" if facts.kind is Kind.NOT_INSURED else "patient", facts.patient_name
        number = facts.insurance_number
        yield "insurance_number", plain.masked_number(number) if number else None
        yield "biller", facts.biller_name if facts.recipient is Recipient.CLIENT else None
        yield "invoice", self._invoice()
        yield "invoice_guid", facts.invoice_guid
        yield "treatment", self._period()

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

    def _parts(self) -> Iterator[Part]:
        yield Section(paragraphs=(*self._words("salutation"), *self.wording.paragraphs))
        yield from self._list("reasons", self._reasons())
        fields = self.facts.missing_fields
        yield from self._list("missing", [reason_texts.field_label(path, self.language) for path in fields])
        if asked := [plain.clean(question) for question in self.facts.questions]:
            yield Items(heading=self.labels["questions"], items=tuple(asked))
        if self.facts.comment and (lines := plain.clean_lines(self.facts.comment)):
            yield Section(heading=self._line("comment"), paragraphs=lines, dense=True)
        if self.facts.positions:
            yield self._positions()
        yield from self._what_happens()
        name, *rest = self._words("signature")
        by_hand = self.facts.recipient is Recipient.CONTROLLER
        unsigned = () if by_hand else self._words("unsigned")
        yield Signature(closing=self._words("closing"), name=name, lines=tuple(rest), unsigned=unsigned)
        yield from self._rights()

    def _reasons(self) -> list[str]:
        """The reasons' own reviewed sentences; a missing value is told once, in the list of fields."""
        if self.facts.kind not in _TELL_REASONS:
            return []
        told_as_fields = _MISSING_CODES if self.facts.missing_fields else frozenset()
        reasons = [reason for reason in self.facts.all_reasons if reason not in told_as_fields]
        return [reason_sentence(reason, self.facts) for reason in reasons]

    def _list(self, heading: str, items: list[str]) -> Iterator[Items]:
        if items:
            yield Items(heading=self._line(heading), items=tuple(items))

    def _positions(self) -> Positions:
        """Date, product, quantity, billed, and where they exist: approved, note."""
        facts, label = self.facts, self.labels
        decided = facts.kind in DECISIONS
        columns: list[tuple[ColumnName, str]] = [
            ("date", label["table_date"]),
            ("product", label["table_product"]),
            ("quantity", label["table_quantity"]),
            ("billed", f"{label['table_billed']} CHF"),
        ]
        total: list[Lines] = [(label["total"],), (), (), (_figure(facts.billed_total),)]
        if decided:
            columns.append(("approved", f"{label['table_approved']} CHF"))
            total.append((_figure(self._approved(facts.approved_total)),))
        noted = any(position.reasons for position in facts.positions)
        if noted:
            columns.append(("note", label["table_reason"]))
            total.append(())
        rows = tuple(self._row(position, decided=decided, noted=noted) for position in facts.positions)
        return Positions(columns=tuple(columns), rows=rows, total=tuple(total))

    def _row(self, position: PositionFact, *, decided: bool, noted: bool) -> tuple[Lines, ...]:
        cells: list[Lines] = [
            (plain.short_date(position.date) if position.date else _UNKNOWN,),
            (position.name or _UNKNOWN, *([position.code] if position.code else [])),
            (plain.quantity(position.quantity) if position.quantity is not None else _UNKNOWN,),
            (_figure(position.billed),),
        ]
        if decided:
            cells.append((_figure(self._approved(position.approved)),))
        if noted:
            cells.append(tuple(reason_texts.label(reason, self.language) for reason in position.reasons))
        return tuple(cells)

    def _approved(self, amount: Decimal | None) -> Decimal | None:
        return ZERO if self.facts.kind is Kind.DENIED else amount

    def _what_happens(self) -> Iterator[Section]:
        facts = self.facts
        if facts.payee:
            yield from self._section("payment", (*self._words("payment"), *self._words("refund")))
        elif facts.refund or facts.withdrawn:
            yield from self._section("payment", self._words("refund"))
        if facts.account_wanted:
            yield from self._section("account", self._words("account_wanted"))
        if facts.bills:
            yield from self._section("bill", self._words("bill"))
        yield from self._section("next", self._words("next"))
        if contact := self._words("contact"):
            yield Section(paragraphs=contact)

    def _rights(self) -> Iterator[Section]:
        """What the law wants to be said: an automated decision as such, and how to object."""
        facts = self.facts
        if facts.recipient is Recipient.CONTROLLER:
            return
        if facts.automated:
            yield from self._section("automated", self._words("automated"), small=True)
        told_by_us = facts.kind in DECISIONS and facts.recipient is Recipient.CLIENT
        if told_by_us or facts.kind in (Kind.DENIED, Kind.PARTLY_APPROVED):
            yield from self._section("legal", self._words("legal"), small=True)

    def _section(self, label: str, paragraphs: tuple[str, ...], *, small: bool = False) -> Iterator[Section]:
        if paragraphs:
            yield Section(heading=self.labels[label], paragraphs=paragraphs, small=small)

    def _words(self, block: str) -> tuple[str, ...]:
        return self.texts.block(block, self.facts, self.values)

    def _line(self, block: str) -> str:
        return " ".join(self._words(block))


def _figure(amount: Decimal | None) -> str:
    return _UNKNOWN if amount is None else format_amount(amount)
