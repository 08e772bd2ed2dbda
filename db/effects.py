"""The effects ledger: what leaves the house is claimed before, and closed with a receipt after.

State of an effect: `claimed` (somebody is about to do it, or died doing it), then `sent`, `refused` (proven not to have
happened: may be claimed again), `unknown` (may have happened: a person settles it) or `by_post`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, select, update

from db.rows import changed, every, first, insert_if_new
from db.tables import effects

State = Literal["claimed", "sent", "refused", "unknown", "by_post"]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One thing done to the world, under a key that can exist once."""

    key: str
    invoice_id: int | None
    mail_id: int | None
    message_id: str
    state: State
    claimed_by: str
    claimed_at: datetime
    attempts: int
    settled_at: datetime | None
    receipt: dict[str, Any] | None


_GET = select(effects).where(effects.c.key == bindparam("key"))
_SETTLE = (
    update(effects)
    .where(effects.c.key == bindparam("of_key"), effects.c.state.in_(bindparam("was", expanding=True)))
    .values(state=bindparam("new_state"), settled_at=bindparam("at"), receipt=bindparam("new_receipt"))
)


def claim(
    connection: Connection,
    key: str,
    *,
    message_id: str,
    claimed_by: str,
    at: datetime,
    invoice_id: int | None = None,
    mail_id: int | None = None,
) -> bool:
    """Takes the right to do it: True for one caller only, or again after a proven refusal."""
    row = {"key": key, "invoice_id": invoice_id, "mail_id": mail_id, "message_id": message_id}
    claimed = {"state": "claimed", "claimed_by": claimed_by, "claimed_at": at}
    if insert_if_new(connection, effects, row | claimed):
        return True
    again = claimed | {"attempts": effects.c.attempts + 1, "settled_at": None, "receipt": None}
    free = (effects.c.key == key, effects.c.state == "refused")
    return changed(connection, update(effects).where(*free).values(**again))


def settle(
    connection: Connection,
    key: str,
    state: State,
    *,
    at: datetime,
    receipt: dict[str, Any] | None = None,
    was: tuple[State, ...] = ("claimed", "unknown"),
) -> bool:
    """Closes an effect; False where it was not in one of the states `was`."""
    return changed(connection, _SETTLE, of_key=key, was=was, new_state=state, at=at, new_receipt=receipt)


def set_receipt(connection: Connection, key: str, receipt: dict[str, Any]) -> None:
    """Adds to what is known of an effect that is over."""
    connection.execute(update(effects).where(effects.c.key == key).values(receipt=receipt))


def get(connection: Connection, key: str) -> Effect | None:
    """The effect with this key."""
    return first(connection, _GET, Effect, key=key)


def of_invoice(connection: Connection, invoice_id: int) -> list[Effect]:
    """What left the house for a case."""
    return every(connection, select(effects).where(effects.c.invoice_id == invoice_id), Effect)
