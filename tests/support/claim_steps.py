"""A case brought to a point of its way by the use cases themselves, without a process."""

from __future__ import annotations

import contextlib

import office
from office import TestOffice

from db import invoices
from pulse.claims.assess_risk import assess_risk
from pulse.claims.check_client import check_client
from pulse.claims.check_decision import DecisionCheck, check_decision
from pulse.claims.check_medication import check_medication
from pulse.claims.decider import Decider
from pulse.claims.errors import BusinessError
from pulse.claims.receive import receive_document
from pulse.claims.settle import settle


def received(desk: TestOffice, **changes: object) -> int:
    """The id of a new case."""
    answer = receive_document(desk.office, office.document(**changes), channel="mail", actor="gateway")
    assert answer.invoice_id is not None
    return answer.invoice_id


def settled(desk: TestOffice, **changes: object) -> int:
    """A case that has gone through all checks; a payee in doubt stays in doubt."""
    invoice_id = received(desk, **changes)
    check_client(desk.office, invoice_id)
    check_medication(desk.office, invoice_id)
    assess_risk(desk.office, invoice_id)
    with contextlib.suppress(BusinessError):
        settle(desk.office, invoice_id)
    return invoice_id


def decided(
    desk: TestOffice, invoice_id: int, decision: str, reason_code: str = "", *, place: str = "decide", **values: str
) -> DecisionCheck:
    """The decision of a person named anna, or of the machine (`place` straight)."""
    who = Decider(place=place, name="pulse" if place == "straight" else "anna")
    return check_decision(desk.office, invoice_id, decided_by=who, decision=decision, reason_code=reason_code, **values)


def case_of(desk: TestOffice, invoice_id: int) -> invoices.Case:
    """The case as it stands."""
    with desk.database.read() as connection:
        found = invoices.get(connection, invoice_id)
    assert found is not None
    return found


def lines_of(desk: TestOffice, invoice_id: int) -> list[invoices.Line]:
    """Its positions as they stand."""
    with desk.database.read() as connection:
        return invoices.lines(connection, invoice_id)
