"""The embedded engine's core: tokens, scopes and events of one instance, without a store."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
from embedded_engine import bpmn, external, flows

from pulse.engine.embedded import bpmn as reader
from pulse.engine.embedded.core import Core
from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.model import Process, RuleCall
from pulse.engine.embedded.scopes import Context
from pulse.engine.embedded.state import Execution, State, unpack
from pulse.engine.embedded.values import TypedValue, from_python

ENDS = '<startEvent id="start"/><endEvent id="end"/>'


class Instance:
    """One instance that keeps only its packed state between two commands, as the store does."""

    def __init__(self, model: str, **variables: object) -> None:
        (self.process,) = reader.parse(model.encode(), "test.bpmn")
        self._ids = (f"id{number}" for number in itertools.count())
        self.state = State(id="instance", definition_id="p:1:d", definition_key="p", business_key="case-1")
        self.hits: list[dict[str, TypedValue]] = []
        self.asked: list[tuple[str, Mapping[str, TypedValue]]] = []
        core = self.core()
        core.changes.insert("instance", {"id": "instance", "end_time": None})
        given = {name: from_python(value) for name, value in variables.items()}
        core.start(self.process.activities[self.process.none_start or ""], given)
        self.rows = core.changes

    def core(self) -> Core:
        self.state.executions = {packed["id"]: unpack(packed) for packed in self.state.pack()}
        self.state.version += 1
        context = Context(now_ms=1_000, new_id=lambda: next(self._ids), user="anna", decide=self._decide)
        return Core(self.process, self.state, context)

    def _decide(
        self, rule: RuleCall, key: str, variables: Mapping[str, TypedValue], place: Mapping[str, object]
    ) -> list[dict[str, TypedValue]]:
        self.asked.append((key, variables))
        return self.hits

    def at(self, activity: str) -> Execution:
        return next(one for one in self.state.executions.values() if one.activity == activity and one.instance)

    def done(self, activity: str, **variables: object) -> Core:
        core = self.core()
        execution = self.at(activity)
        core.set_variables(execution, {name: from_python(value) for name, value in variables.items()})
        core.complete(execution)
        return core

    def error(self, activity: str, code: str) -> Core:
        core = self.core()
        core.error(self.at(activity), code, "because")
        return core

    @property
    def standing(self) -> list[str]:
        """The activities that tokens stand on."""
        return sorted(str(one.activity) for one in self.state.executions.values() if one.activity)

    @property
    def seen(self) -> dict[str, object]:
        return {name: value.value for name, value in self.state.visible(self.state.root).items()}


def parsed(model: str) -> Process:
    (process,) = reader.parse(model.encode(), "test.bpmn")
    return process


def test_an_instance_without_a_wait_state_ends_in_its_first_command() -> None:
    instance = Instance(bpmn(ENDS + flows("start-end")))
    assert instance.state.ended
    assert instance.rows.inserts["instance"]["instance"]["state"] == "COMPLETED"
    assert [row["activity_id"] for row in instance.rows.inserts["activity"].values()] == ["start", "end"]


def test_the_join_of_a_fork_waits_for_every_branch_and_leaves_one_token() -> None:
    instance = Instance(
        bpmn(
            ENDS
            + '<parallelGateway id="fork"/><parallelGateway id="join"/><userTask id="c"/><userTask id="after"/>'
            + external("a")
            + flows("start-fork", "fork-a", "fork-c", "a-join", "c-join", "join-after", "after-end")
        )
    )
    assert instance.standing == ["a", "c"]
    instance.done("c", x=1)
    assert instance.standing == ["a", "join"]
    instance.done("a", x=2)
    assert (instance.standing, instance.seen) == (["after"], {"x": 2})
    assert list(instance.state.executions) == ["instance"]


def test_an_exclusive_gateway_takes_the_first_flow_that_holds_else_its_default() -> None:
    model = bpmn(
        ENDS
        + '<exclusiveGateway id="g" default="g_low"/><userTask id="low"/><userTask id="high"/><userTask id="top"/>'
        + flows("start-g", "g-high:${n &gt; 5}", "g-top:${n &gt; 3}", "g-low")
    )
    assert [Instance(model, n=n).standing for n in (9, 4, 1)] == [["high"], ["top"], ["low"]]


def test_a_gateway_that_finds_no_flow_raises() -> None:
    model = bpmn(ENDS + '<exclusiveGateway id="g"/>' + flows("start-g", "g-end:${n &gt; 5}"))
    with pytest.raises(ExpressionError, match="No outgoing sequence flow for the element with id 'g'"):
        Instance(model, n=1)


def test_conditional_flows_out_of_a_task_are_all_taken_that_hold() -> None:
    model = bpmn(
        ENDS
        + '<userTask id="t" default="t_c"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>'
        + flows("start-t", "t-a:${n &gt; 1}", "t-b:${n &gt; 2}", "t-c")
    )
    both, neither = Instance(model, n=3), Instance(model, n=0)
    both.done("t")
    neither.done("t")
    assert (both.standing, neither.standing) == (["a", "b"], ["c"])


def test_a_terminate_end_event_cancels_the_other_branches_of_its_scope() -> None:
    instance = Instance(
        bpmn(
            '<startEvent id="start"/><parallelGateway id="fork"/><userTask id="b"/>'
            '<endEvent id="stop"><terminateEventDefinition/></endEvent>'
            + external("a")
            + flows("start-fork", "fork-a", "fork-b", "b-stop", "a-stop")
        )
    )
    core = instance.done("b")
    assert instance.state.ended
    assert core.changes.deletes["external_task"]
    canceled = [row for row in core.changes.updates["activity"].values() if row["canceled"]]
    assert len(canceled) == 1


def test_a_branch_that_ends_at_once_leaves_the_others_of_its_fork() -> None:
    model = bpmn(
        ENDS
        + '<parallelGateway id="fork"/><endEvent id="e2"/><userTask id="t"/>'
        + flows("start-fork", "fork-end", "fork-e2", "fork-t")
    )
    instance = Instance(model)
    assert (instance.standing, list(instance.state.executions)) == (["t"], ["instance"])
    instance.done("t")
    assert instance.state.ended


def test_a_branch_that_terminates_at_once_keeps_the_others_from_starting() -> None:
    model = bpmn(
        '<startEvent id="start"/><parallelGateway id="fork"/><userTask id="t"/>'
        '<endEvent id="stop"><terminateEventDefinition/></endEvent>' + flows("start-fork", "fork-stop", "fork-t")
    )
    instance = Instance(model)
    assert instance.state.ended
    assert "task" not in instance.rows.inserts


def test_branches_that_end_at_once_end_their_sub_process() -> None:
    inner = '<startEvent id="s"/><parallelGateway id="fork"/><endEvent id="e1"/><endEvent id="e2"/>'
    model = bpmn(
        ENDS
        + '<userTask id="t"/><subProcess id="sub">'
        + inner
        + flows("s-fork", "fork-e1", "fork-e2")
        + "</subProcess>"
        + flows("start-sub", "sub-t", "t-end")
    )
    assert Instance(model).standing == ["t"]


SUB = bpmn(
    ENDS + '<subProcess id="sub"><startEvent id="s"/><userTask id="inner"/>'
    '<endEvent id="bad"><errorEventDefinition errorRef="e"/></endEvent>'
    + flows("s-inner", "inner-bad")
    + "</subProcess>"
    + '<boundaryEvent id="caught" attachedToRef="sub"><errorEventDefinition errorRef="e" '
    'camunda:errorCodeVariable="code"/></boundaryEvent><userTask id="repair"/>'
    + flows("start-sub", "sub-end", "caught-repair", "repair-end"),
    before='<error id="e" errorCode="E1"/>',
)


def test_an_error_end_event_goes_to_the_boundary_event_of_its_sub_process() -> None:
    instance = Instance(SUB)
    core = instance.done("inner")
    assert (instance.standing, instance.seen) == (["repair"], {"code": "E1"})
    ended = {row["id"]: row for row in core.changes.inserts["activity"].values()}
    assert [row["canceled"] for row in ended.values() if row["activity_id"] == "bad"] == [True]


def test_an_error_that_nothing_catches_ends_its_path_as_if_it_were_done() -> None:
    instance = Instance(bpmn(ENDS + external("a") + flows("start-a", "a-end")))
    instance.error("a", "unknown")
    assert instance.state.ended


def test_an_event_for_the_very_code_goes_before_one_for_any() -> None:
    instance = Instance(
        bpmn(
            ENDS + external("a") + '<boundaryEvent id="any" attachedToRef="a"><errorEventDefinition/></boundaryEvent>'
            '<boundaryEvent id="one" attachedToRef="a"><errorEventDefinition errorRef="e"/></boundaryEvent>'
            '<userTask id="u1"/><userTask id="u2"/>' + flows("start-a", "a-end", "any-u1", "one-u2"),
            before='<error id="e" errorCode="E1"/>',
        )
    )
    instance.error("a", "E1")
    assert instance.standing == ["u2"]


def test_a_reminder_leaves_its_task_and_a_deadline_ends_it() -> None:
    instance = Instance(
        bpmn(
            ENDS
            + '<userTask id="t"/><userTask id="reminded"/><userTask id="late"/>'
            + "".join(
                f'<boundaryEvent id="{name}" attachedToRef="t" cancelActivity="{cancel}"><timerEventDefinition>'
                f"<timeDuration>{after}</timeDuration></timerEventDefinition></boundaryEvent>"
                for name, cancel, after in (("remind", "false", "PT1M"), ("deadline", "true", "PT1H"))
            )
            + flows("start-t", "t-end", "remind-reminded", "deadline-late")
        )
    )
    jobs = {row["activity_id"]: row for row in instance.rows.inserts["job"].values()}
    assert {name: row["due"] for name, row in jobs.items()} == {"remind": 61_000, "deadline": 3_601_000}
    for name, standing in (("remind", ["reminded", "t"]), ("deadline", ["late", "reminded"])):
        core = instance.core()
        holder = core.state.executions[jobs[name]["execution_id"]]
        del holder.jobs[jobs[name]["id"]]
        core.trigger(holder, core.process.activities[name])
        assert instance.standing == standing


def test_input_parameters_are_local_and_output_parameters_go_outwards() -> None:
    mapping = (
        "<extensionElements><camunda:inputOutput>"
        '<camunda:inputParameter name="twice">${n * 2}</camunda:inputParameter>'
        '<camunda:outputParameter name="result">${twice + 1}</camunda:outputParameter>'
        "</camunda:inputOutput></extensionElements>"
    )
    instance = Instance(bpmn(ENDS + external("a", mapping) + '<userTask id="u"/>' + flows("start-a", "a-u")), n=4)
    assert instance.state.visible(instance.at("a"))["twice"].value == 8
    assert instance.seen == {"n": 4}
    instance.done("a")
    assert instance.seen == {"n": 4, "result": 9}


@pytest.mark.parametrize(
    ("mapping", "hits", "kept"),
    [
        ("singleEntry", [{"level": "low"}], "low"),
        ("singleEntry", [], None),
        ("singleResult", [{"level": "low", "n": 1}], '{"level":"low","n":1}'),
        ("collectEntries", [{"n": 1}, {"n": 2}], "[1,2]"),
        ("resultList", [{"n": 1}], '[{"n":1}]'),
    ],
)
def test_a_rule_task_keeps_its_result_as_it_is_mapped(
    mapping: str, hits: list[dict[str, object]], kept: object
) -> None:
    attributes = f'camunda:decisionRef="d" camunda:resultVariable="x" camunda:mapDecisionResult="{mapping}"'
    rule = f'<businessRuleTask id="r" {attributes}/>'
    model = bpmn(ENDS + '<userTask id="wait"/>' + rule + flows("start-wait", "wait-r", "r-end"))
    instance = Instance(model, n=3)
    instance.hits = [{name: from_python(value) for name, value in hit.items()} for hit in hits]
    core = instance.done("wait")
    assert [(key, variables["n"].value) for key, variables in instance.asked] == [("d", 3)]
    (row,) = [row for row in core.changes.inserts["variable"].values() if row["name"] == "x"]
    assert row["value"]["v"] == kept


def test_a_process_that_goes_in_circles_is_stopped() -> None:
    model = bpmn(
        '<startEvent id="start"/><exclusiveGateway id="a"/><exclusiveGateway id="b"/>' + flows("start-a", "a-b", "b-a")
    )
    with pytest.raises(ExpressionError, match="without a wait state"):
        Instance(model)


def test_what_comes_and_goes_within_one_command_is_never_written() -> None:
    instance = Instance(SUB)
    core = instance.done("inner")
    assert "activity" not in core.changes.deletes
    assert not [row for row in core.changes.inserts.get("task", {}).values() if row["activity_id"] == "inner"]


def test_the_packed_state_of_a_waiting_instance_is_small() -> None:
    instance = Instance(bpmn(ENDS + external("a") + flows("start-a", "a-end")))
    assert len(str(instance.state.pack())) < 500
