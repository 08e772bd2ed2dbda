"""A worker at an engine that answers as a script says; after an error it waits only for moments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from at_work import at_work
from scripted_engine import ScriptedEngine

from pulse.engine.worker import Topic, Worker

LOST = (400, {"type": "RestException", "message": "cannot be completed by worker 'w'. It is locked by worker 'v'."})


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulse.engine.worker.worker.ERROR_WAIT_S", (0.01, 0.05))
    monkeypatch.setattr("pulse.engine.worker.held.REPEAT_WAIT_S", (0.01, 0.05))


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine() as engine:
        yield engine


def running(engine: ScriptedEngine, *topics: Topic, **options: Any) -> AbstractContextManager[Worker]:
    return at_work(Worker(**{"engine_url": engine.url, "topics": topics, "slots": 2, "poll_ms": 200, **options}))


def counted(engine: ScriptedEngine, worker: Worker, event: str, times: int = 1) -> None:
    engine.wait_until(lambda: worker.handled[event] == times, f"{times} x {event}")
