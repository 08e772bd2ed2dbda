"""Money that comes in for our bills, and what people do about the bills that stay open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import Connection

from db import audit, clients, documents, providers, receivables
from db.receivables import Receivable
from letters.amounts import Bill
from letters.bill import render_bill
from letters.facts import Address
from pulse.base.clock import swiss_date
from pulse.base.errors import Conflict, InvalidInput, NotFound
from pulse.base.money import ZERO
from pulse.base.reasons import LANGUAGES, Language
from pulse.claims.money.camt import Credit, read_statement
from pulse.claims.money.dues import give_account, note
from pulse.claims.office import Office

#: Why a person has to look at a credit: it names no bill of ours, is less or more than the bill, or is for one that is
#: not open any more; or the bank takes an earlier credit back.
Reason = Literal["", "no_bill", "too_little", "too_much", "not_open", "reversed"]


class ReceivableMissing(NotFound):
    """There is no such receivable."""

    code = "receivable_missing"


class ReceivableMoved(Conflict):
    """This receivable is no longer in a state in which that can be done."""

    code = "receivable_moved"


class NoBill(Conflict):
    """There is no account that this bill could be paid to: set PULSE_INSURER_QR_IBAN or PULSE_INSURER_IBAN."""

    code = "no_account_for_bills"


@dataclass(frozen=True, kw_only=True)
class StatementRead:
    """What came of a file: how many credits paid their bill in full, how many wait for a person and why, how many
    were known from another file, and whether the file itself was read before."""

    paid: int = 0
    waiting: tuple[tuple[str, int], ...] = ()
    seen: int = 0
    known: bool = False


def receive(office: Office, data: bytes, *, by: str) -> StatementRead:
    """Books the credits of a bank's file on our bills; the same file, or the same credit in another, changes nothing.

    What pays a bill exactly closes it; all else waits for a person. Raises `UnreadableStatement`; then nothing is
    changed.
    """
    statement, now = read_statement(data), office.clock.now()
    digest = office.documents.put(data)
    with office.database.write() as connection:
        documents.note(connection, digest, data, at=now)
        row = {"sha256": digest, "message_id": statement.message_id, "credits": len(statement.credits)}
        if not receivables.add_statement(connection, **row, read_by=by, read_at=now):
            return StatementRead(known=True)
        came = Counter(_book(connection, one, number, digest, at=now) for number, one in enumerate(statement.credits))
        seen, paid = came.pop(None, 0), came.pop("", 0)
        audit.note(
            connection,
            "claims:statement:read",
            actor=by,
            at=now,
            file=digest,
            credits=len(statement.credits),
            paid=paid,
            seen=seen,
        )
    waiting = tuple(sorted((str(reason), count) for reason, count in came.items()))
    return StatementRead(paid=paid, waiting=waiting, seen=seen)


def write_off(office: Office, receivable_id: int, *, by: str, why: str) -> None:
    """A person's word that what is open is not claimed any more. Raises `InvalidInput` without a reason,
    `ReceivableMissing`, `ReceivableMoved`."""
    _close(office, receivable_id, state="written_off", by=by, why=why)


def paid_otherwise(office: Office, receivable_id: int, *, by: str, how: str) -> None:
    """A person's word that the bill was paid another way, such as in two parts. Raises as `write_off`."""
    _close(office, receivable_id, state="paid", by=by, why=how)


def settle_credit(office: Office, incoming_id: int, *, by: str, what: str) -> None:
    """A person's word on a credit that waits: what was done with it. Raises `InvalidInput` without one, and
    `ReceivableMoved` where it does not wait."""
    text, now = _said(what), office.clock.now()
    with office.database.write() as connection:
        if not receivables.settle_incoming(connection, incoming_id, note=text, at=now):
            raise ReceivableMoved("This credit does not wait for anybody.", credit=incoming_id)
        audit.note(connection, "claims:credit:settled", actor=by, at=now, credit=incoming_id)


