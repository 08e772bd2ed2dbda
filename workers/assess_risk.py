"""Topic `assess-risk`: What does the risk table say?"""

from __future__ import annotations

from collections.abc import Mapping

from pulse.claims.assess_risk import assess_risk
from pulse.claims.office import Office
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.translate import QUICK_RETRY, invoice_id, step, translated, variables


def register(office: Office) -> Topic:
    """The handler of `assess-risk`."""

    @topic("assess-risk", lock_ms=30_000, retry=QUICK_RETRY, variables=["invoice_id"])
    @translated
    def handle(task: ExternalTask) -> Mapping[str, object]:
        return variables(assess_risk(office, invoice_id(task), step=step(task)))

    return handle
