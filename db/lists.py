"""Which lists were imported, of which day, when, by whom: the newest of each kind is the one in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from db.rows import every, first
from db.tables import list_imports

_LOCK = 7_305_002


@dataclass(frozen=True, kw_only=True)
class ListImport:
    """An import that went in. `rows` is how many entries of the list were taken; `details` are counts by what happened
    to them, `overridden` the guards that were told to let it pass."""

    id: int
    kind: str
    list_date: date
    language: str
    source: str
    sha256: str
    etag: str | None
    rows: int
    details: Mapping[str, Any]
    overridden: str
    imported_at: datetime
    imported_by: str


def lock(connection: Connection) -> None:
    """One import at a time, until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def add(connection: Connection, **values: object) -> None:
    """Keeps that a list was imported; columns as in `ListImport`, without the id."""
    connection.execute(insert(list_imports).values(**values))


def in_force(connection: Connection, kind: str) -> ListImport | None:
    """The newest list of a kind; of several imports of its day the last."""
    newest = list_imports.c.list_date.desc(), list_imports.c.id.desc()
    return first(connection, select(list_imports).where(list_imports.c.kind == kind).order_by(*newest), ListImport)


def of_day(connection: Connection, kind: str, day: date) -> list[ListImport]:
    """The imports of a list's day, oldest first."""
    where = list_imports.c.kind == kind, list_imports.c.list_date == day
    return every(connection, select(list_imports).where(*where).order_by(list_imports.c.id), ListImport)


def kinds(connection: Connection) -> list[str]:
    """The kinds of lists that were ever imported."""
    return list(connection.execute(select(list_imports.c.kind).distinct().order_by(list_imports.c.kind)).scalars())


def days(connection: Connection, kind: str) -> list[date]:
    """The days of a kind's lists, newest first."""
    query = select(list_imports.c.list_date).where(list_imports.c.kind == kind).distinct()
    return list(connection.execute(query.order_by(list_imports.c.list_date.desc())).scalars())


def last_from(connection: Connection, source: str) -> ListImport | None:
    """The last import from a file or address."""
    query = select(list_imports).where(list_imports.c.source == source).order_by(list_imports.c.id.desc())
    return first(connection, query, ListImport)


def imports_of(connection: Connection, kind: str) -> list[ListImport]:
    """All imports of a kind, newest first."""
    query = select(list_imports).where(list_imports.c.kind == kind).order_by(list_imports.c.id.desc())
    return every(connection, query, ListImport)
