"""An invoice comes in by REST: one way for all calls that take one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import structlog

from db.invoices import Case
from pulse.base.errors import PulseError, Unreadable
from pulse.claims.receive import Received, receive_document, receive_invoice
from pulse.claims.relay import relay_once
from pulse.claims.steps import case_of
from pulse.engine.errors import EngineError
from pulse.invoices.model import Invoice
from pulse.web.endpoint import Call

log = structlog.get_logger(__name__)

#: How long a caller waits for the process to start; after that the relay goes on alone.
RELAY_LIMIT_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A case, with its process where that has started by now."""

    invoice_id: int
    result: Literal["started", "already_received", "person"]
    reason: str
    case: Case
    #: The other invoices of the same file.
    others: tuple[Received, ...] = ()

    @property
    def process_instance_id(self) -> str | None:
        return self.case.process_instance_id

    @property
    def is_waiting(self) -> bool:
        """The process has yet to start."""
        return self.result != "already_received" and self.case.process_instance_id is None


def take_invoice(call: Call, invoice: Invoice, *, short_form: bool = False) -> Taken:
    """Receives an invoice that came as data."""
    return _started(
        call, receive_invoice(call.office, invoice, channel="rest", short_form=short_form, actor=call.actor)
    )


def take_document(call: Call, document: bytes) -> Taken:
    """Receives a document; raises `Unreadable` with the reader's code where it makes no case. Of several invoices in a
    file the first one that became a case is answered for, beside the others."""
    received = receive_document(call.office, document, channel="rest", actor=call.actor)
    each = [received, *received.others]
    first = next((one for one in each if one.invoice_id is not None), received)
    return replace(_started(call, first), others=tuple(one for one in each if one is not first))


def _started(call: Call, received: Received) -> Taken:
    if received.invoice_id is None or received.result == "returned":
        raise Unreadable("This document cannot be read as an invoice.", code=received.reason)
    try:
        relay_once(call.office, invoice_id=received.invoice_id, limit_s=RELAY_LIMIT_S)
    except (PulseError, EngineError) as error:
        log.warning("relay left to itself", action="start", case=received.invoice_id, error=type(error).__name__)
    with call.office.database.read() as connection:
        case = case_of(connection, received.invoice_id)
    return Taken(invoice_id=case.id, result=received.result, reason=received.reason, case=case)
