"""What the process promises to those who build on it: ids, topics, groups, and a person behind every gateway."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree
from process_start import START
from process_walk import TOPICS

from pulse.claims.start import ANSWERED, MESSAGE

NAMESPACES = {
    "b": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "di": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "c": "http://camunda.org/schema/1.0/bpmn",
}
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"

#: User task → group, form; as the contracts have it.
USER_TASKS = {
    "correct_reading": ("assistants", "correct_reading"),
    "clarify_case": ("assistants", "clarify_case"),
    "confirm": ("assistants", "confirm"),
    "decide": ("controllers", "decision"),
    "review_high_risk": ("controllers", "decision"),
    "settle_delivery_client": ("assistants", "settle_delivery"),
    "settle_delivery_provider": ("assistants", "settle_delivery"),
    "approve_letter_client": ("controllers", "approve_letter"),
    "approve_letter_provider": ("controllers", "approve_letter"),
}
#: Gateways whose default leads to no person, each for a reason that docs/explanation/process.md gives.
NO_PERSON = {
    "gateway_correction": "back to the reading gateway, whose default is a person",
    "gateway_escalated": "a reminder too many harms nobody; none would",
    "gateway_asked": "the process itself has chosen the letter, and every other one ends the way",
}


def find(element: etree._Element, path: str) -> list[Any]:
    found = element.xpath(path, namespaces=NAMESPACES)
    assert isinstance(found, list)
    return found


@pytest.fixture(scope="module")
def graph(process: etree._Element) -> dict[str, list[str]]:
    """Activity, event or gateway → what its sequence flows lead to, in XML order."""
    targets: dict[str, list[str]] = {}
    for flow in find(process, "//b:sequenceFlow"):
        targets.setdefault(flow.get("sourceRef"), []).append(flow.get("targetRef"))
    return targets


def identifiers(expression: str) -> set[str]:
    bare = re.sub(r"'[^']*'", "", expression)
    return set(re.findall(r"[a-z_]\w*", bare)) - {"true", "false", "null", "empty", "and", "or", "not"}


def conditions(process: etree._Element) -> Iterator[tuple[str, str]]:
    for flow in find(process, "//b:sequenceFlow[b:conditionExpression]"):
        yield flow.get("sourceRef"), flow[0].text


def test_the_process_has_its_name_its_message_and_a_history_time_to_live(process: etree._Element) -> None:
    (element,) = find(process, "b:process")
    assert element.get("id") == "medication-invoice"
    assert element.get("isExecutable") == "true"
    assert element.get(f"{CAMUNDA}historyTimeToLive") == "P365D"
    assert element.get(f"{CAMUNDA}versionTag")
    messages = {message.get("name"): message.get("id") for message in find(process, "b:message")}
    assert find(process, "//b:startEvent/b:messageEventDefinition/@messageRef") == [messages.pop(MESSAGE)]
    assert find(process, "//b:receiveTask/@messageRef") == [messages.pop(ANSWERED)]
    assert messages == {}


def test_the_external_tasks_have_the_topics_of_the_contract(process: etree._Element) -> None:
    tasks = find(process, "//b:serviceTask[@c:type='external']")
    assert {task.get("id"): task.get(f"{CAMUNDA}topic") for task in tasks} == TOPICS


def test_the_user_tasks_have_their_groups_forms_and_due_date(
    process: etree._Element, forms: dict[str, dict[str, Any]]
) -> None:
    tasks = find(process, "//b:userTask")
    found = {task.get("id"): (task.get(f"{CAMUNDA}candidateGroups"), task.get(f"{CAMUNDA}formRef")) for task in tasks}
    assert found == USER_TASKS
    for task in tasks:
        assert task.get(f"{CAMUNDA}formRef") in forms
        assert task.get(f"{CAMUNDA}formRefBinding") == "deployment"
        assert task.get(f"{CAMUNDA}dueDate") == "${due_at}"
        assert int(task.get(f"{CAMUNDA}priority")) > 0


def test_every_form_belongs_to_a_task(forms: dict[str, dict[str, Any]]) -> None:
    assert set(forms) == {form for _, form in USER_TASKS.values()}


def test_every_task_is_named_and_explained(process: etree._Element) -> None:
    for task in find(process, "//b:serviceTask | //b:userTask"):
        assert task.get("name"), task.get("id")
        assert find(task, "b:documentation/text()"), task.get("id")


def test_every_choice_has_a_default_that_leads_to_a_person(
    process: etree._Element, graph: dict[str, list[str]]
) -> None:
    flows = {flow.get("id"): flow for flow in find(process, "//b:sequenceFlow")}
    for gateway in find(process, "//b:exclusiveGateway"):
        name = gateway.get("id")
        if len(graph[name]) == 1:
            continue
        default = flows[gateway.get("default")]
        assert not find(default, "b:conditionExpression"), name
        if name in NO_PERSON:
            continue
        target = default.get("targetRef")
        while target.startswith("join_"):
            (target,) = graph[target]
        assert target in USER_TASKS, f"{name} ends at {target}"


def test_every_flow_out_of_a_choice_but_the_default_has_a_condition(process: etree._Element) -> None:
    defaults = set(find(process, "//b:exclusiveGateway/@default"))
    choices = {gateway.get("id") for gateway in find(process, "//b:exclusiveGateway[@default]")}
    for flow in find(process, "//b:sequenceFlow"):
        conditional = flow.get("sourceRef") in choices and flow.get("id") not in defaults
        assert bool(find(flow, "b:conditionExpression")) == conditional, flow.get("id")


def test_no_condition_meets_an_unknown_name(process: etree._Element) -> None:
    """Every name is in the start message or, of two, set on every way to the gateway that reads it."""
    made_on_the_way = {"gateway_refused": {"decided_in"}, "gateway_escalated": {"escalated"}}
    for gateway, condition in conditions(process):
        assert identifiers(condition) <= set(START) | made_on_the_way.get(gateway, set()), condition


def test_every_way_to_the_check_says_who_decided(process: etree._Element, graph: dict[str, list[str]]) -> None:
    def writers(target: str) -> set[str]:
        """The nearest activities before a gateway, through other gateways."""
        found = set()
        for source, targets in graph.items():
            if target in targets:
                found |= writers(source) if source.startswith(("gateway_", "join_")) else {source}
        return found

    says = {
        parameter.xpath("ancestor::*[@id][1]/@id")[0]
        for parameter in find(process, "//c:outputParameter[@name='decided_in']")
    }
    assert (
        writers("join_check_decision")
        == says
        == {"clarify_case", "confirm", "decide", "review_high_risk", "set_approve"}
    )


def test_the_review_is_announced_before_it_is_reminded_of(process: etree._Element, graph: dict[str, list[str]]) -> None:
    """`escalated` is false before the timer may ask for it."""
    assert graph["notify_controllers"] == ["join_review"]
    sources = {source for source, targets in graph.items() if "join_review" in targets}
    assert sources == {"notify_controllers", "gateway_refused"}
    initial = find(process, "//b:serviceTask[@id='notify_controllers']//c:outputParameter[@name='escalated']/text()")
    assert initial == ["${false}"]


@pytest.mark.parametrize(
    ("task", "codes"),
    [
        ("check_client", {"business_error"}),
        ("check_medication", {"business_error"}),
        ("assess_risk", {"business_error"}),
        ("settle", {"business_error", "payee_unclear"}),
        ("check_decision", {"decision-refused"}),
        ("send_letter_client", {"delivery_unknown", "letter_to_approve"}),
        ("send_letter_provider", {"delivery_unknown", "letter_to_approve"}),
    ],
)
def test_the_errors_of_a_worker_are_caught(process: etree._Element, task: str, codes: set[str]) -> None:
    errors = {error.get("id"): error.get("errorCode") for error in find(process, "b:error")}
    caught = find(process, f"//b:boundaryEvent[@attachedToRef='{task}']/b:errorEventDefinition/@errorRef")
    assert {errors[reference] for reference in caught} == codes


def test_letters_and_notices_are_told_apart_by_their_inputs(process: etree._Element) -> None:
    for task in find(process, "//b:serviceTask[@c:topic='write-letter' or @c:topic='send-letter']"):
        inputs = {item.get("name"): item.text for item in find(task, ".//c:inputParameter")}
        assert inputs == {"recipient": task.get("id").rpartition("_")[2], "kind": "${letter_kind}"}
    kinds = find(process, "//b:serviceTask[@c:topic='notify']//c:inputParameter[@name='kind']/text()")
    assert sorted(kinds) == ["controller_notice", "escalation", "question_reminder"]


def test_no_denial_is_chosen_without_a_person(process: etree._Element) -> None:
    """The only decision that an expression makes is the full approval; `deny` stands where a person said so."""
    made = find(process, "//b:serviceTask[@c:resultVariable='decision']/@c:expression")
    assert made == ["${'approve'}"]
    parameters = find(process, "//c:outputParameter[@name='decision']")
    written = {item.xpath("ancestor::*[@id][1]/@id")[0]: item.text for item in parameters}
    chosen_by_a_person = "${decision}"
    assert written == {
        "clarify_case": "${clarification == 'deny' ? 'deny' : ''}",
        "confirm": chosen_by_a_person,
        "decide": chosen_by_a_person,
        "review_high_risk": chosen_by_a_person,
    }


def test_every_step_is_drawn_in_its_lane_and_none_lies_on_another(process: etree._Element) -> None:
    boxes = {
        shape.get("bpmnElement"): tuple(
            float(shape.find("dc:Bounds", NAMESPACES).get(side)) for side in ("x", "y", "width", "height")
        )
        for shape in find(process, "//di:BPMNShape")
    }
    drawn = {edge.get("bpmnElement") for edge in find(process, "//di:BPMNEdge")}
    assert drawn == set(find(process, "//b:sequenceFlow/@id"))
    lane_of = {
        name: lane.get("id") for lane in find(process, "//b:lane") for name in find(lane, "b:flowNodeRef/text()")
    }
    steps = [name for name in boxes if name in lane_of]
    assert set(steps) == set(lane_of) == set(find(process, "b:process/b:*[b:incoming or b:outgoing]/@id"))
    for name in steps:
        x, y, width, height = boxes[name]
        left, top, lane_width, lane_height = boxes[lane_of[name]]
        assert left <= x, name
        assert x + width <= left + lane_width, name
        if not find(process, f"//b:boundaryEvent[@id='{name}']"):
            assert top <= y, name
            assert y + height <= top + lane_height, name
    solid = [name for name in steps if not find(process, f"//b:boundaryEvent[@id='{name}']")]
    for position, one in enumerate(solid):
        for other in solid[position + 1 :]:
            assert not overlap(boxes[one], boxes[other]), f"{one} lies on {other}"


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )
