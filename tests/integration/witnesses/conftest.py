"""An embedded engine with the witnesses' processes on it, and foreign workers as processes of their own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from npm_packages import beside_packages

from pulse.engine.client import EngineClient
from pulse.engine.embedded.server import EmbeddedServer

HERE = Path(__file__).parent
sys.path.append(str(HERE))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineClient]:
    from witness_models import models

    store = f"sqlite:///{tmp_path_factory.mktemp('witnesses')}/engine.db"
    with EmbeddedServer(store) as server, EngineClient(server.url) as client:
        client.deploy("witnesses", models())
        yield client


@pytest.fixture(scope="module")
def worker(
    request: pytest.FixtureRequest,
    client: EngineClient,
    need: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The name of the foreign client whose worker runs."""
    name: str = request.param
    log = tmp_path_factory.mktemp(name) / "log"
    with _running(_command(name, client.url, need), log):
        yield name


def _command(name: str, url: str, need: Callable[[str], str]) -> list[str]:
    match name:
        case "js":
            return [need("node"), str(beside_packages(need("npm"), HERE / "js_worker.js")), url]
        case "python3":
            return [sys.executable, str(HERE / "python3_worker.py"), url]
        case _:
            program = Path(sysconfig.get_path("scripts")) / "operaton-tasks"
            options = ["--base-url", url, "--run-timeout", "120"]
            return [str(program), "serve", str(HERE / "operaton_worker.py"), *options]


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            yield
            assert process.poll() is None, log.read_text("utf-8")
        finally:
            process.terminate()
