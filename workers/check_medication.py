"""Topic `check-medication`: Are the packs valid and listed?"""

from __future__ import annotations

from pulse.claims.check_medication import MedicationCheck, check_medication
from pulse.claims.office import Office
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.needs import database
from workers.translate import QUICK_RETRY, Case, step, translated

TOPIC = "check-medication"


def register(office: Office) -> Topic:
    """The handler of `check-medication`."""

    @topic(TOPIC, lock_ms=30_000, retry=QUICK_RETRY, needs=[database(office)])
    @translated
    def handle(case: Case, task: ExternalTask) -> MedicationCheck:
        return check_medication(office, case.invoice_id, step=step(case, task))

    return handle
