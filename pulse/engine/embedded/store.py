"""The database: SQLite by default, PostgreSQL by URL. One command is one transaction."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pulse.engine.embedded import tables, values
from pulse.engine.embedded.commits import SharedCommits
from pulse.engine.embedded.errors import EmbeddedError
from pulse.engine.embedded.state import Changes, Row, State, Variable, unpack

Result = TypeVar("Result")
BUSY_TIMEOUT_S: Final = 30
IN_THE_WAY: Final = frozenset({"40001", "40P01", "23505", "55P03"})
"""SQLSTATEs of PostgreSQL: serialization failure, deadlock, unique violation, lock not available."""


class StoreTooNew(EmbeddedError):
    """The engine's database was written by a newer version."""

    code = "store_too_new"


class Conflict(EmbeddedError):
    """Another command changed the same instance at the same time."""

    code = "conflict"


class _Ticks:
    """Numbers that only rise: the time in units of 1/4096 ms, the next one where that has been given already."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> int:
        with self._lock:
            self._last = max((time.time_ns() << 12) // 1_000_000, self._last + 1)
            return self._last


_ticks: Final = _Ticks()


def new_id() -> str:
    """A UUID in time order (RFC 9562, version 7): of two made by one process, the later one is greater."""
    ticks = _ticks.next()
    tail = bytearray(os.urandom(8))
    tail[0] = (tail[0] & 0x3F) | 0x80
    text = f"{ticks >> 12:012x}7{ticks & 0xFFF:03x}{tail.hex()}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def find(connection: sa.Connection, table: str, identifier: str, *wanted: Any) -> Row | None:
    """A row by its id, if it is as wanted."""
    query = _by_id(table)
    row = connection.execute(query.where(*wanted) if wanted else query, {"_id": identifier}).mappings().first()
    return None if row is None else dict(row)


class Store:
    """Transactions, and the loading and saving of instances. `url` is SQLAlchemy's; SQLite needs a file."""

    def __init__(self, url: str) -> None:
        parsed = sa.make_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        arguments: dict[str, Any] = {"isolation_level": "READ COMMITTED"}
        # SQLite has one writer: waiting in line here is fair, waiting for its file lock is not
        self._line: AbstractContextManager[Any] = threading.Lock() if self.sqlite else nullcontext()
        if self.sqlite:
            if not parsed.database:
                raise EmbeddedError("The engine's store needs a file: a database in memory is not durable")
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            arguments = {"connect_args": {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}}
        self.engine: sa.Engine = sa.create_engine(parsed, pool_size=10, max_overflow=30, **arguments)
        if self.sqlite:
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
        self._shared = SharedCommits(self.write)
        self._create()

    def _create(self) -> None:
        with self.write() as connection:
            if not self.sqlite:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7305)")
            tables.schema.create(connection, checkfirst=True)
            version = connection.scalar(sa.select(tables.schema.c.version))
            if version == tables.SCHEMA_VERSION:
                return
            if version is not None and version > tables.SCHEMA_VERSION:
                raise StoreTooNew
            tables.metadata.create_all(connection)
            if version is None:
                connection.execute(sa.insert(tables.schema).values(version=tables.SCHEMA_VERSION))
            else:
                _complete(connection)
                connection.execute(sa.update(tables.schema).values(version=tables.SCHEMA_VERSION))

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that may change the store; it is committed at the end, rolled back by any exception.

        Raises Conflict where the database says that another transaction was in the way.
        """
        try:
            with self._line, self.engine.begin() as connection:
                if self.sqlite:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
        except DBAPIError as problem:
            if getattr(problem.orig, "sqlstate", None) in IN_THE_WAY:
                raise Conflict(str(problem.orig)) from problem
            raise

    def transact(self, command: Callable[[sa.Connection], Result]) -> Result:
        """Run a command in a transaction, in SQLite together with those of other threads that wait for its one writer.

        Raises Conflict as `write` does, and what the command raises.
        """
        if self.sqlite:
            return self._shared.run(command)
        with self.write() as connection:
            return command(connection)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection that only reads."""
        with self.engine.connect() as connection:
            yield connection

    def locking(self, query: sa.Select[Any], *, skip_locked: bool = False) -> sa.Select[Any]:
        """A query that locks its rows, where the database can: SQLite lets one transaction write at a time anyway."""
        return query if self.sqlite else query.with_for_update(skip_locked=skip_locked)

    def load(self, connection: sa.Connection, instance_id: str) -> State | None:
        """A running instance, locked; None where there is none."""
        known = {"instance": instance_id}
        row = connection.execute(self.locking(_INSTANCE), known).mappings().first()
        if row is None:
            return None
        kept = ("id", "definition_id", "definition_key", "business_key", "version", "suspended")
        state = State(**{name: row[name] for name in kept})
        state.executions = {data["id"]: unpack(data) for data in row["executions"]}
        for identifier, execution_id, task_id, name, value, revision in connection.execute(_VARIABLES, known):
            holder = state.variables.setdefault(task_id or execution_id, {})
            holder[name] = Variable(identifier, values.load(value), revision)
        return state

    def save(self, connection: sa.Connection, state: State, changes: Changes) -> None:
        """Write an instance and what changed beside it. Raises Conflict where it was changed since it was loaded."""
        executions = state.pack() if not state.ended else []
        if state.version == 0:
            changes.inserts["instance"][state.id] |= {"executions": executions, "version": 1}
        else:
            row = changes.updates.get("instance", {}).pop(state.id, {})
            row |= {"executions": executions, "version": state.version + 1}
            known = {"_id": state.id, "_version": state.version}
            if connection.execute(update_of("instance", tuple(row), versioned=True), row | known).rowcount != 1:
                raise Conflict
        _fill_logs(connection, changes)
        for name, rows in changes.inserts.items():
            for alike in _alike(rows.values()):
                connection.execute(_INSERTS[name], alike)
        for name, rows in changes.updates.items():
            for alike in _alike({**row, "_id": identifier} for identifier, row in rows.items()):
                connection.execute(update_of(name, tuple(alike[0])[:-1]), alike)
        for name, identifiers in changes.deletes.items():
            connection.execute(_delete(name), [{"_id": identifier} for identifier in identifiers])


