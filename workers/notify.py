"""Topic `notify`: tells the controllers that a case waits."""

from __future__ import annotations

from pulse.claims.notify import notify
from pulse.claims.office import Office
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.translate import MAIL_RETRY, invoice_id, step, text, translated


def register(office: Office) -> Topic:
    """The handler of `notify`."""

    @topic("notify", lock_ms=60_000, retry=MAIL_RETRY, variables=["invoice_id", "kind"])
    @translated
    def handle(task: ExternalTask) -> None:
        notify(office, invoice_id(task), text(task, "kind"), step=step(task))

    return handle
