"""Reading BPMN 2.0 with Camunda's extensions. What the engine cannot execute is refused, by id and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pulse.engine.embedded import elements
from pulse.engine.embedded.model import Activity, Flow, Process
from pulse.engine.embedded.source import Node, Source

READ_PAST: Final = frozenset({
    "laneSet", "documentation", "extensionElements", "textAnnotation", "association", "group", "dataObject",
    "dataObjectReference", "dataStoreReference", "incoming", "outgoing", "ioSpecification", "dataInputAssociation",
    "dataOutputAssociation",
})  # fmt: skip
NOT_EXECUTED: Final = frozenset({
    "task", "manualTask", "scriptTask", "sendTask", "callActivity", "transaction", "adHocSubProcess",
    "inclusiveGateway", "complexGateway", "eventBasedGateway", "intermediateThrowEvent", "callChoreography",
    "choreographyTask", "subChoreography",
})  # fmt: skip
NOT_READ: Final = frozenset({"choreography", "import"})
"""What beside a process would have to be understood."""
UNUSUAL: Final = {
    "isForCompensation": "false", "instantiate": "false", "parallelMultiple": "false", "startQuantity": "1",
    "completionQuantity": "1",
}  # fmt: skip
"""Attributes of BPMN that are understood with one value alone."""
_TTL: Final = re.compile(r"P(\d+)D|(\d+)")


def parse(data: bytes, resource: str) -> tuple[Process, ...]:
    """The executable processes of a file.

    Raises RestProblem: 500 where the XML is not well formed, 400 ParseException with all mistakes of the model.
    """
    source = Source(data, resource)
    source.check()
    for node in source.root.children(*NOT_READ):
        node.refuse(f"The element '{node.tag}' is not executed by this engine")
    for node in source.root.children("message", "error"):
        elements.check_attributes(node)
    executable = [node for node in source.root.children("process") if node.get("isExecutable") == "true"]
    processes = tuple(_process(node) for node in executable)
    source.check()
    return processes


def _process(node: Node) -> Process:
    days = _history_days(node)
    elements.check_attributes(node)
    elements.extensions(node)
    if not node.id or ":" in node.id:
        node.refuse("The process needs an id without a colon")
    activities: dict[str, Activity] = {}
    _level(node, None, activities)
    starts = [a for a in activities.values() if a.parent is None and a.type in {"startEvent", "messageStartEvent"}]
    none = [start.id for start in starts if start.message is None]
    if len(none) > 1:
        node.refuse("multiple none start events or timer start events not supported on process definition")
    return Process(
        key=node.id,
        name=node.get("name"),
        category=node.source.root.get("targetNamespace"),
        version_tag=node.camunda("versionTag"),
        history_days=days,
        startable=node.camunda("isStartableInTasklist") != "false",
        activities=activities,
        none_start=none[0] if none else None,
        message_starts={str(start.message.constant): start.id for start in starts if start.message is not None},
    )


def _history_days(node: Node) -> int:
    text = node.camunda("historyTimeToLive") or ""
    match = _TTL.fullmatch(text)
    if match is None:
        unread = f"Cannot parse historyTimeToLive {text}"
        node.refuse(unread if text else "History Time To Live (TTL) cannot be null")
    return int(match[1] or match[2]) if match else 0


def _level(container: Node, parent: str | None, found: dict[str, Activity]) -> None:
    """Read the flow elements of a process or sub-process, and of the sub-processes within."""
    nodes: dict[str, Node] = {}
    refused: set[str] = set()
    for child in container.children():
        if child.tag in READ_PAST or child.tag == "sequenceFlow":
            continue
        if child.tag not in elements.READERS:
            # an element that BPMN does not know has, as in the real engine, its flows blamed instead
            blamed = child.id if child.tag in NOT_EXECUTED else None
            child.refuse(f"The element '{child.tag}' ('{child.id}') is not executed by this engine", blamed=blamed)
            refused |= {blamed} if blamed else set()
        elif not child.id or child.id in nodes or child.id in found:
            child.refuse(f"The element '{child.tag}' needs an id of its own")
        else:
            nodes[child.id] = child
    leaving = _flows(container, nodes.keys() | refused)
    targets = [flow.target for several in leaving.values() for flow in several]
    attached: dict[str, list[str]] = {}
    for node in nodes.values():
        if node.tag == "boundaryEvent":
            attached.setdefault(_attached_to(node, nodes), []).append(node.id)
    for node in nodes.values():
        fields = _common(node) | elements.extensions(node) | elements.READERS[node.tag](node)
        outgoing, boundaries = leaving.get(node.id, ()), tuple(attached.get(node.id, ()))
        if node.tag.endswith("Gateway"):
            _check_gateway(node, outgoing)
        # boundary events and parameters live in a scope of the activity's own
        fields["scope"] = bool(fields.get("scope") or boundaries or fields.get("inputs") or fields.get("outputs"))
        fields |= {"outgoing": outgoing, "incoming": targets.count(node.id), "boundaries": boundaries}
        found[node.id] = Activity(**fields, parent=parent)
        if node.tag == "subProcess":
            _level(node, node.id, found)


def _attached_to(node: Node, nodes: Mapping[str, Node]) -> str:
    target = node.get("attachedToRef") or ""
    if target not in nodes:
        node.refuse(f"Invalid reference in boundary event. '{target}' is no activity of the same scope")
    elif not nodes[target].tag.endswith(("Task", "Process")):
        node.refuse(f"A boundary event cannot be attached to '{target}'")
    return target


def _flows(container: Node, known: set[str]) -> dict[str, tuple[Flow, ...]]:
    """Sequence flows by the id of what they leave, in their order in the file."""
    leaving: dict[str, tuple[Flow, ...]] = {}
    for node in container.children("sequenceFlow"):
        start, target, parsed = node.get("sourceRef") or "", node.get("targetRef") or "", None
        if start not in known:
            node.refuse(f"Invalid source '{start}' of sequence flow '{node.id}'")
        elif target not in known:
            node.refuse(f"Invalid destination '{target}' of sequence flow '{node.id}'")
        elements.check_attributes(node)
        elements.extensions(node)
        condition = next(node.children("conditionExpression"), None)
        if condition is not None:
            if condition.get("language") or any(condition.camunda_names()):
                node.refuse(f"The condition of '{node.id}' is a script")
            parsed = node.source.expression(condition.text.strip())
        leaving[start] = (*leaving.get(start, ()), Flow(node.id, target, parsed))
    return leaving


def _check_gateway(node: Node, outgoing: tuple[Flow, ...]) -> None:
    default = node.get("default")
    if default and default not in {flow.id for flow in outgoing}:
        node.refuse(f"The default flow '{default}' does not leave '{node.id}'")
    bare = all(flow.condition is None and flow.id != default for flow in outgoing)
    if node.tag == "exclusiveGateway" and len(outgoing) > 1 and bare:
        node.refuse(f"Exclusive Gateway '{node.id}' has outgoing sequence flows without condition")


def _common(node: Node) -> dict[str, Any]:
    """What every activity may have; anything that would change its behaviour and is not known is refused."""
    for child in node.children():
        if child.tag not in READ_PAST and child.tag not in elements.PARTS.get(node.tag, ()):
            child.refuse(f"The element '{child.tag}' of '{node.id}' is not executed by this engine", blamed=node.id)
    elements.check_attributes(node)
    for attribute, usual in UNUSUAL.items():
        if (node.get(attribute) or usual) != usual:
            node.refuse(f"'{attribute}' of '{node.id}' is not executed by this engine")
    process = node.around("process")
    priority = node.camunda("jobPriority") or (process and process.camunda("jobPriority")) or "0"
    if not re.fullmatch(r"-?\d{1,9}", priority):
        node.refuse(f"'{node.id}': jobPriority is no whole number")
        priority = "0"
    return {
        "id": node.id,
        "type": node.tag,
        "name": node.get("name"),
        "default": node.get("default"),
        "async_before": "true" in {node.camunda("asyncBefore"), node.camunda("async")},
        "async_after": node.camunda("asyncAfter") == "true",
        "job_priority": int(priority),
    }
