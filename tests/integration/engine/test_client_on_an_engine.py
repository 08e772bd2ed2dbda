from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from engines import ENGINES, an_engine
from pycamunda.base import RequestMethod
from small_models import ALL

from pulse.engine import errors
from pulse.engine.client import EngineClient
from pulse.engine.client.requests import Endpoint
from pulse.engine.client.variables import decode_all


@pytest.fixture(params=ENGINES)
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EngineClient]:
    with an_engine(request.param, request, tmp_path) as engine, engine.client() as client:
        client.deploy("tests", ALL)
        yield client


TOPICS = [{"topicName": "work", "lockDuration": 60_000, "deserializeValues": False}]


def test_a_case_goes_its_whole_way(client: EngineClient) -> None:
    received_at = datetime(2026, 6, 10, 8, tzinfo=UTC)
    values = {"invoice_id": 7, "total_amount": Decimal("80.30"), "received_at": received_at, "checked": False}
    started = client.correlate("CaseArrived", business_key="invoice-7", variables=values)
    assert started.result_type == "ProcessDefinition"
    instance_id = started.process_instance_id
    assert [found.id for found in client.process_instances(business_key="invoice-7")] == [instance_id]
    sent = client.get(f"/process-instance/{instance_id}/variables", deserialize_values=False)
    assert decode_all(sent) == {**values, "total_amount": "80.30"}

    (work,) = client.fetch_and_lock("w", TOPICS, max_tasks=5)
    assert (work.topic, work.business_key, work.retries) == ("work", "invoice-7", None)
    assert work.variables["received_at"] == received_at
    assert [task.worker_id for task in client.external_tasks(process_instance_id=instance_id)] == ["w"]
    client.extend_lock(work.id, "w", 90_000)
    client.complete(work.id, "w", {"checked": True})
    with pytest.raises(errors.NotFound):
        client.complete(work.id, "w")

    (review,) = client.tasks(candidate_groups=["controllers"], process_instance_business_key="invoice-7")
    assert (review.name, review.task_definition_key, review.assignee) == ("Review", "review", None)
    assert [link["groupId"] for link in client.get(f"/task/{review.id}/identity-links")] == ["controllers"]
    assert client.task_variables(review.id)["checked"] is True
    client.claim(review.id, "controller1")
    with pytest.raises(errors.ServerFault) as refused:
        client.claim(review.id, "controller2")
    assert refused.value.type == "TaskAlreadyClaimedException"
    client.unclaim(review.id)
    client.claim(review.id, "controller2")
    assert client.task(review.id).assignee == "controller2"
    client.complete_task(review.id, {"decision": "approve"})
    with pytest.raises(errors.NotFound):
        client.task(review.id)

    answered = client.correlate("CaseAnswered", process_instance_id=instance_id)
    assert (answered.result_type, answered.process_instance_id) == ("Execution", instance_id)
    (ended,) = client.history_process_instances("invoice-7", process_instance_id=instance_id)
    assert (ended.id, ended.state, ended.process_definition_key) == (instance_id, "COMPLETED", "case")
    assert ended.end_time is not None
    assert ended.end_time >= ended.start_time
    (decision,) = client.get("/history/variable-instance", process_instance_id=instance_id, variable_name="decision")
    assert decision["value"] == "approve"
    steps = [step.activity_id for step in client.history_activities(instance_id)]
    assert sorted(steps) == ["end", "review", "start", "wait", "work"]
    (task,) = client.history_tasks(process_instance_id=instance_id)
    assert (task.task_definition_key, task.assignee) == ("review", "controller2")


def test_the_version_is_one_of_the_protocol(client: EngineClient) -> None:
    assert client.version().split(".")[0].isdigit()


def test_a_deployment_of_unchanged_models_makes_nothing(client: EngineClient) -> None:
    assert client.deploy("tests", ALL).definitions == ()
    name = uuid.uuid4().hex.encode()
    changed = {**ALL, "plain.bpmn": ALL["plain.bpmn"].replace(b'id="plain"', b'id="plain" name="%s"' % name)}
    (definition,) = client.deploy("tests", changed).definitions
    assert definition.startswith("plain:")


