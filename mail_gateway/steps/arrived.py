"""A mail on its way through the intake, and the steps that it meets there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Protocol

from db.mails import Authenticity
from mail_gateway.ledger import Verdict
from mail_gateway.message.body_text import body_text
from mail_gateway.message.headers import Headers
from mail_gateway.message.standing import Standing
from pulse.base.errors import PulseError


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """What is known of it. `content` is empty where its headers said enough."""

    #: The ledger's row whose work this is: that of the mail's first sight.
    mail_id: int
    folder: str
    headers: Headers
    standing: Standing
    #: In bytes, downloaded or not.
    size: int
    content: bytes
    #: When the mail server got it.
    received_at: datetime
    #: What our own mail server found out about the sender.
    authenticity: Authenticity = ""

    @cached_property
    def text(self) -> str:
        """The words of its body; empty where it was not downloaded."""
        return body_text(self.content) if self.content else ""

    @property
    def sent_at(self) -> datetime:
        """When its author sent it, as far as it says so in a way that can be read; else when it was received."""
        try:
            sent = parsedate_to_datetime(self.headers.get("date"))
            return (sent if sent.tzinfo else sent.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            return self.received_at


class Later(PulseError):
    """The mail has to wait for a later poll, by no fault of its own."""

    code = "mail_later"


class NotKept(PulseError):
    """A mail broke something, and its words must not be kept."""

    code = "internal_error"


class Step(Protocol):
    """Takes the mails that are its own; the first step that takes a mail says what became of it."""

    def wants(self, headers: Headers, standing: Standing) -> bool:
        """Whether a mail must be downloaded for this step although it is a text without attachments."""
        ...

    def is_mine(self, mail: Arrived) -> bool:
        """Whether `take` would take it; nothing is changed."""
        ...

    def take(self, mail: Arrived) -> Verdict | None:
        """What became of the mail; None where it is none of this step's. What it raises leaves the mail open."""
        ...
