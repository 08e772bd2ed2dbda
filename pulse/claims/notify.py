"""Notify: tells the controllers that a case waits, details stay behind the link; reminds providers of a question."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from db import outbox, questions
from letters.occasions import Kind, Recipient
from pulse.base.errors import InvalidInput
from pulse.claims import ask
from pulse.claims.errors import BusinessError
from pulse.claims.office import Office
from pulse.claims.send_letter import send_letter
from pulse.claims.steps import Step
from pulse.claims.write_letter import write_letter

log = structlog.get_logger(__name__)

_TO_CONTROLLERS = frozenset({Kind.CONTROLLER_NOTICE.value, Kind.ESCALATION.value})


@dataclass(frozen=True, kw_only=True)
class Notified:
    """Whether the mail is known to have left; a reminder to a provider leaves later."""

    sent: bool


def notify(office: Office, invoice_id: int, kind: str, *, step: Step | None = None) -> Notified:
    """Mails the controllers, or promises to remind the provider of a question; once a case, round and kind.

    A mail whose delivery is unknown does not hold up the case: the task itself is in their list. Raises
    `MailUnavailable` where trying again is right, `InvalidInput` for another kind.
    """
    if kind == Kind.QUESTION_REMINDER:
        _remind(office, invoice_id)
        return Notified(sent=False)
    if kind not in _TO_CONTROLLERS:
        raise InvalidInput("There is no such notification.", code="letter_unknown")
    write_letter(office, invoice_id, Recipient.CONTROLLER.value, kind)
    try:
        send_letter(office, invoice_id, Recipient.CONTROLLER.value, kind, step=step)
    except BusinessError as error:
        log.warning("notification not proven sent", action="notify", case=invoice_id, reason=error.reason)
        return Notified(sent=False)
    return Notified(sent=True)


def _remind(office: Office, invoice_id: int) -> None:
    """A letter as any other that no process looks after: the relay sends it, what goes wrong with it is a task."""
    payload = {"recipient": Recipient.PROVIDER.value, "kind": Kind.QUESTION_REMINDER.value}
    with office.database.write() as connection:
        round_ = questions.round_of(connection, invoice_id)
        if ask.is_open(connection, invoice_id):
            key = f"letter:{invoice_id}:provider:{Kind.QUESTION_REMINDER.value}:{round_}"
            at = office.clock.now()
            outbox.add(connection, key=key, kind="letter", invoice_id=invoice_id, payload=payload, at=at)
