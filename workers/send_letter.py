"""Topic `send-letter`: sends the stored letter to its recipient, once."""

from __future__ import annotations

from dataclasses import dataclass

from pulse.claims.errors import LETTER_TO_APPROVE, BusinessError
from pulse.claims.hear_approval import hear
from pulse.claims.office import Office
from pulse.claims.send_letter import send_letter
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.needs import database, smtp
from workers.translate import MAIL_RETRY, Addressed, step, translated

TOPIC = "send-letter"


@dataclass(frozen=True)
class Sending(Addressed):
    """`delivery` is a person's word on an unknown delivery."""

    delivery: str = ""


def register(office: Office) -> Topic:
    """The handler of `send-letter`."""

    @topic(TOPIC, lock_ms=60_000, retry=MAIL_RETRY, needs=[database(office), smtp(office)])
    @translated
    def handle(given: Sending, task: ExternalTask) -> None:
        at, letter = step(given, task), (given.invoice_id, given.recipient, given.kind)
        try:
            send_letter(office, *letter, delivery=given.delivery, step=at)
        except BusinessError as error:
            if error.bpmn_code != LETTER_TO_APPROVE or not hear(office, *letter, task.process_instance_id):
                raise
            send_letter(office, *letter, delivery=given.delivery, step=at)

    return handle
