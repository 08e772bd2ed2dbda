"""Every error of the API is problem+json with a stable code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import office as desk
import pytest
from flask.testing import FlaskClient

from pulse.base.errors import Unavailable
from pulse.engine import errors

JSON = "application/json"


def check(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    problem = answer.json
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["type"] == f"urn:pulse:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    return dict(problem)


def test_without_a_token_the_caller_is_told_how_to_bring_one(app: Any) -> None:
    answer = app.test_client().get("/api/v1/invoices")
    check(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="pulse"'


def test_a_token_that_is_unknown_is_refused_as_invalid(app: Any) -> None:
    answer = app.test_client().get("/api/v1/invoices", headers={"Authorization": "Bearer nonsense"})
    check(answer, 401, "unauthenticated")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_who_guesses_tokens_has_to_wait_while_good_tokens_still_work(
    app: Any, bearer: Callable[..., dict[str, str]], parts: desk.TestOffice
) -> None:
    client = app.test_client()
    for n in range(30):
        assert client.get("/api/v1/invoices", headers={"Authorization": f"Bearer x{n}"}).status_code == 401
    answer = client.get("/api/v1/invoices", headers={"Authorization": "Bearer y"})
    check(answer, 429, "too_many_requests")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert client.get("/api/v1/invoices", headers=bearer()).status_code == 200
    parts.clock.advance(timedelta(seconds=61))
    assert client.get("/api/v1/invoices", headers={"Authorization": "Bearer y"}).status_code == 401


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("invoices:write", "POST", "/api/v1/invoices"),
        ("invoices:write", "POST", "/create_invoice"),
        ("clients:read", "POST", "/check_client"),
        ("medications:read", "POST", "/check_medication"),
        ("letters:send", "POST", "/send_email"),
        ("invoices:read", "GET", "/api/v1/invoices/1"),
        ("invoices:read", "GET", "/api/v1/invoices/1/letters"),
        ("invoices:read", "GET", "/api/v1/invoices/1/document"),
        ("invoices:read", "GET", "/api/v1/letters/x/pdf"),
        ("tasks:read", "GET", "/api/v1/tasks"),
        ("tasks:write", "POST", "/api/v1/tasks/x/complete"),
        ("tasks:write", "POST", "/api/v1/tasks/x/claim"),
    ],
)
def test_each_call_needs_its_scope(
    app: Any, bearer: Callable[..., dict[str, str]], scope: str, method: str, path: str
) -> None:
    others = {"invoices:read", "invoices:write", "clients:read", "medications:read", "letters:send"} - {scope}
    answer = app.test_client().open(path, method=method, headers=bearer(*sorted(others)), json={})
    check(answer, 403, "scope_missing")
    assert f'scope="{scope}"' in answer.headers["WWW-Authenticate"]
    allowed = app.test_client().open(path, method=method, headers=bearer(scope), json={})
    assert allowed.status_code not in (401, 403)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v1/invoices/77", 404, "case_missing"),
        ("GET", "/api/v1/invoices/99999999999999999999999999", 404, "not_found"),
        ("GET", "/api/v1/letters/none/pdf", 404, "not_found"),
        ("GET", "/api/v1/tasks/none", 404, "not_found"),
        ("DELETE", "/api/v1/invoices", 405, "method_not_allowed"),
        ("GET", "/check_client", 405, "method_not_allowed"),
        ("GET", "/api/v1/invoices?limit=0", 422, "invalid_request"),
        ("GET", "/api/v1/invoices?before=99999999999999999999", 422, "invalid_request"),
        ("GET", "/api/v1/invoices?colour=red", 422, "invalid_request"),
    ],
)
def test_wrong_addresses_are_problems(api: FlaskClient, method: str, path: str, status: int, code: str) -> None:
    check(api.open(path, method=method), status, code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b'{"insurance_number": NaN}', 400, "invalid_json"),
        (b'{"insurance_number": Infinity}', 400, "invalid_json"),
        (b'{"insurance_number": 1, "insurance_number": 2}', 400, "invalid_json"),
        (b'{"insurance_number": "\xff"}', 400, "invalid_json"),
        (b'{"insurance_number": ' + b"9" * 5000 + b"}", 400, "invalid_json"),
        (b'{"insurance_number": 1.' + b"9" * 5000 + b"}", 400, "invalid_json"),
        (b"[" * 100_000, 400, "invalid_json"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, 400, "invalid_json"),
        (b"[]", 422, "invalid_request"),
        (b"{}", 422, "invalid_request"),
        (b'{"insurance_number": 1.5}', 422, "invalid_request"),
        (b'{"insurance_number": true}', 422, "invalid_request"),
        (b'{"insurance_number": 1, "more": 2}', 422, "invalid_request"),
        (b'"' + b"x" * 1_100_000 + b'"', 413, "request_entity_too_large"),
    ],
)
def test_hostile_json_gets_a_clear_answer(api: FlaskClient, body: bytes, status: int, code: str) -> None:
    check(api.post("/check_client", data=body, content_type=JSON), status, code)


def test_brackets_in_texts_are_no_nesting(api: FlaskClient) -> None:
    number = "[" * 30
    answer = api.post("/check_client", json={"insurance_number": number})
    assert answer.json == {"found": False, "client": None}


def test_another_media_type_is_refused_with_those_that_are_taken(api: FlaskClient) -> None:
    problem = check(api.post("/check_client", data="a=b", content_type="text/plain"), 415, "unsupported_media_type")
    assert problem["accepted"] == [JSON]


def test_an_upload_past_the_limit_is_refused(api: FlaskClient) -> None:
    data = b"%PDF-" + b"0" * (16 * 1024 * 1024)
    answer = api.post("/api/v1/invoices", data=data, content_type="application/pdf")
    check(answer, 413, "request_entity_too_large")


def test_an_invalid_body_is_told_the_field_never_its_value(api: FlaskClient) -> None:
    body = desk.invoice().to_json() | {"invoice_date": "Anna Müller"}
    problem = check(api.post("/api/v1/invoices", json=body), 422, "invalid_request")
    assert [one["field"] for one in problem["errors"]] == ["invoice_date"]
    assert "Müller" not in str(problem)


def test_a_fault_of_ours_tells_nothing_about_itself(
    api: FlaskClient, parts: desk.TestOffice, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("Anna Müller 756.9217.0769.85")

    monkeypatch.setattr("pulse.web.api.invoices.invoices.page", fail)
    answer = api.get("/api/v1/invoices")
    check(answer, 500, "internal_error")
    said = answer.get_data(as_text=True) + "".join(capsys.readouterr())
    assert "RuntimeError" in said
    assert "Müller" not in said
    assert "756.9217" not in said


@pytest.mark.parametrize("error", [Unavailable(), errors.EngineUnavailable()])
def test_a_server_that_is_away_is_a_503_with_a_time_to_come_again(
    api: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("pulse.web.api.tasks.tasks.open_tasks", fail)
    answer = api.get("/api/v1/tasks")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.content_type == "application/problem+json"
