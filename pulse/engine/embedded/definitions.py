"""Definitions of processes and decisions: found by key or id, parsed once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from pulse.engine.embedded import bpmn, dmn, tables
from pulse.engine.embedded.errors import DecisionError
from pulse.engine.embedded.model import Process

Row = Mapping[str, Any]


class Definitions:
    """Parsed models by definition id. A definition never changes, so what is parsed once stays."""

    def __init__(self) -> None:
        self._processes: dict[str, Process] = {}
        self._decisions: dict[str, dmn.Decision] = {}

    def process(self, connection: Connection, definition_id: str) -> Process:
        """The model of a stored process definition."""
        found = self._processes.get(definition_id)
        if found is None:
            row = definition(connection, "process_definition", definition_id)
            assert row is not None
            parsed = bpmn.parse(resource_data(connection, row), row["resource"])
            found = self._processes[definition_id] = next(process for process in parsed if process.key == row["key"])
        return found

    def decision(self, connection: Connection, row: Row) -> dmn.Decision:
        """The model of a stored decision definition."""
        found = self._decisions.get(row["id"])
        if found is None:
            parsed = dmn.parse(resource_data(connection, row))
            found = self._decisions[row["id"]] = next(decision for decision in parsed if decision.key == row["key"])
        return found

    def called(
        self, connection: Connection, key: str, binding: str, version: int | None, caller: str
    ) -> tuple[Row, dmn.Decision]:
        """The decision that a business-rule task calls. Raises DecisionError where it is not there."""
        row: Row | None
        if binding == "deployment":
            process = definition(connection, "process_definition", caller)
            row = latest(connection, "decision_definition", key, deployment_id=process and process["deployment_id"])
        elif binding == "version":
            row = latest(connection, "decision_definition", key, version=version)
        else:
            row = latest(connection, "decision_definition", key)
        if row is None:
            raise DecisionError(f"no decision definition deployed with key '{key}'")
        return row, self.decision(connection, row)


def definition(connection: Connection, table: str, identifier: str) -> Row | None:
    """A definition's row by its id."""
    row = connection.execute(_one(table, "id"), {"_given": identifier}).mappings().first()
    return None if row is None else dict(row)


@cache
def _one(table: str, column: str) -> Select[Any]:
    columns = tables.BY_NAME[table]
    query = select(columns).where(columns.c[column] == bindparam("_given"))
    return query.order_by(columns.c.version.desc()).limit(1)


def latest(connection: Connection, table: str, key: str, **more: Any) -> Row | None:
    """The newest definition with a key, and with the given columns."""
    columns = tables.BY_NAME[table].c
    query = _one(table, "key")
    if more:
        query = query.where(*(columns[name] == value for name, value in more.items()))
    row = connection.execute(query, {"_given": key}).mappings().first()
    return None if row is None else dict(row)


def resource_data(connection: Connection, row: Row) -> bytes:
    """The file that a definition was read from."""
    column = tables.resource.c
    query = select(column.data).where(column.deployment_id == row["deployment_id"], column.name == row["resource"])
    return bytes(connection.scalars(query).one())
