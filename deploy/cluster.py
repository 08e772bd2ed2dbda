"""Pulse as it runs on many machines, on this one: several engine nodes, workers and gateways, and one web.

    python deploy/cluster.py [--nodes 2] [--workers 2] [--gateways 2] [--folder var/cluster]

Mailbox, mail server and all else come from the settings (`PULSE_…`). The databases are those of PULSE_DATABASE_URL and
PULSE_ENGINE_STORE_URL; with neither, a PostgreSQL of its own in the folder. It starts everything in order, each part
when the one before is ready, prints the address of the web pages, starts again what dies, and stops everything at
SIGTERM or Ctrl-C. `cluster.json` in the folder says what runs. Exit code 1: something did not start.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Self

import urllib3
from own_postgres import PostgresMissing, own_postgres

from db.database import Database
from db.upgrade import upgrade
from pulse import wiring
from pulse.base.errors import Misconfigured, PulseError
from pulse.claims.deploy import deploy
from pulse.demo.processes import Process
from pulse.engine.errors import EngineError
from pulse.settings import Settings, load

_READY_WITHIN_S = 180.0
_LOOK_EVERY_S = 0.5


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to run."""

    nodes: int
    workers: int
    gateways: int
    engine: str
    folder: Path


class NotReady(PulseError):
    """A part did not become ready in time."""

    code = "not_ready"


class Cluster:
    """Runs between `__enter__` and `__exit__`."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._cleanup = contextlib.ExitStack()
        self._environment: dict[str, str] = {"PULSE_DATA_DIR": str(plan.folder.resolve())}
        self._commands: dict[str, list[str]] = {}
        self._processes: dict[str, Process] = {}
        self.node_urls: list[str] = []
        #: Of the workers: `/healthz`, `/readyz`, `/metrics`.
        self.health_urls: list[str] = []
        self.web_url = ""

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stops everything: the nodes when all who speak to them have ended."""
        nodes = [process for process in self._processes.values() if process.name.startswith("node-")]
        others = [process for process in self._processes.values() if process not in nodes]
        for processes in (others, nodes):
            for process in processes:
                process.terminate()
            for process in processes:
                process.stop()
        self._cleanup.close()

    def mend(self) -> None:
        """Starts again whatever has died."""
        for name, process in list(self._processes.items()):
            if not process.running:
                code = process.stop()
                _tell(f"{name} ended with exit code {code}: started again")
                self._run(name)

    def _start(self) -> None:
        (self._plan.folder / "logs").mkdir(parents=True, exist_ok=True)
        given = load()
        self._environment |= self._databases(given) | self._login(given)
        ports = [free_port() for _ in range(self._plan.nodes)]
        self.node_urls = [f"http://127.0.0.1:{port}/engine-rest" for port in ports]
        self._environment["PULSE_ENGINE_URL"] = ",".join(self.node_urls)
        settings = load(os.environ | self._environment)
        wiring.start_logs(settings)
        database = Database(settings.database)
        upgrade(database)
        database.close()
        for number, port in enumerate(ports, 1):
            # One after the other: the first makes the tables, and two at once would get into each other's way.
            node = f"node-{number}"
            self._run(node, "engine", "--kind", self._plan.engine, "--port", str(port))
            self._processes[node].first_line()
        with wiring.engine_client(settings) as engine:
            deploy(engine)
        web_port = settings.web_port or free_port()
        self.web_url = f"http://127.0.0.1:{web_port}"
        workers = [f"worker-{number}" for number in range(1, self._plan.workers + 1)]
        for worker in workers:
            port = free_port()
            self.health_urls.append(f"http://127.0.0.1:{port}")
            self._run(worker, "worker", "--health-port", str(port))
        for number in range(1, self._plan.gateways + 1):
            self._run(f"gateway-{number}", "mail")
        self._run("web", "web", "--port", str(web_port))
        for worker in workers:
            self._wait_for(worker, "/healthz")  # ready or not: a mail server may be away
        self._wait_for("web", "/readyz")

    def _databases(self, given: Settings) -> dict[str, str]:
        """Where Pulse and the engine keep their data, if the settings do not say it."""
        keys = ("PULSE_DATABASE_URL", "PULSE_ENGINE_STORE_URL")
        if given.database_url and given.engine_store_url:
            return {}
        if given.database_url or given.engine_store_url:
            raise Misconfigured(f"{keys[0]} and {keys[1]} go together: both, or neither.", key=keys[0])
        server = own_postgres(self._plan.folder.resolve() / "postgres", free_port(), ("pulse", "engine"))
        return dict(zip(keys, self._cleanup.enter_context(server), strict=True))

    def _login(self, given: Settings) -> dict[str, str]:
        """What the nodes ask for, if the settings do not say it; their database keeps it from the first start on."""
        if given.engine_user:
            return {}
        password = self._plan.folder.resolve() / "engine-password"
        if not password.exists():
            password.touch(mode=0o600)
            password.write_text(secrets.token_urlsafe(16), encoding="ascii")
        return {"PULSE_ENGINE_USER": "pulse", "PULSE_ENGINE_PASSWORD_FILE": str(password)}

    def _run(self, name: str, *command: str) -> None:
        """Starts a process, with the command it had before if none is given."""
        self._commands[name] = list(command) or self._commands[name]
        process = Process(name, self._commands[name], self._environment, self._plan.folder / "logs")
        self._processes[name] = process
        self._write_state()

    def _wait_for(self, name: str, path: str) -> None:
        """Asks a process at the address that it prints. Raises `NotReady`, `ProcessDied`."""
        url = self._processes[name].first_line() + path
        deadline = time.monotonic() + _READY_WITHIN_S
        while not _answers(url):
            self._processes[name].check()
            if time.monotonic() > deadline:
                raise NotReady(f"{name} did not become ready within {_READY_WITHIN_S:.0f} s: {url}")
            time.sleep(_LOOK_EVERY_S)

    def _write_state(self) -> None:
        pids = {name: process.pid for name, process in self._processes.items()}
        state = {"web": self.web_url, "nodes": self.node_urls, "health": self.health_urls, "processes": pids}
        file = self._plan.folder / "cluster.json"
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
        fresh.replace(file)


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        return urllib3.request("GET", url, timeout=5.0, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def main() -> None:
    """Runs until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--nodes", type=int, default=2, help="engine nodes (2)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (2)")
    parser.add_argument("--gateways", type=int, default=2, help="gateway processes (2)")
    parser.add_argument("--engine", choices=("operaton", "camunda"), default="operaton", help="kind of the nodes")
    parser.add_argument("--folder", type=Path, default=Path("var/cluster"), help="data and logs (var/cluster)")
    plan = Plan(**vars(parser.parse_args()))
    stopped = threading.Event()
    _at_signals(_leave)
    try:
        with Cluster(plan) as cluster:
            _at_signals(lambda _signal, _frame: stopped.set())
            print(cluster.web_url, flush=True)
            while not stopped.wait(_LOOK_EVERY_S):
                cluster.mend()
    except (PulseError, EngineError, PostgresMissing, RuntimeError) as error:
        _tell(str(error))
        sys.exit(1)


def _at_signals(act: Callable[[int, FrameType | None], None]) -> None:
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, act)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Out of a start that may take minutes; what has been started is stopped on the way."""
    _at_signals(lambda _signal, _frame: None)
    raise SystemExit(0)


if __name__ == "__main__":
    main()
