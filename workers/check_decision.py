"""Topic `check-decision`: may this decision count?"""

from __future__ import annotations

from dataclasses import dataclass

from pulse.claims.check_decision import DecisionCheck, check_decision
from pulse.claims.decider import decider
from pulse.claims.office import Office
from pulse.claims.people import confirmed
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.needs import database, engine
from workers.translate import QUICK_RETRY, Case, step, translated

TOPIC = "check-decision"


@dataclass(frozen=True)
class Decided(Case):
    """What a form, or the process for the machine, has set."""

    decision: str = ""
    reason_code: str = ""
    comment: str = ""
    review: str = ""
    decided_in: str = ""


def register(office: Office) -> Topic:
    """The handler of `check-decision`."""

    @topic(TOPIC, lock_ms=30_000, retry=QUICK_RETRY, needs=[database(office), engine(office)])
    @translated
    def handle(decided: Decided, task: ExternalTask) -> DecisionCheck:
        return check_decision(
            office,
            decided.invoice_id,
            decided_by=confirmed(office, decider(office.engine, task.process_instance_id, decided.decided_in)),
            decision=decided.decision,
            reason_code=decided.reason_code,
            comment=decided.comment,
            review=decided.review,
            definition_id=task.process_definition_id,
            step=step(decided, task),
        )

    return handle
