"""Who decided: the engine's own history says so, whatever tasklist was used."""

from __future__ import annotations

from dataclasses import dataclass

from pulse.claims.rules.decision import MACHINE, PLACES
from pulse.engine import errors
from pulse.engine.client import EngineClient

#: Who decided where the engine let a task be completed without a name (a script with a login of the engine).
UNNAMED = "tasklist"
_PEOPLES_PLACES = frozenset(PLACES) - {MACHINE}


@dataclass(frozen=True, kw_only=True)
class Decider:
    """Where the last decision was taken and by whom; `place` is empty where no person decided anything.

    `known` is false where the name is nobody's who does such tasks; see `people.confirmed`.
    """

    place: str
    name: str
    known: bool = True


def decider(engine: EngineClient, process_instance_id: str, claimed_place: str) -> Decider:
    """The decider of a process's decision.

    `claimed_place` is the process variable `decided_in`. The machine's own mark costs no question, since the machine
    may only approve what our own records allow. A person's place must be the user task that was completed last: a
    variable alone makes no person's decision.
    """
    if claimed_place == MACHINE:
        return Decider(place=MACHINE, name="pulse")
    tasks = engine.history_tasks(process_instance_id=process_instance_id)
    ended = [task for task in tasks if task.end_time and task.task_definition_key in _PEOPLES_PLACES]
    completed = [task for task in ended if task.delete_reason in (None, "completed")]
    if not completed:
        return Decider(place="", name="")
    last = max(completed, key=lambda task: (task.end_time or task.start_time, task.start_time))
    place = last.task_definition_key if last.task_definition_key == claimed_place else ""
    return Decider(place=place, name=last.assignee or _completer(engine, last.id) or UNNAMED)


def _completer(engine: EngineClient, task_id: str) -> str | None:
    """Who completed a task that nobody had taken, where the engine knew its caller and logs what people do."""
    try:
        log = engine.get("/history/user-operation", task_id=task_id, operation_type="Complete")
    except (errors.NotFound, errors.Unauthorized):
        return None
    return next((str(entry["userId"]) for entry in log if entry.get("userId")), None)
