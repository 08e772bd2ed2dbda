"""Questions to providers: what was asked about a case, until when an answer is waited for, and what it said.

A case's rounds are counted by them: each question that was answered, or withdrawn, ends the round that it was asked in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, bindparam, func, or_, select

from db.rows import every, first, insert_if_new, update_rows
from db.tables import mails, questions

State = Literal["open", "answered", "given_up", "withdrawn"]
#: How a question ends that leads the case back to its beginning.
GOES_ON: tuple[State, ...] = ("answered", "withdrawn")


@dataclass(frozen=True, kw_only=True)
class Question:
    """What was asked in one round of a case (`number` is the round's); `closed_at` is empty while the case waits."""

    id: str
    invoice_id: int
    number: int
    token_hash: str
    questions: tuple[str, ...]
    asked_by: str
    asked_at: datetime
    remind_at: datetime
    give_up_at: datetime
    state: State
    answer: str
    answered_by: str
    answered_at: datetime | None
    mail_id: int | None
    document_sha256: str | None
    closed_at: datetime | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "questions", tuple(self.questions))  # JSON knows lists alone


_OF_INVOICE = select(questions).where(questions.c.invoice_id == bindparam("invoice_id")).order_by(questions.c.number)
_OF_ROUND = _OF_INVOICE.where(questions.c.number == bindparam("number"))
_BY_TOKEN = select(questions).where(questions.c.token_hash == bindparam("token_hash"))
_ROUNDS_OVER = select(func.count()).where(
    questions.c.invoice_id == bindparam("invoice_id"),
    questions.c.state.in_(GOES_ON),
    questions.c.closed_at.is_not(None),
)
_ANSWER = select(questions.c.mail_id).where(questions.c.id == bindparam("question_id"))
_MAILS = (
    select(mails.c.id)
    .where(or_(mails.c.question_id == bindparam("question_id"), mails.c.id.in_(_ANSWER)))
    .order_by(mails.c.id)
)


def add(connection: Connection, **values: object) -> bool:
    """A new question; False where the case's round already has one."""
    return insert_if_new(connection, questions, values)


def get(connection: Connection, question_id: str) -> Question | None:
    """The question with this id."""
    return first(connection, select(questions).where(questions.c.id == question_id), Question)


def locked(connection: Connection, question_id: str) -> Question | None:
    """The question, held until the transaction ends: of two answers one is the first."""
    return first(connection, select(questions).where(questions.c.id == question_id).with_for_update(), Question)


def by_token(connection: Connection, token_hash: str) -> Question | None:
    """The question whose token has this SHA-256."""
    return first(connection, _BY_TOKEN, Question, token_hash=token_hash)


def of_round(connection: Connection, invoice_id: int, number: int) -> Question | None:
    """What was asked in this round of the case."""
    return first(connection, _OF_ROUND, Question, invoice_id=invoice_id, number=number)


def of_invoice(connection: Connection, invoice_id: int) -> list[Question]:
    """All questions about a case, by round."""
    return every(connection, _OF_INVOICE, Question, invoice_id=invoice_id)


def round_of(connection: Connection, invoice_id: int) -> int:
    """Which round of decisions and letters the case is in; the first is 1."""
    return 1 + int(connection.execute(_ROUNDS_OVER, {"invoice_id": invoice_id}).scalar_one())


def set_question(connection: Connection, question_id: str, **values: object) -> bool:
    """Changes a question's row."""
    return update_rows(connection, questions, {"id": question_id}, values)


def mails_of(connection: Connection, question_id: str) -> list[int]:
    """The mails that answered it, or tried to, oldest first."""
    return [int(row[0]) for row in connection.execute(_MAILS, {"question_id": question_id})]
