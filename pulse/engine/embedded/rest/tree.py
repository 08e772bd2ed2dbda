"""The tree of activity instances, as `GET /process-instance/{id}/activity-instances` shows it."""

from __future__ import annotations

from typing import Any

from pulse.engine.embedded.model import Activity, Process
from pulse.engine.embedded.state import Execution, State


def build(process: Process, state: State) -> dict[str, Any]:
    """The activity instances of a running instance, nested as their scopes are."""
    root = _node(state, state.id, None, None) | {"activityName": process.name, "name": process.name}
    nodes = {state.id: root}
    for execution in state.executions.values():
        own, scope = execution.scope_instance, execution.scope
        if own is not None and scope:
            parent = _scope(state, state.parent(execution))
            nodes[own] = _node(state, own, parent, process.activities[scope])
        if execution.instance is not None and execution.instance != own:
            activity = process.activities[execution.activity or ""]
            nodes[execution.instance] = _node(state, execution.instance, _scope(state, execution), activity)
    for execution in state.executions.values():
        _place(nodes, process, state, execution)
    for identifier, node in nodes.items():
        if identifier != state.id:
            nodes[node["parentActivityInstanceId"]]["childActivityInstances"].append(node)
    return root


def _scope(state: State, execution: Execution) -> str | None:
    return state.scope_of(execution).scope_instance


def _node(state: State, identifier: str, parent: str | None, activity: Activity | None) -> dict[str, Any]:
    """One activity instance; without an activity it is the process itself."""
    name = activity.name if activity is not None else None
    return {
        "id": identifier,
        "parentActivityInstanceId": parent,
        "activityId": activity.id if activity is not None else state.definition_id,
        "activityType": activity.type if activity is not None else "processDefinition",
        "processInstanceId": state.id,
        "processDefinitionId": state.definition_id,
        "childActivityInstances": [],
        "childTransitionInstances": [],
        "executionIds": [],
        "activityName": name,
        "incidentIds": [],
        "incidents": [],
        "name": name,
    }


def _place(nodes: dict[str, Any], process: Process, state: State, execution: Execution) -> None:
    """Put an execution, with its incidents, to the activity instances that it stands for."""
    waiting = next((name for name in execution.jobs.values() if name == execution.activity), None)
    scope = nodes[_scope(state, execution) or ""]
    own = nodes.get(execution.instance or "")
    inner = bool(state.children(execution))
    if execution.scope is not None or inner:
        scope["executionIds"].append(execution.id)
    if own is not None and own is not scope:
        own["executionIds"].append(execution.id)
    holder = own or scope
    if execution.instance is None and waiting is not None:
        holder = _transition(state, process.activities[waiting], execution, scope["id"])
        scope["childTransitionInstances"].append(holder)
    holder["incidentIds"] += list(execution.incidents)
    holder["incidents"] += [
        {"id": incident, "activityId": execution.activity or execution.scope} for incident in execution.incidents
    ]


def _transition(state: State, activity: Activity, execution: Execution, parent: str) -> dict[str, Any]:
    return {
        "id": execution.id,
        "parentActivityInstanceId": parent,
        "processInstanceId": state.id,
        "processDefinitionId": state.definition_id,
        "activityId": activity.id,
        "activityName": activity.name,
        "activityType": activity.type,
        "executionId": execution.id,
        "targetActivityId": activity.id,
        "incidentIds": [],
        "incidents": [],
    }
