"""Letters: one a case, recipient, kind and round."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, select, update

from db.rows import changed, every, first, insert_if_new, update_rows
from db.tables import letters

State = Literal["drafted", "written", "waiting_for_approval", "withdrawn", "sent", "unknown", "by_post", "bounced"]


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter on record: its facts, its text, who worded it, its PDF, and whether it left."""

    id: str
    invoice_id: int
    recipient: str
    kind: str
    round: int
    language: str
    state: State
    reason_code: str
    facts: dict[str, Any]
    paragraphs: list[str] | None
    wording: dict[str, Any] | None
    pdf_sha256: str | None
    created_at: datetime
    settled_at: datetime | None
    #: Since when it may leave, but for the holding time; None while it waits for a person.
    released_at: datetime | None = None
    approved_by: str | None = None
    #: The engine's task whose word about this letter has been heard.
    heard_task: str | None = None

    @property
    def effect_key(self) -> str:
        """The key under which sending it is claimed."""
        return f"letter:{self.invoice_id}:{self.recipient}:{self.kind}:{self.round}"


_FIND = select(letters).where(
    *(letters.c[name] == bindparam(name) for name in ("invoice_id", "recipient", "kind", "round"))
)
_NEWEST = (
    select(letters)
    .where(*(letters.c[name] == bindparam(name) for name in ("invoice_id", "recipient", "kind")))
    .order_by(letters.c.round.desc())
    .limit(1)
)
_OF_INVOICE = (
    select(letters).where(letters.c.invoice_id == bindparam("invoice_id")).order_by(letters.c.created_at, letters.c.id)
)


def add(connection: Connection, **values: object) -> bool:
    """A new letter; False where there is one of this invoice, recipient, kind and round."""
    return insert_if_new(connection, letters, values)


def get(connection: Connection, letter_id: str) -> Letter | None:
    """The letter with this id."""
    return first(connection, select(letters).where(letters.c.id == letter_id), Letter)


def newest(connection: Connection, invoice_id: int, *, recipient: str, kind: str) -> Letter | None:
    """The last letter of this kind that was written to this recipient, whatever the round."""
    return first(connection, _NEWEST, Letter, invoice_id=invoice_id, recipient=recipient, kind=kind)


def find(connection: Connection, invoice_id: int, *, recipient: str, kind: str, round_: int) -> Letter | None:
    """The letter of this case, recipient, kind and round."""
    return first(connection, _FIND, Letter, invoice_id=invoice_id, recipient=recipient, kind=kind, round=round_)


def locked(connection: Connection, letter_id: str) -> Letter | None:
    """The letter, held until the transaction ends: it is either sent or kept back, approved or worded anew."""
    return first(connection, select(letters).where(letters.c.id == letter_id).with_for_update(), Letter)


def approved_but_here(connection: Connection) -> list[Letter]:
    """Letters that a person has approved and that have not left yet, oldest first."""
    where = (letters.c.state == "written", letters.c.approved_by.is_not(None))
    return every(connection, select(letters).where(*where).order_by(letters.c.created_at), Letter)


def of_invoice(connection: Connection, invoice_id: int) -> list[Letter]:
    """The letters of a case, oldest first."""
    return every(connection, _OF_INVOICE, Letter, invoice_id=invoice_id)


def in_state(
    connection: Connection, states: Sequence[State], *, without: Collection[str] = (), limit: int = 200
) -> list[Letter]:
    """Letters in one of these states, but for those of the kinds `without`, oldest first."""
    where = (letters.c.state.in_(states), letters.c.kind.not_in(without))
    return every(connection, select(letters).where(*where).order_by(letters.c.created_at).limit(limit), Letter)


def set_letter(connection: Connection, letter_id: str, *, was: Sequence[State] | None = None, **values: object) -> bool:
    """Changes a letter, where it is in one of the states `was`; whether it did."""
    if was is None:
        return update_rows(connection, letters, {"id": letter_id}, values)
    statement = update(letters).where(letters.c.id == letter_id, letters.c.state.in_(was))
    return changed(connection, statement.values(**values))
