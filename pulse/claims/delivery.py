"""Unknown deliveries: what a person said about them, whichever tasklist they said it in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import structlog
from sqlalchemy import Connection

from db import audit, effects, invoices, letters, outbox
from db.letters import Letter
from letters.occasions import Kind
from pulse.base.errors import Conflict, InvalidInput
from pulse.claims.closing import BY_PROCESS, close_if_done
from pulse.claims.office import Office
from pulse.claims.steps import case_of

log = structlog.get_logger(__name__)

How = Literal["sent", "again", "post"]
HOWS: tuple[How, ...] = ("sent", "again", "post")
_EFFECT: dict[How, effects.State] = {"sent": "sent", "again": "refused", "post": "by_post"}
_LETTER: dict[How, letters.State] = {"sent": "sent", "again": "written", "post": "by_post"}


def settle_delivery(office: Office, invoice_id: int, recipient: str, how: str, user: str) -> None:
    """A person says what became of the process's letter to `recipient`: sent, out again, or by post.

    Raises `InvalidInput` for another word, `Conflict` where no delivery to this recipient is unknown.
    """
    said = _known(how)
    with office.database.write() as connection:
        case_of(connection, invoice_id)
        found = [
            letter
            for letter in letters.of_invoice(connection, invoice_id)
            if letter.recipient == recipient and letter.state == "unknown" and letter.kind in BY_PROCESS
        ]
        if not found:
            raise Conflict("No delivery to this recipient is unknown.", invoice_id=invoice_id, recipient=recipient)
        for letter in found:
            _settle(connection, letter, said, user=user, at=office.clock.now())


def settle_letter(office: Office, letter: Letter, how: str, user: str) -> None:
    """The same for one letter that no process sends; "again" puts it back into the outbox."""
    said, now = _known(how), office.clock.now()
    with office.database.write() as connection:
        _settle(connection, letter, said, user=user, at=now)
        if said == "again":
            effect = effects.get(connection, letter.effect_key)
            key = f"letter:{letter.id}:{effect.attempts if effect else 0}"
            payload = {"letter_id": letter.id}
            outbox.add(connection, key=key, kind="letter", invoice_id=letter.invoice_id, payload=payload, at=now)


def reconcile(office: Office) -> int:
    """Brings unknown deliveries to what a person said in the engine's own tasklist; how many were settled.

    "again" needs nothing: the process itself comes back to send the letter.
    """
    with office.database.read() as connection:
        open_letters = [one for one in letters.in_state(connection, ["unknown"]) if one.kind in BY_PROCESS]
        cases = {letter.invoice_id: case_of(connection, letter.invoice_id) for letter in open_letters}
    settled = 0
    for letter in open_letters:
        said = _said_in_the_engine(office, cases[letter.invoice_id], letter)
        if said in ("sent", "post"):
            with office.database.write() as connection:
                _settle(connection, letter, _known(said), user="tasklist", at=office.clock.now())
            settled += 1
    return settled


def _settle(connection: Connection, letter: Letter, how: How, *, user: str, at: datetime) -> None:
    if not letters.set_letter(
        connection, letter.id, was=["unknown"], state=_LETTER[how], settled_at=None if how == "again" else at
    ):
        raise Conflict("This delivery is settled already.", letter=letter.id)
    receipt = {"said": how, "by": user}
    effects.settle(
        connection, letter.effect_key, _EFFECT[how], at=at, receipt=receipt, was=("claimed", "unknown", "refused")
    )
    audit.note(
        connection,
        "claims:delivery:settled",
        actor=user,
        at=at,
        invoice_id=letter.invoice_id,
        letter=letter.id,
        how=how,
    )
    close_if_done(connection, letter.invoice_id, Kind(letter.kind), at=at)


def _said_in_the_engine(office: Office, case: invoices.Case, letter: Letter) -> str | None:
    """The `delivery` of the newest completed task about this letter; its value stands in the task's own scope."""
    if case.process_instance_id is None:
        return None
    task = f"settle_delivery_{letter.recipient}"
    found = office.engine.history_activities(case.process_instance_id, activity_id=task, finished=True)
    completed = {activity.id: activity for activity in found if not activity.canceled}
    if not completed:
        return None
    newest = max(completed.values(), key=lambda activity: activity.end_time or activity.start_time)
    query = {"process_instance_id": case.process_instance_id, "variable_name": "delivery", "deserialize_values": False}
    values = office.engine.get("/history/variable-instance", **query)
    return next((str(dto["value"]) for dto in values if dto.get("activityInstanceId") == newest.id), None)


def _known(how: str) -> How:
    for known in HOWS:
        if known == how:
            return known
    raise InvalidInput("Say sent, again or post.", code="delivery_unknown_word")
