"""Definitions of processes and decisions: found by key or id, parsed once; what a decision was asked and answered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection, Select, bindparam, select

from pulse.engine.embedded import bpmn, dmn, tables, values
from pulse.engine.embedded.errors import DecisionError
from pulse.engine.embedded.model import Process, RuleCall
from pulse.engine.embedded.state import Row
from pulse.engine.embedded.store import find, new_id


def job_definition_id(definition_id: str, activity_id: str, kind: str) -> str:
    """The id of what an activity makes jobs by; it follows from the model, so it is not stored."""
    return str(uuid5(NAMESPACE_URL, f"{definition_id}/{activity_id}/{kind}"))


class Definitions:
    """Parsed models by definition id. A definition never changes, so what is parsed once stays."""

    def __init__(self) -> None:
        self._processes: dict[str, Process] = {}
        self._decisions: dict[str, dmn.Decision] = {}

    def process(self, connection: Connection, definition_id: str) -> Process:
        """The model of a stored process definition."""
        if definition_id not in self._processes:
            row = find(connection, "process_definition", definition_id)
            assert row is not None
            parsed = bpmn.parse(resource_data(connection, row), row["resource"])
            self._processes[definition_id] = next(process for process in parsed if process.key == row["key"])
        return self._processes[definition_id]

    def decision(self, connection: Connection, row: Mapping[str, Any]) -> dmn.Decision:
        """The model of a stored decision definition."""
        if row["id"] not in self._decisions:
            parsed = dmn.parse(resource_data(connection, row))
            self._decisions[row["id"]] = next(decision for decision in parsed if decision.key == row["key"])
        return self._decisions[row["id"]]


def called(connection: Connection, rule: RuleCall, key: str, caller: str) -> Row:
    """The definition of the decision that a process definition calls. Raises DecisionError where it is not there."""
    more: dict[str, Any] = {}
    if rule.binding == "deployment":
        process = find(connection, "process_definition", caller)
        more["deployment_id"] = process and process["deployment_id"]
    elif rule.binding == "version":
        more["version"] = rule.version
    row = latest(connection, "decision_definition", key, **more)
    if row is None:
        raise DecisionError(f"no decision definition deployed with key '{key}'")
    return row


def decision_row(row: Mapping[str, Any], record: dmn.Record, **more: Any) -> Row:
    """What history keeps of one evaluation; `row` is the definition's, `more` says when, and by whom or where."""
    inputs = [
        {"id": new_id(), "clauseId": column.id, "clauseName": column.label, "value": values.dump(value)}
        for column, value in record.inputs
    ]
    hits = list(dict.fromkeys(number for _, _, number, _, _ in record.outputs))
    outputs = [
        {
            "id": new_id(),
            "clauseId": column.id if column else None,
            "clauseName": column.label if column else None,
            "ruleId": rule,
            "ruleOrder": None if number is None else hits.index(number) + 1,
            "variableName": name,
            "value": values.dump(value),
        }
        for column, rule, number, name, value in record.outputs
    ]
    kept = {"id": new_id(), "definition_id": row["id"], "definition_key": row["key"], "inputs": inputs}
    return kept | {name: row[name] for name in ("name", "graph_id", "graph_key")} | {"outputs": outputs} | more


@cache
def _newest(table: str) -> Select[Any]:
    columns = tables.BY_NAME[table]
    return select(columns).where(columns.c.key == bindparam("_key")).order_by(columns.c.version.desc()).limit(1)


def latest(connection: Connection, table: str, key: str, **more: Any) -> Row | None:
    """The newest definition with a key, and with the given columns."""
    columns, query = tables.BY_NAME[table].c, _newest(table)
    if more:
        query = query.where(*(columns[name] == value for name, value in more.items()))
    row = connection.execute(query, {"_key": key}).mappings().first()
    return None if row is None else dict(row)


def resource_data(connection: Connection, row: Mapping[str, Any]) -> bytes:
    """The file that a definition was read from."""
    column = tables.resource.c
    query = select(column.data).where(column.deployment_id == row["deployment_id"], column.name == row["resource"])
    return bytes(connection.scalars(query).one())
