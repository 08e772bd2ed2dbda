"""What operators do: suspending job definitions, setting retries in bulk, removing definitions, finding executions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded_engine import Rest, bpmn, external, flows

from pulse.engine.embedded.server import EmbeddedServer

ASYNC = external("check", attributes='camunda:asyncBefore="true"')
LATER = f'<startEvent id="start"/>{ASYNC}' + flows("start-check")
TASK = f'<startEvent id="start"/><userTask id="u"/>{external("check")}' + flows("start-u", "u-check")
WAITS = '<startEvent id="start"/><receiveTask id="wait" messageRef="m"/>' + flows("start-wait")
MESSAGE = '<message id="m" name="Answer"/>'


@pytest.fixture
def rest(tmp_path: Path) -> Iterator[Rest]:
    with EmbeddedServer(f"sqlite:///{tmp_path / 'engine.db'}") as server:
        rest = Rest(server.url)
        rest.deploy(bpmn(LATER, key="later"), bpmn(TASK, key="task"), bpmn(WAITS, key="waits", before=MESSAGE))
        yield rest
        rest.close()


def test_jobs_of_a_suspended_definition_wait_and_are_on_record(rest: Rest) -> None:
    rest.call("PUT", "/job-definition/suspended", {"processDefinitionKey": "later", "suspended": True})
    (definition,) = rest.get("/job-definition?processDefinitionKey=later")
    assert definition["suspended"] is True
    instance = rest.start("later")
    (job,) = rest.get("/job")
    assert (job["suspended"], job["jobDefinitionId"]) == (True, definition["id"])
    body = {"suspended": False, "includeJobs": True}
    rest.call("PUT", f"/job-definition/{definition['id']}/suspended", body)
    assert len(rest.fetch("check", wait_ms=5_000)) == 1
    log = rest.get(f"/history/job-log?processInstanceId={instance}&sortBy=timestamp&sortOrder=asc")
    assert [[one["creationLog"], one["successLog"]] for one in log] == [[True, False], [False, True]]
    assert {one["jobDefinitionId"] for one in log} == {definition["id"]}


def test_retries_are_set_for_tasks_named_and_for_instances(rest: Rest) -> None:
    tasks = []
    for key in ("a", "b"):
        instance = rest.start("task", key)
        (one,) = rest.get(f"/task?processInstanceId={instance}")
        rest.post(f"/task/{one['id']}/complete")
        (task,) = rest.get(f"/external-task?processInstanceId={instance}")
        rest.call("PUT", f"/external-task/{task['id']}/retries", {"retries": 0})
        tasks.append(task)
    assert rest.get("/incident/count") == {"count": 2}
    asked = {"externalTaskIds": [tasks[0]["id"]], "processInstanceIds": [tasks[1]["processInstanceId"]]}
    rest.call("PUT", "/external-task/retries", {"retries": 4} | asked, status=204)
    assert {one["retries"] for one in rest.get("/external-task")} == {4}
    assert rest.get("/incident/count") == {"count": 0}
    rest.call("PUT", "/external-task/retries", {"retries": 4}, status=400)


def test_a_definition_in_use_is_removed_with_its_instances_alone(rest: Rest) -> None:
    rest.start("task")
    rest.call("DELETE", "/process-definition/key/task", status=500)
    rest.call("DELETE", "/process-definition/key/task?cascade=true", status=200)
    assert rest.get("/process-instance/count") == rest.get("/history/process-instance/count") == {"count": 0}
    assert {one["key"] for one in rest.get("/process-definition")} == {"later", "waits"}


def test_an_execution_is_found_by_what_it_waits_for_and_by_its_id_alone(rest: Rest) -> None:
    instance = rest.start("waits")
    (found,) = rest.get("/execution?messageEventSubscriptionName=Answer")
    assert rest.get(f"/execution/{found['id']}")["processInstanceId"] == instance
    (activity,) = rest.get(f"/process-instance/{instance}/activity-instances")["childActivityInstances"]
    rest.call("GET", f"/execution/{activity['id']}", status=404)
    rest.call("PUT", f"/execution/{found['id']}/localVariables/here", {"value": 1})
    assert rest.get(f"/execution/{found['id']}/localVariables").keys() == {"here"}
    assert rest.get(f"/process-instance/{instance}/variables") == {}
    rest.post(f"/execution/{found['id']}/messageSubscriptions/Answer/trigger", {"variables": {"got": {"value": True}}})
    assert rest.history(instance)["state"] == "COMPLETED"


def test_variables_of_a_task_end_with_it_and_are_seen_by_nobody_else(rest: Rest) -> None:
    instance = rest.start("task", got="p")
    (task,) = rest.get("/task")
    rest.call("PUT", f"/task/{task['id']}/localVariables/mine", {"value": 1})
    rest.call("PUT", f"/task/{task['id']}/variables/mine", {"value": 2})
    assert rest.get(f"/task/{task['id']}/localVariables/mine")["value"] == 2
    assert rest.get(f"/task/{task['id']}/variables").keys() == {"mine", "got"}
    assert rest.get(f"/process-instance/{instance}/variables").keys() == {"got"}
    assert rest.post("/process-instance/count", {"variables": [{"name": "mine", "operator": "eq", "value": 2}]}) == {
        "count": 0
    }
    rest.post(f"/task/{task['id']}/complete")
    (fetched,) = rest.fetch("check")
    assert fetched["variables"].keys() == {"got"}


def test_a_path_may_name_the_engine(rest: Rest) -> None:
    assert rest.get("/engine/default/process-definition/count") == {"count": 3}
    assert rest.call("GET", "/engine/other/version", status=404)["message"] == "Process engine other not available"


def test_whom_a_task_was_given_to_is_on_record(rest: Rest) -> None:
    rest.start("task")
    (task,) = rest.get("/task")
    for user in ("anna", "bert"):
        rest.post(f"/task/{task['id']}/assignee", {"userId": user})
    log = rest.get(f"/history/identity-link-log?taskId={task['id']}")
    assert sorted((one["operationType"], one["userId"]) for one in log) == [
        ("add", "anna"), ("add", "bert"), ("delete", "anna"),
    ]  # fmt: skip
    done = rest.get("/history/user-operation?operationType=Assign&sortBy=timestamp&sortOrder=asc")
    assert [(one["userId"], one["orgValue"], one["newValue"]) for one in done] == [
        ("demo", None, "anna"), ("demo", "anna", "bert"),
    ]  # fmt: skip
