"""Decisions, the reviews behind them, and what the decision table answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, delete, insert, select

from db import links
from db.rows import every, first, insert_if_new
from db.tables import assessments, decisions, invoices, reviews
from pulse.base.money import ZERO

Choice = Literal["approve", "partial", "deny", "ask"]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision that counts; automated ones only approve (the table refuses others)."""

    id: int
    invoice_id: int
    round: int
    decision: Choice
    reason_code: str
    comment: str
    review_id: str | None
    payable_amount: Decimal
    decided_by: str
    automated: bool
    decided_at: datetime
    #: The task in which it was taken, `straight` for the machine.
    decided_in: str = ""


@dataclass(frozen=True, kw_only=True)
class Review:
    """What a person wants to pay, by position line."""

    id: str
    invoice_id: int
    payable: dict[str, str]
    made_by: str
    made_at: datetime

    def amounts(self) -> dict[int, Decimal]:
        """Amount by line."""
        return {int(line): Decimal(amount) for line, amount in self.payable.items()}


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """One evaluation of the decision table: with its version's id, inputs and outputs."""

    id: int
    invoice_id: int
    line: int
    decision_definition_id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    assessed_at: datetime


_OF_ROUND = select(decisions).where(
    decisions.c.invoice_id == bindparam("invoice_id"), decisions.c.round == bindparam("round")
)
_OF_INVOICE = select(decisions).where(decisions.c.invoice_id == bindparam("invoice_id")).order_by(decisions.c.round)
_APPROVED = (
    select(decisions.c.invoice_id, decisions.c.payable_amount)
    .join(invoices, invoices.c.id == decisions.c.invoice_id)
    .where(
        invoices.c.client_id == bindparam("client_id"),
        invoices.c.invoice_date.between(bindparam("since"), bindparam("until")),
        decisions.c.decision.in_(("approve", "partial")),
    )
)
_REVIEW = select(reviews).where(reviews.c.id == bindparam("review_id"))
_CLEAR_ASSESSMENTS = delete(assessments).where(assessments.c.invoice_id == bindparam("invoice_id"))
_ADD_ASSESSMENTS = insert(assessments)
_ASSESSMENTS = (
    select(assessments).where(assessments.c.invoice_id == bindparam("invoice_id")).order_by(assessments.c.line)
)


def add(connection: Connection, **values: object) -> bool:
    """Stores a decision; False where the case's round already has one."""
    return insert_if_new(connection, decisions, values)


def of_round(connection: Connection, invoice_id: int, round_: int) -> Decision | None:
    """The decision of a round."""
    return first(connection, _OF_ROUND, Decision, invoice_id=invoice_id, round=round_)


def of_invoice(connection: Connection, invoice_id: int) -> list[Decision]:
    """The decisions of a case, by round."""
    return every(connection, _OF_INVOICE, Decision, invoice_id=invoice_id)


def approved(connection: Connection, client_id: int, since: date, until: date) -> Decimal:
    """What was approved for a person, in CHF, by invoices dated from `since` to `until`, both days included; without
    cases that were taken back."""
    amounts = {
        row.invoice_id: row.payable_amount
        for row in connection.execute(_APPROVED, {"client_id": client_id, "since": since, "until": until})
    }
    taken_back = {one.other_id for one in links.cancellations(connection, amounts) if one.accepted}
    return sum((amount for invoice_id, amount in amounts.items() if invoice_id not in taken_back), ZERO)


def add_review(
    connection: Connection,
    review_id: str,
    *,
    invoice_id: int,
    payable: dict[int, Decimal],
    made_by: str,
    made_at: datetime,
) -> None:
    """Stores a per-position review."""
    amounts = {str(line): format(amount, "f") for line, amount in payable.items()}
    row = {"id": review_id, "invoice_id": invoice_id, "payable": amounts}
    connection.execute(insert(reviews).values(**row, made_by=made_by, made_at=made_at))


def review(connection: Connection, review_id: str) -> Review | None:
    """The review with this id."""
    return first(connection, _REVIEW, Review, review_id=review_id)


def set_assessments(connection: Connection, invoice_id: int, rows: list[dict[str, Any]]) -> None:
    """Puts the newest evaluation in the place of an earlier one of the same case."""
    connection.execute(_CLEAR_ASSESSMENTS, {"invoice_id": invoice_id})
    if rows:
        connection.execute(_ADD_ASSESSMENTS, [row | {"invoice_id": invoice_id} for row in rows])


def assessments_of(connection: Connection, invoice_id: int) -> list[Assessment]:
    """What the decision table answered, by position."""
    return every(connection, _ASSESSMENTS, Assessment, invoice_id=invoice_id)
