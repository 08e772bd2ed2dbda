"""Check client: is the person insured with us, and is it the person that the invoice names?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from db import audit, clients, invoices
from pulse.base.clock import swiss_date
from pulse.base.errors import InvalidInput
from pulse.base.identifiers import compact
from pulse.base.reasons import Reason
from pulse.claims.office import Office
from pulse.claims.ports import ClientDirectory, FoundClient
from pulse.claims.reference.client_directory import TableDirectory
from pulse.claims.reference.client_register import take_client
from pulse.claims.rules import identity
from pulse.claims.steps import Step, answered, case_of, keep, replaced
from pulse.invoices.model import Patient
from pulse.reference.register_rows import ClientRow


@dataclass(frozen=True, kw_only=True)
class ClientCheck:
    """The process variables of `check-client`."""

    client_found: bool
    client_match: identity.Match
    client_risk_score: str
    clarify_reason: str = ""


def check_client(office: Office, invoice_id: int, *, step: Step | None = None) -> ClientCheck:
    """Finds the client and stores who it is; whom another directory knows is taken over into our table.

    Cover is no matter here: it is judged position by position on the day of treatment. Raises `CaseMissing`, and
    `DirectoryUnavailable` where the directory cannot be asked.
    """
    with office.database.read() as connection:
        known = answered(connection, step, ClientCheck)
        if known is not None:
            return known
        case = case_of(connection, invoice_id)
    match, found = _identify(_directory(office), case.content.patient)
    now = office.clock.now()
    with office.database.write() as connection:
        client = _our_own(connection, office, found) if found else None
        if found and client is None:
            match = "mismatch"
        mismatch = (Reason.CLIENT_MISMATCH,) if match == "mismatch" else ()
        reasons = replaced(case.reasons, ("P4",), (Reason.NOT_INSURED,) if match == "unknown" else mismatch)
        check = ClientCheck(
            client_found=client is not None,
            client_match=match,
            client_risk_score=client.risk_score if client else "",
            clarify_reason=" ".join(mismatch),
        )
        invoices.set_case(connection, invoice_id, client_id=client.id if client else None, reasons=reasons)
        audit.note(connection, "claims:client:checked", actor="worker", at=now, invoice_id=invoice_id, match=match)
        keep(connection, step, invoice_id, check, at=now)
    return check


def look_up(office: Office, number: str) -> clients.Client | ClientRow | None:
    """Who has this insured, AHV or card number; blanks and dots do not matter. Raises `DirectoryUnavailable`."""
    found = _directory(office).by_numbers([compact(number)])
    return (found[0].client or found[0].row) if found else None


def _directory(office: Office) -> ClientDirectory:
    return office.directory or TableDirectory(office.database)


def _identify(directory: ClientDirectory, patient: Patient) -> tuple[identity.Match, FoundClient | None]:
    """By the numbers; where they are nobody's, an insured person of that name and birth date speaks for a typing
    error."""
    carriers = directory.by_numbers(list(identity.numbers_of(patient).values()))
    match, person_id = identity.identify(patient, [found.person for found in carriers])
    if match == "unknown" and patient.birth_date is not None:
        carriers = directory.born_on(patient.birth_date)
        person_id = identity.same_person_by_name(patient, [found.person for found in carriers])
        match = "unknown" if person_id is None else "mismatch"
    return match, next((found for found in carriers if found.person.id == person_id), None)


def _our_own(connection: Connection, office: Office, found: FoundClient) -> clients.Client | None:
    """The client's row here; None where what the directory tells contradicts our table: a person must look."""
    if found.row is None:
        return found.client
    source = office.directory.name if office.directory else "register"
    today = swiss_date(office.clock.now())
    try:
        return clients.get(connection, take_client(connection, found.row, today=today, source=source))
    except InvalidInput:
        return None
