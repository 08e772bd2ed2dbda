"""Registered providers: where their letters go and which account is theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, insert, or_, select

from db.rows import every, first, update_each
from db.tables import providers
from pulse.base.identifiers import compact


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A provider as registered from `valid_from` to `valid_to` (both included)."""

    id: int
    gln: str | None
    zsr: str | None
    name: str
    street: str
    zip: str
    city: str
    email: str | None
    language: str
    iban: str | None
    valid_from: date
    valid_to: date | None


_GET = select(providers).where(providers.c.id == bindparam("provider_id"))
_VALID = (
    select(providers)
    .where(
        providers.c.valid_from <= bindparam("on"),
        or_(providers.c.valid_to.is_(None), providers.c.valid_to >= bindparam("on")),
    )
    .order_by(providers.c.valid_from.desc())
)
_BY_GLN = _VALID.where(providers.c.gln == bindparam("number"))
_BY_ZSR = _VALID.where(providers.c.zsr == bindparam("number"))
_OLDEST_FIRST = select(providers).order_by(providers.c.valid_from, providers.c.id)
_NUMBERS: BindParameter[str] = bindparam("numbers", expanding=True)
_WITH_GLNS = _OLDEST_FIRST.where(providers.c.gln.in_(_NUMBERS))
_WITH_ZSRS = _OLDEST_FIRST.where(providers.c.zsr.in_(_NUMBERS))
_BY_MAIL = _VALID.where(func.lower(providers.c.email) == bindparam("address"))


def get(connection: Connection, provider_id: int) -> Provider | None:
    """The provider with this id."""
    return first(connection, _GET, Provider, provider_id=provider_id)


def find(connection: Connection, *, gln: str | None, zsr: str | None, on: date) -> Provider | None:
    """The provider registered on that day under the GLN, else under the ZSR number."""
    found = first(connection, _BY_GLN, Provider, on=on, number=compact(gln)) if gln else None
    if found is None and zsr:
        found = first(connection, _BY_ZSR, Provider, on=on, number=compact(zsr))
    return found


def by_mail(connection: Connection, address: str, *, on: date) -> Provider | None:
    """The one provider registered with this mail address; None where it is nobody's or several share it."""
    found = every(connection, _BY_MAIL, Provider, on=on, address=address.strip().lower())
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True, kw_only=True)
class Latest:
    """The newest version of each provider, whatever its days."""

    by_gln: Mapping[str, Provider]
    by_zsr: Mapping[str, Provider]


def latest(connection: Connection, *, glns: Sequence[str], zsrs: Sequence[str]) -> Latest:
    """The newest version of the providers with these numbers (compact)."""
    by_gln = every(connection, _WITH_GLNS, Provider, numbers=list(glns)) if glns else []
    by_zsr = every(connection, _WITH_ZSRS, Provider, numbers=list(zsrs)) if zsrs else []
    return Latest(by_gln={str(one.gln): one for one in by_gln}, by_zsr={str(one.zsr): one for one in by_zsr})


def change_many(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Changes versions of providers: each row has the id and the same columns."""
    update_each(connection, providers, ("id",), rows)


def add_many(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """New versions, each with the same columns."""
    if rows:
        connection.execute(insert(providers), list(rows))


def add(connection: Connection, **values: object) -> int:
    """A new provider; returns the id."""
    return int(connection.execute(insert(providers).values(**values).returning(providers.c.id)).scalar_one())


def everyone(connection: Connection, *, limit: int = 100) -> list[Provider]:
    """Providers by id."""
    return every(connection, select(providers).order_by(providers.c.id).limit(limit), Provider)
