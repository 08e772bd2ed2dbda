"""Lists whose rows hold from a day until a day: an import ends what is gone and begins what is new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, insert, select, true, update

_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Changes:
    """How many rows an import met: new, with other values, as they were, no longer there."""

    added: int
    changed: int
    unchanged: int
    gone: int


def held(connection: Connection, table: Table, where: ColumnElement[bool]) -> int:
    """How many rows hold today."""
    count = select(func.count()).select_from(table).where(where, table.c.valid_until.is_(None))
    return int(connection.execute(count).scalar_one())


def replace(
    connection: Connection,
    table: Table,
    *,
    key: str,
    fixed: Mapping[str, str],
    rows: Iterable[Mapping[str, Any]],
    day: date,
) -> Changes:
    """Makes `rows` the list from `day` on; earlier days keep what they had.

    `key` is the column that names a row, `fixed` the values that all rows of this list share. Of two rows with the same
    key the first counts. The same list again changes nothing.
    """
    where = and_(true(), *(table.c[name] == value for name, value in fixed.items()))
    statement = select(table).where(where, table.c.valid_until.is_(None))
    known = {row[key]: dict(row) for row in connection.execute(statement).mappings()}
    seen: set[str] = set()
    fresh: list[dict[str, Any]] = []
    ended: list[str] = []
    added = 0
    for row in rows:
        name = row[key]
        if name in seen:
            continue
        seen.add(name)
        before = known.get(name)
        if before is not None and all(before[column] == value for column, value in row.items()):
            continue
        added += before is None
        if before is not None:
            ended.append(name)
        fresh.append({**fixed, **row, "valid_from": day})
    gone = [name for name in known if name not in seen]
    for start in range(0, len(ended) + len(gone), _BATCH):
        names = [*ended, *gone][start : start + _BATCH]
        _end(connection, table, and_(where, table.c[key].in_(names), table.c.valid_until.is_(None)), day)
    for start in range(0, len(fresh), _BATCH):
        connection.execute(insert(table), fresh[start : start + _BATCH])
    changed = len(fresh) - added
    return Changes(added=added, changed=changed, unchanged=len(seen) - len(fresh), gone=len(gone))


def _end(connection: Connection, table: Table, where: ColumnElement[bool], day: date) -> None:
    """What began on that very day was never in force otherwise: it goes."""
    connection.execute(delete(table).where(where, table.c.valid_from >= day))
    connection.execute(update(table).where(where).values(valid_until=day - timedelta(days=1)))
