"""Check client: is the person insured with us, and is it the person that the invoice names?"""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import Connection

from db import audit, clients, invoices
from pulse.base.reasons import Reason
from pulse.claims.office import Office
from pulse.claims.rules import identity
from pulse.claims.steps import Step, answered, case_of, keep, replaced
from pulse.invoices.model import Patient


@dataclass(frozen=True, kw_only=True)
class ClientCheck:
    """The process variables of `check-client`."""

    client_found: bool
    client_match: identity.Match
    client_risk_score: str
    clarify_reason: str = ""


def check_client(office: Office, invoice_id: int, *, step: Step | None = None) -> ClientCheck:
    """Finds the client and stores who it is.

    Cover is no matter here: it is judged position by position on the day of treatment. Raises `CaseMissing`.
    """
    with office.database.read() as connection:
        known = answered(connection, step, ClientCheck)
        if known is not None:
            return known
        case = case_of(connection, invoice_id)
        match, client = _identify(connection, case.content.patient)
    mismatch = (Reason.CLIENT_MISMATCH,) if match == "mismatch" else ()
    check = ClientCheck(
        client_found=client is not None,
        client_match=match,
        client_risk_score=client.risk_score if client else "",
        clarify_reason=" ".join(mismatch),
    )
    now = office.clock.now()
    reasons = replaced(case.reasons, ("P4",), (Reason.NOT_INSURED,) if match == "unknown" else mismatch)
    with office.database.write() as connection:
        client_id = client.id if client else None
        invoices.set_case(connection, invoice_id, client_id=client_id, reasons=reasons)
        audit.note(connection, "claims:client:checked", actor="worker", at=now, invoice_id=invoice_id, match=match)
        keep(connection, step, invoice_id, check, at=now)
    return check


def _identify(connection: Connection, patient: Patient) -> tuple[identity.Match, clients.Client | None]:
    """By the numbers; where they are nobody's, an insured person of that name and birth date speaks for a typing
    error."""
    carriers = clients.by_numbers(connection, list(identity.numbers_of(patient).values()))
    match, client_id = identity.identify(patient, [_person(client) for client in carriers])
    if match == "unknown" and patient.birth_date is not None:
        carriers = clients.born_on(connection, patient.birth_date)
        client_id = identity.same_person_by_name(patient, [_person(client) for client in carriers])
        match = "unknown" if client_id is None else "mismatch"
    return match, next((client for client in carriers if client.id == client_id), None)


_NAMES = tuple(field.name for field in fields(identity.Person))


def _person(client: clients.Client) -> identity.Person:
    return identity.Person(**{name: getattr(client, name) for name in _NAMES})
