"""Deploying is safe to repeat, and a changed model brings its forms along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from process_walk import Engine, Walk

from pulse.claims import deploy as deployment
from pulse.engine.client import EngineClient


@pytest.fixture
def client(engine: Engine) -> EngineClient:
    return EngineClient(engine.url, auth=engine.auth)


@pytest.fixture
def changed(engine: Engine, client: EngineClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A deployment in which the process alone has changed; removed with all that runs on it."""
    files = deployment.models()
    files["medication_invoice.bpmn"] += b"<!-- changed -->"
    monkeypatch.setattr(deployment, "models", lambda: files)
    made = deployment.deploy(client)
    yield made
    engine.delete(f"/deployment/{made}?cascade=true")


def versions(engine: Engine) -> list[dict[str, Any]]:
    return list(engine.get("/process-definition", key="medication-invoice"))


def test_deploying_again_what_is_unchanged_makes_nothing_new(engine: Engine, client: EngineClient) -> None:
    first = deployment.deploy(client)
    before = versions(engine)
    assert deployment.deploy(client) == first
    assert versions(engine) == before


def test_a_task_of_a_changed_process_still_has_its_form(engine: Engine, changed: str) -> None:
    walk = Walk(engine, reading="doubtful")
    task = walk.task("correct_reading")
    assert changed in {
        version["deploymentId"] for version in versions(engine) if version["id"] == task["processDefinitionId"]
    }
    assert engine.get(f"/task/{task['id']}/deployed-form")["id"] == "correct_reading"
