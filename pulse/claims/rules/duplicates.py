"""What an invoice has to do with those that came before: by guid, by biller and number, or as the same document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pulse.base.identifiers import compact, gtin_13
from pulse.invoices.model import Invoice, Position

#: Closed so, an earlier case does not stand in the way: the provider was asked to send the invoice again.
SENT_BACK = ("returned",)

Kind = Literal["repeats", "reminds", "copies", "cancels", "corrects", "conflicts"]


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """A case that carries or names the same guid, the same number of the same biller, or the same document.

    `taken_back`: a person has agreed to its cancellation. `takes_back`: it is itself a cancellation, and its invoice
    has been found.
    """

    id: int
    content: Invoice
    closed_as: str | None
    same_document: bool = False
    taken_back: bool = False
    takes_back: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`new`; `same`: nothing to do but to say so; `other_content`: one number for two invoices, a person decides.

    `kind` is what the invoice has to do with the earlier case, None where there is none. `cancelled_by` are
    cancellations of this invoice that came before it.
    """

    result: Literal["new", "same", "other_content"]
    earlier_id: int | None = None
    kind: Kind | None = None
    cancelled_by: tuple[int, ...] = ()


def takes_back(invoice: Invoice) -> bool:
    """Whether the document cancels another one, in whole (storno) or in part (refund)."""
    return invoice.subtype in ("storno", "refund")


def compare(invoice: Invoice, earlier: Sequence[Earlier]) -> Verdict:
    """The verdict over all earlier cases, newest first; a case with the same content wins over another content.

    A copy or a reminder of what we do not have is the invoice itself. A cancellation repeats cancellations only; one
    of an invoice that was returned or is not here names nothing.
    """
    for case in earlier:
        if case.same_document and _stands(case):
            return Verdict(result="same", earlier_id=case.id, kind=_way_of_repeating(invoice))
    if takes_back(invoice):
        return _cancellation(invoice, earlier)
    alike = [case for case in earlier if not takes_back(case.content) and _is_alike(invoice, case.content)]
    found = _among(invoice, [case for case in alike if _stands(case)])
    if found is not None:
        return found
    open_storni = [case for case in earlier if takes_back(case.content) and not case.takes_back]
    cancelled_by = tuple(case.id for case in open_storni if _means(case.content, invoice))
    sent_back = [case for case in earlier if not takes_back(case.content) and not _stands(case)]
    corrected = alike or [case for case in sent_back if _names(invoice, case.content)]
    if corrected:
        return Verdict(result="new", earlier_id=corrected[0].id, kind="corrects", cancelled_by=cancelled_by)
    return Verdict(result="new", cancelled_by=cancelled_by)


def same_content(one: Invoice, other: Invoice) -> bool:
    """Whether both ask for the same money for the same things for the same person; a copy or a reminder does.

    A reminder may add its fee to the total, and may leave out what it reminds of.
    """
    if one.request_type == "reminder":
        same_person = one.insurance_number is None or _person(one) == _person(other)
        return same_person and (not one.positions or _positions(one) == _positions(other))
    return (_person(one), one.total_amount, _positions(one)) == (_person(other), other.total_amount, _positions(other))


def _cancellation(invoice: Invoice, earlier: Sequence[Earlier]) -> Verdict:
    found = _among(invoice, [case for case in earlier if takes_back(case.content) and _is_alike(invoice, case.content)])
    if found is not None:
        return found
    for case in earlier:
        if not takes_back(case.content) and _stands(case) and _means(invoice, case.content):
            return Verdict(result="new", earlier_id=case.id, kind="cancels")
    return Verdict(result="new")


def _among(invoice: Invoice, standing: Sequence[Earlier]) -> Verdict | None:
    for case in standing:
        if same_content(invoice, case.content):
            return Verdict(result="same", earlier_id=case.id, kind=_way_of_repeating(invoice))
    if standing:
        return Verdict(result="other_content", earlier_id=standing[0].id, kind="conflicts")
    return None


def _way_of_repeating(invoice: Invoice) -> Kind:
    if invoice.request_type == "reminder":
        return "reminds"
    return "copies" if invoice.subtype == "copy" else "repeats"


def _stands(case: Earlier) -> bool:
    return case.closed_as not in SENT_BACK and not case.taken_back


def _is_alike(one: Invoice, other: Invoice) -> bool:
    """Whether both carry one guid or number; a reminder and a copy may have their own and name the invoice."""
    named = (one.request_type == "reminder" or one.subtype == "copy") and _names(one, other)
    return named or _same_guid(one, other) or _same_number(one, other)


def _same_guid(one: Invoice, other: Invoice) -> bool:
    return bool(one.guid) and one.guid == other.guid


def _same_number(one: Invoice, other: Invoice) -> bool:
    return bool(one.invoice_number) and one.invoice_number == other.invoice_number and _same_biller(one, other)


def _names(one: Invoice, other: Invoice) -> bool:
    """Whether one refers to the other, by guid or number."""
    if not one.refers_to:
        return False
    return one.refers_to == other.guid or (one.refers_to == other.invoice_number and _same_biller(one, other))


def _means(storno: Invoice, invoice: Invoice) -> bool:
    """Whether a cancellation is of this invoice: it refers to it, or refers to nothing and has its guid or number."""
    if storno.refers_to and storno.refers_to != storno.invoice_number:
        return _names(storno, invoice)
    return _same_guid(storno, invoice) or _same_number(storno, invoice)


def _same_biller(one: Invoice, other: Invoice) -> bool:
    numbers = ((one.biller.gln, other.biller.gln), (one.biller.zsr, other.biller.zsr))
    return any(a and b and compact(a) == compact(b) for a, b in numbers)


def _person(invoice: Invoice) -> str | None:
    number = invoice.insurance_number
    return compact(number) if number else None


def _positions(invoice: Invoice) -> list[tuple[str, ...]]:
    return sorted(map(_position, invoice.positions))


def _position(position: Position) -> tuple[str, ...]:
    code = gtin_13(position.code or "") or (position.code or "")
    amounts = (position.quantity, position.amount)
    return (str(position.date), code, *("" if amount is None else str(amount.normalize()) for amount in amounts))
