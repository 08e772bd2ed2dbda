from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pycamunda.externaltask
import pycamunda.processinst
import pytest
from pycamunda.base import RequestMethod
from scripted_engine import DROP, ScriptedEngine, task_dto

from pulse.engine import errors
from pulse.engine.client import EngineClient
from pulse.engine.client.requests import Endpoint

#: Of Operaton, when two parallel branches ended at the same moment on two nodes.
PARENT_GONE = "ENGINE-03077 Cannot resolve parent with id 'a' of execution 'b', perhaps it was deleted in the meantime"


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine() as engine:
        yield engine


@pytest.fixture
def client(engine: ScriptedEngine) -> Iterator[EngineClient]:
    with EngineClient(engine.url, timeout_s=5) as client:
        yield client


def test_calls_one_after_the_other_share_a_connection(engine: ScriptedEngine, client: EngineClient) -> None:
    engine.on("GET /version", (200, {"version": "7.24.0"}))
    assert [client.version() for _ in range(5)] == ["7.24.0"] * 5
    assert engine.connections == 1


def test_a_kept_connection_that_the_engine_closed_is_replaced(engine: ScriptedEngine, client: EngineClient) -> None:
    engine.on("GET /version", (200, {"version": "7.24.0"}))
    client.version()
    client.transport._idle[0][1].shutdown(2)
    assert client.version() == "7.24.0"
    assert engine.connections == 2


def test_an_engine_that_never_answers_is_given_up_after_the_timeout(engine: ScriptedEngine) -> None:
    release = threading.Event()
    engine.on("GET /version", lambda _: (release.wait(60), (200, {}))[1])
    with pytest.raises(errors.EngineUnavailable):
        EngineClient(engine.url, timeout_s=0.1).version()
    release.set()


def test_a_long_poll_may_take_longer_than_the_timeout_of_other_calls(engine: ScriptedEngine) -> None:
    client = EngineClient(engine.url, timeout_s=1.0)
    assert client.fetch_and_lock("w", [{"topicName": "t", "lockDuration": 1000}], max_tasks=1, poll_ms=1_500) == []


def test_nobody_at_the_address_is_an_engine_unavailable() -> None:
    with pytest.raises(errors.EngineUnavailable):
        EngineClient("http://127.0.0.1:9/engine-rest", timeout_s=1).version()


def test_something_that_is_no_url_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="not an engine's URL"):
        EngineClient("localhost:8080/engine-rest")


REST = "RestException"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"type": REST, "message": "no", "code": 0}, errors.BadRequest),
        (401, None, errors.Unauthorized),
        (403, {"type": "AuthorizationException", "message": "no"}, errors.Unauthorized),
        (404, {"type": REST, "message": "External task with id X does not exist", "code": 0}, errors.NotFound),
        (500, {"type": "OptimisticLockingException", "message": "lost", "code": 1}, errors.Conflict),
        (500, {"type": "ProcessEngineException", "message": PARENT_GONE, "code": 0}, errors.Conflict),
        (500, {"type": "ProcessEngineException", "message": "deadlock", "code": 10000}, errors.Conflict),
        (500, {"type": "NullValueException", "message": "workerId is null", "code": 0}, errors.ServerFault),
        (500, {"type": REST, "message": "Request rejected due to shutdown of application server."}, None),
        (502, b"<html><body>Bad Gateway</body></html>", None),
        (503, ["unavailable"], None),
        (504, b"", None),
        (429, {}, None),
        (302, b"<html>login</html>", errors.EngineRejected),
        (200, b"<html>not an engine</html>", None),
    ],
)
def test_each_answer_becomes_the_error_that_says_what_to_do(
    engine: ScriptedEngine, client: EngineClient, status: int, body: object, error: type[Exception] | None
) -> None:
    engine.on("GET /task/1", (status, body))
    with pytest.raises(error or errors.EngineUnavailable) as caught:
        client.task("1")
    assert type(caught.value) is (error or errors.EngineUnavailable)


