"""Topic `assess-risk`: What does the risk table say?"""

from __future__ import annotations

from pulse.claims.assess_risk import RiskAssessment, assess_risk
from pulse.claims.office import Office
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.needs import database, engine
from workers.translate import QUICK_RETRY, Case, step, translated

TOPIC = "assess-risk"


def register(office: Office) -> Topic:
    """The handler of `assess-risk`."""

    @topic(TOPIC, lock_ms=30_000, retry=QUICK_RETRY, needs=[database(office), engine(office)])
    @translated
    def handle(case: Case, task: ExternalTask) -> RiskAssessment:
        return assess_risk(office, case.invoice_id, step=step(case, task))

    return handle
