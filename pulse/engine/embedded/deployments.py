"""Deployments: files in, definitions out; all of a deployment or nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import ColumnElement, delete, func, insert, select

from pulse.engine.embedded import bpmn, dmn, tables
from pulse.engine.embedded.definitions import latest
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.errors import ModelProblem, RestProblem
from pulse.engine.embedded.model import Process
from pulse.engine.embedded.state import Row
from pulse.engine.embedded.store import find, new_id

BPMN_FILES: Final = (".bpmn", ".bpmn20.xml")
DMN_FILES: Final = (".dmn", ".dmn11.xml")
LONGEST_ID: Final = 64
"""A longer id of a definition is a UUID alone, as in the real engine."""
REMOVED_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment's row with the definitions that it brought, by kind."""

    row: Row
    definitions: dict[str, list[Row]] = field(default_factory=dict)


def deploy(
    unit: Unit, name: str | None, source: str | None, files: Mapping[str, bytes], *, filtering: bool, changed_only: bool
) -> Deployed:
    """Store files and make the definitions in them.

    With `filtering` nothing is stored where the newest deployment of the same name has the same files; with
    `changed_only` as well, only the files that differ are. Raises RestProblem for a model that is refused.
    """
    if filtering or changed_only:
        column = tables.deployment.c
        query = select(tables.deployment).where(column.name == name).order_by(column.time, column.id)
        before = [dict(row) for row in unit.connection.execute(query).mappings()]
        known = _files(unit, before if changed_only else before[-1:])
        changed = {file: data for file, data in files.items() if known.get(file) != data}
        if not changed:
            return Deployed(before[-1])
        files = changed if changed_only else files
    deployed = Deployed({"id": new_id(), "name": name, "source": source, "time": unit.now})
    unit.connection.execute(insert(tables.deployment).values(deployed.row))
    common: Row = {"deployment_id": deployed.row["id"]}
    stored = [{"id": new_id(), "name": file, "data": data} | common for file, data in files.items()]
    unit.connection.execute(insert(tables.resource), stored)
    for file, data in files.items():
        common["resource"] = file
        if file.endswith(BPMN_FILES):
            for process in bpmn.parse(data, file):
                more = {"ttl": process.history_days, "startable": process.startable, "suspended": False}
                row = _add(unit, deployed, "process_definition", process, common | more)
                subscribe(unit, process, row["id"])
        elif file.endswith(DMN_FILES):
            _add_decisions(unit, deployed, data, common)
    return deployed


def _files(unit: Unit, deployments: list[Row]) -> dict[str, bytes]:
    """The files of deployments, each in its newest form."""
    column, found = tables.resource.c, dict[str, bytes]()
    for row in deployments:
        stored = unit.connection.execute(select(column.name, column.data).where(column.deployment_id == row["id"]))
        found |= {file: bytes(data) for file, data in stored}
    return found


def _add(unit: Unit, deployed: Deployed, kind: str, model: object, columns: Row) -> Row:
    """Store a definition as the next version of its key."""
    table = tables.BY_NAME[kind]
    described = {name: getattr(model, name, None) for name in ("key", "name", "category", "version_tag")}
    row = dict.fromkeys(table.c.keys()) | described | columns
    newest = select(func.max(table.c.version)).where(table.c.key == row["key"])
    row["version"] = (unit.connection.scalar(newest) or 0) + 1
    identifier = f"{row['key']}:{row['version']}:{new_id()}"
    row["id"] = identifier if len(identifier) <= LONGEST_ID else new_id()
    unit.connection.execute(insert(table).values(row))
    deployed.definitions.setdefault(kind, []).append(row)
    return row


def subscribe(unit: Unit, process: Process, definition_id: str) -> None:
    """Let a definition, the newest of its key, be started by its messages. RestProblem 500 if another key is."""
    table, column = tables.subscription, tables.subscription.c
    starts = column.instance_id.is_(None)
    unit.connection.execute(delete(table).where(starts, column.definition_key == process.key))
    for name, activity_id in process.message_starts.items():
        if unit.connection.scalar(select(column.id).where(starts, column.event_name == name)) is not None:
            message = f"ENGINE-01011 Cannot deploy process definition '{definition_id}': there already is a message"
            told = f"{message} event subscription for the message '{name}'."
            raise RestProblem(500, "ProcessEngineException", told, 0)
        row = {"id": new_id(), "event_name": name, "activity_id": activity_id, "created": unit.now}
        row |= {"definition_id": definition_id, "definition_key": process.key}
        unit.connection.execute(insert(table).values(row))


