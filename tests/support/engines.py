"""The engine that a test of the protocol runs on: the embedded one, or the one at PULSE_TEST_ENGINE_URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulse.engine.client import EngineClient
from pulse.engine.embedded.server import EmbeddedServer


@contextmanager
def an_engine(folder: Path) -> Iterator[str]:
    """The base URL of an engine without running instances. Another engine than ours should be one for tests alone."""
    url = os.environ.get("PULSE_TEST_ENGINE_URL")
    if not url:
        with EmbeddedServer(f"sqlite:///{folder}/engine.db") as server:
            yield server.url
        return
    yield url
    with EngineClient(url) as client:
        for instance in client.process_instances():
            client.delete_process_instance(instance.id, "test over")
