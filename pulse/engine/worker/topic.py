"""What a worker's author writes: topics with their handlers, locks and retries, and the ways a handler ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulse.engine.client import ExternalTask


@dataclass(frozen=True)
class Result:
    """Variables for the process, and some for the task's own scope, where output mappings read them."""

    variables: Mapping[str, object] = field(default_factory=dict)
    local_variables: Mapping[str, object] = field(default_factory=dict)


class BpmnError(Exception):
    """A business error: the boundary event with this code goes on. Without one the path ends silently."""

    def __init__(self, code: str, message: str | None = None, variables: Mapping[str, object] | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.variables = variables or {}


class Fatal(Exception):
    """No retry will heal this: the task becomes an incident at once. Its message is shown to operators as it is."""


Handler = Callable[[ExternalTask], Result | Mapping[str, object] | None]


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How often a failing task is tried, and how long it rests in between: `first_s`, then times `factor`.

    After the last attempt the engine makes an incident; an operator who sets retries there overrules `attempts`.
    """

    attempts: int = 3
    first_s: float = 10.0
    factor: float = 4.0
    longest_s: float = 900.0

    def left(self, retries: int | None) -> int:
        """What to report after a failure; the engine leaves it to us to invent the first number."""
        return max(0, (self.attempts if retries is None else retries) - 1)

    def rest_ms(self, left: int) -> int:
        """How long the task rests with so many retries left."""
        failures = max(1, self.attempts - left)
        return round(1000 * min(self.longest_s, self.first_s * self.factor ** (failures - 1)))


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A handler bound to a topic; calling it calls the handler, so that a test needs no engine.

    `lock_ms` is how long the engine keeps a task for us without hearing from us: a renewal goes out after each third.
    `variables` are the names to fetch (None: all); `filters` go into the subscription as they are, in the engine's
    names (`processDefinitionVersionTag`, `localVariables`, `includeExtensionProperties`, …).
    """

    name: str
    handler: Handler
    lock_ms: int = 60_000
    variables: Sequence[str] | None = None
    retry: Retry = Retry()
    filters: Mapping[str, object] = field(default_factory=dict)

    def __call__(self, task: ExternalTask) -> Result | Mapping[str, object] | None:
        return self.handler(task)

    def subscription(self) -> dict[str, object]:
        """The topic as fetchAndLock wants it."""
        wanted: dict[str, object] = {} if self.variables is None else {"variables": list(self.variables)}
        own = {"topicName": self.name, "lockDuration": self.lock_ms, "deserializeValues": False}
        return {**wanted, **self.filters, **own}


def topic(name: str, **options: Any) -> Callable[[Handler], Topic]:
    """Make a function the handler of a topic. Options are `Topic`'s.

    The handler gets an `ExternalTask` and returns the variables to set, a `Result`, or None. It runs at least once:
    after a lost lock or a crash again. It raises `BpmnError` for what the model decides, `Fatal` for what no retry
    heals; any other exception is retried.
    """
    return lambda handler: Topic(name=name, handler=handler, **options)
