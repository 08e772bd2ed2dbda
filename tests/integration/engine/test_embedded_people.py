"""Users, groups and the login of the embedded engine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from embedded_engine import TIMEOUT_S, Rest, bpmn, flows

from pulse.engine.embedded.people import BadUser, Login
from pulse.engine.embedded.server import EmbeddedServer

LOGIN = Login("admin", "s3cret")
ADMIN = (LOGIN.user, LOGIN.password)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[str]:
    with EmbeddedServer(f"sqlite:///{tmp_path / 'engine.db'}", login=LOGIN) as server:
        yield server.url


def status(url: str, path: str, login: tuple[str, str] | None = None, method: str = "GET", body: object = None) -> int:
    return requests.request(method, url + path, auth=login, json=body, timeout=TIMEOUT_S).status_code


def test_without_the_login_that_is_set_every_request_is_refused(guarded: str) -> None:
    answer = requests.get(guarded + "/version", timeout=TIMEOUT_S)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert status(guarded, "/task", ("admin", "wrong")) == 401
    assert status(guarded, "/task", ("nobody", "")) == 401
    assert status(guarded, "/external-task/fetchAndLock", method="POST", body={}) == 401
    assert status(guarded, "/nothing") == 401


def test_with_the_login_requests_are_answered_and_the_list_of_engines_always(guarded: str) -> None:
    assert status(guarded, "/task", ADMIN) == 200
    assert status(guarded, "/engine") == 200


def test_a_user_made_by_rest_can_log_in_until_the_password_is_changed(guarded: str) -> None:
    profile = {"profile": {"id": "anna", "firstName": "Anna"}, "credentials": {"password": "first"}}
    assert status(guarded, "/user/create", ADMIN, "POST", profile) == 204
    assert status(guarded, "/task", ("anna", "first")) == 200
    change = {"password": "second", "authenticatedUserPassword": "no"}
    assert status(guarded, "/user/anna/credentials", ("anna", "first"), "PUT", change) == 400
    change["authenticatedUserPassword"] = "first"
    assert status(guarded, "/user/anna/credentials", ("anna", "first"), "PUT", change) == 204
    assert status(guarded, "/task", ("anna", "first")) == 401
    assert status(guarded, "/task", ("anna", "second")) == 200
    assert status(guarded, "/user/anna", ADMIN, "DELETE") == 204
    assert status(guarded, "/task", ("anna", "second")) == 401


def test_a_user_without_a_password_cannot_log_in(guarded: str) -> None:
    assert status(guarded, "/user/create", ADMIN, "POST", {"profile": {"id": "bert"}}) == 204
    assert status(guarded, "/task", ("bert", "")) == 401


@pytest.mark.parametrize(("user", "password"), [("", "x"), ("a b", "x"), ("admin", "")])
def test_a_login_without_a_proper_name_or_password_is_refused(user: str, password: str) -> None:
    with pytest.raises(BadUser):
        Login(user, password)


def test_no_password_stands_in_the_store(tmp_path: Path) -> None:
    with EmbeddedServer(f"sqlite:///{tmp_path / 'engine.db'}", login=LOGIN):
        pass
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"admin" in kept
    assert LOGIN.password.encode() not in kept


def test_a_user_sees_the_tasks_offered_to_the_own_groups(tmp_path: Path) -> None:
    task = '<startEvent id="start"/><userTask id="u" camunda:candidateGroups="controllers"/>' + flows("start-u")
    with EmbeddedServer(f"sqlite:///{tmp_path / 'engine.db'}") as server:
        rest = Rest(server.url)
        rest.deploy(bpmn(task))
        rest.start()
        rest.post("/user/create", {"profile": {"id": "anna"}, "credentials": {"password": "x"}})
        rest.post("/group/create", {"id": "controllers", "name": "Controllers"})
        assert rest.get("/task?candidateUser=anna") == []
        rest.call("PUT", "/group/controllers/members/anna")
        assert len(rest.get("/task?candidateUser=anna")) == 1
        rest.call("DELETE", "/group/controllers")
        assert rest.get("/identity/groups?userId=anna") == {"groups": [], "groupUsers": []}
        rest.close()


def test_the_command_line_asks_for_the_login_of_the_settings(tmp_path: Path) -> None:
    settings = {"PULSE_DATA_DIR": str(tmp_path), "PULSE_ENGINE_USER": "admin", "PULSE_ENGINE_PASSWORD": "s3cret"}
    command = [sys.executable, "-m", "pulse", "engine", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | settings) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert [status(url, "/version"), status(url, "/version", ADMIN)] == [401, 200]
        finally:
            process.terminate()
