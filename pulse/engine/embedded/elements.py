"""The elements of a process, one reader for each: events, tasks, sub-processes, and Camunda's extension elements.

A reader gives the fields of an Activity. What it cannot make sense of it refuses; then the fields do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pulse.engine.embedded import forms, timers
from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.forms import Field
from pulse.engine.embedded.juel import Expression
from pulse.engine.embedded.model import ErrorEvent, Form, Parameter, RuleCall, Timer, UserTask
from pulse.engine.embedded.source import Node

Fields = dict[str, Any]

EVENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "startEvent": {"": "startEvent", "messageEventDefinition": "messageStartEvent"},
    "endEvent": {
        "": "noneEndEvent",
        "terminateEventDefinition": "terminateEndEvent",
        "errorEventDefinition": "errorEndEvent",
    },
    "boundaryEvent": {
        "messageEventDefinition": "boundaryMessage",
        "timerEventDefinition": "boundaryTimer",
        "errorEventDefinition": "boundaryError",
    },
    "intermediateCatchEvent": {"messageEventDefinition": "intermediateMessageCatch"},
}
"""The type of an event, by its element and the definition in it."""
ATTRIBUTES: Final = frozenset(
    {
        *("assignee", "candidateUsers", "candidateGroups", "dueDate", "followUpDate", "priority", "initiator"),
        *("formKey", "formRef", "formRefBinding", "formRefVersion"),
        *("async", "asyncBefore", "asyncAfter", "exclusive", "jobPriority"),
        *("type", "topic", "taskPriority", "expression", "resultVariable", "errorCodeVariable", "errorMessageVariable"),
        *("decisionRef", "decisionRefBinding", "decisionRefVersion", "mapDecisionResult"),
        *(
            "historyTimeToLive",
            "versionTag",
            "isStartableInTasklist",
            "candidateStarterUsers",
            "candidateStarterGroups",
        ),
        *("diagramRelationId", "modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon"),
    }
)
"""Attributes of Camunda's that are understood, or that change nothing of what is executed."""
HARMLESS: Final = frozenset({"modelerTemplateIcon"})
_RETRY: Final = re.compile(r"R(\d{1,3})/(P.+)")
_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_PARTS: Final = re.compile(r"(?:[$#]\{[^}]*\}|[^,])+")
"""The parts of a list with commas; those within ${…} separate nothing."""


def _event(node: Node) -> Fields:
    definitions = [child for child in node.children() if child.tag.endswith("EventDefinition")]
    for child in definitions:
        check_attributes(child, blamed=node.id)
        extensions(child, blamed=node.id)
    if len(definitions) > 1:
        node.refuse(f"The event '{node.id}' has several definitions")
    definition = definitions[0] if definitions else None
    kind = EVENTS[node.tag].get(definition.tag if definition else "", "")
    if definition is None and not kind:
        node.refuse(f"The event '{node.id}' waits for nothing")
    fields: Fields = {
        "type": kind,
        "scope": node.tag == "intermediateCatchEvent",
        "initiator": node.camunda("initiator"),
        "form": _form(node),
        "attached_to": node.get("attachedToRef"),
        "interrupting": kind == "boundaryError" or node.get("cancelActivity") != "false",
    }
    if definition is not None and definition.tag in _DEFINITIONS:
        fields |= _DEFINITIONS[definition.tag](node, definition)
    if kind == "errorEndEvent" and not fields["error"].code:
        node.refuse(f"'errorCode' is mandatory on errors referenced by throwing error event '{node.id}'")
    return fields


def _message(node: Node, holder: Node) -> Fields:
    name = node.source.messages.get(holder.get("messageRef") or "")
    if not name:
        node.refuse(f"'{node.id}' references a message that is not there or has no name")
    return {"message": node.source.expression(name or "")}


def _error(node: Node, holder: Node) -> Fields:
    reference = holder.get("errorRef")
    # Camunda takes a reference to nothing itself for the code
    code = None if reference is None else node.source.errors.get(reference, reference)
    return {"error": ErrorEvent(code, holder.camunda("errorCodeVariable"), holder.camunda("errorMessageVariable"))}


