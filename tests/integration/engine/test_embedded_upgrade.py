"""A store that an older version made opens, keeps what it holds, and goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from embedded_engine import Rest

from pulse.engine.embedded import tables
from pulse.engine.embedded.server import EmbeddedServer
from pulse.engine.embedded.store import Store, StoreTooNew

VERSION_1 = Path(__file__).parent / "stores" / "version_1.sql"
"""A store of version 1: case-1 waits at the task `review`, with a comment; case-2 at the external task `check`."""


@pytest.fixture
def store(tmp_path: Path) -> str:
    file = tmp_path / "engine.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(VERSION_1.read_text())
    return f"sqlite:///{file}"


def test_an_older_store_has_every_table_column_and_index_of_a_new_one(store: str, tmp_path: Path) -> None:
    shapes = []
    for url in (store, f"sqlite:///{tmp_path / 'new.db'}"):
        Store(url).close()
        engine = sa.create_engine(url)
        seen = sa.inspect(engine)
        names = sorted(seen.get_table_names())
        columns = {name: {(one["name"], str(one["type"])) for one in seen.get_columns(name)} for name in names}
        indexes = {name: {(one["name"], *one["column_names"]) for one in seen.get_indexes(name)} for name in names}
        shapes.append((columns, indexes))
        with engine.connect() as connection:
            assert connection.scalar(sa.select(tables.schema.c.version)) == tables.SCHEMA_VERSION
        engine.dispose()
    assert shapes[0] == shapes[1]


def test_instances_of_an_older_store_go_on(store: str) -> None:
    for _ in range(2):  # opened a second time, there is nothing left to do
        with EmbeddedServer(store) as server:
            rest = Rest(server.url)
            (task,) = rest.get("/task")
            assert [comment["message"] for comment in rest.get(f"/task/{task['id']}/comment")] == ["looked at"]
            rest.close()
    with EmbeddedServer(store) as server:
        rest = Rest(server.url)
        rest.call("PUT", f"/task/{task['id']}/localVariables/seen", {"value": True})
        rest.post(f"/task/{task['id']}/complete")
        waiting = rest.fetch("check")
        assert sorted(one["businessKey"] for one in waiting) == ["case-1", "case-2"]
        for one in waiting:
            rest.complete(one["id"])
        assert {one["state"] for one in rest.get("/history/process-instance")} == {"COMPLETED"}
        assert [one["operationType"] for one in rest.get("/history/user-operation")] == ["SetVariable", "Complete"]
        rest.close()


def test_a_store_of_a_newer_version_is_not_touched(store: str) -> None:
    engine = sa.create_engine(store)
    with engine.begin() as connection:
        connection.execute(sa.update(tables.schema).values(version=tables.SCHEMA_VERSION + 1))
    with pytest.raises(StoreTooNew):
        Store(store)
    assert "engine_user" not in sa.inspect(engine).get_table_names()
    engine.dispose()
