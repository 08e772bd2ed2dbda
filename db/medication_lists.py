"""The rows of the Spezialitätenliste as an import reads and changes them, some hundred packs at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Table, bindparam, delete, insert, or_, select, update

from db.rows import update_each
from db.tables import medication_limitations, medication_prices, medication_terms, medications

Kind = Literal["medications", "terms", "prices", "limitations"]
Row = dict[str, Any]

_TABLES: Mapping[Kind, Table] = {
    "medications": medications,
    "terms": medication_terms,
    "prices": medication_prices,
    "limitations": medication_limitations,
}
_KEYS: Mapping[Kind, tuple[str, ...]] = {
    "medications": ("gtin",),
    "terms": ("gtin", "valid_from"),
    "prices": ("gtin", "valid_from"),
    "limitations": ("gtin", "code", "valid_from"),
}


def rows_of(connection: Connection, kind: Kind, gtins: Sequence[str]) -> dict[str, list[Row]]:
    """A table's rows of these packs, oldest first."""
    table = _TABLES[kind]
    query = select(table).where(table.c.gtin.in_(bindparam("gtins", expanding=True)))
    query = query.order_by(*(table.c[name] for name in _KEYS[kind]))
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in connection.execute(query, {"gtins": list(gtins)}).mappings():
        rows[row["gtin"]].append(dict(row))
    return rows


def insert_rows(connection: Connection, kind: Kind, rows: Sequence[Row]) -> None:
    """New rows; each has the same columns."""
    if rows:
        connection.execute(insert(_TABLES[kind]), list(rows))


def update_rows(connection: Connection, kind: Kind, rows: Sequence[Row]) -> None:
    """Rows with new values: each has the key and the same columns."""
    update_each(connection, _TABLES[kind], _KEYS[kind], rows)


def delete_rows(connection: Connection, kind: Kind, rows: Sequence[Row]) -> None:
    """Rows by their key."""
    if rows:
        table, keys = _TABLES[kind], _KEYS[kind]
        where = [table.c[name] == bindparam(f"is_{name}") for name in keys]
        connection.execute(delete(table).where(*where), [{f"is_{name}": row[name] for name in keys} for row in rows])


def running_on(connection: Connection, day: date) -> list[str]:
    """The packs that are on the list that day or are to come on it later, by GTIN."""
    terms = medication_terms.c
    query = select(terms.gtin).where(or_(terms.valid_until.is_(None), terms.valid_until >= day))
    return list(connection.execute(query.distinct().order_by(terms.gtin)).scalars())


def known(connection: Connection, *, chunk: int = 1000) -> Iterator[list[str]]:
    """All packs that were ever listed, by GTIN, so many at a time."""
    last = ""
    while True:
        query = select(medications.c.gtin).where(medications.c.gtin > last).order_by(medications.c.gtin).limit(chunk)
        gtins = list(connection.execute(query).scalars())
        if not gtins:
            return
        yield gtins
        last = gtins[-1]


def delist(connection: Connection, gtins: Sequence[str], day: date) -> None:
    """These packs are no longer listed from `day` on; what was to begin then never does."""
    terms, eve = medication_terms, day - timedelta(days=1)
    running = or_(terms.c.valid_until.is_(None), terms.c.valid_until >= day)
    for start in range(0, len(gtins), 500):
        these = gtins[start : start + 500]
        connection.execute(delete(terms).where(terms.c.gtin.in_(these), terms.c.valid_from >= day))
        connection.execute(update(terms).where(terms.c.gtin.in_(these), running).values(valid_until=eve))
        connection.execute(update(medications).where(medications.c.gtin.in_(these)).values(listed_until=eve))
