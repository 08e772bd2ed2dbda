"""The notice by `POST /send_email` (contracts §1): to the client, through the effects ledger, never a denial unseen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from db import audit, letters
from db.letters import Letter
from letters.occasions import Kind, Recipient
from pulse.base.errors import Conflict, InvalidInput
from pulse.base.reasons import Reason
from pulse.claims.approve_letter import promise, waiting
from pulse.claims.letter_facts import compose, read_file
from pulse.claims.office import Office
from pulse.claims.write_letter import store

Status = Literal["queued", "waiting_for_approval", "already_sent"]
#: Codes that tell a fact about the document or the way of the case, and refuse nothing. Everything else, and any text
#: in words of its own, may be a denial and waits for a person.
_HARMLESS = ("P1", "P2", Reason.ALREADY_RECEIVED.value, Reason.DECIDED_IN_ORDER.value, Reason.DECIDED_QUESTION.value)
#: Among these the one that says that a claim has lapsed.
_REFUSING = (Reason.TREATMENT_TOO_OLD.value,)
_INTERNAL = ("P7", "P9")
_MOST_COMMENT = 3900
#: Letters whose sending needs nobody's approval any more.
_ON_THE_WAY = ("written", "unknown")


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What became of the call."""

    status: Status
    letter_id: str


def send_email(office: Office, invoice_id: int, reason: str, *, actor: str) -> Notice:
    """Writes a notice to the case's client and sends it, or leaves it for approval.

    `reason` is a reason code, else the comment. The same call again gives the same letter. Raises `CaseMissing`,
    `InvalidInput` for an empty, overlong or internal reason, `Conflict` where no client is known.
    """
    reasons, comment = _said(reason)
    with office.database.read() as connection:
        file = read_file(connection, invoice_id)
        notices = [one for one in letters.of_invoice(connection, invoice_id) if one.kind == Kind.NOTICE]
    if file.client is None:
        raise Conflict("The client of this case is not known.", code="client_unknown", invoice_id=invoice_id)
    code = reasons[0].value if reasons else ""
    for known in notices:
        if known.reason_code == code and (known.facts.get("comment") or "") == comment:
            return Notice(status=_status(known), letter_id=known.id)
    facts = compose(office, file, Recipient.CLIENT, Kind.NOTICE, reasons=reasons, comment=comment)
    harmless = code.startswith(_HARMLESS) and code not in _REFUSING
    state: letters.State = "written" if harmless else "waiting_for_approval"
    round_ = max((one.round for one in notices), default=0) + 1
    wording = office.writer.write(facts)
    written = store(office, facts, wording, state=state, round_=round_, reason_code=code, actor=actor)
    if harmless:
        with office.database.write() as connection:
            letter = letters.get(connection, written.letter_id)
            assert letter is not None
            promise(connection, letter, at=letter.created_at)
    return Notice(status="queued" if harmless else "waiting_for_approval", letter_id=written.letter_id)


def withdraw(office: Office, letter_id: str, user: str) -> None:
    """A person stops a waiting notice. Raises `Conflict` where it does not wait."""
    now = office.clock.now()
    with office.database.write() as connection:
        letter = waiting(connection, letter_id, None)
        letters.set_letter(connection, letter_id, state="withdrawn", settled_at=now)
        audit.note(
            connection, "web:letter:withdrawn", actor=user, at=now, invoice_id=letter.invoice_id, letter=letter_id
        )


def _said(reason: str) -> tuple[tuple[Reason, ...], str]:
    text = reason.strip()
    if not text or len(text) > _MOST_COMMENT:
        raise InvalidInput(f"A reason has 1 to {_MOST_COMMENT} characters.", code="reason_invalid")
    if text not in Reason.__members__.values():
        return (), text
    if text.startswith(_INTERNAL):
        raise InvalidInput("Risk and technical reasons stay inside the house.", code="reason_internal")
    return (Reason(text),), ""


def _status(letter: Letter) -> Status:
    if letter.state == "waiting_for_approval":
        return "waiting_for_approval"
    return "queued" if letter.state in _ON_THE_WAY else "already_sent"
