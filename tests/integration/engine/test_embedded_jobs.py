"""Jobs, messages and forms of the embedded engine, by REST."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from embedded_engine import Rest, bpmn, external, flows

from pulse.engine.embedded.server import EmbeddedServer

START = datetime(2026, 11, 22, 8, tzinfo=UTC)


class Clock:
    """A clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rest(tmp_path: Path, clock: Clock) -> Iterator[Rest]:
    with EmbeddedServer(f"sqlite:///{tmp_path / 'engine.db'}", clock=clock) as server:
        client = Rest(server.url)
        yield client
        client.close()


def eventually(ask: Callable[[], Any], until: Callable[[Any], bool] = bool) -> Any:
    """What `ask` gives once it is as wanted; the job executor works on its own."""
    give_up = time.monotonic() + 60
    while not until(found := ask()):
        assert time.monotonic() < give_up, found
        threading.Event().wait(0.02)
    return found


def test_a_timer_fires_when_its_time_has_come_by_the_engine_s_clock(rest: Rest, clock: Clock) -> None:
    boundary = (
        '<boundaryEvent id="remind" attachedToRef="t" cancelActivity="false"><timerEventDefinition>'
        "<timeDate>${remind_at}</timeDate></timerEventDefinition></boundaryEvent>"
    )
    rest.deploy(
        bpmn(
            '<startEvent id="start"/><userTask id="t"/>'
            + boundary
            + external("notify")
            + flows("start-t", "remind-notify")
        )
    )
    instance = rest.start(remind_at="2026-11-22T20:00:00")
    (job,) = rest.get(f"/job?processInstanceId={instance}")
    assert job["dueDate"] == "2026-11-22T20:00:00.000+0000"
    assert rest.fetch("notify") == []
    clock.now += timedelta(hours=12)
    assert len(rest.fetch("notify", wait_ms=60_000)) == 1
    assert rest.get(f"/job?processInstanceId={instance}") == []
    assert len(rest.get(f"/task?processInstanceId={instance}")) == 1


def test_a_job_that_fails_three_times_becomes_an_incident_and_new_retries_let_it_run(rest: Rest) -> None:
    rest.deploy(
        bpmn(
            '<startEvent id="start"/><serviceTask id="sum" camunda:expression="${missing + 1}" '
            'camunda:resultVariable="sum" camunda:asyncBefore="true"/><endEvent id="end"/>'
            + flows("start-sum", "sum-end")
        )
    )
    instance = rest.start()
    (incident,) = eventually(lambda: rest.get(f"/incident?processInstanceId={instance}"))
    (job,) = rest.get(f"/job?processInstanceId={instance}&noRetriesLeft=true")
    assert (incident["incidentType"], incident["configuration"]) == ("failedJob", job["id"])
    assert "missing" in job["exceptionMessage"]
    assert "Traceback" in rest.get(f"/job/{job['id']}/stacktrace")

    rest.call("PUT", f"/process-instance/{instance}/variables/missing", {"value": 4})
    rest.call("PUT", f"/job/{job['id']}/retries", {"retries": 1})

    ended = eventually(lambda: rest.history(instance), lambda found: found["state"] == "COMPLETED")
    assert ended["endTime"] is not None
    (sum_,) = rest.get(f"/history/variable-instance?processInstanceId={instance}&variableName=sum")
    assert sum_["value"] == 5
    (resolved,) = rest.get(f"/history/incident?processInstanceId={instance}")
    assert resolved["resolved"]


def test_a_retry_cycle_waits_between_the_tries(rest: Rest, clock: Clock) -> None:
    cycle = "<camunda:failedJobRetryTimeCycle>R2/PT10M</camunda:failedJobRetryTimeCycle>"
    cycle = f"<extensionElements>{cycle}</extensionElements>"
    task = f'<serviceTask id="x" camunda:expression="${{missing}}" camunda:asyncBefore="true">{cycle}</serviceTask>'
    rest.deploy(bpmn('<startEvent id="start"/>' + task + flows("start-x")))
    instance = rest.start()

    def jobs(**wanted: object) -> Any:
        found = rest.get(f"/job?processInstanceId={instance}")
        return [job for job in found if all(job[name] == value for name, value in wanted.items())]

    (job,) = eventually(lambda: jobs(retries=1))
    assert job["dueDate"] == "2026-11-22T08:10:00.000+0000"
    clock.now += timedelta(minutes=10)
    eventually(lambda: jobs(retries=0))