def _timer(node: Node, holder: Node) -> Fields:
    for child in holder.children("timeDate", "timeDuration"):
        text = child.text.strip()
        return {"timer": Timer(child.tag.removeprefix("time").lower(), node.source.expression(text), text)}
    node.refuse(f"The timer of '{node.id}' needs a timeDate or a timeDuration")
    return {}


_DEFINITIONS: Final[Mapping[str, Callable[[Node, Node], Fields]]] = {
    "messageEventDefinition": _message,
    "errorEventDefinition": _error,
    "timerEventDefinition": _timer,
}


def _binding(node: Node, prefix: str) -> Fields:
    """The version of a form or decision that is called: `latest`, that of the same `deployment`, or a `version`."""
    binding, version = node.camunda(f"{prefix}Binding") or "latest", node.camunda(f"{prefix}Version") or ""
    if binding not in {"latest", "deployment", "version"} or (binding == "version" and not version.isdigit()):
        node.refuse(f"'{node.id}': unknown {prefix}Binding '{binding}' or no {prefix}Version")
    return {"binding": binding, "version": int(version) if version.isdigit() else None}


def _form(node: Node) -> Form | None:
    key, reference = node.expression("formKey"), node.camunda("formRef")
    holders = [data for one in node.children("extensionElements") for data in one.extensions("formData")]
    fields = tuple(_field(node, one) for data in holders for one in data.extensions("formField"))
    if not (key or reference or fields):
        return None
    return Form(key=key, ref=reference, fields=fields, **_binding(node, "formRef"))


def _field(node: Node, element: Node) -> Field:
    """A field of a generated form."""
    given, parse = element.get, node.source.expression
    pattern, held = given("datePattern") or forms.DATE_PATTERN, dict[str, str | None]()
    for constraint in (one for part in element.extensions("validation") for one in part.extensions("constraint")):
        name, config = constraint.get("name") or "", constraint.get("config")
        if name not in forms.CONSTRAINTS or (forms.CONSTRAINTS[name] and not _NUMBER.fullmatch(config or "")):
            node.refuse(f"The constraint '{name}' of a form field of '{node.id}' is not known, or is no number")
        held[name] = config
    if not element.id or (given("type") or "string") not in forms.TYPES or not forms.is_date_pattern(pattern):
        node.refuse(f"A form field of '{node.id}' has no id, or a type or datePattern that is not known")
    label, default = given("label"), given("defaultValue")
    return Field(
        id=element.id,
        type=given("type"),
        label=parse(label) if label else None,
        default=parse(default) if default is not None else None,
        pattern=pattern,
        constraints=held,
        choices={one.id: one.get("name") or one.id for one in element.extensions("value")},
    )


def _receive(node: Node) -> Fields:
    return {"scope": True} | _message(node, node)


def _service(node: Node) -> Fields:
    kind, topic, expression = node.camunda("type"), node.expression("topic"), node.expression("expression")
    if kind == "external":
        if topic is None:
            node.refuse(f"External tasks must specify a 'topic' attribute in the camunda namespace: '{node.id}'")
        process = node.around("process")
        priority = node.expression("taskPriority") or (process and process.expression("taskPriority"))
        return {"topic": topic, "task_priority": priority, "scope": True}
    if kind is not None or expression is None:
        allowed = "camunda:decisionRef, " if node.tag == "businessRuleTask" else ""
        node.refuse(f"'{node.id}' needs {allowed}camunda:expression or camunda:type=external with a topic")
    return {"expression": expression, "result_variable": node.camunda("resultVariable")}


def _rule(node: Node) -> Fields:
    decision = node.expression("decisionRef")
    if decision is None:
        return _service(node)
    mapping = node.camunda("mapDecisionResult") or "resultList"
    if mapping not in {"singleEntry", "singleResult", "collectEntries", "resultList"}:
        node.refuse(f"'{node.id}': mapDecisionResult '{mapping}' is not known")
    rule = RuleCall(decision=decision, mapping=mapping, **_binding(node, "decisionRef"))
    return {"rule": rule, "result_variable": node.camunda("resultVariable"), "scope": True}


