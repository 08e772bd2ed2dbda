"""Receivables, for those who reconcile them; people alone write them off."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from db import receivables
from db.receivables import Debtor, Purpose, Receivable, State
from pulse.web.api.models import MAX_ID, Body, Moment, Money, Reply
from pulse.web.endpoint import Answer, Call, Routes

routes = Routes()


class ReceivableRow(Reply):
    """What a client or a provider owes on a case, in CHF; `cause_id` is the case whose decision led to it, `reference`
    stands on its bill."""

    id: int
    invoice_id: int
    cause_id: int
    debtor: Debtor
    purpose: Purpose
    amount: Money
    received: Money
    due_on: date
    state: State
    reference: str | None
    made_at: Moment
    changed_at: Moment


class ReceivablePage(Reply):
    """Receivables by id; `next` is what `after` must be for the following ones."""

    receivables: list[ReceivableRow]
    next: int | None


class Filter(Body):
    """Which receivables."""

    state: State | None = Field(None, description="Only receivables in this state.")
    after: int = Field(0, ge=0, le=MAX_ID, description="Only receivables with a larger id.")
    limit: int = Field(50, ge=1, le=200, description="How many.")


def row(one: Receivable) -> ReceivableRow:
    """A receivable as the API tells it: without the debtor's name."""
    return ReceivableRow(**{name: getattr(one, name) for name in ReceivableRow.model_fields})


@routes.get("/receivables", scope="receivables:read", query=Filter, answers={200: ReceivablePage})
def list_receivables(call: Call) -> Answer:
    """Receivables, oldest first."""
    query: Filter = call.query
    states = (query.state,) if query.state else receivables.STATES
    with call.office.database.read() as connection:
        found = receivables.in_states(connection, states, after=query.after, limit=query.limit + 1)
    shown = found[: query.limit]
    more = shown[-1].id if len(found) > query.limit else None
    return Answer(body=ReceivablePage(receivables=[row(one) for one in shown], next=more))
