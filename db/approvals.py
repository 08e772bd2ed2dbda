"""Approvals given beforehand: of costs (Kostengutsprache), and of the usual co-payment where the list raises it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, insert, or_, select

from db.rows import changed, every, first
from db.tables import approvals

Kind = Literal["costs", "copayment"]


@dataclass(frozen=True, kw_only=True)
class Approval:
    """For one pack (`gtin`) or for a group (`atc`: the start of its code), on both its days and between them.

    `kind`: of the costs; or of the usual co-payment for a medication that has the raised one and is needed for medical
    reasons (Art. 38a Abs. 7 KLV). `packs` is how many it covers in all, None where it sets no number. `ended_at`: it
    was taken back and counts no more.
    """

    id: int
    client_id: int
    kind: Kind
    gtin: str | None
    atc: str | None
    indication_code: str | None
    packs: int | None
    valid_from: date
    valid_until: date | None
    reference: str
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    ended_by: str | None


_OPEN = select(approvals).where(approvals.c.ended_at.is_(None)).order_by(approvals.c.valid_from, approvals.c.id)
_OF = _OPEN.where(approvals.c.client_id == bindparam("client_id"))
_OF_MANY = _OPEN.where(approvals.c.client_id.in_(bindparam("client_ids", expanding=True)))
_ON = _OF.where(
    approvals.c.kind == bindparam("kind"),
    approvals.c.valid_from <= bindparam("until"),
    or_(approvals.c.valid_until.is_(None), approvals.c.valid_until >= bindparam("since")),
)


def between(connection: Connection, client_id: int, since: date, until: date, kind: Kind = "costs") -> list[Approval]:
    """A client's approvals of a kind that hold on some day of a period, both days included."""
    return every(connection, _ON, Approval, client_id=client_id, since=since, until=until, kind=kind)


def get(connection: Connection, approval_id: int) -> Approval | None:
    """The approval with this id."""
    return first(connection, select(approvals).where(approvals.c.id == approval_id), Approval)


def add(connection: Connection, **values: object) -> int:
    """A new approval; returns the id."""
    return int(connection.execute(insert(approvals).values(**values).returning(approvals.c.id)).scalar_one())


def add_many(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """New approvals, each with the same columns."""
    if rows:
        connection.execute(insert(approvals), list(rows))


def end(connection: Connection, approval_id: int, *, at: datetime, by: str) -> bool:
    """Takes an approval back; False where that was done before."""
    where = (approvals.c.id == approval_id) & approvals.c.ended_at.is_(None)
    return changed(connection, approvals.update().where(where).values(ended_at=at, ended_by=by))


def of_client(connection: Connection, client_id: int) -> list[Approval]:
    """A client's approvals that were not taken back."""
    return every(connection, _OF, Approval, client_id=client_id)


def of_clients(connection: Connection, client_ids: Sequence[int]) -> list[Approval]:
    """The approvals of these clients that were not taken back."""
    return every(connection, _OF_MANY, Approval, client_ids=list(client_ids)) if client_ids else []


def newest(connection: Connection, *, limit: int = 100) -> list[Approval]:
    """The latest approvals of all clients that were not taken back, newest first."""
    return every(connection, _OPEN.order_by(None).order_by(approvals.c.id.desc()).limit(limit), Approval)
