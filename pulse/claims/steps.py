"""A worker's activity and the answer already given to it: what is handed out twice is answered, not done, twice."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection

from db import invoices, steps
from pulse.base.reasons import Reason
from pulse.claims.errors import CaseMissing

Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One activity of one process: its instance id is the same over all attempts and all workers."""

    activity_instance_id: str
    topic: str


def answered(connection: Connection, step: Step | None, kind: type[Answer]) -> Answer | None:
    """The answer kept for this step, as a `kind` (a frozen dataclass of plain values)."""
    known = steps.answer(connection, step.activity_instance_id) if step else None
    return None if known is None else kind(**known)


def keep(connection: Connection, step: Step | None, invoice_id: int, answer: Any, *, at: datetime) -> None:
    """Keeps an answer in the transaction of the work itself.

    Of two workers who did the same work at once the first one's answer stays; both answers are the same, since both
    worked on the same values.
    """
    if step is not None:
        kept = asdict(answer)
        steps.keep(connection, step.activity_instance_id, invoice_id=invoice_id, topic=step.topic, answer=kept, at=at)


def case_of(connection: Connection, invoice_id: int) -> invoices.Case:
    """The case with this id; raises `CaseMissing`."""
    case = invoices.get(connection, invoice_id)
    if case is None:
        raise CaseMissing(invoice_id=invoice_id)
    return case


def codes(reasons: str) -> tuple[Reason, ...]:
    """Reason codes from their text, `P312 P313`."""
    return tuple(Reason(code) for code in reasons.split())


def text_of(reasons: tuple[Reason, ...] | list[Reason]) -> str:
    """Reason codes, each once, in order, with a blank between."""
    return " ".join(dict.fromkeys(reason.value for reason in reasons))


def replaced(reasons: str, blocks: tuple[str, ...], new: tuple[Reason, ...]) -> str:
    """A case's reason codes after a step that speaks for these blocks (`("P4",)`) has spoken anew."""
    kept = [reason for reason in codes(reasons) if not reason.startswith(blocks)]
    return text_of([*kept, *new])
