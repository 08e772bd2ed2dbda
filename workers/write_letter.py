"""Topic `write-letter`: words the letter to a recipient and keeps it with the case."""

from __future__ import annotations

from pulse.claims.office import Office
from pulse.claims.write_letter import write_letter
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.translate import QUICK_RETRY, invoice_id, text, translated


def register(office: Office) -> Topic:
    """The handler of `write-letter`; its lock is long, since a model may word the letter."""
    names = ["invoice_id", "recipient", "kind", "comment"]

    @topic("write-letter", lock_ms=300_000, retry=QUICK_RETRY, variables=names)
    @translated
    def handle(task: ExternalTask) -> None:
        recipient, kind = text(task, "recipient"), text(task, "kind")
        write_letter(office, invoice_id(task), recipient, kind, comment=text(task, "comment"))

    return handle
