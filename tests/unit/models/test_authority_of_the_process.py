"""Every path of the process, walked on paper: what goes against the insured has passed a person and the check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace

import pytest
from lxml import etree

from pulse.claims.rules.decision import MACHINE, PLACES

BPMN = {"b": "http://www.omg.org/spec/BPMN/20100524/MODEL", "c": "http://camunda.org/schema/1.0/bpmn"}
CHECK = "check_decision"
#: What a decision may be on leaving a user task, whatever was typed into a form or sent past it.
ANYTHING = frozenset({"approve", "partial", "deny", "ask", ""})
IS = re.compile(r"\$\{decision == '(\w*)'\}")
LETTER_IS = re.compile(r"\$\{letter_kind == '(\w*)'\}")


@dataclass(frozen=True)
class Place:
    """Somewhere on a path: who wrote the decision last (a user task or the machine's task), what it may say by now,
    whether it has been checked since, and which letter was chosen last."""

    node: str
    writer: str | None = None
    says: frozenset[str] = frozenset({""})
    checked: bool = False
    letter: str = ""


class Walker:
    """All places that can be reached from the start."""

    def __init__(self, process: etree._Element) -> None:
        self._process = process
        self._flows: dict[str, list[etree._Element]] = {}
        for flow in self._find("//b:sequenceFlow"):
            self._flows.setdefault(flow.get("sourceRef"), []).append(flow)
        self._boundary: dict[str, list[str]] = {}
        for event in self._find("//b:boundaryEvent"):
            self._boundary.setdefault(event.get("attachedToRef"), []).append(event.get("id"))
        self._users = set(self._ids("//b:userTask"))
        self._machine = set(self._ids("//b:serviceTask[@c:resultVariable='decision']"))
        self._messages = set(self._ids("//b:receiveTask"))
        self.letters = {
            task.get("id"): re.sub(r"[${}']", "", task.get(f"{{{BPMN['c']}}}expression"))
            for task in self._find("//b:serviceTask[@c:resultVariable='letter_kind']")
        }

    def reached(self) -> set[Place]:
        (start,) = self._ids("//b:startEvent")
        found, ahead = set(), [Place(start)]
        while ahead:
            place = ahead.pop()
            if place not in found:
                found.add(place)
                ahead += self._next(place)
        return found

    def _next(self, place: Place) -> Iterator[Place]:
        for event in self._boundary.get(place.node, ()):
            yield replace(place, node=event)  # the activity did not end: nothing was written, nothing checked
        left = self._left(place)
        flows = self._flows.get(place.node, [])
        said = {match[1] for flow in flows if (match := IS.search("".join(flow.itertext())))}
        for flow in flows:
            words = "".join(flow.itertext())
            condition, letter = IS.search(words), LETTER_IS.search(words)
            if (condition and condition[1] not in left.says) or (letter and letter[1] != left.letter):
                continue
            says = frozenset({condition[1]}) if condition else left.says - said
            if says:
                yield replace(left, node=flow.get("targetRef"), says=says)

    def _left(self, place: Place) -> Place:
        if place.node in self._users:
            writes = self._find(f"//b:userTask[@id='{place.node}']//c:outputParameter[@name='decision']")
            return Place(place.node, writer=place.node, says=ANYTHING) if writes else place
        if place.node in self._messages:
            return Place(place.node)  # the answer brings every variable anew, the decision empty
        if place.node in self.letters:
            return replace(place, letter=self.letters[place.node])
        if place.node in self._machine:
            return Place(place.node, writer=MACHINE, says=frozenset({"approve"}))
        return replace(place, checked=True) if place.node == CHECK else place

    def _find(self, path: str) -> list[etree._Element]:
        return list(self._process.xpath(path, namespaces=BPMN))

    def _ids(self, path: str) -> list[str]:
        return [str(element.get("id")) for element in self._find(path)]


def against(walker: Walker) -> set[Place]:
    """Where a letter is chosen that goes against the insured."""
    return {place for place in walker.reached() if walker.letters.get(place.node) in ("denied", "partly_approved")}


@pytest.mark.parametrize("kind", ["denied", "partly_approved", "approved", "returned", "not_insured", "question"])
def test_every_letter_can_be_reached(process: etree._Element, kind: str) -> None:
    walker = Walker(process)
    assert kind in {walker.letters.get(place.node) for place in walker.reached()}


def test_no_path_to_a_denial_or_a_cut_leaves_out_a_person_or_the_check(process: etree._Element) -> None:
    walker = Walker(process)
    assert {place.writer for place in against(walker)} == {"clarify_case", "decide", "review_high_risk"}
    assert all(place.checked for place in against(walker))


def test_the_machines_own_approval_leads_to_the_letter_of_an_approval_alone(process: etree._Element) -> None:
    walker = Walker(process)
    letters = {
        walker.letters[place.node]
        for place in walker.reached()
        if place.writer == MACHINE and place.node in walker.letters
    }
    assert letters == {"approved"}


def test_an_answer_is_waited_for_after_a_question_alone_and_forgets_the_decision(process: etree._Element) -> None:
    reached = Walker(process).reached()
    assert {place.letter for place in reached if place.node == "provider_answers"} == {"question"}
    assert Place("join_reading") in reached


def test_nothing_is_approved_without_the_check(process: etree._Element) -> None:
    walker = Walker(process)
    approved = [place for place in walker.reached() if walker.letters.get(place.node) == "approved"]
    assert approved
    assert all(place.checked and place.writer in PLACES for place in approved)


def test_a_decision_is_checked_anew_after_every_refusal(process: etree._Element) -> None:
    refused = [place for place in Walker(process).reached() if place.node == "decision_refused"]
    assert refused
    assert not any(place.checked for place in refused)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("gateway_route", "set_letter_denied"),
        ("decide", "gateway_decision"),
        ("gateway_client", "join_check_decision"),
        ("gateway_positions", "gateway_decision"),
    ],
)
def test_a_shortcut_would_be_found(process: etree._Element, source: str, target: str) -> None:
    changed = deepcopy(process)
    (flow,) = changed.xpath(f"//b:sequenceFlow[@sourceRef='{source}'][1]", namespaces=BPMN)[:1]
    shortcut = etree.SubElement(flow.getparent(), flow.tag, id="shortcut", sourceRef=source, targetRef=target)
    condition = etree.SubElement(shortcut, f"{{{BPMN['b']}}}conditionExpression")
    condition.text = "${decision == 'deny'}" if source == "decide" else "${risk == 'low'}"
    walker = Walker(changed)
    unchecked = any(not place.checked or place.writer in (None, MACHINE) for place in against(walker))
    decided_by_nobody = any(place.node == CHECK and place.writer is None for place in walker.reached())
    assert unchecked or decided_by_nobody


def test_nobody_reaches_the_check_without_having_decided(process: etree._Element) -> None:
    writers = {place.writer for place in Walker(process).reached() if place.node == CHECK}
    assert writers == set(PLACES)
