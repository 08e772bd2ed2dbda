"""A PostgreSQL server of the tests' own: a fresh cluster in a temporary folder, TCP on a free port, no socket file."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import office
import pytest
from ports import kept_port
from sqlalchemy import create_engine

from db.database import Database
from db.upgrade import upgrade

#: Who runs the server where the tests run as root, whom PostgreSQL refuses.
_UNPRIVILEGED = ("postgres", "nobody")
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "60"}


class Server:
    """A running server; `database()` makes one with the newest schema and gives its URL, `empty()` one without.

    `stop()` ends it and every connection; `start()` brings it back with what it held.
    """

    def __init__(self, port: int, stop: Callable[[], None], start: Callable[[], None]) -> None:
        self.stop, self.start = stop, start
        self._url = f"postgresql+psycopg://postgres@127.0.0.1:{port}"
        self._template: str | None = None

    def database(self) -> str:
        if self._template is None:
            self._template = self._new()
            database = Database(f"{self._url}/{self._template}")
            upgrade(database)
            database.close()
        return f"{self._url}/{self._new(self._template)}"

    def empty(self) -> str:
        return f"{self._url}/{self._new()}"

    def _new(self, template: str = "template1") -> str:
        name = f"test_{uuid4().hex[:12]}"
        engine = create_engine(f"{self._url}/postgres", isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        finally:
            engine.dispose()
        return name


@contextmanager
def running(need: Callable[[str], str], port: int) -> Iterator[Server]:
    """A server while the block runs; `need` gives the programs' paths or skips the test."""
    initdb, pg_ctl = need("initdb"), need("pg_ctl")
    folder = Path(tempfile.mkdtemp(prefix="pulse-pg-"))
    run = _as_somebody(folder)
    data, log = folder / "data", folder / "log"
    try:
        run([initdb, "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"])
        settings = "".join(f" -c {name}={value}" for name, value in _FAST.items())
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''{settings}"

        def start() -> None:
            run([pg_ctl, "-D", str(data), "-l", str(log), "-w", "-t", "60", "-o", options, "start"])

        def stop() -> None:
            run([pg_ctl, "-D", str(data), "-m", "fast", "-w", "stop"])

        start()
        try:
            yield Server(port, stop, start)
        finally:
            stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_somebody(folder: Path) -> Callable[[list[str]], None]:
    """Runs a command as a user that PostgreSQL accepts, who owns the folder."""
    prefix: list[str] = []
    if os.geteuid() == 0:
        import pwd

        user = next(pwd.getpwnam(name) for name in _UNPRIVILEGED if _exists(name))
        os.chown(folder, user.pw_uid, user.pw_gid)
        setpriv = shutil.which("setpriv")
        prefix = [str(setpriv), f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]

    def run(command: list[str]) -> None:
        # Output to a file, not a pipe: the server inherits it and would keep a pipe open for ever.
        with (folder.parent / f"{folder.name}.out").open("w+") as out:
            done = subprocess.run(
                [*prefix, *command], stdout=out, stderr=out, cwd=folder, check=False, env={**os.environ, "LC_ALL": "C"}
            )
            out.seek(0)
            text = out.read()
        (folder.parent / f"{folder.name}.out").unlink()
        assert done.returncode == 0, text

    return run


def _exists(name: str) -> bool:
    import pwd

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


@pytest.fixture(scope="session")
def postgres_server(need: Callable[[str], str]) -> Iterator[Server]:
    """A PostgreSQL server of this session's own; a conftest imports it."""
    need("postgres")
    with kept_port() as port, running(need, port) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind with the newest schema, copied from one that was migrated."""
    if request.param == "sqlite":
        opened = office.new_database(tmp_path)
    else:
        server: Server = request.getfixturevalue("postgres_server")
        opened = Database(server.database())
    yield opened
    opened.close()