def test_a_refusal_keeps_what_the_engine_said(engine: ScriptedEngine, client: EngineClient) -> None:
    engine.on("GET /task/1", (500, {"type": "ProcessEngineException", "message": "too long", "code": 10002}))
    with pytest.raises(errors.ServerFault, match="too long") as caught:
        client.task("1")
    assert (caught.value.status, caught.value.type, caught.value.engine_code) == (500, "ProcessEngineException", 10002)


def test_a_connection_that_breaks_without_an_answer_is_an_engine_unavailable(
    engine: ScriptedEngine, client: EngineClient
) -> None:
    engine.on("POST /external-task/1/complete", DROP, (204, None))
    with pytest.raises(errors.EngineUnavailable):
        client.complete("1", "w")
    client.complete("1", "w")


def test_an_id_cannot_leave_its_place_in_the_path(engine: ScriptedEngine, client: EngineClient) -> None:
    client.complete("../../process-instance/x?y=", "w")
    assert engine.seen[0].raw_path == "/engine-rest/external-task/..%2F..%2Fprocess-instance%2Fx%3Fy%3D/complete"


def test_a_login_is_sent_as_basic_authentication(engine: ScriptedEngine) -> None:
    EngineClient(engine.url, auth=("demo", "demo")).unlock("1")
    assert engine.seen[0].headers["Authorization"] == "Basic ZGVtbzpkZW1v"


def test_a_get_has_no_body(engine: ScriptedEngine, client: EngineClient) -> None:
    engine.on("GET /process-instance", (200, []))
    client.process_instances(business_key="invoice-7", process_definition_key_in=["a", "b"])
    assert engine.seen[0].content == b""
    assert engine.seen[0].query["processDefinitionKeyIn"] == ["a,b"]
    assert engine.seen[0].query["businessKey"] == ["invoice-7"]


def test_a_fetched_task_has_python_values(engine: ScriptedEngine, client: EngineClient) -> None:
    variables = {
        "received_at": {"type": "Date", "value": "2026-06-10T10:00:00.000+0200", "valueInfo": {}},
        "facts": {"type": "Json", "value": '{"a": [1]}', "valueInfo": {}},
        "amount": {"type": "String", "value": "80.35", "valueInfo": {}},
        "letter": {"type": "File", "value": None, "valueInfo": {"filename": "a.pdf"}},
    }
    engine.on("fetchAndLock", (200, [task_dto(variables=variables, unknownField=1)]))
    (task,) = client.fetch_and_lock("w", [{"topicName": "work", "lockDuration": 1000}], max_tasks=3)
    assert task.variables == {
        "received_at": datetime(2026, 6, 10, 8, tzinfo=UTC),
        "facts": {"a": [1]},
        "amount": "80.35",
        "letter": None,
    }
    assert (task.topic, task.retries, task.business_key) == ("work", None, "invoice-1")
    assert engine.seen[0].body["maxTasks"] == 3


def test_completing_sends_typed_variables(engine: ScriptedEngine, client: EngineClient) -> None:
    client.complete("1", "w", {"payable_amount": Decimal("10.10"), "found": True}, {"note": None})
    assert engine.seen[0].body == {
        "workerId": "w",
        "variables": {
            "payable_amount": {"value": "10.10", "type": "String", "valueInfo": {}},
            "found": {"value": True, "type": "Boolean", "valueInfo": {}},
        },
        "localVariables": {"note": {"value": None, "type": "Null", "valueInfo": {}}},
    }


def test_a_failure_message_is_cut_where_the_engine_would_cut_it(engine: ScriptedEngine, client: EngineClient) -> None:
    client.failure("1", "w", message="x" * 1000, details="", retries=0, retry_timeout_ms=0)
    body = engine.seen[0].body
    assert (len(body["errorMessage"]), body["retries"], body["retryTimeout"]) == (666, 0, 0)


