"""What the embedded engine reads from a BPMN file, and what it refuses at deployment."""

from __future__ import annotations

import pytest
from embedded_engine import HEAD, bpmn, external, flows

from pulse.engine.embedded import bpmn as reader
from pulse.engine.embedded.errors import RestProblem

ENDS = '<startEvent id="start"/><endEvent id="end"/>'


def refused(model: str) -> RestProblem:
    with pytest.raises(RestProblem) as raised:
        reader.parse(model.encode(), "m.bpmn")
    return raised.value


def blamed(model: str) -> list[str | None]:
    problem = refused(model)
    assert (problem.status, problem.type) == (400, "ParseException")
    details = problem.extra["details"]
    assert isinstance(details, dict)
    return [error["mainElementId"] for error in details["m.bpmn"]["errors"]]


def test_all_mistakes_of_a_model_are_told_at_once() -> None:
    model = bpmn(
        '<startEvent id="start"/><serviceTask id="a"/><businessRuleTask id="b"/>' + flows("start-a", "a-nowhere")
    )
    assert sorted(filter(None, blamed(model))) == ["a", "a_nowhere", "b"]


@pytest.mark.parametrize("attributes", ["", 'camunda:historyTimeToLive=""', 'camunda:historyTimeToLive="soon"'])
def test_a_process_without_a_time_to_live_is_refused(attributes: str) -> None:
    assert blamed(bpmn(ENDS + flows("start-end"), attributes=attributes)) == ["p"]


@pytest.mark.parametrize("text", ["30", "P30D"])
def test_the_time_to_live_is_a_number_of_days(text: str) -> None:
    model = bpmn(ENDS + flows("start-end"), attributes=f'camunda:historyTimeToLive="{text}"')
    (process,) = reader.parse(model.encode(), "m.bpmn")
    assert process.history_days == 30


def test_a_file_with_a_dtd_is_refused_and_no_entity_is_read() -> None:
    model = HEAD.replace("<definitions", '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><definitions')
    problem = refused(
        model + '<process id="p" isExecutable="true"><documentation>&x;</documentation></process></definitions>'
    )
    assert (problem.status, "DOCTYPE" in problem.message) == (500, True)


def test_an_expression_that_does_not_parse_is_refused() -> None:
    assert (
        refused(bpmn(ENDS + external("a", attributes='camunda:taskPriority="${1 +"') + flows("start-a"))).status == 500
    )


def test_a_process_that_is_not_executable_is_left_out() -> None:
    model = bpmn(ENDS + flows("start-end")).replace('isExecutable="true"', 'isExecutable="false"')
    assert reader.parse(model.encode(), "m.bpmn") == ()


def test_a_candidate_list_keeps_commas_within_expressions() -> None:
    task = "<userTask id=\"u\" camunda:candidateGroups=\"a, ${x ? 'b' : 'c,d'} ,e\"/>"
    (process,) = reader.parse(bpmn(ENDS + task + flows("start-u")).encode(), "m.bpmn")
    spec = process.activities["u"].user_task
    assert spec is not None
    assert [group.text for group in spec.candidate_groups] == ["a", "${x ? 'b' : 'c,d'}", "e"]
