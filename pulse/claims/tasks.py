"""The tasklist: the engine's user tasks with their cases, and our own letters that wait for a person."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from db import audit, invoices, letters
from db.invoices import Case
from db.letters import Letter
from letters.occasions import Recipient
from pulse.base.errors import Conflict, Forbidden, NotFound
from pulse.claims import send_email
from pulse.claims.approve_letter import APPROVAL_TASKS, approve
from pulse.claims.ask import demand_waiting
from pulse.claims.bounced import settle_bounced
from pulse.claims.check_decision import review_amounts, standing_of
from pulse.claims.closing import BY_PROCESS
from pulse.claims.delivery import settle_delivery, settle_letter
from pulse.claims.edit_letter import back_to_template
from pulse.claims.forms import FormField, fields_of, validated
from pulse.claims.office import Office
from pulse.claims.rules.decision import PLACES, Proposal, examine
from pulse.claims.start import PROCESS
from pulse.claims.steps import case_of
from pulse.engine import errors
from pulse.engine.client import UserTask

ASSISTANTS, CONTROLLERS = "assistants", "controllers"
#: Which group does which task (the models' candidate groups; a test holds them equal).
GROUPS = {
    "correct_reading": ASSISTANTS,
    "clarify_case": ASSISTANTS,
    "confirm": ASSISTANTS,
    "decide": CONTROLLERS,
    "review_high_risk": CONTROLLERS,
    "settle_delivery_client": ASSISTANTS,
    "settle_delivery_provider": ASSISTANTS,
    "approve_letter_client": CONTROLLERS,
    "approve_letter_provider": CONTROLLERS,
    "approve_notice": CONTROLLERS,
    "settle_letter": ASSISTANTS,
    "send_by_post": ASSISTANTS,
}
_OWN = "letter-"
_MOST = 500
#: Variables that our web may send beside a form's own fields.
_BESIDE = {"decide": frozenset({"review"}), "review_high_risk": frozenset({"review"})}

_DELIVERY = FormField(
    key="delivery",
    kind="select",
    label="What happened?",
    required=True,
    options=(("sent", "It was sent"), ("again", "It was not sent: send it again"), ("post", "It went by post")),
)
_BY_POST = FormField(
    key="delivery",
    kind="select",
    label="The mail came back. What happened to the letter?",
    required=True,
    options=(("post", "It was printed and posted"), ("arrived", "It has arrived by mail all the same")),
)
_APPROVAL = FormField(
    key="approval",
    kind="select",
    label="May this letter go out?",
    required=True,
    options=(("approve", "Send it"), ("withdraw", "Do not send it")),
)


#: Our own tasks, by the state of their letter.
_OWN_KINDS: dict[str, str] = {
    "waiting_for_approval": "approve_notice",
    "unknown": "settle_letter",
    "bounced": "send_by_post",
}
_OWN_FIELDS = {"approve_notice": _APPROVAL, "settle_letter": _DELIVERY, "send_by_post": _BY_POST}
_OWN_NAMES = {
    "approve_notice": "Approve a notice",
    "settle_letter": "Settle an unknown delivery",
    "send_by_post": "Send by post",
}


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task: `kind` is the model's task id, or `approve_notice`, `settle_letter` and `send_by_post` for our own."""

    id: str
    kind: str
    name: str
    group: str
    invoice_id: int | None
    case: Case | None = field(repr=False)
    assignee: str | None = None
    created: datetime | None = None
    due: datetime | None = None
    priority: int = 0
    #: The version of the process that it belongs to.
    definition_id: str | None = None
    letter_id: str | None = None


def open_tasks(office: Office, groups: Collection[str], *, user: str | None = None) -> list[Task]:
    """The open tasks of these groups, the most urgent first; `user` leaves out what others have taken."""
    candidates = [group for group in (ASSISTANTS, CONTROLLERS) if group in groups]
    found = _engine_tasks(office, candidates) if candidates else []
    mine = [task for task in [*found, *_own_tasks(office)] if task.group in groups]
    if user is not None:
        mine = [task for task in mine if task.assignee in (None, user)]
    far = datetime.max.replace(tzinfo=office.clock.now().tzinfo)
    return sorted(mine, key=lambda task: (task.due or far, -task.priority, task.id))


def task(office: Office, task_id: str) -> Task:
    """One open task. Raises `Conflict` with who and when where it was done meanwhile, `NotFound` where it never was."""
    if task_id.startswith(_OWN):
        letter = _letter(office, task_id)
        with office.database.read() as connection:
            return _own_task(letter, case_of(connection, letter.invoice_id))
    found = _engine_task(office, task_id)
    with office.database.read() as connection:
        cases = invoices.of_processes(connection, [found.process_instance_id or ""])
    return _task(found, cases)


