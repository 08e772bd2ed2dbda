"""A process as the engine executes it: an immutable graph, parsed once for each definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pulse.engine.embedded.forms import Field
from pulse.engine.embedded.juel import Expression

Parameter = tuple[str, Expression | tuple[Expression, ...] | Mapping[str, Expression] | None]
"""The name of an input or output parameter, and a text, a list (`camunda:list`) or a map (`camunda:map`)."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; without a condition it is always taken."""

    id: str
    target: str
    condition: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTask:
    """The attributes of a user task; lists of groups and users may each be an expression or a comma list."""

    assignee: Expression | None = None
    candidate_users: tuple[Expression, ...] = ()
    candidate_groups: tuple[Expression, ...] = ()
    due: Expression | None = None
    follow_up: Expression | None = None
    priority: Expression | None = None
    description: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a form is found: by key, or by reference with a binding (`latest`, `deployment`, `version`).

    A generated form has `fields` instead.
    """

    key: Expression | None = None
    ref: str | None = None
    binding: str = "latest"
    version: int | None = None
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCall:
    """The decision that a business-rule task evaluates, and how its result becomes a variable."""

    decision: Expression
    binding: str = "latest"
    version: int | None = None
    mapping: str = "resultList"


@dataclass(frozen=True, slots=True)
class Timer:
    """When a timer is due: `kind` is `date` or `duration`, the value ISO 8601 or a Date."""

    kind: str
    value: Expression
    text: str

    @property
    def told(self) -> str:
        """How REST says what the timer waits for."""
        return f"{self.kind.upper()}: {self.text}"


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """An error that is thrown or caught; no code catches every error."""

    code: str | None = None
    code_variable: str | None = None
    message_variable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One node of the graph. `type` is spelled as history tells it; `parent` is the sub-process it lies in.

    An activity with a `topic` is an external task. One with a `scope` has variables, timers or messages of its own.
    """

    id: str
    type: str
    name: str | None = None
    parent: str | None = None
    scope: bool = False
    incoming: int = 0
    outgoing: tuple[Flow, ...] = ()
    default: str | None = None
    boundaries: tuple[str, ...] = ()
    async_before: bool = False
    async_after: bool = False
    job_retries: int = 3
    """How often a failed job is tried."""
    retry_wait_ms: int = 0
    job_priority: int = 0
    inputs: tuple[Parameter, ...] = ()
    outputs: tuple[Parameter, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    attached_to: str | None = None
    interrupting: bool = True
    initial: str | None = None
    initiator: str | None = None
    topic: Expression | None = None
    task_priority: Expression | None = None
    user_task: UserTask | None = None
    form: Form | None = None
    rule: RuleCall | None = None
    expression: Expression | None = None
    result_variable: str | None = None
    message: Expression | None = None
    timer: Timer | None = None
    error: ErrorEvent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """An executable process: its attributes and its activities by id."""

    key: str
    name: str | None
    category: str | None
    version_tag: str | None
    history_days: int
    startable: bool
    activities: Mapping[str, Activity]
    none_start: str | None
    message_starts: Mapping[str, str]
    """Message name to the id of the start event."""

    def scopes_of(self, activity: Activity) -> list[Activity]:
        """The activity and the sub-processes around it, from the inside out."""
        chain = [activity]
        while chain[-1].parent is not None:
            chain.append(self.activities[chain[-1].parent])
        return chain
