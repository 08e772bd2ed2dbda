"""Whether an invoice came before: by guid, by biller and number, or as the very same document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pulse.base.identifiers import compact, gtin_13
from pulse.invoices.model import Invoice, Position

#: Closed so, an earlier case does not stand in the way: the provider was asked to send the invoice again.
SENT_BACK = ("returned",)


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """A case that carries the same guid, the same biller and number, or the same document."""

    id: int
    content: Invoice
    closed_as: str | None
    same_document: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`new`; `same`: nothing to do but to say so; `other_content`: one number for two invoices, a person decides."""

    kind: Literal["new", "same", "other_content"]
    earlier_id: int | None = None


def compare(invoice: Invoice, earlier: Sequence[Earlier]) -> Verdict:
    """The verdict over all earlier cases that still count; a case with the same content wins over another content."""
    standing = [case for case in earlier if case.closed_as not in SENT_BACK]
    for case in standing:
        if case.same_document or same_content(invoice, case.content):
            return Verdict(kind="same", earlier_id=case.id)
    if standing:
        return Verdict(kind="other_content", earlier_id=standing[0].id)
    return Verdict(kind="new")


def same_content(one: Invoice, other: Invoice) -> bool:
    """Whether both ask for the same money for the same things for the same person; a copy or a reminder does."""
    return _essence(one) == _essence(other)


def _essence(invoice: Invoice) -> tuple[object, ...]:
    number = invoice.insurance_number
    positions = sorted(map(_position, invoice.positions))
    return (compact(number) if number else None, invoice.total_amount, positions)


def _position(position: Position) -> tuple[str, ...]:
    code = gtin_13(position.code or "") or (position.code or "")
    amounts = (position.quantity, position.amount)
    return (str(position.date), code, *("" if amount is None else str(amount.normalize()) for amount in amounts))
