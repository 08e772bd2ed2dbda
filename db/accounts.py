"""Accounts of cost sharing: entries are added, never changed; a reversal takes an earlier one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BindParameter, Connection, bindparam, exists, insert, select

from db.rows import every, insert_if_new
from db.tables import account_entries, accounts, clients


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a line bore: amounts in CHF, all of them the opposite in an entry that `reverses` another."""

    id: int
    client_id: int
    year: int
    invoice_id: int
    round: int
    line: int
    revision: int
    day: date
    percent: int
    amount: Decimal
    franchise: Decimal
    copayment: Decimal
    paid: Decimal
    reverses: int | None
    cause_id: int
    made_at: datetime


_IDS: BindParameter[int] = bindparam("client_ids", expanding=True)
_LOCK = (
    select(accounts.c.client_id)
    .where(accounts.c.client_id.in_(_IDS), accounts.c.year == bindparam("year"))
    .order_by(accounts.c.client_id)
    .with_for_update()
)
_later = account_entries.alias("later")
_STANDS = account_entries.c.reverses.is_(None) & ~exists(
    select(_later.c.id).where(_later.c.reverses == account_entries.c.id)
)
_STANDING = (
    select(account_entries)
    .where(account_entries.c.client_id.in_(_IDS), account_entries.c.year == bindparam("year"), _STANDS)
    .order_by(account_entries.c.id)
)
_OF_INVOICE = (
    select(account_entries)
    .where(account_entries.c.invoice_id == bindparam("invoice_id"))
    .order_by(account_entries.c.id)
)
_CAUSED_BY = (
    select(account_entries).where(account_entries.c.cause_id == bindparam("cause_id")).order_by(account_entries.c.id)
)
_OF_ACCOUNT = (
    select(account_entries)
    .where(account_entries.c.client_id == bindparam("client_id"), account_entries.c.year == bindparam("year"))
    .order_by(account_entries.c.id)
)
_YEARS = select(accounts.c.year).where(accounts.c.client_id == bindparam("client_id")).order_by(accounts.c.year.desc())
_FAMILY = (
    select(clients.c.id, clients.c.birth_date)
    .where(clients.c.family_id == bindparam("family_id"))
    .order_by(clients.c.id)
)
_ADD = insert(account_entries)


def lock(connection: Connection, client_ids: Sequence[int], year: int, *, at: datetime) -> None:
    """Opens these accounts where need be and holds them until the transaction ends. Everybody takes them in the order
    of their ids."""
    for client_id in sorted(client_ids):
        insert_if_new(connection, accounts, {"client_id": client_id, "year": year, "opened_at": at})
    connection.execute(_LOCK, {"client_ids": sorted(client_ids), "year": year}).all()


def standing(connection: Connection, client_ids: Sequence[int], year: int) -> list[Entry]:
    """The bookings of these accounts that nothing has reversed."""
    return every(connection, _STANDING, Entry, client_ids=sorted(client_ids), year=year)


def of_invoice(connection: Connection, invoice_id: int) -> list[Entry]:
    """Every entry of a case's lines, oldest first."""
    return every(connection, _OF_INVOICE, Entry, invoice_id=invoice_id)


def caused_by(connection: Connection, invoice_id: int) -> list[Entry]:
    """Every entry that a case led to, its own and those of other cases, oldest first."""
    return every(connection, _CAUSED_BY, Entry, cause_id=invoice_id)


def of_account(connection: Connection, client_id: int, year: int) -> list[Entry]:
    """Every entry of an account, oldest first."""
    return every(connection, _OF_ACCOUNT, Entry, client_id=client_id, year=year)


def years(connection: Connection, client_id: int) -> list[int]:
    """The years in which a client has an account, newest first."""
    return list(connection.execute(_YEARS, {"client_id": client_id}).scalars())


def family(connection: Connection, family_id: str) -> dict[int, date | None]:
    """The birth dates of a family's members, by client id."""
    return {row.id: row.birth_date for row in connection.execute(_FAMILY, {"family_id": family_id})}


def add(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Adds entries, in this order."""
    if rows:
        connection.execute(_ADD, [{"reverses": None} | dict(row) for row in rows])
