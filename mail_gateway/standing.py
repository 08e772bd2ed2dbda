"""Who sent a mail, and whether it may be answered: RFC 3834, so that no two machines write to each other for ever."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from email.utils import parseaddr

from mail_gateway.headers import Headers, address_of
from mail_gateway.reasons import MailReason
from pulse.claims.office import Policy

_BULK = {"bulk", "list", "junk"}
_MACHINES = re.compile(
    r"(?:mailer-daemon|postmaster|bounces?|abuse|daemon|noreply|no-reply|no_reply|donotreply|do-not-reply|owner-.*|"
    r".*-(?:request|owner|bounces?|noreply)|.*\+bounce.*)@.*"
)
_REPORTS = ("multipart/report", "message/delivery-status", "message/disposition-notification")
#: Fields that only automatic senders write.
_AUTOMATIC = ("x-autoreply", "x-autorespond", "x-auto-reply", "x-cron-env", "x-loop")
_SUPPRESSED = re.compile(r"\b(?:all|autoreply|oof)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a mail's headers say about its sender."""

    #: Where an answer would go: Return-Path, else From; never Reply-To.
    address: str | None
    #: Why it gets no answer; None where it may have one.
    silence: MailReason | None

    @property
    def brings_nothing(self) -> bool:
        """Our own words come back: what is attached is no invoice."""
        return self.silence in (MailReason.BOUNCE, MailReason.OWN_MAIL)


def standing(headers: Headers, *, own_addresses: Collection[str], own_domain: str) -> Standing:
    """Judges by the headers alone; the first rule that fits wins."""
    return_path = headers.get("return-path")
    senders = headers.all("from")
    author = address_of(senders[0]) if len(senders) == 1 else None
    address = address_of(return_path) if return_path else author

    def silent(reason: MailReason) -> Standing:
        return Standing(address=address, silence=reason)

    if headers.content_type in _REPORTS:
        return silent(MailReason.BOUNCE)
    if _is_ours(headers, own_domain):
        return silent(MailReason.OWN_MAIL)
    if return_path.replace(" ", "") == "<>":
        return silent(MailReason.AUTOMATIC)
    if {address, author} & set(own_addresses):
        return silent(MailReason.OWN_ADDRESS)
    if any(name.startswith("list-") for name, _ in headers.fields):
        return silent(MailReason.MAILING_LIST)
    if headers.get("precedence").lower() in _BULK:
        return silent(MailReason.MAILING_LIST)
    if _is_automatic(headers):
        return silent(MailReason.AUTOMATIC)
    if address is None:
        return silent(MailReason.UNUSABLE_SENDER)
    if _MACHINES.fullmatch(address) or (author and _MACHINES.fullmatch(author)):
        return silent(MailReason.AUTOMATIC)
    return Standing(address=address, silence=None)


def own_addresses(policy: Policy, user: str) -> set[str]:
    """The insurer's own mail addresses, in lower case, with the login of its mailbox: what comes from there is answered
    to nobody."""
    own = (policy.mail_from, policy.controllers_mail, policy.insurer.email, user, policy.sent_address)
    return {parseaddr(address or "")[1].lower() for address in own} - {""}


def _is_automatic(headers: Headers) -> bool:
    submitted = headers.get("auto-submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or bool(_SUPPRESSED.search(headers.get("x-auto-response-suppress")))
        or any(name in _AUTOMATIC for name, _ in headers.fields)
    )


def _is_ours(headers: Headers, own_domain: str) -> bool:
    """Our letters and answers carry a Message-ID that nobody else makes."""
    found = re.fullmatch(r"<(?:letter|answer|forward)\.[^@<>]+@([^<>]+)>", headers.get("message-id").strip())
    return found is not None and found[1].lower() == own_domain