def bill_pdf(office: Office, receivable_id: int) -> bytes:
    """The bill alone, for the post. Raises `ReceivableMissing`, `NoBill`, and `ReceivableMoved` where nothing is to
    be paid any more."""
    with office.database.write() as connection:
        one = _known(connection, receivable_id)
        if one.state != "open":
            raise ReceivableMoved(receivable=receivable_id, state=one.state)
        if one.iban is None:
            give_account(connection, receivable_id, office.policy.bill_iban)
            one = _known(connection, receivable_id)
        debtor, language = _debtor(connection, one)
    if one.iban is None:
        raise NoBill
    bill = Bill(
        case_id=one.invoice_id,
        purpose=one.purpose,
        amount=one.amount,
        due_on=one.due_on,
        iban=one.iban,
        reference=one.reference,
    )
    spoken: Language = next((known for known in LANGUAGES if known == language), "de")
    policy = office.policy
    return render_bill(bill, policy.insurer, debtor, spoken, swiss_date(one.made_at), look=policy.letterhead)


def overdue(one: Receivable, today: date) -> bool:
    """Whether it is open and its day is over."""
    return one.state == "open" and one.due_on < today


def _book(connection: Connection, credit: Credit, number: int, digest: str, *, at: datetime) -> Reason | None:
    """Why the credit waits for a person, empty where it paid its bill; None where it was booked before."""
    one = receivables.by_reference(connection, credit.reference) if credit.reference else None
    reason = _reason(credit, one)
    marker = "reversal " if credit.reversed else ""
    added = receivables.add_incoming(
        connection,
        bank_reference=f"{marker}{credit.bank_reference or f'{digest[:40]}/{number}'}",
        statement_sha256=digest,
        receivable_id=one.id if one else None,
        amount=credit.amount,
        booked_on=credit.booked_on,
        reference=credit.reference,
        payer=credit.payer,
        state="for_a_person" if reason else "matched",
        reason=reason,
        changed_at=at,
    )
    if not added:
        return None
    if one is not None:
        received = max(one.received + (-credit.amount if credit.reversed else credit.amount), ZERO)
        receivables.change(connection, one.id, was=receivables.STATES, received=received, changed_at=at)
        if credit.reversed:
            receivables.change(connection, one.id, was=("paid",), state="open")
        elif reason in ("", "too_much"):
            receivables.change(connection, one.id, was=("open",), state="paid")
        note(connection, reason or "paid", one, actor="bank", at=at)
    return reason


def _reason(credit: Credit, one: Receivable | None) -> Reason:
    if credit.reversed:
        return "reversed"
    if one is None:
        return "no_bill"
    if one.state != "open":
        return "not_open"
    if credit.amount == one.left:
        return ""
    return "too_little" if credit.amount < one.left else "too_much"


def _close(office: Office, receivable_id: int, *, state: Literal["written_off", "paid"], by: str, why: str) -> None:
    text, now = _said(why), office.clock.now()
    with office.database.write() as connection:
        one = _known(connection, receivable_id)
        values = {"state": state, "note": text, "changed_at": now}
        if not receivables.change(connection, receivable_id, was=("open",), **values):
            raise ReceivableMoved(receivable=receivable_id, state=one.state)
        note(connection, state, one, actor=by, at=now)


def _known(connection: Connection, receivable_id: int) -> Receivable:
    one = receivables.get(connection, receivable_id)
    if one is None:
        raise ReceivableMissing(receivable=receivable_id)
    return one


def _said(words: str) -> str:
    text = " ".join(words.split())[:200]
    if not text:
        raise InvalidInput("Say why.", code="note_missing")
    return text


def _debtor(connection: Connection, one: Receivable) -> tuple[Address, str]:
    """Name and address out of the registers, and the language."""
    if one.debtor == "client":
        client = clients.get(connection, one.client_id) if one.client_id is not None else None
        if client is not None:
            name = f"{client.first_name} {client.last_name}"
            return Address(name=name, street=client.street, zip=client.zip, city=client.city), client.language
    provider = providers.get(connection, one.provider_id) if one.provider_id is not None else None
    if provider is not None:
        where = {"street": provider.street, "zip": provider.zip, "city": provider.city}
        return Address(name=provider.name, **where), provider.language
    raise ReceivableMissing("Nobody is registered who owes this.", receivable=one.id)


def left_of(found: list[Receivable]) -> Decimal:
    """What has not come in of these."""
    return sum((one.left for one in found if one.state == "open"), ZERO)
