"""What is still to be settled on a case: paid out where it is owed by us, claimed where it is owed to us.

A decision can change what earlier cases pay: the year is worked out anew, or an invoice is taken back. What is due on
each case is therefore held against what was paid out and claimed for it before; the difference becomes a payment or a
receivable. Asked again, there is no difference. Nothing is netted across cases.
"""

from __future__ import annotations

from collections.abc import Iterable
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
class _Balance:
    """A party's side of a case, in CHF: what they are to have from us in all (less than zero: owe us), and what is
    paid out, on its way, or claimed."""

    party: Payee
    due: Decimal
    settled: Decimal

    @property
    def left(self) -> Decimal:
        return self.due - self.settled


def settle(connection: Connection, cause_id: int, *, account: str | None, at: datetime) -> None:
    """Settles what a decision on the case `cause_id` left open, on it and on every case that it changed.

    In the transaction of the decision, after its booking and its own payment. `account` is the IBAN that bills are
    paid to; without it a receivable has no bill yet. What is not sent of a case that is decided anew or cancelled is
    taken back first; bills and payments of other cases stay as they are.
    """
    cancelled = {one.other_id for one in links.cancellations(connection, [cause_id]) if one.invoice_id == cause_id}
    cancelled &= _with_agreed_storno(connection, cancelled)
    changed = {entry.invoice_id for entry in accounts.caused_by(connection, cause_id)}
    for invoice_id in sorted({cause_id} | changed | cancelled):
        case, is_cancelled = case_of(connection, invoice_id), invoice_id in cancelled
        open_ = [one for one in _balances(connection, case, cancelled=is_cancelled) if one.left != ZERO]
        if open_ and (is_cancelled or invoice_id == cause_id):
            if is_cancelled:
                withdraw_open(connection, invoice_id, at=at)
            _withdraw_bills(connection, invoice_id, at=at)
            open_ = _balances(connection, case, cancelled=is_cancelled)
        for one in open_:
            if one.left > ZERO:
                add_difference(connection, case, one.party, amount=one.left, cause_id=cause_id, at=at)
            elif one.left < ZERO:
                _claim(connection, case, one, cause_id=cause_id, account=account, at=at)


@dataclass(frozen=True, kw_only=True)
class _Books:
    """All that is on record of a case's money."""

    taken: list[Decision]
    entries: list[Entry]
    paid: list[Payment]
    claimed: list[Receivable]


def _balances(connection: Connection, case: Case, *, cancelled: bool) -> list[_Balance]:
    books = _Books(
        taken=[one for one in decisions.of_invoice(connection, case.id) if one.decision != "ask"],
        entries=accounts.of_invoice(connection, case.id),
        paid=payments.of_invoice(connection, case.id),
        claimed=receivables.of_invoice(connection, case.id),
    )
    parties: tuple[Payee, ...] = ("client", "provider")
    return [_balance(case, books, party, cancelled) for party in parties]


def _balance(case: Case, books: _Books, party: Payee, cancelled: bool) -> _Balance:
    due = ZERO if cancelled else _due(case, books, party)
    newest = {(one.round, one.part): one for one in books.paid if one.payee == party}
    # A rejected payment is still to be made: a person pays it again, or says how it was settled.
    paid = (one.amount for one in newest.values() if one.state != "withdrawn")
    owed = [one for one in books.claimed if one.debtor == party]
    claimed = (one.received if one.state == "withdrawn" else one.amount for one in owed)
    return _Balance(party=party, due=due, settled=sum(paid, ZERO) - sum(claimed, ZERO))


def _due(case: Case, books: _Books, party: Payee) -> Decimal:
    """What a party is to have of the decision that counts, as the account stands now."""
    last = books.taken[-1] if books.taken else None
    approved = last.payable_amount if last and last.decision in ("approve", "partial") else ZERO
    whom = payee(case.content)
    if party == "provider":
        return amount_due(whom, case.content, approved=approved, client_share=None) if whom == party else ZERO
    entries = [one for one in books.entries if one.client_id == case.client_id]
    if whom == "provider":
        return -to_five_cents(sum((one.franchise + one.copayment for one in entries), ZERO))
    share = sum((one.paid for one in entries), ZERO) if entries else None
    return amount_due(whom, case.content, approved=approved, client_share=share)


def _with_agreed_storno(connection: Connection, invoice_ids: Iterable[int]) -> set[int]:
    found = links.cancellations(connection, set(invoice_ids))
    return {one.other_id for one in found if one.accepted}


def _withdraw_bills(connection: Connection, invoice_id: int, *, at: datetime) -> None:
    """Bills of which nothing has come in; what is still owed gets a new one."""
    for one in receivables.of_invoice(connection, invoice_id):
        if one.received != ZERO:
            continue
        if receivables.change(connection, one.id, was=("open",), state="withdrawn", changed_at=at):
            note(connection, "withdrawn", one, actor="pulse", at=at)


def _claim(
    connection: Connection, case: Case, balance: _Balance, *, cause_id: int, account: str | None, at: datetime
) -> None:
    number = len(receivables.of_invoice(connection, case.id)) + 1
    shares = balance.party == "client" and payee(case.content) == "provider"
    purpose: Purpose = "cost_share" if shares else "repayment"
    receivable_id = receivables.add(
        connection,
        invoice_id=case.id,
        cause_id=cause_id,
        number=number,
        debtor=balance.party,
        client_id=case.client_id if balance.party == "client" else None,
        provider_id=case.provider_id if balance.party == "provider" else None,
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


def note(connection: Connection, what: str, one: receivables.Receivable, *, actor: str, at: datetime) -> None:
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
