"""What people made of a letter's wording: the text before and after, who and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from db.rows import every, insert_if_new
from db.tables import letter_revisions


@dataclass(frozen=True, kw_only=True)
class LetterRevision:
    """One change of a letter's paragraphs; numbers count from 1."""

    letter_id: str
    number: int
    before: list[str]
    after: list[str]
    made_by: str
    made_at: datetime


def add(
    connection: Connection,
    letter_id: str,
    number: int,
    *,
    before: Sequence[str],
    after: Sequence[str],
    made_by: str,
    made_at: datetime,
) -> bool:
    """A new change; False where there is one of this number."""
    row = {"letter_id": letter_id, "number": number, "before": list(before), "after": list(after)}
    return insert_if_new(connection, letter_revisions, row | {"made_by": made_by, "made_at": made_at})


def count(connection: Connection, letter_id: str) -> int:
    """How often the wording was changed: the number of the newest change."""
    where = letter_revisions.c.letter_id == letter_id
    return int(connection.execute(select(func.count()).select_from(letter_revisions).where(where)).scalar_one())


def of_letter(connection: Connection, letter_id: str) -> list[LetterRevision]:
    """The changes of a letter's wording, oldest first."""
    where = letter_revisions.c.letter_id == letter_id
    statement = select(letter_revisions).where(where).order_by(letter_revisions.c.number)
    return every(connection, statement, LetterRevision)
