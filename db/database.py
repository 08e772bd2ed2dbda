"""Opens a database and gives out transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from db import json_text
from pulse.base.errors import Misconfigured, Unavailable

_BUSY_TIMEOUT_S = 20.0
#: OperationalErrors that say that the server, not the statement, is the trouble.
_AWAY = ("locked", "unable to open", "disk i/o", "full", "connection", "server closed", "terminating")


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""

    code = "database_unavailable"


class Database:
    """One database, shared by the threads of a process.

    SQLite: WAL, foreign keys on, every commit on disk (`synchronous=FULL`: a mail is filed away only because its
    invoice is safe); a writer takes its lock at BEGIN, so two writers wait for each other instead of failing at COMMIT.
    PostgreSQL: READ COMMITTED, connections tested before use.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        """`url` is a SQLAlchemy URL: `sqlite:///path/pulse.db` or `postgresql+psycopg://…`. Raises `Misconfigured`."""
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise Misconfigured("PULSE_DATABASE_URL is not a database URL") from error
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        options: dict[str, Any] = {"json_serializer": json_text.dumps, "json_deserializer": json_text.loads}
        # Last in, first out: the connection that was used last still has its pages and statements at hand.
        options |= {"pool_size": pool_size, "max_overflow": pool_size, "pool_use_lifo": True}
        self._is_sqlite = parsed.get_backend_name() == "sqlite"
        if self._is_sqlite:
            if parsed.database and parsed.database != ":memory:":
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            options["connect_args"] = {"timeout": _BUSY_TIMEOUT_S, "check_same_thread": False}
        else:
            options["pool_pre_ping"] = True
        try:
            self.engine: Engine = create_engine(parsed, **options)
        except (ArgumentError, ImportError, ValueError) as error:
            raise Misconfigured(f"PULSE_DATABASE_URL cannot be opened: {type(error).__name__}") from error
        if self._is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
        self.url = parsed.render_as_string(hide_password=False)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may change things: committed at the end of the block, rolled back on an exception."""
        with self._translated(), self.engine.begin() as connection:
            self._begin(connection, "BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only looks, at one moment's state on SQLite."""
        with self._translated(), self.engine.connect() as connection:
            self._begin(connection, "BEGIN")
            yield connection

    def close(self) -> None:
        """Closes the pooled connections."""
        self.engine.dispose()

    def _begin(self, connection: Connection, statement: str) -> None:
        """SQLite's driver begins by itself only before a change. It is told without SQLAlchemy's event of a beginning
        transaction, which would make each statement slower."""
        if not self._is_sqlite:
            return
        driver: Any = connection.connection.driver_connection
        try:
            driver.execute(statement)
        except sqlite3.OperationalError as error:
            raise DatabaseUnavailable from error

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            if _is_away(error):
                raise DatabaseUnavailable from error
            raise


def _is_away(error: DBAPIError) -> bool:
    return error.connection_invalidated or any(sign in str(error.orig).lower() for sign in _AWAY)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