def test_a_message_starts_the_newest_version_and_wakes_the_one_instance_that_waits(rest: Rest) -> None:
    messages = '<message id="m" name="Received"/><message id="n" name="Answered"/>'
    model = bpmn(
        '<startEvent id="start"><messageEventDefinition messageRef="m"/></startEvent>'
        '<receiveTask id="wait" messageRef="n"/><userTask id="after"/>' + flows("start-wait", "wait-after"),
        before=messages,
    )
    rest.deploy(model)
    rest.deploy(model.replace('id="wait"', 'name="second" id="wait"'))
    for key in ("a", "b"):
        asked = {"messageName": "Received", "businessKey": key, "resultEnabled": True}
        (result,) = rest.post("/message", asked | {"processVariables": {"n": {"value": 1}}})
        assert result["processInstance"]["definitionId"].startswith("p:2:")
    assert rest.post("/message", {"messageName": "Answered"}, status=400)["type"] == "RestException"
    rest.post("/message", {"messageName": "Answered", "businessKey": "a"}, status=204)
    (task,) = rest.get("/task")
    assert task["taskDefinitionKey"] == "after"
    rest.post("/message", {"messageName": "Answered", "businessKey": "a"}, status=400)


def test_a_camunda_form_is_found_by_its_id_in_the_same_deployment(rest: Rest) -> None:
    task = '<userTask id="t" camunda:formRef="review" camunda:formRefBinding="deployment"/>'
    rest.deploy(
        bpmn('<startEvent id="start"/>' + task + flows("start-t")), review_form=json.dumps({"id": "review"}).encode()
    )
    rest.start(amount=5)
    (task_row,) = rest.get("/task")
    assert task_row["camundaFormRef"] == {"key": "review", "binding": "deployment", "version": None}
    assert rest.get(f"/task/{task_row['id']}/deployed-form") == {"id": "review"}
    assert rest.get(f"/task/{task_row['id']}/form-variables")["amount"]["value"] == 5


def test_a_model_is_refused_with_its_whole_deployment(rest: Rest) -> None:
    good = bpmn('<startEvent id="start"/>', key="good")
    answer = rest.deploy(good, bpmn('<startEvent id="start"/><scriptTask id="x"/>'), status=400)
    assert (answer["type"], list(answer["details"])) == ("ParseException", ["m1.bpmn"])
    assert rest.get("/process-definition") == []
    assert rest.get("/deployment/count") == {"count": 0}


def test_a_suspended_instance_hands_out_no_work_until_it_is_active_again(rest: Rest) -> None:
    rest.deploy(bpmn('<startEvent id="start"/>' + external("work") + flows("start-work")))
    instance = rest.start()
    rest.call("PUT", f"/process-instance/{instance}/suspended", {"suspended": True})
    assert rest.fetch("work") == []
    rest.call("PUT", f"/process-instance/{instance}/suspended", {"suspended": False})
    assert len(rest.fetch("work")) == 1


def test_an_instance_deleted_from_outside_leaves_its_history(rest: Rest) -> None:
    rest.deploy(bpmn('<startEvent id="start"/>' + external("work") + flows("start-work")))
    instance = rest.start()
    rest.call("DELETE", f"/process-instance/{instance}", status=204)
    assert rest.fetch("work") == []
    assert rest.history(instance)["state"] == "EXTERNALLY_TERMINATED"
    rest.get(f"/process-instance/{instance}", status=404)


def test_the_decision_of_a_rule_task_stands_in_history_with_the_instance_that_asked(rest: Rest) -> None:
    table = (
        '<decisionTable id="t" hitPolicy="FIRST"><input id="i" label="Amount"><inputExpression typeRef="integer">'
        '<text>amount</text></inputExpression></input><output id="o" label="Level" name="level" typeRef="string"/>'
        '<rule id="r1"><inputEntry><text>&gt; 100</text></inputEntry><outputEntry><text>"high"</text></outputEntry>'
        '</rule><rule id="r2"><inputEntry/><outputEntry><text>"low"</text></outputEntry></rule></decisionTable>'
    )
    decision = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="g" name="g" namespace="test" '
        'xmlns:camunda="http://camunda.org/schema/1.0/dmn">'
        f'<decision id="risk" name="Risk" camunda:historyTimeToLive="P30D">{table}</decision></definitions>'
    )
    rule = '<businessRuleTask id="rule" camunda:decisionRef="risk" camunda:mapDecisionResult="singleEntry"/>'
    model = bpmn('<startEvent id="start"/>' + rule + external("work") + flows("start-rule", "rule-work"))
    rest.deploy(model, risk_dmn=decision.encode())
    instance = rest.start(amount=500)
    asked = f"/history/decision-instance?processInstanceId={instance}&includeInputs=true&includeOutputs=true"
    (record,) = rest.get(asked)
    assert (record["decisionDefinitionKey"], record["activityId"], record["processDefinitionKey"]) == (
        "risk",
        "rule",
        "p",
    )
    assert [(one["clauseName"], one["value"]) for one in record["inputs"]] == [("Amount", 500)]
    assert [(one["ruleId"], one["value"]) for one in record["outputs"]] == [("r1", "high")]
    assert rest.get(f"/history/decision-instance?processInstanceId={instance}x") == []
