"""Payments, the runs that take them to the bank, the bank's reports, and answers to invoices that came as XML."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, get_args

from sqlalchemy import Connection, bindparam, func, insert, select, update

from db.rows import changed, every, first, insert_if_new
from db.tables import invoice_responses, payment_reports, payment_runs, payments

#: waiting (no account) → proposed → in_run → released → sent → accepted | rejected | returned. `withdrawn`: a later
#: decision took its place. `settled`: a person says that it was paid another way.
State = Literal[
    "waiting",
    "proposed",
    "in_run",
    "released",
    "sent",
    "accepted",
    "rejected",
    "returned",
    "withdrawn",
    "settled",
]
STATES: tuple[State, ...] = get_args(State)
#: Money that has not left, will not leave, or came back.
OVER: tuple[State, ...] = ("rejected", "returned", "withdrawn")
#: What a person has to look at.
FOR_A_PERSON: tuple[State, ...] = ("waiting", "rejected", "returned")
RunState = Literal["made", "released", "sent", "withdrawn"]
Payee = Literal["client", "provider"]


@dataclass(frozen=True, kw_only=True)
class Payment:
    """One attempt to pay what a decision grants: CHF, to whom, to which account, and how far it got.

    `part` 0 is the decision's own payment; others are differences that the decision on case `cause_id` led to.
    `reason` says why it waits, or is the bank's reason code; `note` is a person's or the bank's own text.
    """

    id: int
    invoice_id: int
    round: int
    part: int
    cause_id: int | None
    attempt: int
    payee: Payee
    amount: Decimal
    name: str
    street: str
    zip: str
    city: str
    iban: str | None
    reference_type: Literal["QRR", "SCOR", "NON"]
    reference: str
    end_to_end_id: str
    state: State
    reason: str
    bank_status: str
    note: str
    run_id: int | None
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Run:
    """Payments that go to the bank in one file; `payments` is their number, `total` their sum in CHF."""

    id: int
    message_id: str
    execute_on: date
    state: RunState
    payments: int
    total: Decimal
    debtor_name: str
    debtor_iban: str
    debtor_bic: str | None
    made_by: str
    made_at: datetime
    released_by: str | None
    released_at: datetime | None
    file_sha256: str | None
    sent_by: str | None
    sent_at: datetime | None


_OF_INVOICE = (
    select(payments)
    .where(payments.c.invoice_id == bindparam("invoice_id"))
    .order_by(payments.c.round, payments.c.part, payments.c.attempt)
)
_RESPONSE = select(invoice_responses.c.sha256).where(
    *(invoice_responses.c[name] == bindparam(name) for name in ("invoice_id", "kind", "round"))
)
_CAUSED_BY = select(payments).where(payments.c.cause_id == bindparam("cause_id")).order_by(payments.c.id)


def add(connection: Connection, **values: object) -> bool:
    """A new payment; False where its decision has one that is alive, or this attempt was made already."""
    return insert_if_new(connection, payments, values)


def get(connection: Connection, payment_id: int) -> Payment | None:
    """The payment with this id."""
    return first(connection, select(payments).where(payments.c.id == payment_id), Payment)


def of_invoice(connection: Connection, invoice_id: int) -> list[Payment]:
    """The payments of a case, by round, part and attempt."""
    return every(connection, _OF_INVOICE, Payment, invoice_id=invoice_id)


def caused_by(connection: Connection, cause_id: int) -> list[Payment]:
    """The differences that this case's decisions led to on any case, oldest first."""
    return every(connection, _CAUSED_BY, Payment, cause_id=cause_id)


def of_run(connection: Connection, run_id: int) -> list[Payment]:
    """The payments of a run, in the order of its file."""
    return every(connection, select(payments).where(payments.c.run_id == run_id).order_by(payments.c.id), Payment)


