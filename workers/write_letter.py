"""Topic `write-letter`: words the letter to a recipient and keeps it with the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pulse.claims.ask import waits_until
from pulse.claims.office import Office
from pulse.claims.write_letter import write_letter
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.needs import database
from workers.translate import QUICK_RETRY, Addressed, translated

TOPIC = "write-letter"


@dataclass(frozen=True)
class Wording(Addressed):
    """`comment` is the decider's, for the explanation."""

    comment: str = ""


@dataclass(frozen=True)
class Waiting:
    """When the process reminds a provider of a question, and when it waits no more."""

    answer_remind_at: datetime
    answer_due_at: datetime


def register(office: Office) -> Topic:
    """The handler of `write-letter`; its lock is long, since a model may word the letter."""

    @topic(TOPIC, lock_ms=300_000, retry=QUICK_RETRY, needs=[database(office)])
    @translated
    def handle(given: Wording, _task: ExternalTask) -> Waiting | None:
        write_letter(office, given.invoice_id, given.recipient, given.kind, comment=given.comment)
        until = waits_until(office, given.invoice_id) if given.kind == "question" else None
        return Waiting(answer_remind_at=until[0], answer_due_at=until[1]) if until else None

    return handle
