"""What clients agreed to: letters by mail, use of their data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, insert, or_, select

from db.rows import every, update_each
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
_OF_MANY = select(consents).where(
    consents.c.client_id.in_(bindparam("client_ids", expanding=True)), consents.c.purpose == bindparam("purpose")
)
_KEY = ("client_id", "purpose", "given_on")
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
    connection: Connection, purpose: Purpose, said: Mapping[int, bool], *, on: date, source: str = "register"
) -> set[int]:
    """Records consents and withdrawals by client as of a day; for whom that changed anything."""
    if not said:
        return set()
    known: dict[int, list[Consent]] = {}
    for one in every(connection, _OF_MANY, Consent, client_ids=list(said), purpose=purpose):
        known.setdefault(one.client_id, []).append(one)
    new: list[dict[str, Any]] = []
    other: list[dict[str, Any]] = []
    for client_id, given in said.items():
        before = known.get(client_id, ())
        open_ = [one for one in before if one.withdrawn_on is None]
        if given == bool(open_):
            continue
        if not given:
            other += [_key(one) | {"withdrawn_on": on} for one in open_]
        elif again := next((one for one in before if one.given_on == on), None):
            other.append(_key(again) | {"withdrawn_on": None})
        else:
            new.append({"client_id": client_id, "purpose": purpose, "given_on": on, "source": source})
    update_each(connection, consents, _KEY, other)
    if new:
        connection.execute(insert(consents), new)
    return {row["client_id"] for row in (*new, *other)}


def _key(one: Consent) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _KEY}
