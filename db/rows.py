"""From a row to the value that a repository hands out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

Value = TypeVar("Value")


def first(connection: Connection, statement: Executable, make: Callable[..., Value]) -> Value | None:
    """The first row as a value; its columns are the value's keyword arguments."""
    row = connection.execute(statement).mappings().first()
    return None if row is None else make(**row)


def every(connection: Connection, statement: Executable, make: Callable[..., Value]) -> list[Value]:
    """All rows as values."""
    return [make(**row) for row in connection.execute(statement).mappings()]


def changed(connection: Connection, statement: Executable) -> bool:
    """Runs an UPDATE or DELETE; whether it met a row."""
    result: Any = connection.execute(statement)
    return bool(result.rowcount)


def insert_if_new(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Inserts a row unless a unique key of it exists already; whether it did. Of several at once one is told True."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    key = next(iter(table.primary_key.columns))
    statement = insert(table).values(**values).on_conflict_do_nothing().returning(key)
    return connection.execute(statement).first() is not None
