"""From a row to the value that a repository hands out.

Building a statement costs SQLAlchemy more than running it. What every invoice asks many times is therefore built once,
with named parameters (`bindparam`), and given its values when it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

Value = TypeVar("Value")


def first(
    connection: Connection, statement: Executable, make: Callable[..., Value], **parameters: object
) -> Value | None:
    """The first row as a value; its columns are the value's keyword arguments."""
    row = connection.execute(statement, parameters).mappings().first()
    return None if row is None else make(**row)


def every(
    connection: Connection, statement: Executable, make: Callable[..., Value], **parameters: object
) -> list[Value]:
    """All rows as values."""
    return [make(**row) for row in connection.execute(statement, parameters).mappings()]


def changed(connection: Connection, statement: Executable) -> bool:
    """Runs an UPDATE or DELETE; whether it met a row."""
    result: Any = connection.execute(statement)
    return bool(result.rowcount)


def insert_if_new(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Inserts a row unless a unique key of it exists already; whether it did. Of several at once one is told True."""
    return connection.execute(_insert_if_new(table, connection.dialect.name), values).first() is not None


@cache
def _insert_if_new(table: Table, dialect: str) -> Executable:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing().returning(next(iter(table.primary_key.columns)))
