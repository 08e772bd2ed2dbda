"""Topic `notify`: tells the controllers that a case waits."""

from __future__ import annotations

from dataclasses import dataclass

from pulse.claims.notify import notify
from pulse.claims.office import Office
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.needs import database, smtp
from workers.translate import MAIL_RETRY, Case, step, translated

TOPIC = "notify"


@dataclass(frozen=True)
class Notice(Case):
    """Which news it is."""

    kind: str


def register(office: Office) -> Topic:
    """The handler of `notify`."""

    @topic(TOPIC, lock_ms=60_000, retry=MAIL_RETRY, needs=[database(office), smtp(office)])
    @translated
    def handle(notice: Notice, task: ExternalTask) -> None:
        notify(office, notice.invoice_id, notice.kind, step=step(notice, task))

    return handle