def _complete(connection: sa.Connection) -> None:
    """Add the columns and indexes that tables of an older version lack. New columns may be null."""
    known = sa.inspect(connection)
    for table in tables.metadata.sorted_tables:
        present = {column["name"] for column in known.get_columns(table.name)}
        for column in table.c:
            if column.name not in present:
                added = sa.schema.CreateColumn(column).compile(dialect=connection.dialect)
                connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ADD COLUMN {added}')
        for index in table.indexes:
            index.create(connection, checkfirst=True)


def _fill_logs(connection: sa.Connection, changes: Changes) -> None:
    """Put what the row of an external task or job holds into the rows of its history."""
    for log, (name, reference, kept) in tables.LOGS.items():
        known = changes.known.get(name, {}) | changes.inserts.get(name, {})
        for row in changes.inserts.get(log, {}).values():
            held = known.get(row[reference]) or find(connection, name, row[reference]) or {}
            row |= {column: held.get(column) for column in kept}


def _alike(rows: Iterable[Row]) -> list[list[Row]]:
    """Rows grouped by the columns that they set."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    return list(groups.values())


# statements are kept: building one costs more than running it

_INSERTS: Final = {name: sa.insert(table) for name, table in tables.BY_NAME.items()}
_INSTANCE: Final = sa.select(tables.instance).where(
    tables.instance.c.id == sa.bindparam("instance"), tables.instance.c.end_time.is_(None)
)
_VARIABLES: Final = sa.select(
    *(tables.variable.c[name] for name in ("id", "execution_id", "task_id", "name", "value", "revision"))
).where(tables.variable.c.instance_id == sa.bindparam("instance"), tables.variable.c.live)


@cache
def _by_id(name: str) -> sa.Select[Any]:
    table = tables.BY_NAME[name]
    return sa.select(table).where(table.c.id == sa.bindparam("_id"))


@cache
def update_of(name: str, columns: tuple[str, ...], *, versioned: bool = False) -> sa.Update:
    """Sets columns of the row `_id`; if `versioned` only where it has the `_version` that was read."""
    table = tables.BY_NAME[name]
    statement = sa.update(table).where(table.c.id == sa.bindparam("_id"))
    if versioned:
        statement = statement.where(table.c.version == sa.bindparam("_version"))
    changed: dict[str, Any] = {column: sa.bindparam(column) for column in columns}
    return statement.values(changed)


@cache
def _delete(name: str) -> sa.Delete:
    table = tables.BY_NAME[name]
    return sa.delete(table).where(table.c.id == sa.bindparam("_id"))


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions begin and end where this module says
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "case_sensitive_like=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S}000")
