"""Topic `check-client`: Is the person insured with us?"""

from __future__ import annotations

from pulse.claims.check_client import ClientCheck, check_client
from pulse.claims.office import Office
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.needs import client_directory, database
from workers.translate import QUICK_RETRY, Case, step, translated

TOPIC = "check-client"


def register(office: Office) -> Topic:
    """The handler of `check-client`."""

    @topic(TOPIC, lock_ms=30_000, retry=QUICK_RETRY, needs=[database(office), *client_directory(office)])
    @translated
    def handle(case: Case, task: ExternalTask) -> ClientCheck:
        return check_client(office, case.invoice_id, step=step(case, task))

    return handle
