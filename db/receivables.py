"""Receivables, the bank's statements, and the credits in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, get_args

from sqlalchemy import Connection, bindparam, func, insert, select, update

from db.rows import changed, every, first, insert_if_new
from db.tables import bank_statements, clients, incoming_payments, invoices, providers, receivables

#: open → paid | written_off | withdrawn. Withdrawn: nothing of it is owed any more, or another took its place.
State = Literal["open", "paid", "written_off", "withdrawn"]
STATES: tuple[State, ...] = get_args(State)
Debtor = Literal["client", "provider"]
#: The client's franchise and co-payment, or money that was paid out and is due back.
Purpose = Literal["cost_share", "repayment"]


@dataclass(frozen=True, kw_only=True)
class Receivable:
    """What is owed on a case, in CHF, by whom, and what has come in of it; `cause_id` is the case whose decision led
    to it. `iban` and `reference` are those of its bill, None until there is an account to pay to."""

    id: int
    invoice_id: int
    cause_id: int
    number: int
    debtor: Debtor
    client_id: int | None
    provider_id: int | None
    purpose: Purpose
    amount: Decimal
    received: Decimal
    due_on: date
    state: State
    iban: str | None
    reference: str | None
    note: str
    made_at: datetime
    changed_at: datetime

    @property
    def left(self) -> Decimal:
        """What has not come in."""
        return max(self.amount - self.received, Decimal("0.00"))


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A credit on our account: CHF; `reason` says why a person has to look at it."""

    id: int
    bank_reference: str
    receivable_id: int | None
    amount: Decimal
    booked_on: date | None
    reference: str
    payer: str
    state: Literal["matched", "for_a_person", "settled"]
    reason: str
    note: str
    changed_at: datetime


_OF_INVOICE = (
    select(receivables).where(receivables.c.invoice_id == bindparam("invoice_id")).order_by(receivables.c.number)
)
_CAUSED_BY = select(receivables).where(receivables.c.cause_id == bindparam("cause_id")).order_by(receivables.c.id)
_INCOMING = [one for one in incoming_payments.c if one.name != "statement_sha256"]


def add(connection: Connection, **values: object) -> int:
    """A new receivable; returns the id."""
    return int(connection.execute(insert(receivables).values(**values).returning(receivables.c.id)).scalar_one())


def get(connection: Connection, receivable_id: int) -> Receivable | None:
    """The receivable with this id."""
    return first(connection, select(receivables).where(receivables.c.id == receivable_id), Receivable)


def by_reference(connection: Connection, reference: str) -> Receivable | None:
    """The receivable whose bill has this reference (without blanks)."""
    return first(connection, select(receivables).where(receivables.c.reference == reference), Receivable)


def of_invoice(connection: Connection, invoice_id: int) -> list[Receivable]:
    """The receivables of a case, oldest first."""
    return every(connection, _OF_INVOICE, Receivable, invoice_id=invoice_id)


def of_client(connection: Connection, client_id: int) -> list[Receivable]:
    """What a client owes and has owed, newest first."""
    where = receivables.c.client_id == client_id
    return every(connection, select(receivables).where(where).order_by(receivables.c.id.desc()), Receivable)


def caused_by(connection: Connection, cause_id: int) -> list[Receivable]:
    """What this case's decisions led to, on it and on other cases, oldest first."""
    return every(connection, _CAUSED_BY, Receivable, cause_id=cause_id)


def in_states(
    connection: Connection, states: Collection[State], *, after: int = 0, limit: int | None = None
) -> list[Receivable]:
    """Receivables in one of these states, by id from `after` on."""
    where = (receivables.c.state.in_(sorted(states)), receivables.c.id > after)
    return every(connection, select(receivables).where(*where).order_by(receivables.c.id).limit(limit), Receivable)


@dataclass(frozen=True, kw_only=True)
class Debt:
    """A receivable with the debtor's name; `in_letter`: its bill goes with the letter of the case that led to it."""

    receivable: Receivable
    name: str
    in_letter: bool


def debts(connection: Connection, state: State, *, limit: int) -> list[Debt]:
    """Receivables in a state with who owes them: the open ones by their day, the others newest first."""
    cause, columns = invoices.alias(), list(receivables.c)
    names = (clients.c.first_name, clients.c.last_name, providers.c.name, cause.c.client_id, cause.c.provider_id)
    order = (receivables.c.due_on, receivables.c.id) if state == "open" else (receivables.c.id.desc(),)
    statement = (
        select(*columns, *(one.label(f"other_{number}") for number, one in enumerate(names)))
        .join(cause, cause.c.id == receivables.c.cause_id)
        .outerjoin(clients, clients.c.id == receivables.c.client_id)
        .outerjoin(providers, providers.c.id == receivables.c.provider_id)
        .where(receivables.c.state == state)
        .order_by(*order)
        .limit(limit)
    )
    found = []
    for row in connection.execute(statement):
        one = Receivable(**dict(zip([column.name for column in columns], row, strict=False)))
        first_name, last_name, company, client_id, provider_id = row[len(columns) :]
        client = one.debtor == "client"
        same = one.client_id == client_id if client else one.provider_id == provider_id
        name = f"{first_name or ''} {last_name or ''}" if client else company or ""
        found.append(Debt(receivable=one, name=name.strip(), in_letter=same and one.iban is not None))
    return found


def counts(connection: Connection) -> dict[State, int]:
    """How many receivables are in each state that has any."""
    found = connection.execute(select(receivables.c.state, func.count()).group_by(receivables.c.state)).all()
    by_state = {str(state): int(count) for state, count in found}
    return {state: by_state[state] for state in STATES if state in by_state}


def change(connection: Connection, receivable_id: int, *, was: Sequence[State], **values: object) -> bool:
    """Changes a receivable that is in one of the states `was`; whether it did."""
    statement = update(receivables).where(receivables.c.id == receivable_id, receivables.c.state.in_(was))
    return changed(connection, statement.values(**values))


def add_statement(connection: Connection, **values: object) -> bool:
    """Notes a statement; False where this file was read already."""
    return insert_if_new(connection, bank_statements, values)


def add_incoming(connection: Connection, **values: object) -> bool:
    """Notes a credit; False where it is known already, from another file."""
    return insert_if_new(connection, incoming_payments, values)


def incoming(connection: Connection, incoming_id: int) -> Incoming | None:
    """The credit with this id."""
    return first(connection, select(*_INCOMING).where(incoming_payments.c.id == incoming_id), Incoming)


def incoming_for_a_person(connection: Connection, *, limit: int | None = None) -> list[Incoming]:
    """Credits that a person has to look at, oldest first."""
    where = incoming_payments.c.state == "for_a_person"
    return every(connection, select(*_INCOMING).where(where).order_by(incoming_payments.c.id).limit(limit), Incoming)


def incoming_of(connection: Connection, receivable_id: int) -> list[Incoming]:
    """What came in for a receivable, oldest first."""
    where = incoming_payments.c.receivable_id == receivable_id
    return every(connection, select(*_INCOMING).where(where).order_by(incoming_payments.c.id), Incoming)


def settle_incoming(connection: Connection, incoming_id: int, *, note: str, at: datetime) -> bool:
    """A person has looked at it; whether it waited for one."""
    where = (incoming_payments.c.id == incoming_id, incoming_payments.c.state == "for_a_person")
    statement = update(incoming_payments).where(*where).values(state="settled", note=note, changed_at=at)
    return changed(connection, statement)
