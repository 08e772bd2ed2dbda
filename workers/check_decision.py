"""Topic `check-decision`: may this decision count?"""

from __future__ import annotations

from collections.abc import Mapping

from pulse.claims.check_decision import check_decision
from pulse.claims.decider import decider
from pulse.claims.office import Office
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.translate import QUICK_RETRY, invoice_id, step, text, translated, variables


def register(office: Office) -> Topic:
    """The handler of `check-decision`."""
    names = ["invoice_id", "decision", "reason_code", "comment", "review", "decided_in"]

    @topic("check-decision", lock_ms=30_000, retry=QUICK_RETRY, variables=names)
    @translated
    def handle(task: ExternalTask) -> Mapping[str, object]:
        return variables(
            check_decision(
                office,
                invoice_id(task),
                decided_by=decider(office.engine, task.process_instance_id, text(task, "decided_in")),
                decision=text(task, "decision"),
                reason_code=text(task, "reason_code"),
                comment=text(task, "comment"),
                review=text(task, "review"),
                step=step(task),
            )
        )

    return handle