def test_a_model_the_engine_cannot_run_is_a_bad_request(client: EngineClient) -> None:
    with pytest.raises(errors.BadRequest):
        client.deploy("broken", {"a.bpmn": ALL["plain.bpmn"].replace(b'targetRef="end"', b'targetRef="nowhere"')})


def test_a_message_that_nobody_waits_for_is_told_apart(client: EngineClient) -> None:
    with pytest.raises(errors.MessageNotMatched):
        client.correlate("NobodyKnowsThis")


def test_failures_make_an_incident_that_new_retries_remove(client: EngineClient) -> None:
    instance = client.start_process("plain", business_key="k")
    (task,) = client.fetch_and_lock("w", TOPICS, max_tasks=1)
    client.failure(task.id, "w", message="m" * 700, details="where", retries=0, retry_timeout_ms=0)
    (incident,) = client.incidents(instance.id)
    assert (incident.incident_type, incident.configuration, incident.activity_id) == (
        "failedExternalTask",
        task.id,
        "work",
    )
    assert incident.incident_message == "m" * 666
    assert client.fetch_and_lock("w", TOPICS, max_tasks=1) == []
    client.set_retries(task.id, 1)
    assert client.incidents(instance.id) == []
    (again,) = client.fetch_and_lock("w", TOPICS, max_tasks=1)
    assert (again.id, again.retries, again.activity_instance_id) == (task.id, 1, task.activity_instance_id)
    (past,) = client.get("/history/incident", process_instance_id=instance.id)
    assert (past["open"], past["resolved"]) == (False, True)


def test_a_business_error_takes_the_boundary_event(client: EngineClient) -> None:
    client.correlate("CaseArrived", business_key="k")
    (task,) = client.fetch_and_lock("w", TOPICS, max_tasks=1)
    client.bpmn_error(task.id, "w", "unclear", "who?", {"reason": "P301"})
    (clarify,) = client.tasks(candidate_groups=["assistants"])
    assert client.task_variables(clarify.id)["reason"] == "P301"


def test_another_workers_task_is_refused_and_an_unlocked_one_is_free(client: EngineClient) -> None:
    client.start_process("plain")
    (task,) = client.fetch_and_lock("first", TOPICS, max_tasks=1)
    with pytest.raises(errors.BadRequest, match="It is locked by worker 'first'"):
        client.complete(task.id, "second")
    client.unlock(task.id)
    (same,) = client.fetch_and_lock("second", TOPICS, max_tasks=1)
    assert same.id == task.id


def test_a_timer_can_be_brought_forward(client: EngineClient) -> None:
    instance = client.start_process("later")
    (job,) = client.get("/job", process_instance_id=instance.id)
    assert job["dueDate"] is not None
    retries = Endpoint(client.url, f"/job/{job['id']}/retries", method=RequestMethod.PUT, body={"retries": 2})
    client.call(retries)
    client.call(Endpoint(client.url, f"/job/{job['id']}/execute", method=RequestMethod.POST))
    (ended,) = client.history_process_instances(process_instance_id=instance.id)
    assert ended.state == "COMPLETED"


def test_a_deleted_instance_says_so(client: EngineClient) -> None:
    instance = client.start_process("plain")
    client.delete_process_instance(instance.id, "entered by mistake")
    (ended,) = client.history_process_instances(process_instance_id=instance.id)
    assert ended.state == "EXTERNALLY_TERMINATED"


@pytest.mark.parametrize(("amount", "level"), [(99.95, "low"), (Decimal("100.00"), "high"), (100, "high")])
def test_a_decision_is_evaluated_by_key_and_by_id(client: EngineClient, amount: object, level: str) -> None:
    definition = client.decision_definition("risk")
    assert definition.version >= 1
    for decision in ("risk", definition.id):
        assert client.evaluate_decision(decision, {"amount": amount}) == [{"level": level}]


def test_an_unknown_decision_is_not_found(client: EngineClient) -> None:
    with pytest.raises(errors.NotFound):
        client.evaluate_decision("nobody", {})
