"""The engines that a test of the protocol or of our models runs on.

The embedded one and Operaton; at full size also Camunda 7, and an Operaton as an insurer may have it: without Spin,
with the serialization format of its starter. PULSE_TEST_ENGINE_URL names another one to run on instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from pulse.engine.client import EngineClient
from pulse.engine.embedded.server import EmbeddedServer
from pulse.engine.java import JavaEngine

_FULL_SIZE = ("camunda", "bare_operaton") if os.environ.get("PULSE_BARS") == "1" else ()
_NAMES = ("given",) if "PULSE_TEST_ENGINE_URL" in os.environ else ("embedded", "operaton", *_FULL_SIZE)
#: The Java engines stay on one worker, so that each is started once; the first test of a run may have to build one.
_ON_JAVA = (pytest.mark.xdist_group("operaton"), pytest.mark.timeout(600))
#: For `pytest.fixture(params=…)`.
ENGINES = [pytest.param(name, marks=() if name == "embedded" else _ON_JAVA) for name in _NAMES]


@dataclass(frozen=True)
class EngineAddress:
    """Where an engine answers, and to whom."""

    url: str
    auth: tuple[str, str] | None = None

    def client(self) -> EngineClient:
        return EngineClient(self.url, auth=self.auth)


@contextmanager
def an_engine(name: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[EngineAddress]:
    """One of `ENGINES`, without running instances; the embedded one is new, and others are for tests alone."""
    if name == "embedded":
        with EmbeddedServer(f"sqlite:///{folder}/engine.db") as server:
            yield EngineAddress(server.url)
        return
    address = _given() if name == "given" else _of(request.getfixturevalue(name))
    _clear(address)
    yield address
    _clear(address)


def _given() -> EngineAddress:
    parts = urlsplit(os.environ["PULSE_TEST_ENGINE_URL"])
    auth = (parts.username, parts.password or "") if parts.username else None
    return EngineAddress(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])), auth)


def _of(engine: JavaEngine) -> EngineAddress:
    return EngineAddress(engine.url, (engine.user, engine.password))


def _clear(address: EngineAddress) -> None:
    with address.client() as client:
        for instance in client.process_instances():
            client.delete_process_instance(instance.id, "test over")
