"""How many instances run and how many are in trouble: of each process definition, or on each of its activities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, false, func, select

from pulse.engine.embedded import tables
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.rest.http import Call, truth
from pulse.engine.embedded.rest.problems import invalid
from pulse.engine.embedded.rest.resource import Resource

_INSTANCE, _ACTIVITY = tables.instance.c, tables.activity.c
_JOB, _INCIDENT = tables.job.c, tables.incident.c
_ROW_CLASS = "org.camunda.bpm.engine.rest.dto.repository.{}StatisticsResultDto"


def _counted(unit: Unit, column: Column[Any], *wanted: ColumnElement[bool]) -> Counter[str]:
    """How many rows there are of each value of a column."""
    query = select(column, func.count()).where(*wanted).group_by(column)
    return Counter({row[0]: row[1] for row in unit.connection.execute(query)})


class _Troubles:
    """Failed jobs and incidents, where the query asks for them, by process definition or by activity."""

    def __init__(self, unit: Unit, call: Call, name: str, definition_id: str | None = None) -> None:
        asked = call.query.get
        every, root, kind = truth(asked("incidents")), truth(asked("rootIncidents")), asked("incidentsForType")
        root = root and definition_id is None  # the real engine knows it of processes alone
        if every and (root or kind):
            other = "includeRootIncidents" if root else "includeIncidentsForType"
            raise invalid(f"Only one of the query parameter includeIncidents or {other} can be set.")
        jobs: list[ColumnElement[bool]] = [_JOB.retries == 0 if truth(asked("failedJobs")) else false()]
        incidents: list[ColumnElement[bool]] = [_INCIDENT.end_time.is_(None) if every or root or kind else false()]
        if kind is not None:
            incidents.append(_INCIDENT.type == kind)
        if definition_id is not None:
            jobs.append(_JOB.definition_id == definition_id)
            incidents.append(_INCIDENT.definition_id == definition_id)
        self.failed = _counted(unit, _JOB[name], *jobs)
        query = select(_INCIDENT[name], _INCIDENT.type, func.count()).where(*incidents)
        found = unit.connection.execute(query.group_by(_INCIDENT[name], _INCIDENT.type))
        self._incidents = {(place, type_name): count for place, type_name, count in found}

    def places(self) -> Iterator[str]:
        """Where there is any."""
        yield from self.failed
        yield from (place for place, _ in self._incidents)

    def told(self, place: str) -> dict[str, Any]:
        of_it = [(type_name, count) for (where, type_name), count in self._incidents.items() if where == place]
        incidents = [{"incidentType": type_name, "incidentCount": count} for type_name, count in sorted(of_it)]
        return {"failedJobs": self.failed[place], "incidents": incidents}


def processes(unit: Unit, call: Call, definitions: Resource) -> object:
    """The running instances of every process definition; its days of history are not told here."""
    troubles = _Troubles(unit, call, "definition_id")
    running = _counted(unit, _INSTANCE.definition_id, _INSTANCE.end_time.is_(None))
    return [
        {"@class": _ROW_CLASS.format("ProcessDefinition"), "id": row["id"], "instances": running[row["id"]]}
        | troubles.told(row["id"])
        | {"definition": row | {"historyTimeToLive": None}}
        for row in definitions.rows(unit, {})
    ]


def activities(unit: Unit, call: Call, definition_id: str) -> object:
    """The tokens that stand on each activity of a process definition."""
    troubles = _Troubles(unit, call, "activity_id", definition_id)
    standing = _ACTIVITY.end_time.is_(None) & (_ACTIVITY.type != "subProcess")
    found = _counted(unit, _ACTIVITY.activity_id, _ACTIVITY.definition_id == definition_id, standing)
    between = (_JOB.kind == "async-before") | ((_JOB.kind == "async-after") & _JOB.config.is_not(None))
    found += _counted(unit, _JOB.activity_id, _JOB.definition_id == definition_id, between)
    return [
        {"@class": _ROW_CLASS.format("Activity"), "id": name, "instances": found[name]} | troubles.told(name)
        for name in dict.fromkeys([*found, *troubles.places()])
    ]