def test_a_deployment_keeps_its_file_names_and_filters_duplicates(engine: ScriptedEngine, client: EngineClient) -> None:
    made = {"id": "d1", "deployedProcessDefinitions": {"p:1:1": {}}, "deployedDecisionDefinitions": None}
    engine.on("POST /deployment/create", (200, made))
    deployment = client.deploy("pulse", {"a.bpmn": b"<bpmn/>", "r.dmn": b"<dmn/>"}, source="tests")
    content = engine.seen[0].content
    assert (deployment.id, deployment.definitions) == ("d1", ("p:1:1",))
    for part in (b'filename="a.bpmn"', b"<dmn/>", b'name="enable-duplicate-filtering"\r\n\r\ntrue', b"\r\n\r\ntests"):
        assert part in content


@pytest.mark.parametrize(
    ("result", "instance"),
    [
        ({"resultType": "ProcessDefinition", "processInstance": {"id": "i1"}, "execution": None}, "i1"),
        (
            {"resultType": "Execution", "execution": {"id": "e", "processInstanceId": "i2"}, "processInstance": None},
            "i2",
        ),
    ],
)
def test_correlating_tells_the_instance(
    engine: ScriptedEngine, client: EngineClient, result: dict[str, object], instance: str
) -> None:
    engine.on("POST /message", (200, [result]))
    correlated = client.correlate("InvoiceReceived", business_key="invoice-7", variables={"invoice_id": 7})
    assert correlated.process_instance_id == instance
    assert engine.seen[0].body["resultEnabled"] is True
    assert engine.seen[0].body["processVariables"]["invoice_id"]["type"] == "Long"


def test_a_message_that_nobody_waits_for_has_its_own_error(engine: ScriptedEngine, client: EngineClient) -> None:
    words = "org.operaton.bpm.engine.MismatchingMessageCorrelationException: Cannot correlate message 'X'"
    engine.on("POST /message", (400, {"type": REST, "message": words, "code": 0}))
    with pytest.raises(errors.MessageNotMatched):
        client.correlate("X")


@pytest.mark.parametrize(
    ("decision", "path"),
    [
        ("medication_risk", "/decision-definition/key/medication_risk/evaluate"),
        ("medication_risk:3:abc", "/decision-definition/medication_risk%3A3%3Aabc/evaluate"),
        ("2f3c7f0e-8b1a-11ef-9c3b-0242ac110002", "/decision-definition/2f3c7f0e-8b1a-11ef-9c3b-0242ac110002/evaluate"),
    ],
)
def test_a_decision_is_asked_by_key_or_by_id(
    engine: ScriptedEngine, client: EngineClient, decision: str, path: str
) -> None:
    engine.on("POST /decision-definition", (200, [{"risk": {"value": "low", "type": "String", "valueInfo": {}}}]))
    assert client.evaluate_decision(decision, {"score": 3}) == [{"risk": "low"}]
    assert engine.seen[0].path == path


def test_tasks_are_asked_with_lists_and_dates_in_the_body(engine: ScriptedEngine, client: EngineClient) -> None:
    engine.on("POST /task", (200, [{"id": "t", "name": "Review", "due": "2026-06-11T08:00:00.000+0000"}]))
    due = datetime(2026, 6, 11, 8, tzinfo=UTC)
    (task,) = client.tasks(candidate_groups=["controllers"], include_assigned_tasks=True, due_before=due, max_results=5)
    assert (task.name, task.due, task.assignee) == ("Review", due, None)
    assert engine.seen[0].query == {"maxResults": ["5"]}
    assert engine.seen[0].body == {
        "candidateGroups": ["controllers"],
        "includeAssignedTasks": True,
        "dueBefore": "2026-06-11T08:00:00.000+0000",
    }


