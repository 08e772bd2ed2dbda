"""What is still to be settled on a case: paid out where it is owed by us, claimed where it is owed to us.

A decision can change what earlier cases pay: the year is worked out anew, or an invoice is taken back. What is due on
each case is therefore held against what was paid out and claimed for it before; the difference becomes a payment or a
receivable. Asked again, there is no difference. Nothing is netted across cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from db import accounts, audit, decisions, links, payments, receivables
from db.accounts import Entry
from db.decisions import Decision
from db.invoices import Case
from db.payments import Payment
from db.receivables import Purpose, Receivable
from pulse.base.clock import swiss_date
from pulse.base.money import ZERO, to_five_cents
from pulse.claims.money.payments import add_difference, withdraw_open
from pulse.claims.money.payout import amount_due
from pulse.claims.money.references import reference_of
from pulse.claims.rules.payee import Payee, payee
from pulse.claims.steps import case_of

#: How long a bill runs.
TERM = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class _Book:
    """All that was decided, booked, paid and claimed of a case."""

    case: Case
    decisions: list[Decision]
    entries: list[Entry]
    payments: list[Payment]
    receivables: list[Receivable]


@dataclass(frozen=True, kw_only=True)
class _Balance:
    """A party's side of a case, in CHF: what they are to have from us in all (less than zero: owe us), and what is
    paid out, on its way, or claimed."""

    party: Payee
    due: Decimal
    settled: Decimal

    @property
    def left(self) -> Decimal:
        return self.due - self.settled


def settle(connection: Connection, cause_id: int, *, account: str | None, at: datetime, cancels: bool = False) -> None:
    """Settles what a decision on the case `cause_id` left open, on it and on every case that it changed.

    In the transaction of the decision, after its booking and its own payment. `cancels`: a person has agreed that the
    case takes others back. `account` is the IBAN that bills are paid to; without it a receivable has no bill yet. What
    is not sent of a case that is decided anew or cancelled is taken back first; bills and payments of other cases stay
    as they are.
    """
    cancelled = _taken_back(connection, cause_id) if cancels else set()
    changed = {entry.invoice_id for entry in accounts.caused_by(connection, cause_id)}
    for invoice_id in sorted({cause_id} | changed | cancelled):
        is_cancelled = invoice_id in cancelled
        book = _book(connection, invoice_id)
        if is_cancelled or invoice_id == cause_id:
            book = _cleared(connection, book, cancelled=is_cancelled, at=at)
        for one in _balances(book, cancelled=is_cancelled):
            if one.left > ZERO:
                add_difference(connection, book.case, one.party, amount=one.left, cause_id=cause_id, at=at)
            elif one.left < ZERO:
                _claim(connection, book, one, cause_id=cause_id, account=account, at=at)


def _book(connection: Connection, invoice_id: int) -> _Book:
    return _Book(
        case=case_of(connection, invoice_id),
        decisions=[one for one in decisions.of_invoice(connection, invoice_id) if one.decision != "ask"],
        entries=accounts.of_invoice(connection, invoice_id),
        payments=payments.of_invoice(connection, invoice_id),
        receivables=receivables.of_invoice(connection, invoice_id),
    )


def _cleared(connection: Connection, book: _Book, *, cancelled: bool, at: datetime) -> _Book:
    """The case without what is not sent and bills of which nothing has come in, where its balance is not even."""
    bills = [one for one in book.receivables if one.state == "open" and one.received == ZERO]
    even = all(one.left == ZERO for one in _balances(book, cancelled=cancelled))
    if even or not (cancelled or bills):
        return book
    if cancelled:
        withdraw_open(connection, book.case.id, at=at)
    for one in bills:
        if receivables.change(connection, one.id, was=("open",), state="withdrawn", changed_at=at):
            note(connection, "withdrawn", one, actor="pulse", at=at)
    return _book(connection, book.case.id)


def _balances(book: _Book, *, cancelled: bool) -> list[_Balance]:
    return [_balance(book, "client", cancelled), _balance(book, "provider", cancelled)]


def _balance(book: _Book, party: Payee, cancelled: bool) -> _Balance:
    due = ZERO if cancelled else _due(book, party)
    newest = {(one.round, one.part): one for one in book.payments if one.payee == party}
    # A rejected payment is still to be made: a person pays it again, or says how it was settled.
    paid = (one.amount for one in newest.values() if one.state != "withdrawn")
    owed = [one for one in book.receivables if one.debtor == party]
    claimed = (one.received if one.state == "withdrawn" else one.amount for one in owed)
    return _Balance(party=party, due=due, settled=sum(paid, ZERO) - sum(claimed, ZERO))


def _due(book: _Book, party: Payee) -> Decimal:
    """What a party is to have of the decision that counts, as the account stands now."""
    case, last = book.case, book.decisions[-1] if book.decisions else None
    approved = last.payable_amount if last and last.decision in ("approve", "partial") else ZERO
    whom = payee(case.content)
    if party == "provider":
        return amount_due(whom, case.content, approved=approved, client_share=None) if whom == party else ZERO
    entries = [one for one in book.entries if one.client_id == case.client_id]
    if whom == "provider":
        return -to_five_cents(sum((one.franchise + one.copayment for one in entries), ZERO))
    share = sum((one.paid for one in entries), ZERO) if entries else None
    return amount_due(whom, case.content, approved=approved, client_share=share)


def _taken_back(connection: Connection, cause_id: int) -> set[int]:
    """The cases that this one, a storno that a person has agreed to, takes back in whole."""
    found = links.cancellations(connection, [cause_id])
    return {one.other_id for one in found if one.invoice_id == cause_id and one.accepted}


def _claim(
    connection: Connection, book: _Book, balance: _Balance, *, cause_id: int, account: str | None, at: datetime
) -> None:
    case, client = book.case, balance.party == "client"
    purpose: Purpose = "cost_share" if client and payee(case.content) == "provider" else "repayment"
    receivable_id = receivables.add(
        connection,
        invoice_id=case.id,
        cause_id=cause_id,
        number=len(receivables.of_invoice(connection, case.id)) + 1,
        debtor=balance.party,
        client_id=case.client_id if client else None,
        provider_id=None if client else case.provider_id,
        purpose=purpose,
        amount=-balance.left,
        due_on=swiss_date(at) + TERM,
        state="open",
        made_at=at,
        changed_at=at,
    )
    give_account(connection, receivable_id, account)
    made = receivables.get(connection, receivable_id)
    assert made is not None
    note(connection, "made", made, actor="pulse", at=at)


def give_account(connection: Connection, receivable_id: int, account: str | None) -> None:
    """Sets the account and the reference of a bill, once there is an account."""
    if account:
        reference = reference_of(account, receivable_id)
        receivables.change(connection, receivable_id, was=("open",), iban=account, reference=reference)


def note(connection: Connection, what: str, one: Receivable, *, actor: str, at: datetime) -> None:
    """An event of the audit trail about a receivable."""
    audit.note(
        connection,
        f"claims:receivable:{what}",
        actor=actor,
        at=at,
        invoice_id=one.invoice_id,
        receivable=one.id,
        debtor=one.debtor,
        amount=format(one.amount, "f"),
        because_of=one.cause_id if one.cause_id != one.invoice_id else "",
    )
