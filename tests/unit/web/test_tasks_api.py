"""Tasks by REST, and the health of the process."""

from __future__ import annotations

from collections.abc import Callable

import office as desk
import pytest
from claim_steps import settled
from flask.testing import FlaskClient
from web_desk import TaskEngine

from pulse.claims.relay import relay_once


@pytest.fixture
def invoice_id(parts: desk.TestOffice, engine: TaskEngine) -> int:
    over = desk.position(unit_price="80.00", amount="80.00")
    invoice_id = settled(parts, positions=[over])
    relay_once(parts.office, invoice_id=invoice_id)
    engine.add("t1", "decide", engine.instances[f"invoice-{invoice_id}"])
    engine.variables = {"facts": "Facts of the case", "reason_code": "P812"}
    return invoice_id


def test_tasks_are_listed_by_group_and_case(api: FlaskClient, invoice_id: int) -> None:
    (task,) = api.get("/api/v1/tasks").json["tasks"]
    assert (task["id"], task["kind"], task["group"], task["invoice_id"]) == ("t1", "decide", "controllers", invoice_id)
    assert api.get("/api/v1/tasks?group=assistants").json == {"tasks": []}
    assert api.get(f"/api/v1/tasks?invoice_id={invoice_id + 1}").json == {"tasks": []}
    assert api.get("/api/v1/tasks?group=strangers").status_code == 422


def test_a_task_has_its_form_with_the_values_it_has_now(api: FlaskClient, invoice_id: int) -> None:
    task = api.get("/api/v1/tasks/t1").json
    fields = {field["key"]: field for field in task["fields"]}
    assert list(fields) == ["decision", "reason_code", "comment"]
    assert fields["reason_code"]["value"] == "P812"
    assert fields["decision"]["required"] is True
    assert [option["value"] for option in fields["decision"]["options"]] == ["approve", "partial", "deny", "ask"]
    assert task["facts"] == {"facts": "Facts of the case"}


def test_a_decision_names_its_token_as_a_user_that_engines_accept(
    api: FlaskClient, invoice_id: int, engine: TaskEngine
) -> None:
    body = {"values": {"decision": "deny", "reason_code": "P814"}}
    answer = api.post("/api/v1/tasks/t1/complete", json=body)
    assert answer.status_code == 200
    assert answer.json == {"completed": True, "reading": None, "findings": []}
    assert engine.completed["t1"] == {"decision": "deny", "reason_code": "P814"}
    assert engine.finished_tasks[-1].assignee.startswith("tokentest")
    assert engine.finished_tasks[-1].assignee.isalnum()


def test_who_comes_second_is_told_who_and_when(api: FlaskClient, invoice_id: int) -> None:
    body = {"values": {"decision": "deny", "reason_code": "P814"}}
    api.post("/api/v1/tasks/t1/complete", json=body)
    answer = api.post("/api/v1/tasks/t1/complete", json=body)
    assert answer.status_code == 409
    assert answer.json["code"] == "conflict"
    assert answer.json["who"].startswith("tokentest")
    assert answer.json["when"] == "2026-06-16T08:00:00+00:00"


def test_a_task_that_another_has_taken_is_a_conflict(
    api: FlaskClient, invoice_id: int, engine: TaskEngine, bearer: Callable[..., dict[str, str]]
) -> None:
    engine.claim("t1", "carla")
    for path in ("claim", "release", "complete"):
        body = {"values": {"decision": "deny", "reason_code": "P814"}} if path == "complete" else {}
        answer = api.post(f"/api/v1/tasks/t1/{path}", json=body)
        assert (answer.status_code, answer.json["who"]) == (409, "carla")


def test_taking_and_putting_back(api: FlaskClient, invoice_id: int) -> None:
    assert api.post("/api/v1/tasks/t1/claim").json["assignee"].startswith("tokentest")
    assert api.post("/api/v1/tasks/t1/release").json["assignee"] is None


def test_amounts_by_position_make_a_review(api: FlaskClient, invoice_id: int, engine: TaskEngine) -> None:
    body = {"values": {"decision": "partial", "reason_code": "P813"}, "review": {"1": "20.00"}}
    assert api.post("/api/v1/tasks/t1/complete", json=body).json["completed"] is True
    assert engine.completed["t1"]["review"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"values": {"decision": "deny"}}, "invalid_input"),
        ({"values": {"decision": "deny", "reason_code": "P801"}}, "P901"),
        ({"values": {"decision": "deny", "reason_code": "P814", "other": "x"}}, "invalid_input"),
        ({"values": {"decision": "deny", "reason_code": "P814"}, "review": {"1": "5"}}, "no_review"),
        ({"values": {"decision": "deny", "reason_code": "P814"}, "corrections": {"guid": "x"}}, "no_corrections"),
        ({"values": {"decision": "partial", "reason_code": "P813"}, "review": {"1": "5000"}}, "P901"),
        ({"values": {"decision": 5}}, "invalid_request"),
        ({}, "invalid_request"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    api: FlaskClient, invoice_id: int, engine: TaskEngine, body: dict, code: str
) -> None:
    answer = api.post("/api/v1/tasks/t1/complete", json=body)
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert engine.completed == {}


def test_alive_and_ready(app: object, api: FlaskClient, engine: TaskEngine) -> None:
    assert api.get("/healthz").json == {"status": "ok"}
    assert api.get("/readyz").json == {"status": "ok", "checks": {"database": "ok", "engine": "ok"}}
    engine.away = True
    answer = api.get("/readyz")
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"
    assert answer.json["checks"] == {"database": "ok", "engine": "engine_unavailable"}
    assert api.get("/healthz").status_code == 200


def test_a_database_of_an_older_schema_is_not_ready(api: FlaskClient, parts: desk.TestOffice) -> None:
    from db.upgrade import downgrade

    downgrade(parts.database, "0001")
    assert api.get("/readyz").json["checks"]["database"] == "schema_not_current"
