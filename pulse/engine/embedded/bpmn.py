"""Reading BPMN 2.0 with Camunda's extensions. What the engine cannot execute is refused, by id and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pulse.engine.embedded import elements
from pulse.engine.embedded.errors import ModelProblem
from pulse.engine.embedded.model import Activity, Flow, Process
from pulse.engine.embedded.source import BPMN, Element, Source, children, line_of, local, read

READ_PAST: Final = frozenset(
    [
        "laneSet",
        "documentation",
        "extensionElements",
        "textAnnotation",
        "association",
        "group",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "incoming",
        "outgoing",
        "ioSpecification",
        "dataInputAssociation",
        "dataOutputAssociation",
    ]
)
BEHAVIOURS: Final = [
    "class",
    "delegateExpression",
    "mapDecisionResultClass",
    "variableMappingClass",
    "taskNameExpression",
    "errorCodeVariableExpression",
    "calledElementBinding",
]
NOT_EXECUTED: Final = [
    "task",
    "manualTask",
    "scriptTask",
    "sendTask",
    "callActivity",
    "transaction",
    "adHocSubProcess",
    "inclusiveGateway",
    "complexGateway",
    "eventBasedGateway",
    "intermediateThrowEvent",
    "callChoreography",
    "choreographyTask",
    "subChoreography",
]
_TTL: Final = re.compile(r"(?:P(\d+)D|(\d+))")


def parse(data: bytes, resource: str) -> tuple[Process, ...]:
    """The executable processes of a file.

    Raises RestProblem: 500 where the XML is not well formed, 400 ParseException with all mistakes of the model.
    """
    source = Source(resource)
    root = read(data, resource)
    if root.tag != f"{{{BPMN}}}definitions":
        name = local(root)
        source.refuse(root, f"cvc-elt.1.a: Cannot find the declaration of element '{name}'.")
        source.check()
    source.messages = {str(m.get("id")): m.get("name") or "" for m in children(root, "message")}
    source.errors = {str(e.get("id")): e.get("errorCode") for e in children(root, "error")}
    category = root.get("targetNamespace")
    found = [p for p in children(root, "process") if p.get("isExecutable") == "true"]
    processes = [_process(source, element, category) for element in found]
    source.check()
    return tuple(process for process in processes if process is not None)


def _process(source: Source, element: Element, category: str | None) -> Process | None:
    key = element.get("id") or ""
    days = _history_days(source, element)
    if not key or ":" in key:
        source.refuse(element, "The process needs an id without a colon")
    activities: dict[str, Activity] = {}
    _level(source, element, None, activities)
    starts = [a for a in activities.values() if a.parent is None and a.type in {"startEvent", "messageStartEvent"}]
    none = [a.id for a in starts if a.message is None]
    if len(none) > 1:
        source.refuse(element, "multiple none start events or timer start events not supported on process definition")
    by_message = {str(a.message.constant): a.id for a in starts if a.message is not None}
    return Process(
        key=key,
        name=element.get("name"),
        category=category,
        version_tag=source.camunda(element, "versionTag"),
        history_days=days,
        startable=source.camunda(element, "isStartableInTasklist") != "false",
        activities=activities,
        none_start=none[0] if none else None,
        message_starts=by_message,
    )


def _history_days(source: Source, element: Element) -> int:
    text = source.camunda(element, "historyTimeToLive")
    match = _TTL.fullmatch(text or "")
    if match:
        return int(match[1] or match[2])
    problem = "History Time To Live (TTL) cannot be null" if not text else f"Cannot parse historyTimeToLive {text}"
    source.refuse(element, problem)
    return 0


def _level(source: Source, container: Element, parent: str | None, found: dict[str, Activity]) -> None:
    """Read the flow elements of a process or sub-process, and of the sub-processes within."""
    flows: list[Element] = []
    nodes: dict[str, Element] = {}
    refused: set[str] = set()
    for child in children(container):
        name, identifier = local(child), child.get("id")
        if name in READ_PAST:
            continue
        if name == "sequenceFlow":
            flows.append(child)
        elif name not in elements.READERS:
            message = f"The element '{name}' ('{identifier}') is not executed by this engine"
            # an element that BPMN does not know has, as in the real engine, its flows blamed instead
            blamed = identifier if name in NOT_EXECUTED else None
            source.problems.append(ModelProblem(message, line_of(child), 0, blamed))
            refused |= {blamed} if blamed else set()
        elif not identifier or identifier in nodes or identifier in found:
            source.refuse(child, f"The element '{name}' needs an id of its own")
        else:
            nodes[identifier] = child
    leaving = _flows(source, flows, nodes.keys() | refused)
    incoming = [flow.target for several in leaving.values() for flow in several]
    attached: dict[str, list[str]] = {}
    for identifier, node in nodes.items():
        if local(node) == "boundaryEvent":
            attached.setdefault(node.get("attachedToRef") or "", []).append(identifier)
            _attachment(source, node, nodes)
    for identifier, node in nodes.items():
        common = _common(source, node)
        common |= {"outgoing": leaving.get(identifier, ()), "incoming": incoming.count(identifier)}
        common |= {"parent": parent, "boundaries": tuple(attached.get(identifier, ()))}
        activity = elements.read(source, node, common)
        if activity is not None:
            found[identifier] = activity
        if local(node) == "subProcess":
            _level(source, node, identifier, found)


def _attachment(source: Source, node: Element, nodes: Mapping[str, Element]) -> None:
    target = node.get("attachedToRef") or ""
    if target not in nodes:
        source.refuse(node, f"Invalid reference in boundary event. '{target}' is no activity of the same scope")
    elif not local(nodes[target]).endswith(("Task", "Process")):
        source.refuse(node, f"A boundary event cannot be attached to '{target}'")


def _flows(source: Source, flows: list[Element], known: set[str]) -> dict[str, tuple[Flow, ...]]:
    leaving: dict[str, list[Flow]] = {}
    for element in flows:
        identifier, start, target = (element.get(name) or "" for name in ("id", "sourceRef", "targetRef"))
        if start not in known:
            source.refuse(element, f"Invalid source '{start}' of sequence flow '{identifier}'")
        elif target not in known:
            source.refuse(element, f"Invalid destination '{target}' of sequence flow '{identifier}'")
        condition = next(children(element, "conditionExpression"), None)
        parsed = None
        if condition is not None:
            if condition.get("language"):
                source.refuse(element, f"The condition of '{identifier}' is a script", identifier)
            parsed = source.expression((condition.text or "").strip())
        leaving.setdefault(start, []).append(Flow(identifier, target, parsed))
    return {start: tuple(several) for start, several in leaving.items()}


def _common(source: Source, node: Element) -> dict[str, Any]:
    """What every activity may have; anything that would change its behaviour and is not known is refused."""
    name, identifier = local(node), node.get("id")
    for child in children(node):
        part = local(child)
        if part not in READ_PAST and part not in elements.PARTS.get(name, ()):
            source.refuse(child, f"The element '{part}' of '{identifier}' is not executed by this engine", identifier)
    for attribute in BEHAVIOURS:
        if source.camunda(node, attribute) is not None:
            source.refuse(node, f"'{attribute}' of '{identifier}' is not executed by this engine")
    if node.get("isForCompensation") == "true":
        source.refuse(node, f"'{identifier}': compensation is not executed by this engine")
    common: dict[str, Any] = {"id": str(identifier), "name": node.get("name"), "default": node.get("default")}
    common["async_before"] = "true" in {source.camunda(node, "asyncBefore"), source.camunda(node, "async")}
    common["async_after"] = source.camunda(node, "asyncAfter") == "true"
    priority = source.camunda(node, "jobPriority") or "0"
    if not re.fullmatch(r"-?\d{1,9}", priority):
        source.refuse(node, f"'{identifier}': jobPriority is no whole number")
    else:
        common["job_priority"] = int(priority)
    return common | elements.extensions(source, node)
