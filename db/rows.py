"""From a row to the value that a repository hands out.

Building a statement costs SQLAlchemy more than running it. What every invoice asks many times is therefore built once,
with named parameters (`bindparam`), and given its values when it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Table, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

Value = TypeVar("Value")


def first(
    connection: Connection, statement: Executable, make: Callable[..., Value], **parameters: object
) -> Value | None:
    """The first row as a value; its columns are the value's keyword arguments."""
    found = connection.execute(statement, parameters)
    names, row = found.keys(), found.first()
    return None if row is None else make(**dict(zip(names, row, strict=True)))


def every(
    connection: Connection, statement: Executable, make: Callable[..., Value], **parameters: object
) -> list[Value]:
    """All rows as values."""
    found = connection.execute(statement, parameters)
    names = found.keys()
    return [make(**dict(zip(names, row, strict=True))) for row in found]


def changed(connection: Connection, statement: Executable, **parameters: object) -> bool:
    """Runs an UPDATE or DELETE; whether it met a row."""
    result: Any = connection.execute(statement, parameters)
    return bool(result.rowcount)


def update_rows(
    connection: Connection, table: Table, where: Mapping[str, object], values: Mapping[str, object]
) -> bool:
    """Changes the rows that hold the values of `where`; whether there was one."""
    parameters = {f"is_{name}": value for name, value in where.items()}
    parameters |= {f"new_{name}": value for name, value in values.items()}
    return changed(connection, _update(table, tuple(where), tuple(values)), **parameters)


def update_each(
    connection: Connection, table: Table, keys: Sequence[str], rows: Sequence[Mapping[str, object]]
) -> None:
    """Changes one row after the other: each mapping holds the values of the `keys` and the same columns to change."""
    if not rows:
        return
    names = tuple(name for name in rows[0] if name not in keys)
    values = [{f"is_{name}": row[name] for name in keys} | {f"new_{name}": row[name] for name in names} for row in rows]
    connection.execute(_update(table, tuple(keys), names), values)


@cache
def _update(table: Table, keys: tuple[str, ...], names: tuple[str, ...]) -> Executable:
    where = [table.c[name] == bindparam(f"is_{name}") for name in keys]
    return update(table).where(*where).values({name: bindparam(f"new_{name}") for name in names})


def insert_if_new(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Inserts a row unless a unique key of it exists already; whether it did. Of several at once one is told True."""
    return connection.execute(_insert_if_new(table, connection.dialect.name), values).first() is not None


@cache
def _insert_if_new(table: Table, dialect: str) -> Executable:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing().returning(next(iter(table.primary_key.columns)))
