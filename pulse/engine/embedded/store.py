"""The database: SQLite by default, PostgreSQL by URL. One command is one transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Delete,
    Engine,
    Update,
    bindparam,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from pulse.engine.embedded import tables, values
from pulse.engine.embedded.changes import Changes, Row
from pulse.engine.embedded.errors import EmbeddedError
from pulse.engine.embedded.state import State, Variable, unpack

BUSY_TIMEOUT_S: Final = 30
LOGGED: Final = (
    "topic", "worker_id", "retries", "priority", "instance_id", "execution_id", "activity_id",
    "activity_instance_id", "definition_id", "definition_key",
)  # fmt: skip


class StoreTooNew(EmbeddedError):
    """The engine's database was written by a newer version."""

    code = "store_too_new"


class Conflict(EmbeddedError):
    """Another command changed the same instance at the same time."""

    code = "conflict"


class Store:
    """Transactions, and the loading and saving of instances. `url` is SQLAlchemy's; SQLite needs a file."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if self.sqlite and not parsed.database:
            raise EmbeddedError("The engine's store needs a file: a database in memory is not durable")
        if self.sqlite:
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
            arguments: dict[str, Any] = {"connect_args": {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}}
        else:
            arguments = {"isolation_level": "READ COMMITTED"}
        self.engine: Engine = create_engine(parsed, pool_size=10, max_overflow=30, **arguments)
        # SQLite has one writer: waiting in line here is fair, waiting for its file lock is not
        self._line = threading.Lock()
        if self.sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
        self._create()

    def _create(self) -> None:
        with self.write() as connection:
            if not self.sqlite:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7305)")
            tables.metadata.create_all(connection)
            version = connection.scalar(select(tables.schema.c.version))
            if version is None:
                connection.execute(insert(tables.schema).values(version=tables.SCHEMA_VERSION))
            elif version > tables.SCHEMA_VERSION:
                raise StoreTooNew

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may change the store; it is committed at the end, rolled back by any exception.

        Raises Conflict where the database says that another transaction was in the way.
        """
        if self.sqlite:
            with self._line, self.engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.exec_driver_sql("COMMIT")
                except BaseException:
                    connection.exec_driver_sql("ROLLBACK")
                    raise
            return
        try:
            with self.engine.begin() as connection:
                yield connection
        except (OperationalError, IntegrityError, DBAPIError) as problem:
            if getattr(problem.orig, "sqlstate", None) in {"40001", "40P01", "23505", "55P03"}:
                raise Conflict(str(problem.orig)) from problem
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that only reads."""
        with self.engine.connect() as connection:
            yield connection

    def load(self, connection: Connection, instance_id: str) -> State | None:
        """A running instance, locked where the database can; None where there is none."""
        query = _INSTANCE if self.sqlite else _INSTANCE.with_for_update()
        row = connection.execute(query, {"instance": instance_id}).mappings().first()
        if row is None:
            return None
        state = State(
            id=row["id"],
            definition_id=row["definition_id"],
            definition_key=row["definition_key"],
            business_key=row["business_key"],
            version=row["version"],
            suspended=row["suspended"],
        )
        state.executions = {data["id"]: unpack(data) for data in row["executions"]}
        for identifier, execution_id, name, value, revision in connection.execute(
            _VARIABLES, {"instance": instance_id}
        ):
            holder = state.variables.setdefault(execution_id, {})
            holder[name] = Variable(identifier, values.load(value), revision)
        return state

    def save(self, connection: Connection, state: State, changes: Changes) -> None:
        """Write an instance and what changed beside it. Raises Conflict where it was changed since it was loaded."""
        executions = state.pack() if not state.ended else []
        if state.version == 0:
            changes.inserts["instance"][state.id] |= {"executions": executions, "version": 1}
        else:
            row = changes.updates.get("instance", {}).pop(state.id, {})
            row |= {"executions": executions, "version": state.version + 1}
            known = {"_id": state.id, "_version": state.version}
            if connection.execute(_update("instance", tuple(row), versioned=True), row | known).rowcount != 1:
                raise Conflict
        self.apply(connection, changes)

    def apply(self, connection: Connection, changes: Changes) -> None:
        """Write row changes, one statement for all rows of a kind."""
        self._fill_logs(connection, changes.inserts.get("external_log", {}), changes.inserts.get("external_task", {}))
        for name, rows in changes.inserts.items():
            for alike in _alike(list(rows.values())):
                connection.execute(_INSERTS[name], alike)
        for name, changed in changes.updates.items():
            for alike in _alike([{**row, "_id": identifier} for identifier, row in changed.items()]):
                columns = tuple(column for column in alike[0] if column != "_id")
                connection.execute(_update(name, columns), alike)
        for name, identifiers in changes.deletes.items():
            connection.execute(_delete(name), [{"_id": identifier} for identifier in identifiers])

    def _fill_logs(self, connection: Connection, logs: dict[str, Row], fresh: dict[str, Row]) -> None:
        """Put what an external task's row holds into the log rows about it."""
        missing = [row["task_id"] for row in logs.values() if row["task_id"] not in fresh and "topic" not in row]
        known: dict[str, Any] = dict(fresh)
        if missing:
            table = tables.external_task
            found = connection.execute(select(table).where(table.c.id.in_(missing))).mappings()
            known |= {row["id"]: row for row in found}
        for row in logs.values():
            held = known.get(row["task_id"], {})
            filled = {column: held.get(column) for column in LOGGED}
            row.update({**filled, "error_message": None, "error_details": None, **row})


_VARIABLE: Final = tables.variable.c
_INSTANCE: Final = select(tables.instance).where(
    tables.instance.c.id == bindparam("instance"), tables.instance.c.end_time.is_(None)
)
_VARIABLES: Final = select(
    _VARIABLE.id, _VARIABLE.execution_id, _VARIABLE.name, _VARIABLE.value, _VARIABLE.revision
).where(_VARIABLE.instance_id == bindparam("instance"), _VARIABLE.live)


# statements are kept: building one costs more than running it


@cache
def _update(name: str, columns: tuple[str, ...], *, versioned: bool = False) -> Update:
    table = tables.BY_NAME[name]
    statement = update(table).where(table.c.id == bindparam("_id"))
    if versioned:
        statement = statement.where(table.c.version == bindparam("_version"))
    changed: dict[str, Any] = {column: bindparam(column) for column in columns}
    return statement.values(changed)


@cache
def _delete(name: str) -> Delete:
    table = tables.BY_NAME[name]
    return delete(table).where(table.c.id == bindparam("_id"))


_INSERTS: Final = {name: insert(table) for name, table in tables.BY_NAME.items()}


def _alike(rows: list[Row]) -> list[list[Row]]:
    """Rows grouped by the columns that they set."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    return list(groups.values())


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions begin and end where this module says
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "case_sensitive_like=ON",
        f"busy_timeout={BUSY_TIMEOUT_S}000",
    ):
        connection.execute(f"PRAGMA {pragma}")
