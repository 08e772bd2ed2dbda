"""Pulse on several nodes, workers and gateways: `deploy/cluster.py` as operators run it, on the demo's mail server."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import select

from db.database import Database
from db.tables import leases
from db.upgrade import upgrade
from pulse.demo.processes import ProcessDied
from pulse.demo.stage import EngineElsewhere, Stage, free_port
from pulse.engine.java import Build

ROOT = Path(__file__).resolve().parents[2]
#: What a dead process held is free after seconds.
QUICK = {
    "PULSE_MAIL_LEASE_S": "5",
    "PULSE_RELAY_LEASE_S": "5",
    "PULSE_WORKER_LOCK_S": "10",
    "PULSE_WORKER_POLL_S": "1",
}


class ManyMachines(Stage):
    """A stage that the cluster script runs; `kill` ends any of its processes, and the script starts it again."""

    def __init__(
        self, folder: Path, *, engine: Build, database_url: str, engine_store_url: str, arguments: list[str]
    ) -> None:
        super().__init__(folder, model=None, web_port=0)
        self._engine_build = engine
        self._arguments = arguments
        self._database_url, self._engine_store_url = database_url, engine_store_url
        self._cluster: subprocess.Popen[str] | None = None
        self.log = folder / "cluster.log"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._cluster is not None:
            self.stop()
        super().__exit__(kind, error, trace)

    def stop(self) -> int:
        """Ends the script as an operator does; its exit code."""
        cluster, self._cluster = self._cluster, None
        assert cluster is not None
        assert cluster.stdout is not None
        cluster.send_signal(signal.SIGTERM)
        try:
            code = cluster.wait(90)
        finally:
            cluster.kill()
            cluster.stdout.close()
        return code

    def check(self) -> None:
        """Raises `ProcessDied` where the script has ended by itself."""
        if self._cluster is not None and self._cluster.poll() is not None:
            raise ProcessDied(self.log.read_text("utf-8")[-2000:])

    def processes(self) -> dict[str, int]:
        """What runs: process ids by name."""
        found: dict[str, int] = self._state()["processes"]
        return found

    def kill(self, name: str) -> None:
        """As a power cut: the process and all that it has started."""
        for pid in _family(self.processes()[name]):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def mailbox_holder(self) -> str | None:
        """The gateway that reads the mailbox now; None while it is a dead one's."""
        with self.database.read() as connection:
            holder = connection.execute(select(leases.c.holder).where(leases.c.name.startswith("mail:"))).scalar()
        pid = int(holder.split(":")[1]) if holder else 0
        return next((name for name, running in self.processes().items() if running == pid), None)

    def _start(self) -> None:
        engines = self.folder / "engines"
        engines.mkdir(parents=True)
        (engines / self._engine_build.folder.name).symlink_to(self._engine_build.folder)
        self._cleanup.enter_context(self.mail)
        self.database = Database(self._database_url)
        self._cleanup.callback(self.database.close)
        upgrade(self.database)
        self._fill()
        web_port = free_port(0)
        self.web_url = f"http://127.0.0.1:{web_port}"
        self._engine = EngineElsewhere(url="", user="demo", password=self.logins.mail_password)
        settings = self._settings() | {
            "PULSE_DATABASE_URL": self._database_url,
            "PULSE_ENGINE_STORE_URL": self._engine_store_url,
            "PULSE_ENGINE_USER": self._engine.user,
            "PULSE_ENGINE_PASSWORD": self._engine.password,
            "PULSE_ENGINE_JAVA_OPTIONS": "-Xmx320m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "PULSE_WEB_PORT": str(web_port),
            "PULSE_LOG_FORMAT": "json",
        }
        del settings["PULSE_ENGINE_URL"]  # the script starts the nodes
        command = [sys.executable, str(ROOT / "deploy" / "cluster.py"), *self._arguments, "--folder", str(self.folder)]
        with self.log.open("w") as log:
            self._cluster = subprocess.Popen(
                command, env=os.environ | settings | QUICK, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT
            )
        assert self._cluster.stdout is not None
        said = self._cluster.stdout.readline().strip()
        assert said == self.web_url, said + self.log.read_text("utf-8")
        self.engine_url = ",".join(self._state()["nodes"])

    def _state(self) -> Any:
        return json.loads((self.folder / "cluster.json").read_text("utf-8"))


def _family(pid: int) -> list[int]:
    """A process and all below it, the last first."""
    with contextlib.suppress(FileNotFoundError):
        lists = [file.read_text().split() for file in Path(f"/proc/{pid}/task").glob("*/children")]
        return [*(member for children in lists for child in children for member in _family(int(child))), pid]
    return [pid]
