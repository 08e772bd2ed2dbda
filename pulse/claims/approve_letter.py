"""Letters that wait for a person: approved, or called back until they have left. The truth is the letter's state."""

from __future__ import annotations

import contextlib
from datetime import datetime

from sqlalchemy import Connection

from db import audit, effects, letter_revisions, letters, outbox
from db.letters import Letter
from letters.occasions import Recipient
from pulse.base.errors import Conflict, NotFound
from pulse.claims.closing import BY_PROCESS
from pulse.claims.office import Office
from pulse.claims.steps import case_of
from pulse.engine import errors

#: The process's tasks in which a letter is approved, and to whom the letter goes.
APPROVAL_TASKS = {f"approve_letter_{one}": one for one in (Recipient.CLIENT, Recipient.PROVIDER)}


def approve(office: Office, letter_id: str, user: str, *, revision: int | None = None, task: str | None = None) -> None:
    """A person lets a waiting letter go out.

    `revision`: which change of the wording the person has read (0: none was made); `task`: the engine's task in which
    they said so. Raises `Conflict` where the letter does not wait, or was worded anew meanwhile; `NotFound`.
    """
    now = office.clock.now()
    with office.database.write() as connection:
        letter = waiting(connection, letter_id, revision)
        letters.set_letter(
            connection,
            letter_id,
            state="written",
            released_at=now,
            approved_by=user,
            heard_task=task or letter.heard_task,
        )
        audit.note(
            connection, "web:letter:approved", actor=user, at=now, invoice_id=letter.invoice_id, letter=letter_id
        )
        if letter.kind not in BY_PROCESS:
            promise(connection, letter, at=now)


def call_back(office: Office, letter_id: str, user: str) -> None:
    """A person calls back a letter that has not left: it waits for approval again.

    Raises `Conflict` (`letter_has_left`) once it is claimed for sending, and `NotFound`.
    """
    now = office.clock.now()
    with office.database.write() as connection:
        letter = _locked(connection, letter_id)
        if not may_be_called_back(letter, effects.get(connection, letter.effect_key)):
            raise Conflict("This letter has left, or is leaving now.", code="letter_has_left", letter=letter_id)
        letters.set_letter(connection, letter_id, state="waiting_for_approval", released_at=None, approved_by=None)
        audit.note(
            connection, "web:letter:called_back", actor=user, at=now, invoice_id=letter.invoice_id, letter=letter_id
        )


def may_be_called_back(letter: Letter, effect: effects.Effect | None) -> bool:
    """Whether it is written and proven not to have left."""
    here = effect is None or effect.state == "refused"
    return letter.state == "written" and here and letter.recipient != Recipient.CONTROLLER


def waiting(connection: Connection, letter_id: str, revision: int | None) -> Letter:
    """A letter that waits for approval, held until the transaction ends. Raises as `approve`."""
    letter = _locked(connection, letter_id)
    if letter.state != "waiting_for_approval":
        raise Conflict("This letter does not wait for approval.", code="letter_not_waiting", letter=letter_id)
    if revision is not None and letter_revisions.count(connection, letter_id) != revision:
        raise Conflict("The wording has changed meanwhile: read it again.", code="wording_changed", letter=letter_id)
    return letter


def promise(connection: Connection, letter: Letter, *, at: datetime) -> None:
    """Puts a letter that no process sends into the outbox, once for each time it is let go."""
    key, payload = f"letter:{letter.id}:{at.isoformat()}", {"letter_id": letter.id}
    outbox.add(connection, key=key, kind="letter", invoice_id=letter.invoice_id, payload=payload, at=at)


def finish_task(office: Office, letter_id: str) -> None:
    """Completes the process's open task about a letter that waits no more, so that the process goes on.

    Where the engine is away, `catch_up` does it later.
    """
    with office.database.read() as connection:
        letter = letters.get(connection, letter_id)
        if letter is None or letter.state == "waiting_for_approval" or letter.kind not in BY_PROCESS:
            return
        process = case_of(connection, letter.invoice_id).process_instance_id
    with contextlib.suppress(errors.EngineError):
        kind = f"approve_letter_{letter.recipient}"
        for task in office.engine.tasks(process_instance_id=process, task_definition_key=kind):
            office.engine.complete_task(task.id, {})


def heard(office: Office, letter_id: str, task: str) -> None:
    """What was said in this task of the engine counts no second time."""
    with office.database.write() as connection:
        letters.set_letter(connection, letter_id, heard_task=task)


def catch_up(office: Office) -> None:
    """Completes the tasks of letters that were approved elsewhere while the engine was away, or on its way to them."""
    with office.database.read() as connection:
        approved = [letter.id for letter in letters.approved_but_here(connection) if letter.kind in BY_PROCESS]
    for letter_id in approved:
        finish_task(office, letter_id)


def _locked(connection: Connection, letter_id: str) -> Letter:
    letter = letters.locked(connection, letter_id)
    if letter is None:
        raise NotFound(letter=letter_id)
    return letter
