"""`pulse deploy` gives people access to the engine's own Tasklist and Cockpit, once, as far as the engine lets it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_webapps import left_as_found
from pycamunda.base import RequestMethod
from scripted_engine import ScriptedEngine

from pulse.claims.deploy import deploy
from pulse.claims.engine_access import DEMO_USERS, add_users, give_access
from pulse.claims.start import PROCESS
from pulse.engine.client import EngineClient
from pulse.engine.client.administration import Administration
from pulse.engine.client.requests import Endpoint
from pulse.engine.java import JavaEngine

on_operaton = pytest.mark.xdist_group("operaton")


@pytest.fixture
def admin(operaton: JavaEngine) -> Iterator[EngineClient]:
    """The administrator of an Operaton that is left as it was found."""
    with EngineClient(operaton.url, auth=(operaton.user, operaton.password)) as client, left_as_found(client):
        yield client


def everything(engine: EngineClient) -> list[Any]:
    return [engine.get(path) for path in ("/group", "/user", "/filter", "/authorization", "/deployment")]


@on_operaton
def test_deploying_again_changes_nothing(admin: EngineClient) -> None:
    deploy(admin)
    first = give_access(admin)
    assert {"Group assistants", "Group controllers", "Filter “Invoices: controllers”"} <= set(first.made)
    assert first.left_out == []
    before = everything(admin)
    deploy(admin)
    again = give_access(admin)
    assert (again.made, again.left_out) == ([], [])
    assert everything(admin) == before


@on_operaton
def test_what_a_person_has_changed_stays(admin: EngineClient) -> None:
    give_access(admin)
    ours = next(one for one in Administration(admin).filters() if "controllers" in one.name)
    changed = {
        "resource_type": "Task",
        "name": "Was ansteht",
        "query": {"candidateGroup": "controllers", "processDefinitionKey": PROCESS, "unassigned": True},
        "properties": {"color": "#224488", "variables": []},
    }
    admin.call(Endpoint(admin.url, f"/filter/{ours.id}", method=RequestMethod.PUT, body=changed))
    right = next(one for one in Administration(admin).rights(["assistants"]) if one.resource_type == 6)
    narrower = {
        "permissions": ["READ"],
        "group_id": "assistants",
        "resource_type": 6,
        "resource_id": right.resource_id,
    }
    admin.call(Endpoint(admin.url, f"/authorization/{right.id}", method=RequestMethod.PUT, body=narrower))
    before = everything(admin)
    assert give_access(admin).made == []
    assert everything(admin) == before


@on_operaton
def test_a_login_without_rights_is_told_so(admin: EngineClient) -> None:
    Administration(admin).add_user("weak", "weak-password", first_name="Wanda", last_name="Weak")
    with EngineClient(admin.url, auth=("weak", "weak-password")) as weak:
        report = give_access(weak)
    assert report.made == []
    groups, filters = report.left_out
    assert groups.startswith("Groups: not allowed by the engine for this login: ")
    assert filters.startswith("Filters and rights: not allowed by the engine for this login: ")
    assert "'weak'" in groups


@on_operaton
def test_users_for_trying_are_made_once_and_keep_their_passwords(admin: EngineClient) -> None:
    give_access(admin)
    passwords = iter(["first-password", "second-password", "third-password"])
    made = add_users(admin, DEMO_USERS, lambda: next(passwords))
    assert set(made) == set(DEMO_USERS)
    assert add_users(admin, DEMO_USERS, lambda: next(passwords)) == {}
    with EngineClient(admin.url, auth=("controller", made["controller"])) as controller:
        assert [one["name"] for one in controller.get("/filter")] == ["Invoices: controllers"]


def test_an_engine_without_filters_and_rights_is_only_told_of(engine_url: str) -> None:
    with EngineClient(engine_url) as engine:
        report = give_access(engine)
    assert report.left_out[-1] == "Filters and rights: this engine has none."


def test_a_directory_that_is_read_only_gets_filters_and_rights_for_the_groups_it_has() -> None:
    refusal = {"type": "InvalidRequestException", "message": "Identity service implementation is read-only."}
    with ScriptedEngine() as engine, EngineClient(engine.url) as client:
        engine.on("/group$", (200, []))
        engine.on("/group/create", (403, refusal))
        engine.on("/filter$", (200, []))
        engine.on("/filter/create", (200, {"id": "f1"}))
        engine.on("/authorization", (200, []))
        report = give_access(client)
        granted = [seen.body for seen in engine.seen if seen.path.endswith("/authorization/create")]
    (left_out,) = report.left_out
    assert "Identity service implementation is read-only." in left_out
    assert {"controllers", "assistants", "operators"} == {body["groupId"] for body in granted}
    assert {
        "groupId": "controllers",
        "type": 1,
        "resourceType": 5,
        "resourceId": "f1",
        "permissions": ["READ"],
    } in granted


def said(url: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """`pulse deploy` as somebody runs it."""
    environment = {**os.environ, "PULSE_ENGINE_URL": url, "PULSE_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "pulse", "deploy", *options]
    return subprocess.run(command, env=environment, check=False, capture_output=True, text=True)


def test_models_alone_are_deployed_on_request(engine_url: str, tmp_path: Path) -> None:
    done = said(engine_url, tmp_path, "--models-only")
    assert done.returncode == 0
    assert "Deployed: " in done.stdout
    assert "Filters" not in done.stdout + done.stderr


def test_an_engine_that_is_away_is_said_in_one_line(free_port: int, tmp_path: Path) -> None:
    done = said(f"http://127.0.0.1:{free_port}/engine-rest", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("pulse: The engine: no answer from the engine")
    assert done.stderr.count("\n") == 1
