"""The engines with our models on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from engines import ENGINES, an_engine
from process_walk import Engine, Walk

from pulse.claims.deploy import deploy


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with an_engine(request.param, request, tmp_path_factory.mktemp("engine")) as address:
        with address.client() as client:
            deploy(client)
        engine = Engine(address.url, address.auth)
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
