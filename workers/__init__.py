"""The external-task workers: one module a topic; each translates a task into one use case and its answer back."""

from __future__ import annotations

from pulse.claims.office import Office
from pulse.engine.worker import Topic
from workers import (
    assess_risk,
    check_client,
    check_decision,
    check_medication,
    notify,
    send_letter,
    settle,
    write_letter,
)


def handlers(office: Office) -> list[Topic]:
    """The handlers of all topics, for `pulse.engine.worker.Worker(topics=…)`."""
    modules = (check_client, check_medication, assess_risk, settle, check_decision, write_letter, send_letter, notify)
    return [module.register(office) for module in modules]
