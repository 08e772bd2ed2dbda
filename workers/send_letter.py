"""Topic `send-letter`: sends the stored letter to its recipient, once."""

from __future__ import annotations

from pulse.claims.office import Office
from pulse.claims.send_letter import send_letter
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.translate import MAIL_RETRY, invoice_id, step, text, translated


def register(office: Office) -> Topic:
    """The handler of `send-letter`."""
    names = ["invoice_id", "recipient", "kind", "delivery"]

    @topic("send-letter", lock_ms=60_000, retry=MAIL_RETRY, variables=names)
    @translated
    def handle(task: ExternalTask) -> None:
        recipient, kind = text(task, "recipient"), text(task, "kind")
        delivery = text(task, "delivery")
        send_letter(office, invoice_id(task), recipient, kind, delivery=delivery, step=step(task))

    return handle
