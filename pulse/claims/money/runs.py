"""Payment runs: one person makes one, another releases it, its file goes to the bank."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection

from db import audit, documents, links, payments
from db.payments import Payment, Run
from pulse.base.clock import swiss_date
from pulse.base.errors import Conflict, Forbidden, InvalidInput, Misconfigured, NotFound
from pulse.base.money import ZERO
from pulse.claims.money.pain001 import Debtor, Transfer, payment_file
from pulse.claims.money.payments import OPEN, refresh
from pulse.claims.office import Office

#: A file that a person can look through, and that banks take.
MOST_PAYMENTS = 10_000
_LONGEST_AHEAD = timedelta(days=60)


class NothingToPay(Conflict):
    """No payment is ready to go."""

    code = "nothing_to_pay"


class RunMissing(NotFound):
    """There is no such payment run."""

    code = "payment_run_missing"


class RunMoved(Conflict):
    """This payment run is no longer in a state in which that can be done."""

    code = "payment_run_moved"


class HoldsCancelled(Conflict):
    """This run holds a payment of an invoice that the biller has taken back: withdraw the run and make another."""

    code = "payment_run_holds_cancelled"


class FourEyes(Forbidden):
    """Somebody else must release a payment run than who made it."""

    code = "four_eyes"


def make_run(office: Office, *, by: str, execute_on: date | None = None) -> Run:
    """Puts all payments that can go into a run, each to the account that is registered now.

    `execute_on` is the day the bank is to pay, default the next weekday. Raises `NothingToPay`, `Misconfigured` where
    the insurer's account is not set, `InvalidInput` for a day in the past or more than 60 days ahead.
    """
    now, policy = office.clock.now(), office.policy
    if not policy.insurer_iban:
        raise Misconfigured("PULSE_INSURER_IBAN names no account to pay from", key="PULSE_INSURER_IBAN")
    today = swiss_date(now)
    day = execute_on or _next_weekday(today)
    if not today <= day <= today + _LONGEST_AHEAD:
        raise InvalidInput("The day of execution must lie within the next 60 days.", code="execution_day")
    with office.database.write() as connection:
        ready = [one for one in payments.in_states(connection, OPEN) if refresh(connection, one, at=now)]
        ready = ready[:MOST_PAYMENTS]
        made = _make(connection, office, ready, by=by, execute_on=day) if ready else None
    if made is None:  # what was looked up again is kept
        raise NothingToPay
    return made


def _make(connection: Connection, office: Office, ready: list[Payment], *, by: str, execute_on: date) -> Run:
    now, policy = office.clock.now(), office.policy
    run_id = payments.add_run(
        connection,
        message_id=office.new_id(),
        execute_on=execute_on,
        state="made",
        payments=len(ready),
        total=sum((one.amount for one in ready), ZERO),
        debtor_name=policy.insurer.name,
        debtor_iban=policy.insurer_iban,
        debtor_bic=policy.insurer_bic,
        made_by=by,
        made_at=now,
    )
    payments.change_run(connection, run_id, was=("made",), message_id=f"PULSE-{now:%Y%m%d}-{run_id}")
    for one in ready:
        payments.change(connection, one.id, was=("proposed",), state="in_run", run_id=run_id, changed_at=now)
    made = run_of(connection, run_id)
    _note(connection, "made", made, office, by=by)
    return made


def release(office: Office, run_id: int, *, by: str) -> Run:
    """Makes the file and lets it go: by another person than who made the run.

    The file lies in the store before the run says so; made again after a crash it is the same file, byte for byte.
    Raises `RunMissing`, `RunMoved`, `FourEyes`, `HoldsCancelled`.
    """
    with office.database.read() as connection:
        run, parts = run_of(connection, run_id), payments.of_run(connection, run_id)
        cancelled = [one.invoice_id for one in parts if not one.part and links.is_cancelled(connection, one.invoice_id)]
    if run.state != "made":
        raise RunMoved(run=run_id, state=run.state)
    if run.made_by == by:
        raise FourEyes(run=run_id)
    if cancelled:
        raise HoldsCancelled(run=run_id, cases=cancelled[:5])
    data = _file(run, parts)
    digest, now = office.documents.put(data), office.clock.now()
    with office.database.write() as connection:
        documents.note(connection, digest, data, at=now)
        released = payments.change_run(
            connection,
            run_id,
            was=("made",),
            state="released",
            released_by=by,
            released_at=now,
            file_sha256=digest,
        )
        if not released:
            raise RunMoved(run=run_id)
        payments.change_run_payments(connection, run_id, was=("in_run",), at=now, state="released")
        run = run_of(connection, run_id)
        _note(connection, "released", run, office, by=by)
    return run


def withdraw(office: Office, run_id: int, *, by: str) -> None:
    """Takes a run back that is not released; its payments can go into another. Raises `RunMissing`, `RunMoved`."""
    now = office.clock.now()
    with office.database.write() as connection:
        run = run_of(connection, run_id)
        if not payments.change_run(connection, run_id, was=("made",), state="withdrawn"):
            raise RunMoved(run=run_id, state=run.state)
        payments.change_run_payments(connection, run_id, was=("in_run",), at=now, state="proposed", run_id=None)
        _note(connection, "withdrawn", run, office, by=by)


def file_of(office: Office, run_id: int) -> bytes:
    """The file of a released run, always the same bytes. Raises `RunMissing`, `RunMoved` where it is not released."""
    with office.database.read() as connection:
        run = run_of(connection, run_id)
    if run.file_sha256 is None:
        raise RunMoved("This payment run is not released.", run=run_id, state=run.state)
    return office.documents.get(run.file_sha256)


def handed_out(office: Office, run_id: int, *, by: str) -> bool:
    """Notes that the file was taken to the bank; False where it had been taken before.

    The bank refuses a file that it gets twice by its message id, which never changes.
    """
    now = office.clock.now()
    with office.database.write() as connection:
        run = run_of(connection, run_id)
        first = payments.change_run(connection, run_id, was=("released",), state="sent", sent_by=by, sent_at=now)
        if first:
            payments.change_run_payments(connection, run_id, was=("released",), at=now, state="sent")
        _note(connection, "sent" if first else "handed_out_again", run, office, by=by)
    return first


def run_of(connection: Connection, run_id: int) -> Run:
    """The run with this id; raises `RunMissing`."""
    run = payments.run(connection, run_id)
    if run is None:
        raise RunMissing(run=run_id)
    return run


def _file(run: Run, parts: list[Payment]) -> bytes:
    """Made of what the run holds alone, so that it comes out the same whenever it is made."""
    return payment_file(
        message_id=run.message_id,
        made_at=run.made_at,
        execute_on=run.execute_on,
        debtor=Debtor(name=run.debtor_name, iban=run.debtor_iban, bic=run.debtor_bic),
        transfers=[_transfer(one) for one in parts],
    )


def _transfer(payment: Payment) -> Transfer:
    assert payment.iban is not None
    return Transfer(
        end_to_end_id=payment.end_to_end_id,
        amount=payment.amount,
        name=payment.name,
        street=payment.street,
        zip=payment.zip,
        city=payment.city,
        iban=payment.iban,
        reference_type=payment.reference_type,
        reference=payment.reference,
    )


def _next_weekday(day: date) -> date:
    day += timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def _note(connection: Connection, what: str, run: Run, office: Office, *, by: str) -> None:
    audit.note(
        connection,
        f"claims:payment_run:{what}",
        actor=by,
        at=office.clock.now(),
        run=run.id,
        payments=run.payments,
        total=format(run.total, "f"),
        file=run.file_sha256,
    )