def fields(office: Office, task_id: str) -> tuple[FormField, ...]:
    """What the person fills in; raises as `task`."""
    if task_id.startswith(_OWN):
        return (_OWN_FIELDS[_OWN_KINDS[_letter(office, task_id).state]],)
    try:
        return fields_of(office.engine.deployed_form(task_id))
    except errors.EngineRejected:
        _engine_task(office, task_id)  # where the task is gone, an engine may answer with 400, 404 or 500
        raise


def claim(office: Office, task_id: str, user: str, *, groups: Collection[str] | None = None) -> None:
    """Takes a task. Raises `Conflict` with who has it; our own tasks need no claim."""
    taken = task(office, task_id)
    _allowed(taken, groups)
    if taken.letter_id is not None or taken.assignee == user:
        return
    if taken.assignee is not None:
        raise Conflict("Somebody else has this task.", task=task_id, who=taken.assignee)
    try:
        office.engine.claim(task_id, user)
    except errors.EngineRejected as error:
        raise Conflict("Somebody else has this task.", task=task_id) from error


def release(office: Office, task_id: str, user: str) -> None:
    """Puts a task back. Raises `Conflict` where another has it."""
    taken = task(office, task_id)
    if taken.letter_id is not None or taken.assignee is None:
        return
    if taken.assignee != user:
        raise Conflict("Somebody else has this task.", task=task_id, who=taken.assignee)
    office.engine.unclaim(task_id)


def complete(
    office: Office,
    task_id: str,
    user: str,
    values: Mapping[str, Any],
    *,
    revision: int | None = None,
    groups: Collection[str] | None = None,
) -> bool:
    """Does a task: checks the values against its form, notes who did it, and lets the process go on; whether it did.

    A letter that gets the template's wording back waits on. `revision`: which change of its wording the person has
    read. A decision is tried against the same rules as in `check-decision`, so that the person hears at once what is
    wrong.
    Raises `InvalidInput` (`places`, or the rule's own message), `Conflict` (`who`, `when`), `Forbidden`, `NotFound`.
    """
    doing = task(office, task_id)
    _allowed(doing, groups)
    given = validated(fields(office, task_id), values, also=_BESIDE.get(doing.kind, frozenset()))
    if doing.letter_id is not None:
        _complete_own(office, doing, given, user, revision)
        return True
    if doing.assignee not in (None, user):
        raise Conflict("Somebody else has this task.", task=task_id, who=doing.assignee)
    _try_decision(office, doing, given)
    if doing.kind in APPROVAL_TASKS and not _approved(office, doing, given["letter_approval"], user, revision):
        return False
    if doing.kind == "correct_reading" and doing.case is not None:
        given["reading"] = doing.case.reading
    try:
        if doing.assignee is None:
            office.engine.claim(task_id, user)
        if doing.kind.startswith("settle_delivery_") and doing.invoice_id is not None:
            with contextlib.suppress(Conflict):  # settled by an earlier try of this very call
                settle_delivery(office, doing.invoice_id, doing.kind.rpartition("_")[2], given["delivery"], user)
        office.engine.complete_task(task_id, given)
    except errors.NotFound:
        raise _done(office, task_id) from None
    except errors.EngineRejected as error:
        raise Conflict("The task has changed: look again.", task=task_id) from error
    _note(office, doing, user)
    return True


def letter_of(office: Office, doing: Task) -> Letter | None:
    """The letter that a task is about: one to approve, or one that no process looks after."""
    recipient = APPROVAL_TASKS.get(doing.kind)
    with office.database.read() as connection:
        if doing.letter_id is not None:
            return letters.get(connection, doing.letter_id)
        if recipient is None or doing.invoice_id is None:
            return None
        found = letters.of_invoice(connection, doing.invoice_id)
    return next((one for one in reversed(found) if one.recipient == recipient and one.kind in BY_PROCESS), None)


def _approved(office: Office, doing: Task, said: str, user: str, revision: int | None) -> bool:
    """Whether the task's letter waits no more. One that was approved elsewhere meanwhile needs nothing else."""
    letter = letter_of(office, doing)
    if letter is None or letter.state != "waiting_for_approval":
        return True
    if said == "approve":
        approve(office, letter.id, user, revision=revision, task=doing.id)
        return True
    back_to_template(office, letter.id, user, revision=revision)
    return False


