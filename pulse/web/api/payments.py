"""Payments, for those who reconcile them; runs are made and released by people alone."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from db import payments
from db.payments import Payee, Payment, State
from pulse.base.identifiers import mask_iban
from pulse.web.api.models import MAX_ID, Body, Moment, Money, Reply
from pulse.web.endpoint import Answer, Call, Routes

routes = Routes()


class PaymentRow(Reply):
    """What a decision pays out, in CHF; `account` is masked, `reason` says why it waits or why the bank refused it."""

    id: int
    invoice_id: int
    round: int
    attempt: int
    payee: Payee
    amount: Money
    account: str | None
    reference_type: Literal["QRR", "SCOR", "NON"]
    end_to_end_id: str
    state: State
    reason: str
    bank_status: str
    run_id: int | None
    made_at: Moment
    changed_at: Moment


class RunRow(Reply):
    """Payments that go to the bank in one file."""

    id: int
    message_id: str
    state: Literal["made", "released", "sent", "withdrawn"]
    execute_on: date
    payments: int
    total: Money
    made_by: str
    made_at: Moment
    released_by: str | None
    released_at: Moment | None
    sent_at: Moment | None


class PaymentPage(Reply):
    """Payments by id; `next` is what `after` must be for the following ones."""

    payments: list[PaymentRow]
    next: int | None


class RunList(Reply):
    """The newest payment runs."""

    runs: list[RunRow]


class Filter(Body):
    """Which payments."""

    state: State | None = Field(None, description="Only payments in this state.")
    after: int = Field(0, ge=0, le=MAX_ID, description="Only payments with a larger id.")
    limit: int = Field(50, ge=1, le=200, description="How many.")


def row(payment: Payment) -> PaymentRow:
    """A payment as the API tells it: without the payee's name and with the account masked."""
    shown = {name: getattr(payment, name) for name in PaymentRow.model_fields if name != "account"}
    return PaymentRow(**shown, account=mask_iban(payment.iban) if payment.iban else None)


@routes.get("/payments", scope="payments:read", query=Filter, answers={200: PaymentPage})
def list_payments(call: Call) -> Answer:
    """Payments, oldest first."""
    query: Filter = call.query
    states = (query.state,) if query.state else payments.STATES
    with call.office.database.read() as connection:
        found = payments.in_states(connection, states, after=query.after, limit=query.limit + 1)
    shown = found[: query.limit]
    more = shown[-1].id if len(found) > query.limit else None
    return Answer(body=PaymentPage(payments=[row(one) for one in shown], next=more))


@routes.get("/payments/runs", scope="payments:read", answers={200: RunList})
def list_payment_runs(call: Call) -> Answer:
    """The newest payment runs."""
    with call.office.database.read() as connection:
        found = payments.runs(connection)
    return Answer(body=RunList(runs=[RunRow.model_validate(one) for one in found]))
