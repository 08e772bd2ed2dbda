"""From a row to the value that a repository hands out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable

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
