"""Correct the reading: a person puts right what the reader could not, beside the page image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from db import audit, invoices, links
from db.invoices import Case
from pulse.base.errors import Conflict, InvalidInput
from pulse.base.reasons import Reason
from pulse.claims.kinship import findings_about, put_links, reading_of, serialise, verdict_on
from pulse.claims.office import Office
from pulse.claims.receive import examined
from pulse.claims.rules.duplicates import Verdict
from pulse.claims.steps import case_of
from pulse.claims.storable import storable
from pulse.invoices.model import FieldEvidence, Invoice

#: Parts of an invoice that a person does not write.
_NOT_THEIRS = ("schema_version", "source", "fields", "findings")


def correct(
    office: Office, invoice_id: int, changes: Mapping[str, Any], user: str, *, confirmed: bool = False
) -> Invoice:
    """Stores a new revision of the reading and says by its findings what is still wrong.

    `changes` maps field paths (`patient.family_name`, `positions.0.code`, or whole `positions`) to JSON values; None
    empties a field. The reader's own doubts fall with a person's reading; the checks run anew. `confirmed`: the
    remaining contradictions stand on the paper as they are (they become warnings), so the process may go on. A missing
    value, and an invoice that came before, cannot be confirmed away.

    Raises `InvalidInput` with `places`, `CaseMissing`, and `Conflict` once the client has been checked.
    """
    case, content = _changed(office, invoice_id, changes)
    now = office.clock.now()
    with office.database.write() as connection:
        serialise(connection, content, case.document_sha256)
        verdict = verdict_on(connection, content, own_id=invoice_id)
        content = _with_findings(content, verdict)
        if confirmed:
            content = _confirmed(content)
        reading = reading_of(content)
        if reading == "complete":
            content = _stood_for(content)
        invoices.replace_content(
            connection, invoice_id, content, made_by=user, at=now, reading=reading, unreadable=None
        )
        links.clear(connection, invoice_id)
        put_links(connection, invoice_id, verdict, at=now)
        audit.note(
            connection,
            "web:reading:corrected",
            actor=user,
            at=now,
            invoice_id=invoice_id,
            fields=sorted(changes),
            reading=reading,
            confirmed=confirmed,
        )
    return content


def tried(office: Office, invoice_id: int, changes: Mapping[str, Any]) -> Invoice:
    """The reading with these changes and what would still be wrong with it; nothing is stored. Raises as `correct`."""
    _, content = _changed(office, invoice_id, changes)
    with office.database.read() as connection:
        return _with_findings(content, verdict_on(connection, content, own_id=invoice_id))


def _changed(office: Office, invoice_id: int, changes: Mapping[str, Any]) -> tuple[Case, Invoice]:
    with office.database.read() as connection:
        case = case_of(connection, invoice_id)
    if case.client_id is not None or case.state == "completed":
        raise Conflict("The reading is past correcting: the case has gone on.", invoice_id=invoice_id)
    content, _ = examined(office, storable(_applied(case.content, changes)).with_findings(()))
    return case, content


def _with_findings(content: Invoice, verdict: Verdict) -> Invoice:
    return content.with_findings((*content.findings, *findings_about(verdict, content)))


def _applied(invoice: Invoice, changes: Mapping[str, Any]) -> Invoice:
    data = deepcopy(invoice.to_json())
    for path, value in changes.items():
        if path.split(".")[0] in _NOT_THEIRS:
            raise InvalidInput("This field is not a person's to write.", places=[path])
        _put(data, path, value)
    data["source"]["kind"] = "person"
    try:
        corrected = Invoice.model_validate(data)
    except ValidationError as error:
        places = sorted({".".join(map(str, item["loc"])) for item in error.errors()})
        raise InvalidInput("A corrected value is not valid.", places=places) from None
    return corrected.model_copy(update={"fields": dict(_evidence_by_line(invoice, corrected))})


def _evidence_by_line(before: Invoice, after: Invoice) -> Iterator[tuple[str, FieldEvidence]]:
    """Where values stand, of the positions that are left: their places in the list shift where one was removed."""
    now = {position.line: index for index, position in enumerate(after.positions)}
    moved = {str(index): now[one.line] for index, one in enumerate(before.positions) if one.line in now}
    for path, evidence in before.fields.items():
        head, _, rest = path.partition(".")
        index, _, name = rest.partition(".")
        if head != "positions" or not name:
            yield path, evidence
        elif index in moved:
            yield f"positions.{moved[index]}.{name}", evidence


def _stood_for(content: Invoice) -> Invoice:
    """A person who lets the reading go stands for every value of it, whoever had read it."""
    fields = {path: one.model_copy(update={"confidence": 1.0}) for path, one in content.fields.items()}
    return content.model_copy(update={"fields": fields})


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    place: Any = data
    *way, last = path.split(".")
    try:
        for part in way:
            place = place[int(part)] if isinstance(place, list) else place[part]
        if isinstance(place, list):
            place[int(last)] = value
        elif last in place:
            place[last] = value
        else:
            raise KeyError(last)
    except (KeyError, IndexError, TypeError, ValueError):
        raise InvalidInput("The invoice has no such field.", places=[path]) from None


def _confirmed(content: Invoice) -> Invoice:
    """Contradictions become warnings; what is missing, and what came before with the same content, stays."""
    stays = ("P20", Reason.ALREADY_RECEIVED.value, "P31")
    findings = tuple(
        finding
        if finding.severity != "error" or finding.code.startswith(stays)
        else finding.model_copy(update={"severity": "warning"})
        for finding in content.findings
    )
    return content.with_findings(findings)