def _try_decision(office: Office, doing: Task, given: Mapping[str, str]) -> None:
    decision = given.get("clarification") if doing.kind == "clarify_case" else given.get("decision")
    if doing.kind not in PLACES or doing.invoice_id is None or decision not in PLACES[doing.kind]:
        return
    if decision == "ask":
        demand_waiting(office.engine, doing.definition_id)
    review = given.get("review")
    with office.database.read() as connection:
        proposal = Proposal(
            place=doing.kind,
            decision=decision,
            reason_code=given.get("reason_code", ""),
            comment=given.get("comment", ""),
            review=review_amounts(connection, doing.invoice_id, review) if review else None,
        )
        examine(proposal, standing_of(connection, doing.invoice_id))


def _complete_own(office: Office, doing: Task, given: Mapping[str, str], user: str, revision: int | None) -> None:
    assert doing.letter_id is not None
    if doing.kind == "send_by_post":
        settle_bounced(office, _letter(office, doing.id), given["delivery"], user)
    elif doing.kind == "settle_letter":
        settle_letter(office, _letter(office, doing.id), given["delivery"], user)
    elif given["approval"] == "approve":
        approve(office, doing.letter_id, user, revision=revision)
    else:
        send_email.withdraw(office, doing.letter_id, user)


def _engine_tasks(office: Office, candidates: list[str]) -> list[Task]:
    found = office.engine.tasks(
        process_definition_key=PROCESS,
        candidate_groups=candidates,
        include_assigned_tasks=True,
        max_results=_MOST,
    )
    with office.database.read() as connection:
        cases = invoices.of_processes(connection, [one.process_instance_id or "" for one in found])
    return [_task(one, cases) for one in found]


def _task(found: UserTask, cases: Mapping[str, Case]) -> Task:
    kind = found.task_definition_key or ""
    case = cases.get(found.process_instance_id or "")
    return Task(
        id=found.id,
        kind=kind,
        name=found.name or kind,
        group=GROUPS.get(kind, ASSISTANTS),
        invoice_id=case.id if case else None,
        case=case,
        assignee=found.assignee,
        created=found.created,
        due=found.due,
        priority=found.priority or 0,
        definition_id=found.process_definition_id,
    )


def _own_tasks(office: Office) -> list[Task]:
    """Notices to approve, unknown deliveries of letters that no process looks after, and letters that came back."""
    with office.database.read() as connection:
        waiting = letters.in_state(connection, ["waiting_for_approval", "unknown"], without=BY_PROCESS)
        waiting += letters.in_state(connection, ["bounced"])
        cases = {letter.invoice_id: case_of(connection, letter.invoice_id) for letter in waiting}
    return [_own_task(letter, cases[letter.invoice_id]) for letter in waiting if _is_own(letter)]


def _is_own(letter: Letter) -> bool:
    """A letter that came back has left its process, which may be long over."""
    outside = letter.kind not in BY_PROCESS and letter.recipient != Recipient.CONTROLLER
    return letter.state == "bounced" or (letter.state in _OWN_KINDS and outside)


def _own_task(letter: Letter, case: Case) -> Task:
    kind = _OWN_KINDS[letter.state]
    return Task(
        id=f"{_OWN}{letter.id}",
        kind=kind,
        name=_OWN_NAMES[kind],
        group=GROUPS[kind],
        invoice_id=letter.invoice_id,
        case=case,
        created=letter.created_at,
        letter_id=letter.id,
    )


def _letter(office: Office, task_id: str) -> Letter:
    with office.database.read() as connection:
        letter = letters.get(connection, task_id.removeprefix(_OWN))
    if letter is None:
        raise NotFound(task=task_id)
    if not _is_own(letter):
        when = letter.settled_at.isoformat() if letter.settled_at else None
        raise Conflict("This task is done already.", task=task_id, when=when)
    return letter


def _engine_task(office: Office, task_id: str) -> UserTask:
    try:
        return office.engine.task(task_id)
    except errors.NotFound:
        raise _done(office, task_id) from None


def _done(office: Office, task_id: str) -> Conflict | NotFound:
    """Who did the task and when, from the engine's history; `NotFound` where there never was one."""
    for past in office.engine.history_tasks(task_id=task_id):
        when = past.end_time.isoformat() if past.end_time else None
        return Conflict("This task is done already.", task=task_id, who=past.assignee, when=when)
    return NotFound(task=task_id)


def _allowed(doing: Task, groups: Collection[str] | None) -> None:
    if groups is not None and doing.group not in groups:
        raise Forbidden("This task belongs to another group.", task=doing.id)


def _note(office: Office, doing: Task, user: str) -> None:
    with office.database.write() as connection:
        audit.note(
            connection,
            "web:task:completed",
            actor=user,
            at=office.clock.now(),
            invoice_id=doing.invoice_id,
            task=doing.id,
            kind=doing.kind,
        )
