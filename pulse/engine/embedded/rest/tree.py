"""The tree of activity instances, as `GET /process-instance/{id}/activity-instances` shows it."""

from __future__ import annotations

from typing import Any

from pulse.engine.embedded.model import Activity, Process
from pulse.engine.embedded.state import Execution, State

Node = dict[str, Any]


def build(process: Process, state: State) -> Node:
    """The activity instances of a running instance, nested as their scopes are."""
    root = _instance(state, state.id, None, None) | {"activityName": process.name, "name": process.name}
    nodes = {state.id: root}
    for execution in state.executions.values():
        own, scope = execution.scope_instance, execution.scope
        if own is not None and scope:
            nodes[own] = _instance(state, own, _around(state, state.parent(execution)), process.activities[scope])
        if execution.instance is not None and execution.instance != own:
            activity = process.activities[execution.activity or ""]
            nodes[execution.instance] = _instance(state, execution.instance, _around(state, execution), activity)
    for execution in state.executions.values():
        _place(nodes, process, state, execution)
    for identifier, node in nodes.items():
        if identifier != state.id:
            nodes[node["parentActivityInstanceId"]]["childActivityInstances"].append(node)
    return root


def _around(state: State, execution: Execution) -> str | None:
    return state.scope_of(execution).scope_instance


def _node(state: State, identifier: str, parent: str | None, activity: Activity | None) -> Node:
    """What is said of any node; without an activity it is the process itself."""
    return {
        "id": identifier,
        "parentActivityInstanceId": parent,
        "activityId": activity.id if activity is not None else state.definition_id,
        "activityName": activity.name if activity is not None else None,
        "activityType": activity.type if activity is not None else "processDefinition",
        "processInstanceId": state.id,
        "processDefinitionId": state.definition_id,
        "incidentIds": [],
        "incidents": [],
    }


def _instance(state: State, identifier: str, parent: str | None, activity: Activity | None) -> Node:
    node = _node(state, identifier, parent, activity)
    inside: Node = {name: [] for name in ("childActivityInstances", "childTransitionInstances", "executionIds")}
    return node | inside | {"name": node["activityName"]}


def _place(nodes: dict[str, Node], process: Process, state: State, execution: Execution) -> None:
    """Put an execution, with its incidents, to the activity instances that it stands for."""
    scope, own = nodes[_around(state, execution) or ""], nodes.get(execution.instance or "")
    if execution.scope is not None or state.children(execution):
        scope["executionIds"].append(execution.id)
    if own is not None and own is not scope:
        own["executionIds"].append(execution.id)
    holder = own or scope
    if execution.instance is None and execution.activity in execution.jobs.values():
        holder = _node(state, execution.id, scope["id"], process.activities[execution.activity or ""])
        holder |= {"executionId": execution.id, "targetActivityId": execution.activity}
        scope["childTransitionInstances"].append(holder)
    place = execution.activity or execution.scope
    holder["incidentIds"] += execution.incidents
    holder["incidents"] += [
        {"id": incident, "activityId": execution.jobs.get(cause, place)}
        for incident, cause in execution.incidents.items()
    ]
