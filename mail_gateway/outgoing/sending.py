"""What leaves because of a mail: once, through the effects ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Literal

import structlog
from sqlalchemy import Connection

from db import audit, effects
from db.effects import Effect, State
from db.mails import Mail
from mail_gateway.ledger import ACTOR
from pulse.claims.office import Office
from pulse.claims.ports import DeliveryUnknown, MailRefused, MailUnavailable, OutgoingMail

log = structlog.get_logger(__name__)

_FIRST_WAIT = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(hours=1)

#: What became of it: sent to whom the mail came from, or on to somebody else; what is undelivered is not tried again.
Answered = Literal["sent", "forwarded", "waits", "undelivered"]
What = Literal["answer", "forward"]


def _nothing(connection: Connection, state: State) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """A mail of ours that is due because of `mail`."""

    key: str
    what: What
    mail: Mail
    #: Asked only where it is sent now; None where there is nothing to send any more.
    compose: Callable[[], OutgoingMail | None]
    #: Told in the transaction that notes what became of it.
    settled: Callable[[Connection, State], None] = _nothing


def send_once(office: Office, leaving: Leaving) -> Answered:
    """Sends it, or finds out that it has been sent.

    What cannot leave now is tried again at later polls, ever more rarely. What may have left is looked for in the Sent
    mailbox and never sent again.
    """
    with office.database.read() as connection:
        before = effects.get(connection, leaving.key)
    if before is not None and before.state != "refused":
        return _look_up(office, leaving, before)
    now = office.clock.now()
    if before is not None and before.settled_at is not None and now < before.settled_at + _wait(before.attempts):
        return "waits"
    outgoing = leaving.compose()
    return "undelivered" if outgoing is None else _send(office, leaving, outgoing)


def _send(office: Office, leaving: Leaving, outgoing: OutgoingMail) -> Answered:
    what, mail, now = leaving.what, leaving.mail.id, office.clock.now()
    with office.database.write() as connection:
        claimed = effects.claim(
            connection,
            leaving.key,
            message_id=outgoing.message_id,
            claimed_by=office.holder,
            at=now,
            mail_id=mail,
        )
    if not claimed:
        return "waits"
    try:
        receipt = office.mail_out.send(outgoing)
    except MailUnavailable as error:
        _settle(office, leaving, "refused", {"error": error.reason})
        log.warning(f"{what} waits", action=f"mail:{what}:waits", mail=mail, reason=error.reason)
        return "waits"
    except MailRefused as error:
        _settle(office, leaving, "refused", {"error": error.reason, **error.details})
        log.warning(f"{what} refused", action=f"mail:{what}:refused", mail=mail, reason=error.reason)
        return "undelivered"
    except DeliveryUnknown as error:
        # Looked for at the next poll, when the copy has had its time to arrive.
        _settle(office, leaving, "unknown", {"error": error.reason})
        return "waits"
    _settle(office, leaving, "sent", asdict(receipt) | {"at": receipt.at.isoformat()})
    log.info(f"{what} sent", action=f"mail:{what}:sent", mail=mail, reason=leaving.mail.reason)
    return "sent"


def _look_up(office: Office, leaving: Leaving, before: Effect) -> Answered:
    """Sent already, or claimed by somebody who died: the Sent mailbox knows, and nobody sends twice."""
    if before.state in ("sent", "by_post"):
        with office.database.write() as connection:
            leaving.settled(connection, "sent")
        return "sent"
    try:
        found = office.sent.holds(before.message_id)
    except MailUnavailable:
        return "waits"
    _settle(office, leaving, "sent" if found else "unknown", {"found_in_sent": found})
    return "sent" if found else "undelivered"


def _settle(office: Office, leaving: Leaving, state: State, receipt: dict[str, object]) -> None:
    now, mail = office.clock.now(), leaving.mail
    with office.database.write() as connection:
        effects.settle(connection, leaving.key, state, at=now, receipt=receipt)
        leaving.settled(connection, state)
        audit.note(connection, f"gateway:{leaving.what}:{state}", actor=ACTOR, at=now, mail=mail.id, reason=mail.reason)


def _wait(attempts: int) -> timedelta:
    return min(_FIRST_WAIT * (1 << min(attempts - 1, 10)), _LONGEST_WAIT)
