"""An engine with our models on it: the embedded one, or the one that PULSE_TEST_ENGINE_URL names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from process_walk import Engine, Walk

from pulse.claims.deploy import deploy
from pulse.engine.client import EngineClient


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    url = os.environ.get("PULSE_TEST_ENGINE_URL")
    if url:
        yield from _deployed(url)
        return
    from pulse.engine.embedded.server import EmbeddedServer

    store = tmp_path_factory.mktemp("engine") / "engine.db"
    with EmbeddedServer(f"sqlite:///{store}") as server:
        yield from _deployed(server.url)


def _deployed(url: str) -> Iterator[Engine]:
    engine = Engine(url)
    deploy(EngineClient(engine.url, auth=engine.auth))
    yield engine
    engine.close()


@pytest.fixture
def start(engine: Engine) -> Iterator[Callable[..., Walk]]:
    """`start(reading="doubtful")` starts an instance; what still runs at the end of the test is removed."""
    walks: list[Walk] = []

    def begin(**variables: object) -> Walk:
        walks.append(Walk(engine, **variables))
        return walks[-1]

    yield begin
    for walk in walks:
        walk.remove()
