"""Topic `settle`: What is payable, and to whom?"""

from __future__ import annotations

from collections.abc import Mapping

from pulse.claims.office import Office
from pulse.claims.settle import settle
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.translate import QUICK_RETRY, invoice_id, step, translated, variables


def register(office: Office) -> Topic:
    """The handler of `settle`."""

    @topic("settle", lock_ms=30_000, retry=QUICK_RETRY, variables=["invoice_id"])
    @translated
    def handle(task: ExternalTask) -> Mapping[str, object]:
        return variables(settle(office, invoice_id(task), step=step(task)))

    return handle
