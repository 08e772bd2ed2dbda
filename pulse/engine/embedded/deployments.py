"""Deployments: files in, definitions out; all of a deployment or nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import delete, func, insert, select

from pulse.engine.embedded import bpmn, dmn, tables
from pulse.engine.embedded.definitions import Row, latest
from pulse.engine.embedded.engine import Unit, find, new_id
from pulse.engine.embedded.errors import ModelProblem, RestProblem
from pulse.engine.embedded.model import Process

BPMN_FILES: Final = (".bpmn", ".bpmn20.xml")
LONGEST_ID: Final = 64
"""A longer id of a definition is a UUID alone, as in the real engine."""
DMN_FILES: Final = (".dmn", ".dmn11.xml")


class Deployed:
    """A deployment's row with the definitions that it brought, by kind."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.definitions: dict[str, list[dict[str, Any]]] = {}

    def add(self, kind: str, row: dict[str, Any]) -> None:
        self.definitions.setdefault(kind, []).append(row)


def deploy(
    unit: Unit, name: str | None, source: str | None, files: Mapping[str, bytes], *, filtering: bool, changed_only: bool
) -> Deployed:
    """Store files and make the definitions in them.

    With `filtering` nothing is stored where the newest deployment of the same name has the same files; with
    `changed_only` as well, only the files that differ are. Raises RestProblem for a model that is refused.
    """
    wanted = dict(files)
    if filtering or changed_only:
        before = _newest_files(unit, name, changed_only=changed_only)
        changed = {file: data for file, data in files.items() if before.get(file) != data}
        if not changed:
            column = tables.deployment.c
            query = select(tables.deployment).where(column.name == name).order_by(column.time.desc(), column.id.desc())
            row = unit.connection.execute(query.limit(1)).mappings().first()
            assert row is not None
            return Deployed(dict(row))
        wanted = changed if changed_only else wanted
    made = {"id": new_id(), "name": name, "source": source, "time": unit.now}
    deployed = Deployed(made)
    unit.connection.execute(insert(tables.deployment).values(made))
    stored = [
        {"id": new_id(), "deployment_id": made["id"], "name": file, "data": data} for file, data in wanted.items()
    ]
    unit.connection.execute(insert(tables.resource), stored)
    for file, data in wanted.items():
        common = {"deployment_id": made["id"], "resource": file}
        if file.endswith(BPMN_FILES):
            for process in bpmn.parse(data, file):
                _add_process(unit, deployed, process, common)
        elif file.endswith(DMN_FILES):
            _add_decisions(unit, deployed, data, common)
    return deployed


def _newest_files(unit: Unit, name: str | None, *, changed_only: bool) -> dict[str, bytes]:
    """The files of the newest deployment of a name; of all its deployments, each in its newest form, on request."""
    column = tables.deployment.c
    query = select(column.id).where(column.name == name).order_by(column.time, column.id)
    deployments = list(unit.connection.scalars(query))
    found: dict[str, bytes] = {}
    for identifier in deployments if changed_only else deployments[-1:]:
        files = select(tables.resource.c.name, tables.resource.c.data).where(
            tables.resource.c.deployment_id == identifier
        )
        found |= {file: bytes(data) for file, data in unit.connection.execute(files)}
    return found


def _next(unit: Unit, table: str, key: str) -> tuple[int, str]:
    """The next version of a key, and the id of the definition that will have it."""
    columns = tables.BY_NAME[table].c
    version = (unit.connection.scalar(select(func.max(columns.version)).where(columns.key == key)) or 0) + 1
    identifier = f"{key}:{version}:{new_id()}"
    return version, identifier if len(identifier) <= LONGEST_ID else new_id()


def _add_process(unit: Unit, deployed: Deployed, process: Process, common: dict[str, Any]) -> None:
    version, identifier = _next(unit, "process_definition", process.key)
    row = common | {
        "id": identifier,
        "key": process.key,
        "name": process.name,
        "category": process.category,
        "version": version,
        "version_tag": process.version_tag,
        "ttl": process.history_days,
        "suspended": False,
        "startable": process.startable,
    }
    unit.connection.execute(insert(tables.process_definition).values(row))
    deployed.add("process_definition", row)
    subscribe(unit, process, identifier)


