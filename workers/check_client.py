"""Topic `check-client`: Is the person insured with us?"""

from __future__ import annotations

from collections.abc import Mapping

from pulse.claims.check_client import check_client
from pulse.claims.office import Office
from pulse.engine.worker import ExternalTask, Topic, topic
from workers.translate import QUICK_RETRY, invoice_id, step, translated, variables


def register(office: Office) -> Topic:
    """The handler of `check-client`."""

    @topic("check-client", lock_ms=30_000, retry=QUICK_RETRY, variables=["invoice_id"])
    @translated
    def handle(task: ExternalTask) -> Mapping[str, object]:
        return variables(check_client(office, invoice_id(task), step=step(task)))

    return handle
