"""Topic `settle`: What is payable, and to whom?"""

from __future__ import annotations

from pulse.claims.office import Office
from pulse.claims.settle import Settled, settle
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.needs import database
from workers.translate import QUICK_RETRY, Case, step, translated

TOPIC = "settle"


def register(office: Office) -> Topic:
    """The handler of `settle`."""

    @topic(TOPIC, lock_ms=30_000, retry=QUICK_RETRY, needs=[database(office)])
    @translated
    def handle(case: Case, task: ExternalTask) -> Settled:
        return settle(office, case.invoice_id, step=step(case, task))

    return handle
