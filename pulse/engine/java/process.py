"""One running Java engine, from start to stop."""

from __future__ import annotations

import base64
import http.client
import os
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Self

from pulse.engine.java.build import TITLES, Build
from pulse.engine.java.database import Database
from pulse.engine.java.errors import EngineDied, NotReady

READY_WITHIN_S = 180
_MAIN_CLASS = "pulse.engines.EngineServer"
_ANSWER_WITHIN_S = 60
_STOP_WITHIN_S = 30
_LISTENING = "listening on "
_LOG_LINES = 25


class JavaEngine:
    """An engine as a process: `with JavaEngine(build("operaton", folder), log=path) as engine: engine.url`.

    Port 0 picks a free one. `user` and `password` are made at the first start on a database, as its administrator; REST
    asks for them unless `login` is off, the web applications always. Several engines may share one PostgreSQL. The
    engine ends with the process that started it, however that ends. `spin=False` and another `serialization_format`
    make it an engine as an insurer may have set it up. `log` grows to 60 MB at most.
    """

    def __init__(
        self,
        built: Build,
        *,
        log: Path,
        host: str = "127.0.0.1",
        port: int = 0,
        user: str = "demo",
        password: str = "demo",  # noqa: S107  the newcomer's, on this machine's own interface
        login: bool = True,
        database: Database | None = None,
        spin: bool = True,
        serialization_format: str = "application/json",
        java_options: Sequence[str] = ("-Xmx512m",),
    ) -> None:
        self.kind, self.host, self.port = built.kind, host, port
        self.user, self.password = user, password
        self.log = log
        class_path = os.pathsep.join(str(jar) for jar in built.class_path(spin=spin))
        # zone: what the engine writes without one is UTC, also when clocks change
        self._command = [built.java, *java_options, "-Duser.timezone=UTC", "-cp", class_path, _MAIN_CLASS]
        database = database or Database.in_memory()
        self._environment = {
            "ENGINE_HOST": host,
            "ADMIN_USER": user,
            "ADMIN_PASSWORD": password,
            "REST_LOGIN": str(login).lower(),
            "DB_URL": database.url,
            "DB_USER": database.user,
            "DB_PASSWORD": database.password,
            "SERIALIZATION_FORMAT": serialization_format,
            "LOGGING_FILE_NAME": str(log.resolve()),
            "LOGGING_THRESHOLD_CONSOLE": "OFF",
            "STOP_AT_END_OF_INPUT": "true",
        }
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._said: deque[str] = deque(maxlen=_LOG_LINES)
        self._listens = False
        self._spoke_or_ended = threading.Event()
        self._log_began = 0

    @property
    def url(self) -> str:
        """REST root."""
        return f"{self._root}/engine-rest"

    @property
    def webapp_url(self) -> str:
        """Root of the web applications: Tasklist, Cockpit, Admin."""
        return f"{self._root}/{self.kind}"

    @property
    def _root(self) -> str:
        host = self._reached_at
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def _reached_at(self) -> str:
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  every interface has this one

    @property
    def pid(self) -> int:
        """Process id of the running engine."""
        assert self._process is not None
        return self._process.pid

    def start(self, within_s: float = READY_WITHIN_S) -> None:
        """Start and wait until requests are answered; raises `NotReady` or `EngineDied`, and then nothing runs.

        After a stop or a death it starts anew on the same port.
        """
        self.stop()
        self._said.clear()
        self._listens = False
        self._spoke_or_ended.clear()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._log_began = self.log.stat().st_size if self.log.exists() else 0
        self._process = subprocess.Popen(  # noqa: S603  our own command line
            self._command,
            env=os.environ | self._environment | {"ENGINE_PORT": str(self.port)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,  # Ctrl-C is for us: we stop it
        )
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._listen, args=[self._process.stdout], daemon=True)
        self._reader.start()
        try:
            self._wait_until_ready(within_s)
        except BaseException:
            self.stop()
            raise

    def wait(self) -> None:
        """Wait for ever; raises `EngineDied` when the engine ends."""
        assert self._process is not None
        raise self._died(self._process.wait())

    def stop(self) -> None:
        """End the engine; does nothing if it has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert self._reader is not None
        self._reader.join()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _listen(self, output: IO[str]) -> None:
        for line in output:
            if line.startswith(_LISTENING):
                self.port = int(line.removeprefix(_LISTENING))
                self._listens = True
                self._spoke_or_ended.set()
            self._said.append(line.rstrip())
        self._spoke_or_ended.set()

    def _wait_until_ready(self, within_s: float) -> None:
        assert self._process is not None
        if not self._spoke_or_ended.wait(within_s):
            raise NotReady(f"{TITLES[self.kind]} was not ready within {within_s:.0f} s; its log is {self.log}")
        if not self._listens:
            raise self._died(self._process.wait())
        status = self._asked_for_its_version()
        if status != 200:
            why = "its database knows another password" if status == 401 else f"it answers with {status}"
            raise NotReady(f"{TITLES[self.kind]} does not let {self.user} in: {why}")

    def _asked_for_its_version(self) -> int:
        """The status of the answer."""
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        connection = http.client.HTTPConnection(self._reached_at, self.port, timeout=_ANSWER_WITHIN_S)
        try:
            connection.request("GET", "/engine-rest/version", headers={"Authorization": f"Basic {token}"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise NotReady(f"{TITLES[self.kind]} does not answer at {self.url}: {error}") from None
        finally:
            connection.close()

    def _died(self, status: int) -> EngineDied:
        assert self._reader is not None
        self._reader.join()
        last = "\n".join([line for line in (*self._said, *self._logged()) if line][-_LOG_LINES:])
        return EngineDied(f"{TITLES[self.kind]} ended (status {status}); its log {self.log} ends with:\n{last}")

    def _logged(self) -> list[str]:
        """What this run has logged."""
        if not self.log.exists():
            return []
        data = self.log.read_bytes()
        began = self._log_began if self._log_began <= len(data) else 0  # a new file was begun
        return data[began:].decode("utf-8", "replace").splitlines()
