"""From a decision that counts to a payment that waits for a run: once a decision, to an account of the registers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from db import audit, clients, decisions, links, payments, providers
from db.invoices import Case
from db.payments import Payment
from pulse.base.errors import Conflict, InvalidInput, NotFound
from pulse.base.money import ZERO
from pulse.claims.money.payout import Order, Party, amount_due, order_to_client, order_to_provider
from pulse.claims.office import Office
from pulse.claims.rules.payee import Payee, payee
from pulse.claims.steps import case_of

#: Payments that nobody has put into a run yet.
OPEN: tuple[payments.State, ...] = ("waiting", "proposed")
#: Payments whose money is here: also those that the bank refused or that came back.
_NOT_LEFT: tuple[payments.State, ...] = (*OPEN, "rejected", "returned")


class PaymentMissing(NotFound):
    """There is no such payment."""

    code = "payment_missing"


class PaymentMoved(Conflict):
    """This payment is no longer in a state in which that can be done."""

    code = "payment_moved"


def propose(
    connection: Connection, invoice_id: int, round_: int, *, at: datetime, client_share: Decimal | None = None
) -> None:
    """Proposes what the decision of this round pays out, in the transaction that stores the decision.

    Once a round: called again it changes nothing. `client_share` is what the client gets after the cost share (CHF);
    without it the approved amount stands. What earlier rounds paid is taken off, what has not left is withdrawn; a
    decision that pays less than was paid makes no payment, and the audit trail says so (`dues` claims it back). No
    amount, no payment.
    """
    decision = decisions.of_round(connection, invoice_id, round_)
    known = payments.of_invoice(connection, invoice_id)
    if decision is None or decision.decision == "ask" or any(one.round >= round_ for one in known):
        return
    case = case_of(connection, invoice_id)
    whom = payee(case.content)
    withdraw_open(connection, invoice_id, at=at)
    whole = ZERO
    if decision.decision in ("approve", "partial"):
        approved = decision.payable_amount
        whole = amount_due(whom, case.content, approved=approved, client_share=client_share)
    left = whole - _paid(connection, invoice_id, whom)
    if left < ZERO:
        audit.note(
            connection,
            "claims:payment:overpaid",
            actor="pulse",
            at=at,
            invoice_id=invoice_id,
            round=round_,
            amount=format(-left, "f"),
        )
    if left > ZERO:
        _add(connection, case, whom, round_=round_, attempt=1, amount=left, at=at, actor="pulse")


def obstacle(connection: Connection, case: Case, whom: Payee) -> str:
    """Why this party could not be paid for the case as the registers stand now; empty where they can."""
    return _order(connection, case, whom, part=0).obstacle


def refresh(connection: Connection, payment: Payment, *, at: datetime) -> bool:
    """Looks the payee up in the registers again; whether the payment can go. One in a run stays as it is."""
    case = case_of(connection, payment.invoice_id)
    values = _ordered(_order(connection, case, payment.payee, part=payment.part))
    changed = payments.change(connection, payment.id, was=OPEN, changed_at=at, **values)
    return changed and values["state"] == "proposed"


def try_again(office: Office, payment_id: int, *, by: str) -> None:
    """A new attempt after a rejection, to the account that is registered now.

    Raises `PaymentMissing`; `PaymentMoved` where the payment was not rejected or another attempt was made.
    """
    now = office.clock.now()
    with office.database.write() as connection:
        payment = _known(connection, payment_id)
        if payment.state not in ("rejected", "returned"):
            raise PaymentMoved(payment=payment_id)
        case = case_of(connection, payment.invoice_id)
        added = _add(
            connection,
            case,
            payment.payee,
            round_=payment.round,
            part=payment.part,
            cause_id=payment.cause_id,
            attempt=payment.attempt + 1,
            amount=payment.amount,
            at=now,
            actor=by,
        )
        if not added:
            raise PaymentMoved("Another attempt was made already.", payment=payment_id)


def settle_by_hand(office: Office, payment_id: int, *, by: str, note: str) -> None:
    """A person's word that the money went another way; it is never paid again.

    Raises `InvalidInput` without a note, `PaymentMissing`, and `PaymentMoved` where it is in a run or has left.
    """
    text = " ".join(note.split())[:200]
    if not text:
        raise InvalidInput("Say how it was settled.", code="note_missing")
    now = office.clock.now()
    with office.database.write() as connection:
        payment = _known(connection, payment_id)
        same = (payment.round, payment.part)
        tries = [one for one in payments.of_invoice(connection, payment.invoice_id) if (one.round, one.part) == same]
        newest = tries[-1].id == payment.id
        values = {"state": "settled", "note": text, "changed_at": now}
        if not newest or not payments.change(connection, payment_id, was=payments.FOR_A_PERSON, **values):
            raise PaymentMoved(payment=payment_id)
        _note(connection, "settled", payment, actor=by, at=now)


def withdraw_open(connection: Connection, invoice_id: int, *, at: datetime) -> None:
    """Takes back what has not left of a case: what waits, is proposed, came back, or stands in a run that nobody has
    released. Such a run is withdrawn; its other payments go into the next."""
    newest = {(one.round, one.part): one for one in payments.of_invoice(connection, invoice_id)}
    for one in newest.values():
        if one.state == "in_run" and one.run_id is not None:
            _dissolve(connection, one.run_id, at=at)
        if payments.change(connection, one.id, was=_NOT_LEFT, state="withdrawn", changed_at=at):
            _note(connection, "withdrawn", one, actor="pulse", at=at)


def add_difference(
    connection: Connection, case: Case, whom: Payee, *, amount: Decimal, cause_id: int, at: datetime
) -> None:
    """Proposes what a case pays beyond its own payment, because of the decision on the case `cause_id`."""
    newest = decisions.of_invoice(connection, case.id)[-1].round
    parts = [one.part for one in payments.of_invoice(connection, case.id) if one.round == newest]
    _add(
        connection,
        case,
        whom,
        round_=newest,
        part=max(parts, default=0) + 1,
        cause_id=cause_id,
        attempt=1,
        amount=amount,
        at=at,
        actor="pulse",
    )


def _dissolve(connection: Connection, run_id: int, *, at: datetime) -> None:
    """Withdraws a run that nobody has released."""
    if payments.change_run(connection, run_id, was=("made",), state="withdrawn"):
        payments.change_run_payments(connection, run_id, was=("in_run",), at=at, state="proposed", run_id=None)
        audit.note(connection, "claims:payment_run:withdrawn", actor="pulse", at=at, run=run_id)


def _paid(connection: Connection, invoice_id: int, whom: Payee) -> Decimal:
    """What a party has been paid of a case, or is being paid."""
    alive = [one for one in payments.of_invoice(connection, invoice_id) if one.payee == whom]
    return sum((one.amount for one in alive if one.state not in payments.OVER), ZERO)


def _add(
    connection: Connection,
    case: Case,
    whom: Payee,
    *,
    round_: int,
    attempt: int,
    amount: Decimal,
    at: datetime,
    actor: str,
    part: int = 0,
    cause_id: int | None = None,
) -> bool:
    values = _ordered(_order(connection, case, whom, part=part))
    name = f"PULSE-{case.id}-{round_}-{attempt}" + (f"-{part}" if part else "")
    added = payments.add(
        connection,
        invoice_id=case.id,
        round=round_,
        part=part,
        cause_id=cause_id,
        attempt=attempt,
        payee=whom,
        amount=amount,
        end_to_end_id=name,
        made_at=at,
        changed_at=at,
        **values,
    )
    if added:
        audit.note(
            connection,
            "claims:payment:proposed",
            actor=actor,
            at=at,
            invoice_id=case.id,
            payee=whom,
            amount=format(amount, "f"),
            attempt=attempt,
            waits_for=values["reason"],
            because_of=cause_id or "",
        )
    return added


def _order(connection: Connection, case: Case, whom: Payee, *, part: int) -> Order:
    """A difference that the biller's own cancellation led to is not held back by it."""
    against = [one for one in links.cancellations(connection, [case.id]) if one.other_id == case.id]
    if any(not (one.accepted and part) for one in against):
        return Order(party=None, obstacle="invoice_cancelled")
    if whom == "provider":
        return order_to_provider(_provider(connection, case), case.content, case_id=case.id)
    return order_to_client(_client(connection, case), case_id=case.id)


