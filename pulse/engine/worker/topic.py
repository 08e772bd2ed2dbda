"""What a worker's author writes: topics with their handlers, locks and retries, and the ways a handler ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulse.engine.client import ExternalTask
from pulse.engine.worker.models import BadVariable, adapt, as_variables


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


class DependencyDown(Exception):
    """A server that the handler needs is away: the task goes back untouched and its topics rest until it answers.

    No retry is lost and no incident made, however long it lasts. `name` is the `Dependency`'s.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is away")
        self.name = name


class Postpone(Exception):
    """Not now: this task alone rests for `rest_s` and loses no retry. Its message is shown to operators as it is."""

    def __init__(self, message: str, rest_s: float) -> None:
        super().__init__(message)
        self.rest_s = rest_s


@dataclass(frozen=True)
class Dependency:
    """A server that handlers need. `probe` asks it something cheap and raises, or returns False, where it is away."""

    name: str
    probe: Callable[[], object]


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
        """How long the task rests with so many retries left: not at all after the last, so that it is tried again as
        soon as an operator says so (setting retries does not end the rest)."""
        if not left:
            return 0
        failures = max(1, self.attempts - left)
        return round(1000 * min(self.longest_s, self.first_s * self.factor ** (failures - 1)))


Outcome = Result | Mapping[str, object] | None


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A handler bound to a topic; calling it with a task calls the handler, so that a test needs no engine.

    `lock_ms` is how long the engine keeps a task for us without hearing from us: a renewal goes out after each third.
    `slots` is how many of its tasks may run at once in one worker (None: as many as the worker has). `needs` are the
    servers without which it is not fetched. `variables` are the names to fetch (None: those of the handler's model, or
    all); `filters` go into the subscription as they are, in the engine's names (`processDefinitionVersionTag`,
    `localVariables`, `includeExtensionProperties`, …). `may_crash` counts an attempt at the engine before it begins,
    one call more a task, so that a task that kills its process ends as an incident too.
    """

    name: str
    handler: Callable[[ExternalTask], Any]
    lock_ms: int = 60_000
    slots: int | None = None
    needs: Sequence[Dependency] = ()
    variables: Sequence[str] | None = None
    retry: Retry = Retry()
    may_crash: bool = False
    filters: Mapping[str, object] = field(default_factory=dict)

    def __call__(self, task: ExternalTask) -> Outcome:
        """What the handler returns, models among it as plain variables. A variable that does not fit is `Fatal`."""
        try:
            done = self.handler(task)
        except BadVariable as error:
            raise Fatal(str(error)) from None
        if isinstance(done, Result):
            return Result(as_variables(done.variables), as_variables(done.local_variables))
        outcome: Outcome = as_variables(done)
        return outcome

    def subscription(self) -> dict[str, object]:
        """The topic as fetchAndLock wants it."""
        wanted: dict[str, object] = {} if self.variables is None else {"variables": list(self.variables)}
        own = {"topicName": self.name, "lockDuration": self.lock_ms, "deserializeValues": False}
        return {**wanted, **self.filters, **own}


def topic(name: str, **options: Any) -> Callable[[Callable[..., Any]], Topic]:
    """Make a function the handler of a topic. Options are `Topic`'s.

    The handler takes an `ExternalTask`; or a pydantic model or dataclass of the variables it needs, and the task after
    it if it wants both. It returns the variables to set as a mapping or a model, a `Result`, or None. It runs at least
    once: after a lost lock or a crash again. It raises `BpmnError` for what the model decides, `Fatal` for what no
    retry heals, `DependencyDown` for a server that is away, `Postpone` for a task that must wait; any other exception
    is retried.
    """

    def bind(function: Callable[..., Any]) -> Topic:
        handler, names = adapt(function)
        return Topic(**{"name": name, "handler": handler, "variables": names, **options})

    return bind
