"""Send a letter: once. What cannot be known to have happened goes to a person, never out again by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog

from db import audit, effects, letters, questions
from db.letters import Letter
from letters.occasions import QUESTIONS, Kind, Recipient
from pulse.base.errors import Conflict, NotFound
from pulse.base.reasons import Reason
from pulse.claims.closing import SETTLED, close_if_done
from pulse.claims.errors import DELIVERY_UNKNOWN, LETTER_TO_APPROVE, BusinessError
from pulse.claims.letter_mail import mail_of, way_of
from pulse.claims.office import Office
from pulse.claims.ports import DeliveryUnknown, MailRefused, MailUnavailable, OutgoingMail, Receipt
from pulse.claims.steps import Step

log = structlog.get_logger(__name__)

#: A claim younger than this may be somebody who is sending right now; longer than any send can take.
STILL_SENDING = timedelta(seconds=60)


class StillSending(Conflict):
    """Another process is sending this letter, or has died doing so a moment ago."""

    code = "still_sending"


class HeldBack(Conflict):
    """This letter may still be called back: it leaves later."""

    code = "held_back"

    def __init__(
        self, message: str | None = None, *, code: str | None = None, wait_s: float, **details: object
    ) -> None:
        super().__init__(message, code=code, wait_s=wait_s, **details)
        self.wait_s = wait_s


@dataclass(frozen=True, kw_only=True)
class LetterSent:
    """How the letter left."""

    letter_id: str
    state: letters.State


def message_id_of(office: Office, letter: Letter) -> str:
    """The letter's Message-ID: the same for every try, so that a copy can be found."""
    place = f"{letter.invoice_id}.{letter.recipient}.{letter.kind}.{letter.round}"
    return f"<letter.{place}@{office.policy.mail_domain}>"


def send_letter(
    office: Office, invoice_id: int, recipient: str, kind: str, *, delivery: str = "", step: Step | None = None
) -> LetterSent:
    """Sends the case's letter of this recipient and kind; see `send`. Raises `NotFound` where it is not written."""
    with office.database.read() as connection:
        letter = letters.newest(connection, invoice_id, recipient=recipient, kind=kind)
    if letter is None:
        raise NotFound("The letter is not written.", invoice_id=invoice_id, recipient=recipient, kind=kind)
    return send(office, letter, delivery=delivery, step=step)


def send(office: Office, letter: Letter, *, delivery: str = "", step: Step | None = None) -> LetterSent:
    """Sends a letter once: claims it, sends it, keeps the receipt; closes the case with its last letter.

    A question that was answered first does not leave. A claim that somebody left behind is settled by looking for the
    copy in the Sent mailbox. `delivery` "again" is a person's word on an unknown delivery; it counts only in another
    activity (`step`) than the one that left it unknown, since only the person's task leads from one to the next.

    Raises `MailUnavailable` (proven not sent: try again), `StillSending` and `HeldBack` (try later), and
    `BusinessError`: `letter_to_approve` while it waits; `delivery_unknown` where a person must say what happened: P902,
    or by post: P903 where no address is registered, P904 where the client has not agreed to mail.
    """
    if letter.state in SETTLED or letter.state == "bounced":
        return LetterSent(letter_id=letter.id, state=letter.state)
    if letter.kind in QUESTIONS and _overtaken(office, letter):
        return LetterSent(letter_id=letter.id, state="withdrawn")
    if letter.state == "waiting_for_approval":
        raise BusinessError(LETTER_TO_APPROVE, None, "This letter waits for approval.")
    if letter.state == "withdrawn":
        raise Conflict("This letter is withdrawn.", code="letter_withdrawn", letter=letter.id)
    _hold(office, letter)
    with office.database.read() as connection:
        way = way_of(office, connection, letter)
        effect = effects.get(connection, letter.effect_key)
    if effect is not None and effect.state in ("claimed", "unknown"):
        sent = _settle_open_claim(office, letter, effect, delivery=delivery, step=step)
        if sent is not None:
            return sent
    mail = mail_of(office, letter, way, message_id_of(office, letter)) if way.address else None
    _claim(office, letter)
    if mail is None:
        _close(office, letter, "refused", reason=way.else_post, step=step)
        raise BusinessError(DELIVERY_UNKNOWN, way.else_post)
    return _send(office, letter, mail, step)


def _overtaken(office: Office, letter: Letter) -> bool:
    """Whether a question need not leave any more: it was answered or withdrawn first."""
    with office.database.write() as connection:
        asked = questions.of_round(connection, letter.invoice_id, letter.round)
        if asked is None or asked.state == "open" or letter.state not in ("written", "waiting_for_approval"):
            return letter.state == "withdrawn"
        letters.set_letter(connection, letter.id, was=[letter.state], state="withdrawn")
    return True