def _provider(connection: Connection, case: Case) -> Party | None:
    provider = providers.get(connection, case.provider_id) if case.provider_id is not None else None
    return as_party(provider) if provider is not None else None


def as_party(provider: providers.Provider) -> Party:
    """A registered provider as somebody who is paid."""
    where = {name: getattr(provider, name) for name in ("name", "street", "zip", "city", "language", "iban")}
    return Party(**where)


def _client(connection: Connection, case: Case) -> Party | None:
    client = clients.get(connection, case.client_id) if case.client_id is not None else None
    if client is None:
        return None
    where = {name: getattr(client, name) for name in ("street", "zip", "city", "language", "iban")}
    return Party(name=f"{client.first_name} {client.last_name}", **where)


def _ordered(order: Order) -> dict[str, object]:
    """The columns that an order fills."""
    party = order.party
    return {
        "name": party.name if party else "",
        "street": party.street if party else "",
        "zip": party.zip if party else "",
        "city": party.city if party else "",
        "iban": party.iban if party else None,
        "reference_type": order.reference_type,
        "reference": order.reference,
        "state": "waiting" if order.obstacle else "proposed",
        "reason": order.obstacle,
    }


def _known(connection: Connection, payment_id: int) -> Payment:
    payment = payments.get(connection, payment_id)
    if payment is None:
        raise PaymentMissing(payment=payment_id)
    return payment


def _note(connection: Connection, what: str, payment: Payment, *, actor: str, at: datetime) -> None:
    audit.note(
        connection,
        f"claims:payment:{what}",
        actor=actor,
        at=at,
        invoice_id=payment.invoice_id,
        payment=payment.id,
        amount=format(payment.amount, "f"),
    )