def _add_decisions(unit: Unit, deployed: Deployed, data: bytes, common: Row) -> None:
    try:
        decisions = dmn.parse(data)
    except ModelProblem as problem:
        file = common["resource"]
        place = f"{problem.message} | resource {file} | line {problem.line}"
        message = f"ENGINE-22004 Unable to transform DMN resource '{file}': {place}"
        raise RestProblem(500, "ProcessEngineException", message, 0) from None
    graph: Row = {"id": None, "key": None}
    if len(decisions) > 1:
        first = decisions[0]
        named = {"key": first.graph_id or common["resource"], "name": first.graph_name, "version_tag": None}
        graph = _add(unit, deployed, "decision_graph", first, common | named)
    for decision in decisions:
        more = {"ttl": decision.history_time_to_live, "graph_id": graph["id"], "graph_key": graph["key"]}
        _add(unit, deployed, "decision_definition", decision, common | more)


def remove(unit: Unit, deployment_id: str, *, cascade: bool) -> None:
    """Remove a deployment with its definitions; with `cascade` also their instances and history.

    Raises RestProblem: 404 where it is not there, 500 where instances still run and are not to go as well.
    """
    if find(unit.connection, "deployment", deployment_id) is None:
        message = f"Deployment with id '{deployment_id}' do not exist"
        raise RestProblem(404, "InvalidRequestException", message)
    column = tables.process_definition.c
    remove_processes(unit, column.deployment_id == deployment_id, cascade=cascade)
    for name in ("decision_definition", "decision_graph", "resource"):
        table = tables.BY_NAME[name]
        unit.connection.execute(delete(table).where(table.c.deployment_id == deployment_id))
    unit.connection.execute(delete(tables.deployment).where(tables.deployment.c.id == deployment_id))


def remove_processes(unit: Unit, which: ColumnElement[bool], *, cascade: bool) -> None:
    """Remove process definitions, with `cascade` also their instances and history.

    The newest version of a key that is left takes over its start messages. Raises RestProblem 500 where instances
    still run and are not to go as well.
    """
    table, instance = tables.process_definition, tables.instance.c
    rows = list(unit.connection.execute(select(table.c.id, table.c.key).where(which)))
    for identifier, _ in rows:
        of_it = select(instance.id).where(instance.definition_id == identifier)
        if cascade:
            remove_history(unit, list(unit.connection.scalars(of_it)))
        elif count := len(unit.connection.scalars(of_it.where(instance.end_time.is_(None))).all()):
            message = (
                "ENGINE-03076 Deletion of process definition without cascading failed. Process definition with id: "
                f"{identifier} can't be deleted, because there are {count} dependent process instances."
            )
            raise RestProblem(500, "ProcessEngineException", message, 0)
    removed = [identifier for identifier, _ in rows]
    for other in (tables.subscription, tables.suspended_job):
        unit.connection.execute(delete(other).where(other.c.definition_id.in_(removed)))
    unit.connection.execute(delete(table).where(table.c.id.in_(removed)))
    for key in {key for _, key in rows}:
        newest = latest(unit.connection, "process_definition", key)
        if newest is not None:
            subscribe(unit, unit.engine.definitions.process(unit.connection, newest["id"]), newest["id"])


def remove_history(unit: Unit, instances: list[str]) -> None:
    """Remove every trace of instances, running or not."""
    for start in range(0, len(instances), REMOVED_AT_ONCE):
        some = instances[start : start + REMOVED_AT_ONCE]
        tasks = select(tables.task.c.id).where(tables.task.c.instance_id.in_(some))
        for table in (tables.identity_link, tables.comment):
            unit.connection.execute(delete(table).where(table.c.task_id.in_(tasks)))
        for table in tables.BY_NAME.values():
            if "instance_id" in table.c:
                unit.connection.execute(delete(table).where(table.c.instance_id.in_(some)))
        unit.connection.execute(delete(tables.instance).where(tables.instance.c.id.in_(some)))
