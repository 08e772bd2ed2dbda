"""An answer to a mail: whom it goes to, how it stays in the thread, and in which language."""

from __future__ import annotations

from db import providers
from mail_gateway.message.headers import Headers
from mail_gateway.outgoing import answer_text
from pulse.base.clock import swiss_date
from pulse.claims.office import Office
from pulse.claims.ports import OutgoingMail

_MAX_REFERENCES = 20


def reply(
    office: Office, recipient: str, headers: Headers, *, number: int, text: str, quotes: bool, keep_copy: bool = True
) -> OutgoingMail:
    """The one answer to the mail with these headers and this number in the ledger; marked as automatic (RFC 3834),
    without an envelope sender, so that no machine answers it. Without `quotes` nothing of what the mail says goes
    back."""
    thread = {}
    if headers.message_id:
        references = [*headers.references[-_MAX_REFERENCES:], headers.message_id]
        thread = {"In-Reply-To": headers.message_id, "References": " ".join(dict.fromkeys(references))}
    return OutgoingMail(
        message_id=f"<answer.{number}@{office.policy.mail_domain}>",
        to=recipient,
        subject=answer_text.subject(headers.get("subject") if quotes else ""),
        text=text,
        headers={"Auto-Submitted": "auto-replied", **thread},
        envelope_from="",
        keep_copy=keep_copy,
    )


def language_of(office: Office, address: str) -> str | None:
    """The language of the provider who has this address, if one has."""
    with office.database.read() as connection:
        provider = providers.by_mail(connection, address, on=swiss_date(office.clock.now()))
    return provider.language if provider else None
