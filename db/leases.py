"""Leases: one holder at a time, until a moment that the holder pushes on; a dead holder's lease runs out by itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from db.rows import changed, insert_if_new
from db.tables import leases

_TAKE = (
    update(leases)
    .where(
        leases.c.name == bindparam("wanted"),
        or_(leases.c.holder == bindparam("taker"), leases.c.until <= bindparam("at")),
    )
    .values(holder=bindparam("taker"), until=bindparam("new_until"))
)
_HELD = select(leases.c.name).where(
    leases.c.name == bindparam("wanted"), leases.c.holder == bindparam("taker"), leases.c.until > bindparam("at")
)


def take(connection: Connection, name: str, *, holder: str, at: datetime, until: datetime) -> bool:
    """Takes or renews a lease; False while another holds it."""
    if changed(connection, _TAKE, wanted=name, taker=holder, at=at, new_until=until):
        return True
    return insert_if_new(connection, leases, {"name": name, "holder": holder, "until": until})


def is_held(connection: Connection, name: str, *, holder: str, until: datetime) -> bool:
    """Whether the lease is the holder's, at least until then: who has enough time left need not renew it."""
    found = connection.execute(_HELD, {"wanted": name, "taker": holder, "at": until})
    return found.first() is not None


def release(connection: Connection, name: str, *, holder: str) -> None:
    """Gives a lease back, if it is the holder's."""
    connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))
