"""The engine: the one place that loads an instance, runs a command on it, saves it, and tells who waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

from sqlalchemy import Connection, insert, update

from pulse.engine.embedded import dmn, tables
from pulse.engine.embedded.core import Core
from pulse.engine.embedded.definitions import Definitions, called, decision_row, job_definition_id
from pulse.engine.embedded.errors import DecisionError, RestProblem, TextTooLong
from pulse.engine.embedded.model import Activity, RuleCall
from pulse.engine.embedded.people import Login, Passwords, ensure
from pulse.engine.embedded.scopes import Context
from pulse.engine.embedded.state import Row, State
from pulse.engine.embedded.store import Conflict, Store, find, new_id
from pulse.engine.embedded.timers import to_ms
from pulse.engine.embedded.values import TypedValue

Clock = Callable[[], datetime]
Result = TypeVar("Result")

utc_now: Final[Clock] = partial(datetime.now, UTC)
TRIES: Final = 5
"""How often a command is run that another one was in the way of."""
DAY_MS: Final = 86_400_000


Change = tuple[str | None, object, object]
"""A property that a person changed: its name, the value before and after."""
_PLACE: Final = ("instance_id", "definition_id", "definition_key", "execution_id", "activity_id")


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else str(value).lower()


class Unit:
    """One transaction: what a command reads, runs and writes. `user` is who asks, if known."""

    def __init__(self, engine: Engine, connection: Connection, user: str | None) -> None:
        self.engine = engine
        self.connection = connection
        self.user = user
        self.now = to_ms(engine.clock())
        self.topics: set[str] = set()
        self.jobs = False
        self._operation = new_id()

    def operation(self) -> str | None:
        """The id that history gives for what a person does; None where nobody is known to ask."""
        return None if self.user is None else self._operation

    def record(self, entity: str, kind: str, place: Row, *changed: Change) -> None:
        """Note what a person did to an entity, one row for each property changed; nothing where nobody is known."""
        if self.user is None:
            return
        common = {"operation_id": self._operation, "entity": entity, "kind": kind, "time": self.now}
        common |= {"category": "TaskWorker" if entity == "Task" else "Operator", "user_id": self.user}
        common |= {name: place.get(name) for name in _PLACE} | {f"{entity.lower()}_id": place["id"]}
        rows = [
            {"id": new_id(), "property": name, "original": _text(before), "value": _text(after)}
            for name, before, after in changed or [(None, None, None)]
        ]
        columns = tables.operation.c
        kept = {name: value for name, value in common.items() if name in columns}
        self.connection.execute(insert(tables.operation), [row | kept for row in rows])

    def _core(self, state: State) -> Core:
        process = self.engine.definitions.process(self.connection, state.definition_id)
        context = Context(
            now_ms=self.now, new_id=new_id, user=self.user, decide=self._decide, operation=self.operation()
        )
        return Core(process, state, context)

    def load(self, instance_id: str | None) -> Core | None:
        """The core with a running instance; None where there is none."""
        state = self.engine.store.load(self.connection, instance_id or "")
        return None if state is None else self._core(state)

    def save(self, core: Core) -> None:
        """Write what the core has changed. TextTooLong where that cannot be."""
        if core.too_long:
            raise TextTooLong
        if core.state.ended:
            removal = self.now + core.process.history_days * DAY_MS
            core.changes.update("instance", core.state.id, removal_time=removal)
            if any(activity.rule is not None for activity in core.process.activities.values()):
                decision = tables.decision_instance
                made = update(decision).where(decision.c.instance_id == core.state.id)
                self.connection.execute(made.values(removal_time=removal))
        for job in core.changes.inserts.get("job", {}).values():
            job["suspended"] = job["suspended"] or self._held(job)
        self.engine.store.save(self.connection, core.state, core.changes)
        self.topics |= core.changes.topics
        self.jobs |= core.changes.jobs

    def _held(self, job: Row) -> bool:
        """Whether the definition of a job is suspended."""
        identifier = job_definition_id(job["definition_id"], job["activity_id"], job["kind"])
        return find(self.connection, "suspended_job", identifier) is not None

    def start(
        self,
        definition: Row,
        start: Activity,
        business_key: str | None,
        variables: Mapping[str, TypedValue],
        fields: Mapping[str, TypedValue] | None = None,
    ) -> Core:
        """Start an instance of a process definition, and save it; `fields` are what was submitted with its form."""
        known = {"id": new_id(), "definition_id": definition["id"], "definition_key": definition["key"]}
        known["business_key"] = business_key
        core = self._core(State(**known))
        known |= {"start_activity": start.id, "start_user": self.user, "start_time": self.now, "state": "ACTIVE"}
        core.changes.insert("instance", known)
        core.note_fields(fields or {})
        core.start(start, variables)
        self.save(core)
        self.record("ProcessInstance", "Create", known | {"instance_id": core.state.id})
        return core

    def _decide(
        self, rule: RuleCall, key: str, variables: Mapping[str, TypedValue], place: Row
    ) -> list[dict[str, TypedValue]]:
        row = called(self.connection, rule, key, place["process_definition_id"])
        decision = self.engine.definitions.decision(self.connection, row)
        try:
            done = dmn.evaluate_traced(decision, variables, unpack_objects=True, now=self.engine.clock())
        except DecisionError as problem:
            raise RestProblem(500, problem.kind, str(problem)) from problem
        kept = decision_row(row, done.records[-1], time=self.now, **place)
        self.connection.execute(insert(tables.decision_instance).values(kept))
        return done.rows


class Waiting:
    """Who is told after a commit: parked polls by topic, and the job executor."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._polls: dict[object, tuple[frozenset[str], Callable[[], None]]] = {}
        self.jobs = threading.Event()
        self.closed = False

    @contextmanager
    def poll(self, topics: frozenset[str], wake: Callable[[], None]) -> Iterator[object]:
        """While this lasts, `wake` is called (from any thread) when there is work on one of the topics.

        Only the longest waiting poll of a topic is woken; it passes the news on by `tell(…, after=…)`, with the
        object given here, when there may be more than it took.
        """
        token = object()
        with self._lock:
            self._polls[token] = (topics, wake)
        try:
            yield token
        finally:
            with self._lock:
                del self._polls[token]

    @property
    def parked(self) -> int:
        """How many polls wait."""
        return len(self._polls)

    def tell(self, topics: Iterable[str], *, jobs: bool = False, after: object = None) -> None:
        """There is work on some topics, or for the job executor."""
        if jobs:
            self.jobs.set()
        with self._lock:
            tokens = list(self._polls)
            polls = [self._polls[token] for token in tokens[tokens.index(after) + 1 if after is not None else 0 :]]
        for topic in topics:
            wake = next((wake for watched, wake in polls if topic in watched), None)
            if wake is not None:
                wake()

    def close(self) -> None:
        """Wake everyone: the engine stops."""
        self.closed = True
        self.jobs.set()
        with self._lock:
            polls = list(self._polls.values())
        for _, wake in polls:
            wake()


