"""Answers of workers: an activity handed out twice is answered from here, not done twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from db.rows import insert_if_new
from db.tables import steps

_ANSWER = select(steps.c.answer).where(steps.c.activity_instance_id == bindparam("activity_instance_id"))


def answer(connection: Connection, activity_instance_id: str) -> dict[str, Any] | None:
    """What was answered before, if anything."""
    asked = {"activity_instance_id": activity_instance_id}
    found: dict[str, Any] | None = connection.execute(_ANSWER, asked).scalar_one_or_none()
    return found


def keep(
    connection: Connection,
    activity_instance_id: str,
    *,
    invoice_id: int,
    topic: str,
    answer: dict[str, Any],
    at: datetime,
) -> bool:
    """Keeps an answer, in the transaction of the work itself; False where another worker was first."""
    row = {"invoice_id": invoice_id, "topic": topic, "answer": answer, "done_at": at}
    return insert_if_new(connection, steps, row | {"activity_instance_id": activity_instance_id})
