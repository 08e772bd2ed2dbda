"""Registered providers: where their letters go and which account is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, func, insert, or_, select

from db.rows import every, first, update_rows
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


def latest(connection: Connection, *, gln: str | None, zsr: str | None) -> Provider | None:
    """The newest version of a provider by GLN, else by ZSR number, on whatever day."""
    newest = select(providers).order_by(providers.c.valid_from.desc(), providers.c.id.desc())
    found = first(connection, newest.where(providers.c.gln == gln), Provider) if gln else None
    if found is None and zsr:
        found = first(connection, newest.where(providers.c.zsr == zsr), Provider)
    return found


def change(connection: Connection, provider_id: int, **values: object) -> None:
    """Changes a version of a provider."""
    update_rows(connection, providers, {"id": provider_id}, values)


def add(connection: Connection, **values: object) -> int:
    """A new provider; returns the id."""
    return int(connection.execute(insert(providers).values(**values).returning(providers.c.id)).scalar_one())


def everyone(connection: Connection, *, limit: int = 100) -> list[Provider]:
    """Providers by id."""
    return every(connection, select(providers).order_by(providers.c.id).limit(limit), Provider)