def in_states(
    connection: Connection, states: Collection[State], *, after: int = 0, limit: int | None = None
) -> list[Payment]:
    """Payments in one of these states, by id from `after` on."""
    where = (payments.c.state.in_(sorted(states)), payments.c.id > after)
    return every(connection, select(payments).where(*where).order_by(payments.c.id).limit(limit), Payment)


def for_a_person(connection: Connection, *, limit: int | None = None) -> list[Payment]:
    """Payments that wait, and rejected or returned ones after which there was no other attempt; by id."""
    later = payments.alias()
    again = select(later.c.id).where(
        later.c.invoice_id == payments.c.invoice_id,
        later.c.round == payments.c.round,
        later.c.part == payments.c.part,
        later.c.attempt > payments.c.attempt,
    )
    where = (payments.c.state.in_(FOR_A_PERSON), ~again.exists())
    return every(connection, select(payments).where(*where).order_by(payments.c.id).limit(limit), Payment)


def counts(connection: Connection) -> dict[State, int]:
    """How many payments are in each state that has any."""
    found = connection.execute(select(payments.c.state, func.count()).group_by(payments.c.state)).all()
    by_state = {str(state): int(count) for state, count in found}
    return {state: by_state[state] for state in STATES if state in by_state}


def change(connection: Connection, payment_id: int, *, was: Sequence[State], **values: object) -> bool:
    """Changes a payment that is in one of the states `was`; whether it did."""
    statement = update(payments).where(payments.c.id == payment_id, payments.c.state.in_(was))
    return changed(connection, statement.values(**values))


def change_run_payments(
    connection: Connection, run_id: int, /, *, was: Sequence[State], at: datetime, **values: object
) -> None:
    """Changes all payments of a run that are in one of the states `was`."""
    statement = update(payments).where(payments.c.run_id == run_id, payments.c.state.in_(was))
    connection.execute(statement.values(changed_at=at, **values))


def add_run(connection: Connection, **values: object) -> int:
    """A new run; returns the id."""
    return int(connection.execute(insert(payment_runs).values(**values).returning(payment_runs.c.id)).scalar_one())


def run(connection: Connection, run_id: int) -> Run | None:
    """The run with this id."""
    return first(connection, select(payment_runs).where(payment_runs.c.id == run_id), Run)


def run_by_message(connection: Connection, message_id: str) -> Run | None:
    """The run whose file has this message id."""
    return first(connection, select(payment_runs).where(payment_runs.c.message_id == message_id), Run)


def runs(connection: Connection, *, limit: int = 50) -> list[Run]:
    """Runs, newest first."""
    return every(connection, select(payment_runs).order_by(payment_runs.c.id.desc()).limit(limit), Run)


def change_run(connection: Connection, run_id: int, *, was: Sequence[RunState], **values: object) -> bool:
    """Changes a run that is in one of the states `was`; whether it did."""
    statement = update(payment_runs).where(payment_runs.c.id == run_id, payment_runs.c.state.in_(was))
    return changed(connection, statement.values(**values))


def add_report(connection: Connection, **values: object) -> bool:
    """Notes a status report; False where this file was read already."""
    return insert_if_new(connection, payment_reports, values)


def response(connection: Connection, invoice_id: int, kind: str, round_: int) -> str | None:
    """The SHA-256 of the answer in XML of this case, kind of letter and round."""
    letter = {"invoice_id": invoice_id, "kind": kind, "round": round_}
    found: str | None = connection.execute(_RESPONSE, letter).scalar_one_or_none()
    return found


def last_response(connection: Connection, invoice_id: int) -> str | None:
    """The SHA-256 of the case's newest answer in XML."""
    where = invoice_responses.c.invoice_id == invoice_id
    newest = select(invoice_responses.c.sha256).where(where).order_by(invoice_responses.c.made_at.desc()).limit(1)
    found: str | None = connection.execute(newest).scalar_one_or_none()
    return found


def add_response(connection: Connection, **values: object) -> bool:
    """Keeps an answer; False where there is one of this case, kind and round."""
    return insert_if_new(connection, invoice_responses, values)