def subscribe(unit: Unit, process: Process, definition_id: str) -> None:
    """Let a definition, the newest of its key, be started by its messages. RestProblem 500 if another key is."""
    column = tables.subscription.c
    starts = column.instance_id.is_(None)
    unit.connection.execute(delete(tables.subscription).where(starts, column.definition_key == process.key))
    for name, activity_id in process.message_starts.items():
        taken = unit.connection.execute(select(column.id).where(starts, column.event_name == name)).first()
        if taken is not None:
            message = f"ENGINE-01011 Cannot deploy process definition '{definition_id}': there already is a message"
            raise RestProblem(
                500, "ProcessEngineException", f"{message} event subscription for the message '{name}'.", 0
            )
        row: dict[str, Any] = {
            "id": new_id(),
            "event_name": name,
            "activity_id": activity_id,
            "definition_id": definition_id,
        }
        row |= {"definition_key": process.key, "created": unit.now, "execution_id": None, "instance_id": None}
        unit.connection.execute(insert(tables.subscription).values(row))


def _add_decisions(unit: Unit, deployed: Deployed, data: bytes, common: dict[str, Any]) -> None:
    try:
        decisions = dmn.parse(data)
    except ModelProblem as problem:
        place = f"resource {common['resource']} | line {problem.line}"
        message = f"ENGINE-22004 Unable to transform DMN resource '{common['resource']}': {problem.message} | {place}"
        raise RestProblem(500, "ProcessEngineException", message, 0) from None
    graph: dict[str, Any] = {"id": None, "key": None}
    if len(decisions) > 1:
        key = decisions[0].graph_id or common["resource"]
        version, identifier = _next(unit, "decision_graph", key)
        graph = common | {"id": identifier, "key": key, "name": decisions[0].graph_name, "version": version}
        graph |= {"category": decisions[0].category, "version_tag": None}
        unit.connection.execute(insert(tables.decision_graph).values(graph))
        deployed.add("decision_graph", graph)
    for decision in decisions:
        version, identifier = _next(unit, "decision_definition", decision.key)
        row = common | {
            "id": identifier,
            "key": decision.key,
            "name": decision.name,
            "category": decision.category,
            "version": version,
            "version_tag": decision.version_tag,
            "ttl": decision.history_time_to_live,
            "graph_id": graph["id"],
            "graph_key": graph["key"],
        }
        unit.connection.execute(insert(tables.decision_definition).values(row))
        deployed.add("decision_definition", row)


def remove(unit: Unit, deployment_id: str, *, cascade: bool) -> None:
    """Remove a deployment with its definitions; with `cascade` also their instances and history.

    Raises RestProblem: 404 where it is not there, 500 where instances still run and are not to go as well.
    """
    if find(unit.connection, "deployment", deployment_id) is None:
        message = f"Deployment with id '{deployment_id}' do not exist"
        raise RestProblem(404, "InvalidRequestException", message)
    column = tables.process_definition.c
    rows = list(unit.connection.execute(select(column.id, column.key).where(column.deployment_id == deployment_id)))
    for identifier, _ in rows:
        _remove_instances(unit, identifier, cascade=cascade)
    for name in ("process_definition", "decision_definition", "decision_graph", "resource"):
        table = tables.BY_NAME[name]
        unit.connection.execute(delete(table).where(table.c.deployment_id == deployment_id))
    unit.connection.execute(delete(tables.deployment).where(tables.deployment.c.id == deployment_id))
    for identifier, key in rows:
        starts = tables.subscription.c
        gone = delete(tables.subscription).where(starts.definition_id == identifier)
        unit.connection.execute(gone)
        newest = latest(unit.connection, "process_definition", key)
        if newest is not None:
            subscribe(unit, unit.engine.definitions.process(unit.connection, newest["id"]), newest["id"])


def _remove_instances(unit: Unit, definition_id: str, *, cascade: bool) -> None:
    column = tables.instance.c
    running = column.definition_id == definition_id
    count = unit.connection.scalar(select(func.count()).where(running, column.end_time.is_(None)))
    if count and not cascade:
        message = (
            "ENGINE-03076 Deletion of process definition without cascading failed. Process definition with id: "
            f"{definition_id} can't be deleted, because there are {count} dependent process instances."
        )
        raise RestProblem(500, "ProcessEngineException", message, 0)
    if not cascade:
        return
    remove_history(unit, list(unit.connection.scalars(select(column.id).where(running))))
    unit.connection.execute(
        delete(tables.decision_instance).where(tables.decision_instance.c.definition_id == definition_id)
    )


def remove_history(unit: Unit, instances: list[str]) -> None:
    """Remove every trace of instances, running or not."""
    for start in range(0, len(instances), 500):
        some = instances[start : start + 500]
        tasks = select(tables.task.c.id).where(tables.task.c.instance_id.in_(some))
        unit.connection.execute(delete(tables.identity_link).where(tables.identity_link.c.task_id.in_(tasks)))
        for table in tables.BY_NAME.values():
            if "instance_id" in table.c:
                unit.connection.execute(delete(table).where(table.c.instance_id.in_(some)))
        unit.connection.execute(delete(tables.instance).where(tables.instance.c.id.in_(some)))
