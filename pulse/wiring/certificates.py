"""The certificates that this installation itself shows, and until when each of them is good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mail_gateway.mailboxes import OUT
from pulse.settings import Settings
from pulse.settings.mailboxes import mailboxes
from pulse.settings.oauth import mail_oauth
from pulse.wiring.letters import signer


@dataclass(frozen=True, kw_only=True)
class OwnCertificate:
    """What it is for, and its last moment."""

    purpose: str
    ends: datetime


def own_certificates(settings: Settings) -> list[OwnCertificate]:
    """The one that signs letters, and those that stand for a secret at the mail servers. Raises `Misconfigured`."""
    incoming = mailboxes(settings) if settings.mailboxes or settings.imap_user else ()
    logins = {one.name: one.oauth for one in incoming}
    # Without a file of mailboxes, one login is for mail in and out.
    if settings.mailboxes or not incoming:
        logins[OUT] = mail_oauth(settings)
    found = [
        OwnCertificate(purpose=f"login of {name}", ends=oauth.certificate.ends)
        for name, oauth in logins.items()
        if oauth and oauth.certificate
    ]
    pair = signer(settings)
    return [OwnCertificate(purpose="S/MIME", ends=pair.ends), *found] if pair else found
