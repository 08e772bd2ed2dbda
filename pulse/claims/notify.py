"""Notify: tells the controllers that a case waits; details stay behind the link."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from letters.occasions import Kind, Recipient
from pulse.base.errors import InvalidInput
from pulse.claims.errors import BusinessError
from pulse.claims.office import Office
from pulse.claims.send_letter import send_letter
from pulse.claims.steps import Step
from pulse.claims.write_letter import write_letter

log = structlog.get_logger(__name__)

_KINDS = frozenset({Kind.CONTROLLER_NOTICE.value, Kind.ESCALATION.value})


@dataclass(frozen=True, kw_only=True)
class Notified:
    """Whether the mail is known to have left."""

    sent: bool


def notify(office: Office, invoice_id: int, kind: str, *, step: Step | None = None) -> Notified:
    """Mails the controllers, once a case and kind.

    A mail whose delivery is unknown does not hold up the case: the task itself is in their list. Raises
    `MailUnavailable` where trying again is right, `InvalidInput` for another kind.
    """
    if kind not in _KINDS:
        raise InvalidInput("There is no such notification.", code="letter_unknown")
    write_letter(office, invoice_id, Recipient.CONTROLLER.value, kind)
    try:
        send_letter(office, invoice_id, Recipient.CONTROLLER.value, kind, step=step)
    except BusinessError as error:
        log.warning("notification not proven sent", action="notify", case=invoice_id, reason=error.reason)
        return Notified(sent=False)
    return Notified(sent=True)
