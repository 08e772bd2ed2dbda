"""The elements of a process, one reader for each: events, tasks, gateways, and Camunda's extension elements."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pulse.engine.embedded import timers
from pulse.engine.embedded.model import (
    Activity,
    ErrorEvent,
    External,
    Form,
    Parameter,
    Retries,
    RuleCall,
    Timer,
    UserTask,
)
from pulse.engine.embedded.source import CAMUNDA, Element, Source, children, local

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "startEvent": ("messageEventDefinition",),
    "endEvent": ("terminateEventDefinition", "errorEventDefinition"),
    "boundaryEvent": ("messageEventDefinition", "timerEventDefinition", "errorEventDefinition"),
    "intermediateCatchEvent": ("messageEventDefinition",),
    "subProcess": (
        *("startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "subProcess", "serviceTask", "userTask"),
        *("businessRuleTask", "receiveTask", "exclusiveGateway", "parallelGateway", "sequenceFlow"),
    ),
}
EXTENSIONS: Final = frozenset({"inputOutput", "properties", "failedJobRetryTimeCycle", "modelerTemplateIcon"})
_RETRY: Final = re.compile(r"R(\d{1,3})/(P.+)")
_MAPPINGS: Final = frozenset({"singleEntry", "singleResult", "collectEntries", "resultList"})

Common = dict[str, Any]


def read(source: Source, node: Element, common: Common) -> Activity | None:
    """The activity that an element describes; None, with the mistake noted, where it cannot be executed."""
    activity = READERS[local(node)](source, node, common)
    if activity is None or activity.boundaries or activity.inputs or activity.outputs:
        return None if activity is None else _as_scope(activity)
    return activity


def _as_scope(activity: Activity) -> Activity:
    # boundary events and parameters live in a scope of the activity's own
    values = {name: getattr(activity, name) for name in activity.__slots__}
    return Activity(**(values | {"scope": True}))


def extensions(source: Source, node: Element) -> Common:
    """Input and output parameters, properties and retries; any other extension element is refused."""
    found: Common = {}
    for holder in children(node, "extensionElements"):
        for child in holder.iterchildren(*(f"{{{space}}}*" for space in CAMUNDA)):
            name = local(child)
            if name not in EXTENSIONS:
                source.refuse(node, f"'camunda:{name}' of '{node.get('id')}' is not executed by this engine")
            elif name == "inputOutput":
                found["inputs"] = _parameters(source, node, child, "inputParameter")
                found["outputs"] = _parameters(source, node, child, "outputParameter")
            elif name == "properties":
                found["properties"] = {str(p.get("name")): str(p.get("value")) for p in _camunda(child, "property")}
            elif name == "failedJobRetryTimeCycle":
                found["retries"] = _retries(source, node, (child.text or "").strip())
    return found


def _camunda(element: Element, name: str) -> list[Element]:
    return [child for space in CAMUNDA for child in element.iterchildren(f"{{{space}}}{name}")]


def _retries(source: Source, node: Element, text: str) -> Retries:
    match = _RETRY.fullmatch(text)
    wait = timers.duration_ms(match[2]) if match else None
    if match is None or wait is None:
        source.refuse(node, f"'{node.get('id')}': failedJobRetryTimeCycle '{text}' is not of the form R3/PT10M")
        return Retries()
    return Retries(int(match[1]), wait)


def _parameters(source: Source, node: Element, holder: Element, kind: str) -> tuple[Parameter, ...]:
    return tuple(_parameter(source, node, child) for child in _camunda(holder, kind))


def _parameter(source: Source, node: Element, element: Element) -> Parameter:
    name = element.get("name") or ""
    inner = [child for child in element if isinstance(child.tag, str)]
    if not name or (inner and local(inner[0]) not in {"list", "map"}):
        source.refuse(node, f"A parameter of '{node.get('id')}' has no name, or is a script")
    elif inner and local(inner[0]) == "list":
        return Parameter(name, tuple(source.expression(v.text or "") for v in _camunda(inner[0], "value")))
    elif inner:
        entries = {str(e.get("key")): source.expression(e.text or "") for e in _camunda(inner[0], "entry")}
        return Parameter(name, entries)
    return Parameter(name, source.expression(element.text) if element.text else None)


def _definition(node: Element) -> Element | None:
    return next((c for c in children(node) if local(c).endswith("EventDefinition")), None)


def _message(source: Source, node: Element, holder: Element) -> Common:
    name = source.messages.get(holder.get("messageRef") or "")
    if not name:
        source.refuse(node, f"'{node.get('id')}' references a message that is not there or has no name")
        return {}
    return {"message": source.expression(name)}


def _error(source: Source, node: Element, holder: Element) -> ErrorEvent:
    reference = holder.get("errorRef")
    if reference is not None and reference not in source.errors:
        # Camunda takes the reference itself for the code
        source.errors[reference] = reference
    code = source.errors.get(reference) if reference is not None else None
    return ErrorEvent(code, source.camunda(holder, "errorCodeVariable"), source.camunda(holder, "errorMessageVariable"))


def _timer(source: Source, node: Element, holder: Element) -> Timer | None:
    for kind in ("Date", "Duration"):
        for child in children(holder, f"time{kind}"):
            text = (child.text or "").strip()
            return Timer(kind.lower(), source.expression(text), text)
    source.refuse(node, f"The timer of '{node.get('id')}' needs a timeDate or a timeDuration")
    return None


def _form(source: Source, node: Element) -> Form | None:
    key, reference = source.optional(node, "formKey"), source.camunda(node, "formRef")
    if key is None and reference is None:
        return None
    version = source.camunda(node, "formRefVersion") or ""
    binding = source.camunda(node, "formRefBinding") or "latest"
    if binding not in {"latest", "deployment", "version"} or (binding == "version" and not version.isdigit()):
        source.refuse(node, f"'{node.get('id')}': unknown formRefBinding '{binding}' or no formRefVersion")
    return Form(key=key, ref=reference, binding=binding, version=int(version) if version.isdigit() else None)


def _start(source: Source, node: Element, common: Common) -> Activity:
    definition = _definition(node)
    more: Common = {"initiator": source.camunda(node, "initiator"), "form": _form(source, node)}
    if definition is None:
        return Activity(type="startEvent", **common, **more)
    if common["parent"] is not None:
        source.refuse(node, f"The start event '{node.get('id')}' of a sub-process cannot wait for an event")
    return Activity(type="messageStartEvent", **common, **more, **_message(source, node, definition))


def _end(source: Source, node: Element, common: Common) -> Activity:
    definition = _definition(node)
    if definition is None:
        return Activity(type="noneEndEvent", **common)
    if local(definition) == "terminateEventDefinition":
        return Activity(type="terminateEndEvent", **common)
    error = _error(source, node, definition)
    if not error.code:
        source.refuse(node, f"'errorCode' is mandatory on errors referenced by throwing error event '{node.get('id')}'")
    return Activity(type="errorEndEvent", error=error, **common)


def _boundary(source: Source, node: Element, common: Common) -> Activity | None:
    definition = _definition(node)
    more: Common = {"attached_to": node.get("attachedToRef"), "interrupting": node.get("cancelActivity") != "false"}
    if definition is None:
        source.refuse(node, f"The boundary event '{node.get('id')}' waits for nothing")
        return None
    kind = local(definition)
    if kind == "timerEventDefinition":
        return Activity(type="boundaryTimer", timer=_timer(source, node, definition), **common, **more)
    if kind == "messageEventDefinition":
        return Activity(type="boundaryMessage", **common, **more, **_message(source, node, definition))
    return Activity(
        type="boundaryError", error=_error(source, node, definition), **common, **(more | {"interrupting": True})
    )


def _catch(source: Source, node: Element, common: Common) -> Activity | None:
    definition = _definition(node)
    if definition is None:
        source.refuse(node, f"The catch event '{node.get('id')}' waits for nothing that this engine knows")
        return None
    more = _message(source, node, definition)
    return Activity(type="intermediateMessageCatch", **(common | {"scope": True}), **more)


def _receive(source: Source, node: Element, common: Common) -> Activity:
    more = _message(source, node, node)
    return Activity(type="receiveTask", **(common | {"scope": True}), **more)


def _service(source: Source, node: Element, common: Common) -> Activity | None:
    name, identifier = local(node), node.get("id")
    if source.camunda(node, "type") == "external":
        topic = source.camunda(node, "topic")
        if not topic:
            source.refuse(
                node, f"External tasks must specify a 'topic' attribute in the camunda namespace: '{identifier}'"
            )
            return None
        external = External(source.expression(topic), source.optional(node, "taskPriority"))
        return Activity(type=name, external=external, **(common | {"scope": True}))
    expression = source.optional(node, "expression")
    if source.camunda(node, "type") is not None or expression is None:
        allowed = "camunda:decisionRef, " if name == "businessRuleTask" else ""
        source.refuse(node, f"'{identifier}' needs {allowed}camunda:expression or camunda:type=external with a topic")
        return None
    result = source.camunda(node, "resultVariable")
    return Activity(type=name, expression=expression, result_variable=result, **common)


def _rule(source: Source, node: Element, common: Common) -> Activity | None:
    decision = source.optional(node, "decisionRef")
    if decision is None:
        return _service(source, node, common)
    mapping = source.camunda(node, "mapDecisionResult") or "resultList"
    binding = source.camunda(node, "decisionRefBinding") or "latest"
    version = source.camunda(node, "decisionRefVersion") or ""
    known = binding in {"latest", "deployment", "version"} and (binding != "version" or version.isdigit())
    if mapping not in _MAPPINGS or not known:
        source.refuse(node, f"'{node.get('id')}': mapDecisionResult or decisionRefBinding is not known")
    number = int(version) if version.isdigit() else None
    rule = RuleCall(decision=decision, binding=binding, version=number, mapping=mapping)
    return Activity(
        type="businessRuleTask", rule=rule, result_variable=source.camunda(node, "resultVariable"), **common
    )


def _user(source: Source, node: Element, common: Common) -> Activity:
    def several(name: str) -> tuple[Any, ...]:
        # commas separate outside of ${…} only
        parts = re.findall(r"(?:[$#]\{[^}]*\}|[^,])+", source.camunda(node, name) or "")
        return tuple(source.expression(part.strip()) for part in parts if part.strip())

    documentation = next((d.text for d in children(node, "documentation") if d.text), None)
    task = UserTask(
        assignee=source.optional(node, "assignee"),
        candidate_users=several("candidateUsers"),
        candidate_groups=several("candidateGroups"),
        due=source.optional(node, "dueDate"),
        follow_up=source.optional(node, "followUpDate"),
        priority=source.optional(node, "priority"),
        description=source.expression(documentation) if documentation else None,
    )
    return Activity(type="userTask", user_task=task, form=_form(source, node), **common)


def _gateway(source: Source, node: Element, common: Common) -> Activity:
    name = local(node)
    default = common["default"]
    if default and default not in {flow.id for flow in common["outgoing"]}:
        source.refuse(node, f"The default flow '{default}' does not leave '{node.get('id')}'")
    if name == "exclusiveGateway" and len(common["outgoing"]) > 1:
        bare = [flow for flow in common["outgoing"] if flow.condition is None and flow.id != default]
        if len(bare) == len(common["outgoing"]):
            source.refuse(node, f"Exclusive Gateway '{node.get('id')}' has outgoing sequence flows without condition")
    return Activity(type=name, **common)


def _sub_process(source: Source, node: Element, common: Common) -> Activity | None:
    if node.get("triggeredByEvent") == "true":
        source.refuse(node, f"The event sub-process '{node.get('id')}' is not executed by this engine")
        return None
    starts = [str(start.get("id")) for start in children(node, "startEvent")]
    if len(starts) != 1:
        source.refuse(node, f"The sub-process '{node.get('id')}' needs exactly one start event")
    return Activity(type="subProcess", **(common | {"scope": True}), initial=starts[0] if starts else None)


READERS: Final[Mapping[str, Callable[[Source, Element, Common], Activity | None]]] = {
    "startEvent": _start,
    "endEvent": _end,
    "boundaryEvent": _boundary,
    "intermediateCatchEvent": _catch,
    "receiveTask": _receive,
    "serviceTask": _service,
    "businessRuleTask": _rule,
    "userTask": _user,
    "exclusiveGateway": _gateway,
    "parallelGateway": _gateway,
    "subProcess": _sub_process,
}
