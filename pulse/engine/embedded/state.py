"""One process instance as plain data: a tree of executions with their variables, and what a command changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pulse.engine.embedded.values import TypedValue

Row = dict[str, Any]
PROCESS: Final = ""
"""The scope name of the process itself."""


@dataclass(slots=True)
class Execution:
    """A token in a scope. The tree is shaped as in Camunda, since its ids are seen in REST.

    `scope` names the activity (or PROCESS) whose scope this execution is, `scope_instance` that activity instance.
    A concurrent execution is a branch beside others and no scope. `activity` is where the token stands;
    `instance` is the id of that activity instance, None while an async job waits before the activity.
    """

    id: str
    parent: str | None
    scope: str | None = None
    scope_instance: str | None = None
    concurrent: bool = False
    active: bool = True
    activity: str | None = None
    instance: str | None = None
    task: str | None = None
    external: str | None = None
    jobs: dict[str, str] = field(default_factory=dict)
    """Job id to the activity that it continues or triggers."""
    messages: dict[str, str] = field(default_factory=dict)
    """Event subscription id to the activity that it triggers."""
    incidents: dict[str, str] = field(default_factory=dict)
    """Incident id to the id of the job or external task that failed."""

    def pack(self) -> Row:
        """The execution as JSON-able data, without what is empty."""
        packed = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in packed.items() if value not in (None, {}, False)}


def unpack(data: Row) -> Execution:
    """The execution of `Execution.pack`."""
    absent: Row = {"parent": None, "active": False}
    return Execution(**(absent | data))


@dataclass(slots=True)
class Variable:
    """A variable within a scope; `revision` counts its changes."""

    id: str
    value: TypedValue
    revision: int = 0


@dataclass(slots=True, kw_only=True)
class State:
    """One process instance between two commands. `version` is for optimistic locking; 0 is not stored yet."""

    id: str
    definition_id: str
    definition_key: str
    business_key: str | None
    version: int = 0
    suspended: bool = False
    ended: bool = False
    executions: dict[str, Execution] = field(default_factory=dict)
    variables: dict[str, dict[str, Variable]] = field(default_factory=dict)
    """The id of an execution, or of a user task, to the variables that live there."""

    @property
    def root(self) -> Execution:
        return self.executions[self.id]

    def children(self, execution: Execution) -> list[Execution]:
        return [other for other in self.executions.values() if other.parent == execution.id]

    def parent(self, execution: Execution) -> Execution:
        """The parent; KeyError for the root."""
        return self.executions[execution.parent or ""]

    def outwards(self, execution: Execution) -> Iterator[Execution]:
        """The execution and those around it, from the inside out."""
        while True:
            yield execution
            if execution.parent is None:
                return
            execution = self.executions[execution.parent]

    def scope_of(self, execution: Execution) -> Execution:
        """The nearest execution that is a scope."""
        return next(one for one in self.outwards(execution) if one.scope is not None)

    def scope_ids(self, execution: Execution) -> list[str]:
        """The executions whose variables are seen from here, from the inside out."""
        return [one.id for one in self.outwards(execution) if one is execution or one.scope is not None]

    def find(self, execution: Execution, name: str) -> tuple[Execution, Variable] | None:
        """The variable seen under a name, and where it lives."""
        places = ((one, self.variables.get(one.id, {}).get(name)) for one in self.outwards(execution))
        return next(((one, variable) for one, variable in places if variable is not None), None)

    def visible(self, execution: Execution) -> dict[str, TypedValue]:
        """Every variable that is seen from here; the innermost of a name wins."""
        seen: dict[str, TypedValue] = {}
        for one in self.outwards(execution):
            for name, variable in self.variables.get(one.id, {}).items():
                seen.setdefault(name, variable.value)
        return seen

    def pack(self) -> list[Row]:
        """The executions as JSON-able data."""
        return [execution.pack() for execution in self.executions.values()]


class Changes:
    """Row changes by table and id, written at once. A row that comes and goes within one command is never written."""

    def __init__(self) -> None:
        self.inserts: dict[str, dict[str, Row]] = {}
        self.updates: dict[str, dict[str, Row]] = {}
        self.deletes: dict[str, list[str]] = {}
        self.known: dict[str, dict[str, Row]] = {}
        """Rows that were read, or that came and went within this command: what their history is written from."""
        self.topics: set[str] = set()
        """Topics of external tasks that can be fetched from now on."""
        self.jobs = False
        """Whether there is a new job."""

    def know(self, table: str, row: Row) -> None:
        self.known.setdefault(table, {})[row["id"]] = row

    def insert(self, table: str, row: Row) -> None:
        self.inserts.setdefault(table, {})[row["id"]] = row

    def update(self, table: str, identifier: str, **values: Any) -> None:
        fresh = self.inserts.get(table, {}).get(identifier)
        known = fresh if fresh is not None else self.updates.setdefault(table, {}).setdefault(identifier, {})
        known.update(values)

    def delete(self, table: str, identifier: str) -> None:
        fresh = self.inserts.get(table, {}).pop(identifier, None)
        if fresh is not None:
            self.know(table, fresh)
        else:
            self.updates.get(table, {}).pop(identifier, None)
            self.deletes.setdefault(table, []).append(identifier)
