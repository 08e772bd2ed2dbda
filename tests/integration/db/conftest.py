from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import office
import postgres
import pytest

from db.database import Database


@pytest.fixture(scope="session")
def postgres_server(need: Callable[[str], str]) -> Iterator[postgres.Server]:
    """A PostgreSQL server of this session's own."""
    need("postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with postgres.running(need, port) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind with the newest schema, copied from one that was migrated."""
    if request.param == "sqlite":
        opened = office.new_database(tmp_path)
    else:
        server: postgres.Server = request.getfixturevalue("postgres_server")
        opened = Database(server.database())
    yield opened
    opened.close()
