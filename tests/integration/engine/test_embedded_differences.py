"""What stays different from the real engine: the list in the embedded engine's README, each entry held here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from embedded_engine import TIMEOUT_S, Rest, bpmn, flows

from pulse.engine.embedded.people import Login
from pulse.engine.embedded.server import EmbeddedServer

TASK = '<startEvent id="start"/><userTask id="u" camunda:assignee="anna" camunda:dueDate="2030-01-01T10:00:00"/>'
GRAPH = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="graph" name="graph" namespace="test"
             xmlns:camunda="http://camunda.org/schema/1.0/dmn">
  <decision id="first" name="first" camunda:historyTimeToLive="P30D">
    <variable name="first" typeRef="string"/><literalExpression><text>"a"</text></literalExpression>
  </decision>
  <decision id="last" name="last" camunda:historyTimeToLive="P30D">
    <variable name="last" typeRef="string"/>
    <informationRequirement id="r"><requiredDecision href="#first"/></informationRequirement>
    <literalExpression><text>first</text></literalExpression>
  </decision>
</definitions>"""


@pytest.fixture(scope="module")
def rest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rest]:
    folder: Path = tmp_path_factory.mktemp("differences")
    with EmbeddedServer(f"sqlite:///{folder / 'engine.db'}") as server:
        rest = Rest(server.url)
        rest.deploy(bpmn(TASK + flows("start-u")), graph_dmn=GRAPH)
        rest.start()
        yield rest
        rest.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/tenant"), ("GET", "/filter"), ("POST", "/filter/create"), ("GET", "/authorization"),
        ("POST", "/authorization/create"), ("GET", "/batch"), ("POST", "/migration/generate"),
        ("POST", "/process-instance/delete"), ("POST", "/external-task/retries-async"),
        ("POST", "/process-instance/x/modification"), ("POST", "/task/x/attachment/create"),
    ],
)  # fmt: skip
def test_what_it_does_not_do_has_no_resource(rest: Rest, method: str, path: str) -> None:
    answer = requests.request(method, rest.url + path, json={}, timeout=TIMEOUT_S)
    assert answer.status_code in {404, 405}
    assert answer.json()["type"] in {"NotFoundException", "NotAllowedException"}


def test_every_check_of_rights_is_answered_yes_and_no_task_has_attachments(rest: Rest) -> None:
    asked = "permissionName=DELETE&resourceName=deployment&resourceType=9"
    assert rest.get(f"/authorization/check?{asked}")["authorized"] is True
    (task,) = rest.get("/task")
    assert rest.get(f"/task/{task['id']}/attachment") == []


@pytest.mark.parametrize("path", ["/process-definition/key/p", "/process-definition", "/job-definition"])
def test_suspension_at_a_later_date_is_refused(rest: Rest, path: str) -> None:
    later = {"suspended": True, "processDefinitionKey": "p", "executionDate": "2040-01-01T00:00:00.000+0000"}
    rest.call("PUT", f"{path}/suspended", later, status=400)
    assert rest.get("/process-definition/key/p")["suspended"] is False


def test_a_hal_list_holds_the_tasks_alone(rest: Rest) -> None:
    answer = requests.get(rest.url + "/task", headers={"Accept": "application/hal+json"}, timeout=TIMEOUT_S).json()
    assert (answer["count"], answer["_embedded"].keys()) == (1, {"task"})
    links = answer["_embedded"]["task"][0]["_links"]
    assert links["assignee"] == {"href": "/user/anna"}
    assert links["processDefinition"]["href"].startswith("/process-definition/p:1:")


def test_history_keeps_the_decision_that_was_asked_for(rest: Rest) -> None:
    (found,) = rest.post("/decision-definition/key/last/evaluate", {"variables": {}})
    assert found["last"]["value"] == "a"
    assert [one["decisionDefinitionKey"] for one in rest.get("/history/decision-instance")] == ["last"]


def test_a_date_without_an_offset_is_utc(rest: Rest) -> None:
    (task,) = rest.get("/task")
    assert task["due"] == "2030-01-01T10:00:00.000+0000"


def test_a_wrong_password_locks_nobody_out(tmp_path: Path) -> None:
    with EmbeddedServer(f"sqlite:///{tmp_path / 'engine.db'}", login=Login("admin", "right")) as server:
        tries = ["wrong"] * 3 + ["right"]
        answers = [requests.get(server.url + "/version", auth=("admin", one), timeout=TIMEOUT_S) for one in tries]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 200]


def test_a_resolved_tasks_activity_has_its_owner(rest: Rest) -> None:
    (task,) = rest.get("/task")
    for step, body in (("delegate", {"userId": "mary"}), ("resolve", {})):
        answer = requests.post(f"{rest.url}/task/{task['id']}/{step}", json=body, timeout=TIMEOUT_S)
        assert answer.status_code == 204
    (activity,) = rest.get("/history/activity-instance?activityType=userTask")
    assert activity["assignee"] == "anna"
