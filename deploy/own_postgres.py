"""A PostgreSQL server of one's own for trying: its data in a folder, a free port of this machine, no password.

Nothing for production: whoever can open a connection on this machine is its superuser.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import create_engine, text

#: Where distributions keep what is not on the PATH.
_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/usr/sbin")
#: Who runs the server where we are root, whom PostgreSQL refuses.
_UNPRIVILEGED = ("postgres", "nobody")


class PostgresMissing(Exception):
    """There is no PostgreSQL on this machine; name a server by PULSE_DATABASE_URL and PULSE_ENGINE_STORE_URL."""


@contextlib.contextmanager
def own_postgres(folder: Path, port: int, databases: tuple[str, ...]) -> Iterator[list[str]]:
    """Runs a server on the data in `folder`, which is made where it is missing; yields the databases' URLs.

    As root it runs as user postgres or nobody, who has to be able to reach the folder. Raises `PostgresMissing`,
    RuntimeError with the server's words.
    """
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    folder.mkdir(parents=True, exist_ok=True)
    as_somebody = _as_somebody(folder)
    data, log = folder / "data", folder / "postgres.log"
    if not data.exists():
        _run([*as_somebody, initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"], folder)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200"
    _run([*as_somebody, pg_ctl, "-D", data, "-l", log, "-w", "-t", "60", "-o", options, "start"], folder)
    try:
        server = f"postgresql+psycopg://postgres@127.0.0.1:{port}"
        for name in databases:
            _create(server, name)
        yield [f"{server}/{name}" for name in databases]
    finally:
        _run([*as_somebody, pg_ctl, "-D", data, "-m", "fast", "-w", "stop"], folder)


def _create(server: str, name: str) -> None:
    """Creates a database unless it is there."""
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            there = connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).first()
            if there is None:
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
    finally:
        engine.dispose()


def _program(name: str) -> str:
    found = shutil.which(name)
    if found:
        return found
    for folder in _FOLDERS:
        for path in sorted(Path("/").glob(f"{folder[1:]}/{name}"), reverse=True):
            return str(path)
    raise PostgresMissing(PostgresMissing.__doc__)


def _as_somebody(folder: Path) -> list[str]:
    """What to put before a command so that PostgreSQL accepts who runs it; the folder becomes theirs."""
    if os.geteuid() != 0:
        return []
    known = {user.pw_name: user for user in pwd.getpwall()}
    user = next(known[name] for name in _UNPRIVILEGED if name in known)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return [_program("setpriv"), f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _run(command: list[str | Path], folder: Path) -> None:
    # Output to a file, not a pipe: the server inherits it and would keep a pipe open for ever.
    output = folder / "commands.log"
    with output.open("a", encoding="utf-8") as file:
        done = subprocess.run(
            command, stdout=file, stderr=file, cwd=folder, check=False, env=os.environ | {"LC_ALL": "C"}
        )
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[-1]).name} failed, see {output}: {output.read_text('utf-8')[-500:]}")