def _hold(office: Office, letter: Letter) -> None:
    """Letters to the controllers never wait: they are what reminds of waiting."""
    if not office.policy.letter_hold or letter.recipient == Recipient.CONTROLLER:
        return
    leaves_at = (letter.released_at or letter.created_at) + office.policy.letter_hold
    left_s = (leaves_at - office.clock.now()).total_seconds()
    if left_s > 0:
        raise HeldBack(letter=letter.id, wait_s=left_s)


def _send(office: Office, letter: Letter, mail: OutgoingMail, step: Step | None) -> LetterSent:
    try:
        with office.traces.span("send mail", letter.invoice_id, recipient=letter.recipient, kind=letter.kind):
            receipt = office.mail_out.send(mail)
    except MailUnavailable:
        _close(office, letter, "refused", reason=None, step=step)
        raise
    except MailRefused as error:
        _close(office, letter, "refused", reason=Reason.DELIVERY_UNKNOWN, step=step)
        raise BusinessError(DELIVERY_UNKNOWN, Reason.DELIVERY_UNKNOWN, "The mail server refused the letter.") from error
    except DeliveryUnknown as error:
        sent = _found_in_sent(office, letter)
        if sent is not None:
            return sent
        _close(office, letter, "unknown", reason=Reason.DELIVERY_UNKNOWN, step=step)
        raise BusinessError(DELIVERY_UNKNOWN, Reason.DELIVERY_UNKNOWN) from error
    return _sent(office, letter, receipt)


def _settle_open_claim(
    office: Office, letter: Letter, effect: effects.Effect, *, delivery: str, step: Step | None
) -> LetterSent | None:
    """Who claimed it and did not close it: still at work, died, or left it unknown. None where it may be sent."""
    now = office.clock.now()
    if effect.state == "claimed" and now - effect.claimed_at < STILL_SENDING:
        raise StillSending(letter=letter.id)
    sent = _found_in_sent(office, letter)
    if sent is not None:
        return sent
    left_in = (effect.receipt or {}).get("activity")
    said_again = delivery == "again" and step is not None and left_in not in (None, step.activity_instance_id)
    if effect.state == "unknown" and said_again:
        with office.database.write() as connection:
            effects.settle(connection, letter.effect_key, "refused", at=now, was=("unknown",))
        return None
    if effect.state == "claimed":
        _close(office, letter, "unknown", reason=Reason.DELIVERY_UNKNOWN, step=step)
    raise BusinessError(DELIVERY_UNKNOWN, Reason.DELIVERY_UNKNOWN)


def _found_in_sent(office: Office, letter: Letter) -> LetterSent | None:
    message_id = message_id_of(office, letter)
    if not office.sent.holds(message_id):
        return None
    receipt = Receipt(message_id=message_id, reply="found in the mailbox of sent letters", at=office.clock.now())
    return _sent(office, letter, receipt)


def _claim(office: Office, letter: Letter) -> None:
    with office.database.write() as connection:
        current = letters.locked(connection, letter.id)
        if current != letter:  # called back, or worded anew
            raise StillSending("This letter has changed meanwhile.", letter=letter.id)
        taken = effects.claim(
            connection,
            letter.effect_key,
            message_id=message_id_of(office, letter),
            claimed_by=office.holder,
            at=office.clock.now(),
            invoice_id=letter.invoice_id,
        )
    if not taken:
        raise StillSending(letter=letter.id)


def _sent(office: Office, letter: Letter, receipt: Receipt) -> LetterSent:
    now = office.clock.now()
    with office.database.write() as connection:
        kept = {"message_id": receipt.message_id, "reply": receipt.reply[:200], "at": receipt.at.isoformat()}
        # The letter's row before its effect's, as in claiming: two senders must not wait for each other.
        letters.set_letter(connection, letter.id, state="sent", settled_at=now)
        effects.settle(connection, letter.effect_key, "sent", at=now, receipt=kept)
        audit.note(
            connection,
            "claims:letter:sent",
            actor="worker",
            at=now,
            invoice_id=letter.invoice_id,
            letter=letter.id,
            recipient=letter.recipient,
            kind=letter.kind,
        )
        close_if_done(connection, letter.invoice_id, Kind(letter.kind), at=now)
    log.info("letter sent", action="send", case=letter.invoice_id, recipient=letter.recipient, kind=letter.kind)
    return LetterSent(letter_id=letter.id, state="sent")


def _close(office: Office, letter: Letter, state: effects.State, *, reason: Reason | None, step: Step | None) -> None:
    """Closes the claim without a receipt; with a reason it is a person's to settle, and the letter says so."""
    now = office.clock.now()
    activity = step.activity_instance_id if step else None
    receipt = {"reason": reason.value if reason else "", "activity": activity}
    with office.database.write() as connection:
        if reason is not None:
            letters.set_letter(connection, letter.id, state="unknown")
            audit.note(
                connection,
                "claims:letter:unsettled",
                actor="worker",
                at=now,
                invoice_id=letter.invoice_id,
                letter=letter.id,
                recipient=letter.recipient,
                reason=reason.value,
            )
        effects.settle(connection, letter.effect_key, state, at=now, receipt=receipt)