class Engine:
    """The process engine over one store."""

    def __init__(self, store_url: str, clock: Clock = utc_now, login: Login | None = None) -> None:
        """With a `login` every request needs a name and password: that one, or those of a user made since."""
        self.store = Store(store_url)
        self.clock = clock
        self.definitions = Definitions()
        self.waiting = Waiting()
        self.passwords = Passwords()
        self.login = login is not None
        if login is not None:
            with self.store.write() as connection:
                ensure(connection, login)

    def write(self, command: Callable[[Unit], Result], user: str | None = None) -> Result:
        """Run a command in one transaction, again where another one was in the way; then tell who waits.

        Raises RestProblem 500 OptimisticLockingException (code 1) after several tries, and what the command raises.
        """

        def run(connection: Connection) -> tuple[Unit, Result]:
            unit = Unit(self, connection, user)
            return unit, command(unit)

        for _ in range(TRIES):
            try:
                unit, result = self.store.transact(run)
            except Conflict:
                continue
            self.waiting.tell(unit.topics, jobs=unit.jobs)
            return result
        message = "Execution of the command failed. Entity was updated by another transaction concurrently."
        raise RestProblem(500, "OptimisticLockingException", f"ENGINE-03005 {message}", 1)

    def read(self, query: Callable[[Connection], Result]) -> Result:
        """Run a query."""
        with self.store.read() as connection:
            return query(connection)

    def close(self) -> None:
        self.waiting.close()
        self.store.close()
