"""Write a letter: facts, wording and PDF, kept with the case; sending is another step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from db import audit, documents, letters, questions
from letters.facts import Facts
from letters.occasions import Kind, Recipient
from letters.pdf import render
from letters.writer import Wording
from pulse.base.errors import InvalidInput
from pulse.claims.ask import give_up
from pulse.claims.letter_approval import needs_approval
from pulse.claims.letter_facts import compose, read_file
from pulse.claims.office import Office


@dataclass(frozen=True, kw_only=True)
class LetterWritten:
    """The letter of this case, recipient, kind and round."""

    letter_id: str


def write_letter(office: Office, invoice_id: int, recipient: str, kind: str, *, comment: str = "") -> LetterWritten:
    """Writes the letter, or finds it written: there is one a case, recipient, kind and round.

    Raises `CaseMissing`, and `InvalidInput` (`InvalidFacts`) where such a letter must not exist.
    """
    to, occasion = _known(recipient, kind)
    with office.database.read() as connection:
        round_ = questions.round_of(connection, invoice_id)
        known = letters.find(connection, invoice_id, recipient=to, kind=occasion, round_=round_)
        if known is not None:
            return LetterWritten(letter_id=known.id)
        file = read_file(connection, invoice_id, round_=round_)
    facts = compose(office, file, to, occasion, comment=comment)
    reason = file.decision.reason_code if file.decision else ""
    wording = office.writer.write(facts)
    waits = needs_approval(office.policy.letter_approval, facts, wording, file.decision)
    state: letters.State = "waiting_for_approval" if waits else "written"
    return store(office, facts, wording, state=state, round_=round_, reason_code=reason, actor="worker")


def store(
    office: Office,
    facts: Facts,
    wording: Wording,
    *,
    state: letters.State,
    round_: int,
    reason_code: str,
    actor: str,
) -> LetterWritten:
    """Prints and keeps a letter. A controller's has no PDF: the mail holds only the link."""
    policy, by_mail_alone = office.policy, facts.recipient is Recipient.CONTROLLER
    pdf = None if by_mail_alone else render(facts, wording, policy.texts, policy.letterhead)
    digest = office.documents.put(pdf) if pdf is not None else None
    now = office.clock.now()
    row: dict[str, Any] = {
        "id": office.new_id(),
        "invoice_id": facts.case_id,
        "recipient": facts.recipient.value,
        "kind": facts.kind.value,
        "round": round_,
        "language": facts.wording_language,
        "state": state,
        "reason_code": reason_code,
        "facts": facts.to_json(),
        "paragraphs": list(wording.paragraphs),
        "wording": wording.record(),
        "pdf_sha256": digest,
        "created_at": now,
        "released_at": now if state == "written" else None,
    }
    with office.database.write() as connection:
        if pdf is not None and digest is not None:
            documents.note(connection, digest, pdf, at=now)
        if facts.kind is Kind.RETURNED:
            give_up(connection, facts.case_id, office=office)
        return LetterWritten(letter_id=_add(connection, row, facts, actor=actor, now=now))


def _add(connection: Connection, row: dict[str, Any], facts: Facts, *, actor: str, now: datetime) -> str:
    """The new letter's id, or the id of the one that another worker has written meanwhile."""
    if not letters.add(connection, **row):
        place = {name: row[name] for name in ("recipient", "kind")}
        found = letters.find(connection, facts.case_id, round_=row["round"], **place)
        assert found is not None
        return found.id
    audit.note(
        connection,
        "claims:letter:written",
        actor=actor,
        at=now,
        invoice_id=facts.case_id,
        letter=row["id"],
        recipient=row["recipient"],
        kind=row["kind"],
        worded_by=row["wording"]["worded_by"],
    )
    return str(row["id"])


def _known(recipient: str, kind: str) -> tuple[Recipient, Kind]:
    try:
        return Recipient(recipient), Kind(kind)
    except ValueError as error:
        raise InvalidInput("There is no such letter.", code="letter_unknown") from error