def _user(node: Node) -> Fields:
    def several(name: str) -> tuple[Expression, ...]:
        parts = map(str.strip, _PARTS.findall(node.camunda(name) or ""))
        return tuple(node.source.expression(part) for part in parts if part)

    documentation = next((child.text for child in node.children("documentation") if child.text), None)
    task = UserTask(
        assignee=node.expression("assignee"),
        candidate_users=several("candidateUsers"),
        candidate_groups=several("candidateGroups"),
        due=node.expression("dueDate"),
        follow_up=node.expression("followUpDate"),
        priority=node.expression("priority"),
        description=node.source.expression(documentation) if documentation else None,
    )
    return {"user_task": task, "form": _form(node)}


def _sub_process(node: Node) -> Fields:
    if node.get("triggeredByEvent") == "true":
        node.refuse(f"The event sub-process '{node.id}' is not executed by this engine")
    starts = list(node.children("startEvent"))
    if len(starts) != 1:
        node.refuse(f"The sub-process '{node.id}' needs exactly one start event")
    for start in starts:
        if any(start.children(*_DEFINITIONS)):
            start.refuse(f"The start event '{start.id}' of a sub-process cannot wait for an event")
    return {"scope": True, "initial": starts[0].id if starts else None}


READERS: Final[Mapping[str, Callable[[Node], Fields]]] = {
    **dict.fromkeys(EVENTS, _event),
    "receiveTask": _receive,
    "serviceTask": _service,
    "businessRuleTask": _rule,
    "userTask": _user,
    "exclusiveGateway": lambda node: {},
    "parallelGateway": lambda node: {},
    "subProcess": _sub_process,
}
PARTS: Final[Mapping[str, frozenset[str]]] = {
    **{name: frozenset(definitions) for name, definitions in EVENTS.items()},
    "subProcess": frozenset({*READERS, "sequenceFlow"}),
}
"""What an element may hold besides what is read past."""


def check_attributes(node: Node, *, blamed: str = "") -> None:
    """Refuse what is said of an element in Camunda's namespace and not understood."""
    for name in sorted(set(node.camunda_names()) - ATTRIBUTES):
        node.refuse(f"'camunda:{name}' of '{blamed or node.id}' is not executed by this engine", blamed=blamed)


WITH_PARAMETERS: Final = READERS.keys() - {"startEvent", "exclusiveGateway", "parallelGateway"}
"""What may have input and output parameters."""


def extensions(node: Node, *, blamed: str = "") -> Fields:
    """Input and output parameters, properties and retries; any other extension element is refused."""
    fields: Fields = {}
    for child in (child for holder in node.children("extensionElements") for child in holder.extensions()):
        if child.tag == "inputOutput" and node.tag in WITH_PARAMETERS:
            for kind in ("input", "output"):
                fields[f"{kind}s"] = tuple(_parameter(node, one) for one in child.extensions(f"{kind}Parameter"))
        elif child.tag == "properties":
            properties = child.extensions("property")
            fields["properties"] = {str(one.get("name")): str(one.get("value")) for one in properties}
        elif child.tag == "failedJobRetryTimeCycle":
            fields |= _retries(node, child.text.strip())
        elif child.tag == "formData" and node.tag in {"userTask", "startEvent"}:
            continue  # read with the form
        elif child.tag not in HARMLESS:
            told = f"'camunda:{child.tag}' of '{blamed or node.id}' is not executed by this engine"
            node.refuse(told, blamed=blamed)
    return fields


def _parameter(node: Node, element: Node) -> Parameter:
    name, parse = element.get("name") or "", node.source.expression
    inner = next(element.extensions(), None)
    entries = list(inner.extensions()) if inner else []
    nested = any(one.tag not in {"value", "entry"} or any(one.extensions()) for one in entries)
    if not name or nested or (inner and inner.tag not in {"list", "map"}):
        node.refuse(f"A parameter of '{node.id}' has no name, is a script, or is nested")
    if inner and inner.tag == "list":
        return name, tuple(parse(value.text) for value in entries)
    if inner:
        return name, {str(entry.get("key")): parse(entry.text) for entry in entries}
    return name, parse(element.text) if element.text else None


def _retries(node: Node, text: str) -> Fields:
    match = _RETRY.fullmatch(text)
    try:
        wait_ms = timers.to_ms(timers.after(timers.EPOCH, match[2] if match else ""))
    except ExpressionError:
        node.refuse(f"'{node.id}': failedJobRetryTimeCycle '{text}' is not of the form R3/PT10M")
        return {}
    return {"job_retries": int(match[1]) if match else 0, "retry_wait_ms": wait_ms}
