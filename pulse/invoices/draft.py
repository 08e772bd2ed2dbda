"""The invoice while it is being read: values by path, each with its evidence, and what could not be read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pulse.base.money import CENT, NotAnAmount, parse_amount, parse_number
from pulse.base.reasons import Reason
from pulse.invoices.model import Finding, Invoice, Severity, Source

_PRINTED_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*|Z|[+-]\d{2}:\d{2})?")
#: What programs print where they had no number.
_NO_NUMBER = frozenset({"NaN", "Infinity", "-Infinity", "undefined", "null"})
_MAX_DIGITS = 12
#: `xs:double` as invoices have it; an exponent of more than one digit is no amount of francs.
DOUBLE = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d)?")

Box = tuple[float, float, float, float]


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box that holds all of these."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


@dataclass(frozen=True)
class Where:
    """Evidence of one value: page from 1, box in points from the page's top left, confidence from 0 to 1."""

    page: int | None = None
    box: Box | None = None
    confidence: float = 1.0


def _said(where: Where) -> dict[str, object]:
    """Evidence as the Invoice has it: boxes to a tenth of a point."""
    box = where.box and tuple([round(edge, 1) for edge in where.box])
    return {"confidence": where.confidence, "page": where.page, "box": box}


def is_no_number(text: str) -> bool:
    """`NaN` and its kin: the printing program had no value."""
    return text.strip() in _NO_NUMBER


def plain_double(number: str | None) -> str | None:
    """An `xs:double` without its exponent; anything else stays as it is, to be named by whoever parses it."""
    if number is None or not DOUBLE.fullmatch(number.strip()):
        return number
    return format(Decimal(number.strip()), "f")


def without_trailing_zeros(number: Decimal) -> Decimal:
    """`2.00` → `2`, `0.50` → `0.5`, `100` stays `100`."""
    plain = number.normalize()
    return plain if int(plain.as_tuple().exponent) <= 0 else plain.quantize(Decimal(1))


def with_cents(amount: Decimal) -> Decimal:
    """`4.1` → `4.10`; more than two decimals are kept."""
    return amount.quantize(CENT) if int(amount.as_tuple().exponent) > -2 else amount


@dataclass
class Draft:
    """Collects values; `build` makes the frozen Invoice. A value that is blank is not a value."""

    values: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Where] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0

    def put(self, path: str, value: object, where: Where) -> None:
        """Notes a value; the first one counts (a carried header repeats what was said)."""
        if value is None or value == "" or path in self.values:
            return
        self.values[path] = value
        self.put_evidence(path, where)

    def put_evidence(self, path: str, where: Where) -> None:
        """Notes where something stands that is no single value, such as the number of rows."""
        self.evidence[path] = where

    def text(self, path: str, text: str | None, where: Where) -> None:
        """Notes text with its blanks put in order; `NaN` is a finding and no value."""
        plain = " ".join((text or "").split())
        if is_no_number(plain):
            self.find(Reason.VALUE_UNREADABLE, path, "there is no value here: the document says NaN")
        else:
            self.put(path, plain, where)

    def date(self, path: str, text: str | None, where: Where) -> None:
        """Notes `dd.mm.yyyy` or ISO 8601 (a time behind it is dropped: an invoice's dates are days)."""
        plain = (text or "").strip()
        if not plain or not plain.strip(". "):
            return
        if matched := _PRINTED_DATE.fullmatch(plain):
            day, month, year = (int(part) for part in matched.groups())
        elif matched := _ISO_DATE.fullmatch(plain):
            year, month, day = (int(part) for part in matched.groups())
        else:
            self.find(Reason.VALUE_UNREADABLE, path, "this is not a date")
            return
        try:
            self.put(path, dt.date(year, month, day), where)
        except ValueError:
            self.find(Reason.DATE_IMPOSSIBLE, path, f"there is no {day:02d}.{month:02d}.{year}")

    def money(self, path: str, text: str | None, where: Where, *, is_double: bool = False) -> None:
        """Notes an amount in francs; what is no amount becomes a finding. In an `xs:double` a dot is a decimal point
        whatever follows; in print `1.234` may be a thousand."""
        if (amount := self.read_number(path, text, parse=parse_number if is_double else parse_amount)) is not None:
            self.put(path, with_cents(amount), where)

    def number(self, path: str, text: str | None, where: Where, *, severity: Severity = "error") -> None:
        """Notes a quantity, factor or rate."""
        if (number := self.read_number(path, text, severity)) is not None:
            self.put(path, without_trailing_zeros(number), where)

    def find(self, code: Reason, path: str | None, message: str, severity: Severity = "error") -> None:
        """Notes a finding once."""
        finding = Finding(code=code, severity=severity, field=path, message=message)
        if finding not in self.findings:
            self.findings.append(finding)

    def read_number(
        self,
        path: str,
        text: str | None,
        severity: Severity = "error",
        parse: Callable[[str], Decimal] = parse_number,
    ) -> Decimal | None:
        """The number in a text, without noting it; None with a finding if there is none, None alone for no text."""
        if not (text or "").strip():
            return None
        try:
            number = parse(text or "")
        except NotAnAmount:
            self.find(Reason.AMOUNT_UNREADABLE, path, "this is not an amount", severity)
            return None
        if len(number.as_tuple().digits) > _MAX_DIGITS:
            self.find(Reason.AMOUNT_UNREADABLE, path, "this amount has too many digits", severity)
            return None
        return number

    def build(self, source: Source) -> Invoice:
        """The Invoice of all values. Raises `pydantic.ValidationError` if a reader put what the model refuses."""
        fields = {path: _said(where) for path, where in self.evidence.items()}
        whole: dict[str, Any] = {"source": source, "fields": fields, "findings": tuple(self.findings)}
        positions: list[dict[str, Any]] = [{"line": line} for line in range(1, self.rows + 1)]
        for path, value in self.values.items():
            head, _, rest = path.partition(".")
            if head == "positions":
                index, _, name = rest.partition(".")
                positions[int(index)][name] = value
            elif rest:
                whole.setdefault(head, {})[rest] = value
            else:
                whole[head] = value
        return Invoice.model_validate({**whole, "positions": positions})
