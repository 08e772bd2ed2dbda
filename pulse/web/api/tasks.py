"""Tasks of assistants and controllers, for an insurer's own desktop."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from pulse.claims import tasks
from pulse.claims.people import token_login
from pulse.claims.tasks import Task
from pulse.invoices.model import Finding
from pulse.web.api.models import Body, Moment, Reply
from pulse.web.deciding import do_task
from pulse.web.endpoint import Answer, Call, Routes
from pulse.web.forms import form_of

routes = Routes()
_GROUPS = ("assistants", "controllers")


class TaskRow(Reply):
    """A task; `kind` says what is to be done, `assignee` who has taken it."""

    id: str
    kind: str
    name: str
    group: str
    invoice_id: int | None
    assignee: str | None
    priority: int
    created: Moment | None
    due: Moment | None
    letter_id: str | None


class TaskList(Reply):
    """Open tasks, the most urgent first."""

    tasks: list[TaskRow]


class Option(Reply):
    """A value that a select offers."""

    value: str
    label: str


class FieldToFill(Reply):
    """A field of the form with the value it has now."""

    key: str
    kind: str
    label: str
    required: bool
    max_length: int | None
    options: list[Option]
    value: str


class TaskDetail(TaskRow):
    """A task with its form: `fields` to fill in, and `facts` that it shows."""

    fields: list[FieldToFill]
    facts: dict[str, str]


class TaskFilter(Body):
    """Which tasks."""

    group: Literal["assistants", "controllers"] | None = Field(None, description="Only this group's tasks.")
    invoice_id: int | None = Field(None, ge=1, description="Only this case's tasks.")


class Completion(Body):
    """The form's values; beside them what only some tasks take."""

    values: dict[str, str] = Field(description="The form's fields by key, e.g. decision, reason_code, comment.")
    corrections: dict[str, Any] | None = Field(
        None, description="For correct_reading: field path → value, e.g. positions.0.quantity; null empties a field."
    )
    confirmed: bool = Field(False, description="For correct_reading: what still contradicts itself is on the paper.")
    review: dict[int, Decimal] | None = Field(
        None, description="For a decision partial: CHF to pay by position line, where it is not what was worked out."
    )
    revision: int | None = Field(
        None, ge=0, description="For a letter to approve: which wording was read; nothing else goes out."
    )


class CompletionAnswer(Reply):
    """Whether the task is done; a reading that is still not complete keeps it open, with what is wrong."""

    completed: bool
    reading: str | None
    findings: list[Finding]


@routes.get("/tasks", scope="tasks:read", query=TaskFilter, answers={200: TaskList})
def list_tasks(call: Call) -> Answer:
    """Open tasks of all groups, or of one."""
    wanted: TaskFilter = call.query
    found = tasks.open_tasks(call.office, [wanted.group] if wanted.group else _GROUPS)
    rows = [row(one) for one in found if wanted.invoice_id in (None, one.invoice_id)]
    return Answer(body=TaskList(tasks=rows))


@routes.get("/tasks/<task_id>", scope="tasks:read", answers={200: TaskDetail})
def get_task(call: Call, task_id: str) -> Answer:
    """One task with its form and the values it has now."""
    return Answer(body=_detail(call, tasks.task(call.office, task_id)))


@routes.post("/tasks/<task_id>/claim", scope="tasks:write", answers={200: TaskDetail})
def claim_task(call: Call, task_id: str) -> Answer:
    """Takes a task; 409 with `who` where another has it."""
    tasks.claim(call.office, task_id, token_login(call.caller))
    return Answer(body=_detail(call, tasks.task(call.office, task_id)))


@routes.post("/tasks/<task_id>/release", scope="tasks:write", answers={200: TaskDetail})
def release_task(call: Call, task_id: str) -> Answer:
    """Puts a task back."""
    tasks.release(call.office, task_id, token_login(call.caller))
    return Answer(body=_detail(call, tasks.task(call.office, task_id)))


@routes.post("/tasks/<task_id>/complete", scope="tasks:write", body=Completion, answers={200: CompletionAnswer})
def complete_task(call: Call, task_id: str) -> Answer:
    """Does a task.

    409 with `who` and `when` where somebody else was first; 422 with `places`, or with what is wrong with a decision.
    """
    body: Completion = call.body
    done = do_task(
        call.office,
        task_id,
        token_login(call.caller),
        body.values,
        corrections=body.corrections,
        confirmed=body.confirmed,
        review=body.review,
        revision=body.revision,
    )
    answer = CompletionAnswer(completed=done.completed, reading=done.reading, findings=list(done.findings))
    return Answer(body=answer)


def row(task: Task) -> TaskRow:
    """A task as the API tells it."""
    return TaskRow.model_validate(task)


def _detail(call: Call, task: Task) -> TaskDetail:
    form = form_of(call.office, task)
    fields = [
        FieldToFill(
            key=asked.field.key,
            kind=asked.field.kind,
            label=asked.field.label,
            required=asked.field.required,
            max_length=asked.field.max_length,
            options=[Option(value=value, label=label) for value, label in asked.field.options],
            value=asked.value,
        )
        for asked in form.asked
    ]
    facts = {shown.key: shown.value for shown in form.shown}
    return TaskDetail(**row(task).model_dump(), fields=fields, facts=facts)
