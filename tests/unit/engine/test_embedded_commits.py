from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from pulse.engine.embedded.commits import SharedCommits


class Slow:
    """A database whose first commit waits until it is let go, so that commands gather meanwhile."""

    def __init__(self, path: Path) -> None:
        self.engine = sa.create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False})
        with self.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE done (name TEXT PRIMARY KEY)")
        self.transactions = 0
        self.committing, self.let_go = threading.Event(), threading.Event()
        self.commits = SharedCommits(self.begin)
        self.broken = False

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        with self.engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            self.transactions += 1
            yield connection
            if self.transactions == 1:
                self.committing.set()
                assert self.let_go.wait(60)
            elif self.broken:
                raise OSError("the disk is full")

    def names(self) -> set[str]:
        with self.engine.connect() as connection:
            return set(connection.exec_driver_sql("SELECT name FROM done").scalars())


def note(name: str) -> object:
    def command(connection: sa.Connection) -> str:
        connection.exec_driver_sql("INSERT INTO done VALUES (?)", (name,))
        if name.startswith("bad"):
            raise ValueError(name)
        return name

    return command


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Slow]:
    database = Slow(tmp_path / "db")
    yield database
    database.engine.dispose()


def together(database: Slow, *names: str) -> dict[str, object]:
    """Runs a first command, and the others while its commit waits for the disk; what came of each."""
    came: dict[str, object] = {}

    def run(name: str) -> None:
        try:
            came[name] = database.commits.run(note(name))
        except (ValueError, OSError) as problem:
            came[name] = type(problem)

    threads = [threading.Thread(target=run, args=(name,)) for name in ("first", *names)]
    threads[0].start()
    assert database.committing.wait(60)
    for thread in threads[1:]:
        thread.start()
    while len(database.commits._line) < len(names):
        threads[0].join(0.001)
    database.let_go.set()
    for thread in threads:
        thread.join(60)
    return came


def test_commands_that_come_while_a_commit_waits_share_the_next_one(database: Slow) -> None:
    assert together(database, "a", "b", "c") == {name: name for name in ("first", "a", "b", "c")}
    assert database.transactions == 2
    assert database.names() == {"first", "a", "b", "c"}


def test_a_command_that_fails_is_undone_alone(database: Slow) -> None:
    assert together(database, "a", "bad", "c") == {"first": "first", "a": "a", "bad": ValueError, "c": "c"}
    assert database.names() == {"first", "a", "c"}


def test_a_command_that_fails_without_company_leaves_nothing(database: Slow) -> None:
    database.let_go.set()
    with pytest.raises(ValueError, match="bad"):
        database.commits.run(note("bad"))
    assert database.commits.run(note("next")) == "next"
    assert database.names() == {"next"}


def test_a_commit_that_fails_fails_for_everyone_in_it(database: Slow) -> None:
    database.broken = True
    assert together(database, "a", "b") == {"first": "first", "a": OSError, "b": OSError}
    assert database.names() == {"first"}
    database.broken = False
    assert database.commits.run(note("later")) == "later"
