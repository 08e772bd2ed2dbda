"""Answers to senders: once for each mail, through the effects ledger."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from db import mails
from db.effects import State
from db.mails import Mail
from mail_gateway.connection.account import Entrance
from mail_gateway.message.headers import Headers
from mail_gateway.message.reasons import ANSWERABLE, MailReason
from mail_gateway.outgoing import answer_text, forwards
from mail_gateway.outgoing.reply import language_of, reply
from mail_gateway.outgoing.sending import Answered, Leaving, send_once
from mail_gateway.rulebook import Rulebook
from pulse.claims.office import Office
from pulse.claims.ports import OutgoingMail

#: Reasons that a sender can do something about.
_ANSWERABLE = ANSWERABLE | {MailReason.RULE_REPLY}
#: After this long an answer says nothing any more.
_STALE = timedelta(days=1)


def is_due(mail: Mail) -> bool:
    """Whether something of ours should leave because of this mail: its sender should hear that all of it, or a document
    of it, was returned; or a rule sends it on."""
    return forwards.is_due(mail) or _wants_an_answer(mail)


def _wants_an_answer(mail: Mail) -> bool:
    return not mail.answered and mail.outcome in ("returned", "invoice") and bool(_told(mail))


def _told(mail: Mail) -> list[str]:
    return [code for code in mail.reason.split() if code in _ANSWERABLE or code.startswith("P1")]


class Answers:
    """Sends them."""

    def __init__(self, office: Office, account: Entrance, rulebook: Rulebook | None = None) -> None:
        self._office = office
        self._account = account
        self._rulebook = rulebook or Rulebook(office)
        self._forwards = forwards.Forwards(office, account, self._rulebook)

    def answer(self, mail: Mail, headers: Headers) -> Answered:
        """Sends what is due, or finds out that it has been sent. An answer that cannot leave is tried again for a day,
        what is sent on until it leaves."""
        if forwards.is_due(mail):
            return self._forwards.forward(mail, headers)
        office = self._office

        def compose() -> OutgoingMail | None:
            stale = mail.settled_at is not None and office.clock.now() - mail.settled_at > _STALE
            return None if mail.sender is None or stale else self._compose(mail, mail.sender, headers)

        def settled(connection: Connection, state: State) -> None:
            mails.set_mail(connection, mail.id, answered=state == "sent")

        key = f"answer:mail-{mail.same_as or mail.id}"
        return send_once(office, Leaving(key=key, what="answer", mail=mail, compose=compose, settled=settled))

    def _compose(self, mail: Mail, recipient: str, headers: Headers) -> OutgoingMail | None:
        office = self._office
        told = _told(mail)
        text_of_rule = self._text_of_rule(mail) if MailReason.RULE_REPLY in told else ""
        if text_of_rule is None:
            return None
        text = text_of_rule or answer_text.body(
            told,
            language=language_of(office, recipient),
            insurer=office.policy.insurer.name,
            max_bytes=self._account.max_bytes,
        )
        # A sender that is proven false gets back nothing of what the mail says.
        is_false = mail.authenticity == "fail"
        return reply(office, recipient, headers, number=mail.same_as or mail.id, text=text, quotes=not is_false)

    def _text_of_rule(self, mail: Mail) -> str | None:
        """What the mail's rule says; None where somebody has changed his mind and it answers no more."""
        rule = self._rulebook.named(mail.rule)
        return f"{rule.argument}\n" if rule is not None and rule.action == "reply" else None
