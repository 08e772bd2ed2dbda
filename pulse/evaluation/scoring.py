"""What was read held against what is true, field by field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pulse.invoices.evidence import Signs, calibrated, signs
from pulse.invoices.model import Invoice, Position, Value

Outcome = Literal["right", "missing", "wrong", "invented"]
Group = Literal["identifiers", "dates", "amounts", "positions", "names", "other"]
#: What is about the reading and not about the invoice.
_ABOUT_THE_READING = frozenset({"schema_version", "source", "fields", "findings"})
_INDEX = re.compile(r"\.\d+")
_GROUPS: dict[str, Group] = {
    **dict.fromkeys(("guid", "invoice_number", "refers_to", "gln", "zsr", "vat_number", "ssn"), "identifiers"),
    **dict.fromkeys(("card_number", "insured_number", "iban", "reference", "reference_type"), "identifiers"),
    **dict.fromkeys(("invoice_date", "birth_date", "begin", "end"), "dates"),
    **dict.fromkeys(("total_amount", "prepaid_amount", "amount_due", "currency"), "amounts"),
    **dict.fromkeys(("name", "family_name", "given_name", "street", "zip", "city", "email", "canton"), "names"),
}


@dataclass(frozen=True)
class FieldResult:
    """One field of one document: `confidence` and `signs` where a value was said with its evidence."""

    path: str
    outcome: Outcome
    expected: object = None
    said: object = None
    confidence: float | None = None
    signs: Signs | None = None

    @property
    def name(self) -> str:
        """The path with every row alike: `positions.*.amount`."""
        return generic(self.path)

    @property
    def group(self) -> Group:
        """What kind of field a bar speaks of; whatever stands in a row belongs to the positions."""
        return group(self.path)

    def is_wrong(self, limit: float) -> bool:
        """Whether something untrue was said at least this surely."""
        return self.outcome in {"wrong", "invented"} and (self.confidence or 0.0) >= limit


def generic(path: str) -> str:
    """`positions.3.amount` → `positions.*.amount`."""
    return _INDEX.sub(".*", path)


def group(path: str) -> Group:
    """The group of a field by its path."""
    return "positions" if path.startswith("positions") else _GROUPS.get(path.rpartition(".")[2], "other")


def score(truth: Invoice, raw: Invoice | None) -> list[FieldResult]:
    """Every field that the truth or the reading has; `raw` as its readers said it, before confidences are weighed.

    A field that is at its default in both (no reminder, factor 1) is not counted. Rows are compared in their order.
    """
    expected, said = _leaves(truth), _leaves(raw) if raw else {}
    known = signs(raw) if raw else {}
    weighed = calibrated(raw).fields if raw else {}
    results = []
    for path in {**expected, **said}:
        true, read = expected.get(path), said.get(path)
        evidence = weighed.get(path)
        results.append(
            FieldResult(
                path=path,
                outcome=_outcome(true, read),
                expected=true,
                said=read,
                confidence=evidence.confidence if evidence else None,
                signs=known.get(path),
            )
        )
    return results


def _outcome(true: object, read: object) -> Outcome:
    if read is None:
        return "missing"
    if true is None:
        return "invented"
    return "right" if true == read else "wrong"


def _leaves(invoice: Invoice) -> dict[str, object]:
    leaves: dict[str, object] = {"positions": len(invoice.positions)} if invoice.positions else {}
    for name, value in invoice:
        if name in _ABOUT_THE_READING:
            continue
        if isinstance(value, tuple):
            for index, position in enumerate(value):
                leaves |= _of_part(f"positions.{index}.", position)
        elif isinstance(value, Value):
            leaves |= _of_part(f"{name}.", value)
        elif value != Invoice.model_fields[name].default:
            leaves[name] = value
    return leaves


def _of_part(prefix: str, part: Value) -> dict[str, object]:
    return {f"{prefix}{name}": value for name, value in _set_values(part)}


def _set_values(part: Value) -> Iterator[tuple[str, Any]]:
    fields = type(part).model_fields
    for name, value in part:
        if not (isinstance(part, Position) and name == "line") and value != fields[name].default:
            yield name, value
