"""Mails that a rule sends on to somebody in the house: whole and as they came, once each."""

from __future__ import annotations

from db.documents import DocumentMissing
from db.mails import Mail
from mail_gateway.connection.account import Entrance
from mail_gateway.ledger import copy_of
from mail_gateway.message.headers import Headers
from mail_gateway.message.reasons import MailReason
from mail_gateway.outgoing import answer_text
from mail_gateway.outgoing.sending import Answered, Leaving, send_once
from mail_gateway.rulebook import Rulebook
from pulse.claims.mail_rule import may_forward_to
from pulse.claims.office import Office
from pulse.claims.ports import Attachment, OutgoingMail


def is_due(mail: Mail) -> bool:
    """Whether somebody in the house should get this mail."""
    return mail.outcome == "person" and MailReason.FORWARDED in mail.reason.split()


class Forwards:
    """Sends them on."""

    def __init__(self, office: Office, account: Entrance, rulebook: Rulebook) -> None:
        self._office, self._account, self._rulebook = office, account, rulebook

    def forward(self, mail: Mail, headers: Headers) -> Answered:
        """Sends the mail on, from its copy in the archive, or finds out that it has been sent.

        It goes to whom its rule names now; nowhere where the rule is gone, or does something else.
        """
        office = self._office

        def compose() -> OutgoingMail | None:
            rule = self._rulebook.named(mail.rule)
            recipient = rule.argument if rule is not None and rule.action == "forward" else ""
            content = self._content(mail) if self._is_possible(recipient) else None
            return self._compose(mail, headers, recipient, content) if content else None

        key = f"forward:mail-{mail.same_as or mail.id}"
        told = send_once(office, Leaving(key=key, what="forward", mail=mail, compose=compose))
        return "forwarded" if told == "sent" else told

    def _is_possible(self, recipient: str) -> bool:
        """The insurer's addresses may have changed since the rule was made."""
        policy, mailbox = self._office.policy, self._account.own_address
        return may_forward_to(recipient, policy) is None and recipient.lower() != mailbox.lower()

    def _content(self, mail: Mail) -> bytes | None:
        digest = copy_of(self._office, mail)
        try:
            return self._office.documents.get(digest) if digest else None
        except DocumentMissing:
            return None

    def _compose(self, mail: Mail, headers: Headers, recipient: str, content: bytes) -> OutgoingMail:
        number, policy = mail.same_as or mail.id, self._office.policy
        return OutgoingMail(
            message_id=f"<forward.{number}@{policy.mail_domain}>",
            to=recipient,
            subject=answer_text.subject(headers.get("subject"), prefix="Fwd"),
            text=f"The mail rule “{mail.rule}” forwards the attached mail to you, as it came: nobody has checked it.\n"
            f"In Pulse it is mail {number}: {policy.web_url}\n",
            attachments=(Attachment(filename=f"mail-{number}.eml", media_type="message/rfc822", data=content),),
            headers={"Auto-Submitted": "auto-generated"},
        )
