"""What one document has to do with another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import BindParameter, ColumnElement, Connection, and_, bindparam, delete, insert, or_, select

from db.rows import every
from db.tables import decisions, invoices, links
from pulse.base.reasons import Reason

Kind = Literal["repeats", "reminds", "copies", "cancels", "corrects", "conflicts"]


@dataclass(frozen=True, kw_only=True)
class Link:
    """`invoice_id` repeats, reminds of, copies, cancels, corrects or conflicts with `other_id`."""

    invoice_id: int
    other_id: int
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """A case that takes another one back; `accepted` where a person has agreed and it does so in whole (storno)."""

    invoice_id: int
    other_id: int
    accepted: bool


def accepted(invoice_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether this case is a storno that a person has agreed to. A refund takes back a part: what it is of stands."""
    storno = invoices.alias()
    agreed = (decisions.c.reason_code == Reason.DECIDED_CANCELLED.value, storno.c.subtype == "storno")
    joined = select(decisions.c.id).join(storno, storno.c.id == decisions.c.invoice_id)
    return joined.where(decisions.c.invoice_id == invoice_id, *agreed).exists()


_COLUMNS = (links.c.invoice_id, links.c.other_id)
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_OF_THESE = or_(*(column.in_(_IDS) for column in _COLUMNS))
_TOUCHING = select(*_COLUMNS, links.c.kind).where(_OF_THESE).order_by(*_COLUMNS)
_CANCELLATIONS = select(*_COLUMNS, accepted(links.c.invoice_id).label("accepted")).where(
    links.c.kind == "cancels", _OF_THESE
)
_CANCELLED = select(links.c.invoice_id).where(links.c.kind == "cancels", links.c.other_id == bindparam("invoice_id"))


def put(connection: Connection, found: Sequence[Link], *, at: datetime) -> None:
    """Stores links; a pair that has one keeps it."""
    known = {(link.invoice_id, link.other_id) for link in _touching(connection, {one.invoice_id for one in found})}
    new = [one for one in found if (one.invoice_id, one.other_id) not in known]
    if new:
        connection.execute(insert(links), [vars(one) | {"made_at": at} for one in new])


def clear(connection: Connection, invoice_id: int) -> None:
    """Takes away what was found out about a case before its reading was corrected: what it names, and what cancels it.
    Repetitions and corrections that came after it stay."""
    cancelled = and_(links.c.other_id == invoice_id, links.c.kind == "cancels")
    connection.execute(delete(links).where(or_(links.c.invoice_id == invoice_id, cancelled)))


def of_case(connection: Connection, invoice_id: int) -> list[Link]:
    """The links of a case, in both directions, oldest case first."""
    return _touching(connection, {invoice_id})


def cancellations(connection: Connection, ids: Collection[int]) -> list[Cancellation]:
    """What takes back these cases, and what these cases take back."""
    return every(connection, _CANCELLATIONS, Cancellation, ids=sorted(ids)) if ids else []


def is_cancelled(connection: Connection, invoice_id: int) -> bool:
    """Whether another document takes this case back, agreed to or not."""
    return connection.execute(_CANCELLED, {"invoice_id": invoice_id}).first() is not None


def _touching(connection: Connection, ids: Collection[int]) -> list[Link]:
    return every(connection, _TOUCHING, Link, ids=sorted(ids)) if ids else []
