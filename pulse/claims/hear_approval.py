"""What a person said about a letter in the engine's own tasklist: the engine's history tells, by whom as well."""

from __future__ import annotations

from typing import Any

from db import audit, letters
from db.letters import Letter
from pulse.claims.approve_letter import approve, heard
from pulse.claims.decider import UNNAMED, Decider
from pulse.claims.edit_letter import back_to_template
from pulse.claims.office import Office
from pulse.claims.people import confirmed
from pulse.engine.client.records import HistoricTask


def hear(office: Office, invoice_id: int, recipient: str, kind: str, process_instance_id: str) -> bool:
    """Takes the newest word of the engine's tasklist about the letter, once; whether it is approved now.

    Only a person's word counts: who took the task, whom a directory knows among the controllers. The name that a
    machine completes tasks with approves nothing.
    """
    with office.database.read() as connection:
        letter = letters.newest(connection, invoice_id, recipient=recipient, kind=kind)
    if letter is None or letter.state != "waiting_for_approval":
        return letter is not None
    task = _newest(office, process_instance_id, f"approve_letter_{recipient}")
    if task is None or task.id == letter.heard_task:
        return False
    said = _said(office, process_instance_id, task)
    if said not in ("approve", "template"):
        return False
    who = confirmed(office, Decider(place=task.task_definition_key, name=task.assignee or UNNAMED))
    if not who.known or who.name in (UNNAMED, office.policy.engine_login):
        _refuse(office, letter, who, task.id)
        return False
    if said == "approve":
        approve(office, letter.id, who.name, task=task.id)
        return True
    heard(office, letter.id, task.id)
    back_to_template(office, letter.id, who.name)
    return False


def _newest(office: Office, process_instance_id: str, kind: str) -> HistoricTask | None:
    tasks = office.engine.history_tasks(process_instance_id=process_instance_id, task_definition_key=kind)
    completed = [task for task in tasks if task.end_time and task.delete_reason in (None, "completed")]
    return max(completed, key=lambda task: (task.end_time or task.start_time, task.start_time), default=None)


def _said(office: Office, process_instance_id: str, task: HistoricTask) -> str | None:
    """The task's own `letter_approval`; the other letter's stands beside it."""
    query: dict[str, Any] = {"process_instance_id": process_instance_id, "variable_name": "letter_approval"}
    values = office.engine.get("/history/variable-instance", **query, deserialize_values=False)
    own = (dto["value"] for dto in values if dto.get("activityInstanceId") == task.activity_instance_id)
    return next((str(value) for value in own), None)


def _refuse(office: Office, letter: Letter, who: Decider, task: str) -> None:
    heard(office, letter.id, task)
    with office.database.write() as connection:
        audit.note(
            connection,
            "claims:letter:approval_refused",
            actor=who.name,
            at=office.clock.now(),
            invoice_id=letter.invoice_id,
            letter=letter.id,
        )