def test_anything_that_can_be_read_is_asked_in_snake_case(engine: ScriptedEngine, client: EngineClient) -> None:
    engine.on("GET /history/variable-instance", (200, [{"name": "kind", "value": "own"}]))
    found = client.get("/history/variable-instance", process_instance_id="i1", deserialize_values=False, tenant_id=None)
    assert found == [{"name": "kind", "value": "own"}]
    assert engine.seen[0].query == {"processInstanceId": ["i1"], "deserializeValues": ["false"]}


def test_a_command_that_pycamunda_lacks_is_an_endpoint(engine: ScriptedEngine, client: EngineClient) -> None:
    client.call(Endpoint(client.url, "/job/j/retries", method=RequestMethod.PUT, body={"retries": 1, "due_date": None}))
    assert (engine.seen[0].method, engine.seen[0].path) == ("PUT", "/job/j/retries")
    assert engine.seen[0].body == {"retries": 1}


LOST = (500, {"type": "OptimisticLockingException", "message": "lost", "code": 1})


def test_a_task_is_completed_anew_where_a_parallel_branch_was_faster(
    engine: ScriptedEngine, client: EngineClient
) -> None:
    engine.on("POST /task/t/complete", LOST, LOST, (204, None))
    client.complete_task("t", {"decision": "approve"})
    assert len(engine.requests("/task/t/complete")) == 3


def test_a_race_that_is_lost_each_time_is_told(engine: ScriptedEngine, client: EngineClient) -> None:
    engine.on("POST /task/t/complete", LOST)
    with pytest.raises(errors.Conflict):
        client.complete_task("t")
    assert len(engine.requests("/task/t/complete")) == 4


def test_every_other_call_reaches_its_path(engine: ScriptedEngine, client: EngineClient) -> None:
    engine.on("GET ", (200, []))
    engine.on("GET /decision-definition/", (200, {"id": "d:2:x", "key": "d", "version": 2}))
    engine.on("GET /task/t/(variables|deployed-form)", (200, {}))
    engine.on("POST /process-definition/", (200, {"id": "i", "businessKey": "k", "ended": False, "suspended": False}))
    assert client.start_process("p", business_key="k").id == "i"
    assert client.decision_definition("d").version == 2
    client.delete_process_instance("i", "test")
    client.task_variables("t")
    client.deployed_form("t")
    client.claim("t", "u")
    client.unclaim("t")
    client.complete_task("t", {"decision": "approve"})
    client.incidents("i")
    client.history_process_instances("k", active=True)
    client.history_activities("i")
    client.history_tasks(process_instance_id="i")
    client.external_tasks(process_instance_id="i", locked=True)
    client.set_retries("e", 1)
    client.extend_lock("e", "w", 1000)
    client.bpmn_error("e", "w", "payee_unclear", "words", {"a": 1})
    assert [f"{seen.method} {seen.path}" for seen in engine.seen] == [
        "POST /process-definition/key/p/start",
        "GET /decision-definition/key/d",
        "DELETE /process-instance/i",
        "GET /task/t/variables",
        "GET /task/t/deployed-form",
        "POST /task/t/claim",
        "POST /task/t/unclaim",
        "POST /task/t/complete",
        "GET /incident",
        "GET /history/process-instance",
        "GET /history/activity-instance",
        "GET /history/task",
        "GET /external-task",
        "PUT /external-task/e/retries",
        "POST /external-task/e/extendLock",
        "POST /external-task/e/bpmnError",
    ]
    assert engine.requests("/history/process-instance")[0].query == {
        "processInstanceBusinessKey": ["k"],
        "active": ["true"],
    }


def test_any_pycamunda_request_can_be_sent_over_our_connections(engine: ScriptedEngine, client: EngineClient) -> None:
    engine.on("POST /external-task/fetchAndLock", (200, [task_dto()]))
    request = pycamunda.externaltask.FetchAndLock(client.url, "w", 1)
    request.add_topic("work", 1000)
    (task,) = client.call(request)
    client.call(pycamunda.externaltask.Complete(client.url, task.id_, "w"))
    assert engine.connections == 1
