"""What clients agreed to: letters by mail, use of their data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import Connection, bindparam, insert, or_, select

from db.rows import changed, every
from db.tables import consents

Purpose = Literal["mail", "data_use"]
PURPOSES: tuple[Purpose, ...] = ("mail", "data_use")


@dataclass(frozen=True, kw_only=True)
class Consent:
    """One consent; it holds from `given_on` until the day before `withdrawn_on`."""

    client_id: int
    purpose: Purpose
    given_on: date
    withdrawn_on: date | None
    source: str


_OF = select(consents).where(consents.c.client_id == bindparam("client_id"))
_OPEN = _OF.where(consents.c.purpose == bindparam("purpose"), consents.c.withdrawn_on.is_(None))
_HELD = _OF.where(
    consents.c.purpose == bindparam("purpose"),
    consents.c.given_on <= bindparam("on"),
    or_(consents.c.withdrawn_on.is_(None), consents.c.withdrawn_on > bindparam("on")),
)


def held(connection: Connection, client_id: int, purpose: Purpose, *, on: date) -> bool:
    """Whether the client has agreed to this, as of that day. Nothing said means no."""
    return connection.execute(_HELD, {"client_id": client_id, "purpose": purpose, "on": on}).first() is not None


def of_client(connection: Connection, client_id: int) -> list[Consent]:
    """All that a client ever agreed to, oldest first."""
    return every(connection, _OF.order_by(consents.c.purpose, consents.c.given_on), Consent, client_id=client_id)


def say(
    connection: Connection, client_id: int, purpose: Purpose, given: bool, *, on: date, source: str = "register"
) -> bool:
    """Records a consent or its withdrawal as of a day; False where nothing changes."""
    open_ = connection.execute(_OPEN, {"client_id": client_id, "purpose": purpose}).first()
    key = (consents.c.client_id == client_id) & (consents.c.purpose == purpose)
    if not given:
        where = consents.update().where(key, consents.c.withdrawn_on.is_(None))
        return changed(connection, where.values(withdrawn_on=on))
    if open_ is not None:
        return False
    if not changed(connection, consents.update().where(key, consents.c.given_on == on).values(withdrawn_on=None)):
        row = {"client_id": client_id, "purpose": purpose, "given_on": on, "source": source}
        connection.execute(insert(consents).values(**row))
    return True
