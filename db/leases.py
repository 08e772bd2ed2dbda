"""Leases: one holder at a time, until a moment that the holder pushes on; a dead holder's lease runs out by itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from db.rows import changed
from db.tables import leases


def take(connection: Connection, name: str, *, holder: str, at: datetime, until: datetime) -> bool:
    """Takes or renews a lease; False while another holds it."""
    free = (leases.c.name == name, or_(leases.c.holder == holder, leases.c.until <= at))
    if changed(connection, update(leases).where(*free).values(holder=holder, until=until)):
        return True
    if connection.execute(select(leases.c.name).where(leases.c.name == name)).first():
        return False
    try:
        with connection.begin_nested():
            connection.execute(insert(leases).values(name=name, holder=holder, until=until))
    except IntegrityError:
        return False
    return True


def release(connection: Connection, name: str, *, holder: str) -> None:
    """Gives a lease back, if it is the holder's."""
    connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))
