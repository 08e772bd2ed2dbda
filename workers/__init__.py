"""The external-task workers: one module a topic; each translates a task into one use case and its answer back."""

from __future__ import annotations

from collections.abc import Collection

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

_MODULES = (check_client, check_medication, assess_risk, settle, check_decision, write_letter, send_letter, notify)
#: Topic → the module that works on it.
TOPICS = {module.TOPIC: module for module in _MODULES}


def handlers(office: Office, topics: Collection[str] = tuple(TOPICS)) -> list[Topic]:
    """The handlers of these topics, or of all, for `pulse.engine.worker.Worker(topics=…)`."""
    return [module.register(office) for name, module in TOPICS.items() if name in topics]
