"""What the insurer's work needs from outside, as protocols: mail out, the Sent mailbox, the reader of documents,
the directory of insured persons, traces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from db.clients import Client
from pulse.base.errors import PulseError, Unavailable
from pulse.claims.rules.identity import Person
from pulse.invoices.record import Reading
from pulse.reference.register_rows import ClientRow


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes with a mail."""

    filename: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class PasswordProtection:
    """The attached PDF opens with a password (AES-256); what else is attached lies inside it."""

    password: str = field(repr=False)


@dataclass(frozen=True)
class SmimeProtection:
    """The whole content can be read by the holder of a certificate alone; `certificate` is PEM."""

    certificate: str = field(repr=False)


Protection = PasswordProtection | SmimeProtection


@dataclass(frozen=True, kw_only=True)
class OutgoingMail:
    """A mail to one recipient. `message_id` is deterministic, with its angle brackets; it is how an unknown delivery is
    found again in the Sent mailbox, to which every mail with `keep_copy` is copied."""

    message_id: str
    to: str
    subject: str
    text: str
    #: The same words for programs that show HTML.
    html: str | None = None
    #: Of both, as in `Content-Language`.
    language: str | None = None
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    envelope_from: str | None = None
    keep_copy: bool = True
    protection: Protection | None = None


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What the mail server said when it took a mail."""

    message_id: str
    reply: str
    at: datetime
    #: Whether the Sent mailbox has its copy.
    copy_kept: bool = True


class MailRefused(PulseError):
    """The mail server refused the mail for good."""

    code = "mail_refused"


class MailUnavailable(Unavailable):
    """The mail server is away or asks to try later; the mail has not been taken."""

    code = "mail_unavailable"


class SentUnavailable(MailUnavailable):
    """The Sent mailbox cannot be searched."""

    code = "sent_mailbox_unavailable"


class DeliveryUnknown(PulseError):
    """The connection broke after the mail was handed over: it may have been taken."""

    code = "delivery_unknown"


class MailOut(Protocol):
    """Sends mail."""

    def send(self, mail: OutgoingMail) -> Receipt:
        """Hands a mail to the server; raises `MailRefused`, `MailUnavailable` (proven not sent), `DeliveryUnknown`."""
        ...

    def check(self) -> None:
        """Connects and logs in; raises `MailUnavailable`."""
        ...


class SentMailbox(Protocol):
    """The insurer's own mailbox of copies."""

    def holds(self, message_id: str) -> bool:
        """Whether a copy with this Message-ID arrived; raises `SentUnavailable`."""
        ...


class Reader(Protocol):
    """Reads strangers' documents, in a sandbox."""

    def read(self, data: bytes, *, is_part: bool = False) -> Reading:
        """The invoice in a PDF, XML or picture, or what stands in its way, and the record of how it was read. A PDF of
        several invoices gives its parts, each to be read with `is_part`."""
        ...

    def page_image(self, data: bytes, page: int) -> bytes:
        """A page (from 1) as PNG; raises `Unreadable`."""
        ...


class DirectoryUnavailable(Unavailable):
    """The client directory does not answer."""

    code = "client_directory_unavailable"


@dataclass(frozen=True, kw_only=True)
class FoundClient:
    """Somebody whom a directory knows: `client` where it is our own table, else `row`, what the directory tells;
    `person.id` then only tells the persons of one answer apart."""

    person: Person
    client: Client | None = None
    row: ClientRow | None = None


class ClientDirectory(Protocol):
    """Knows the insured persons. Raises `DirectoryUnavailable` where it cannot be asked: nobody is unknown then."""

    @property
    def name(self) -> str:
        """What clients taken over from it are marked with."""
        ...

    def by_numbers(self, numbers: Sequence[str]) -> list[FoundClient]:
        """Everybody whose insured, AHV or card number is one of these (compact)."""
        ...

    def born_on(self, day: date) -> list[FoundClient]:
        """Everybody born that day."""
        ...

    def check(self) -> None:
        """Asks whether it is there."""
        ...


class Traces(Protocol):
    """Where a case's way through our processes can be watched; told ids and codes alone."""

    def span(self, name: str, case: int, **attributes: str) -> AbstractContextManager[None]:
        """Around a step of a case."""
        ...

    def note(self, name: str, case: int, began: datetime, ended: datetime, **attributes: str) -> None:
        """A step that was over before it had a case."""
        ...


class NoTraces:
    """Nobody watches."""

    def span(self, name: str, case: int, **attributes: str) -> AbstractContextManager[None]:
        return nullcontext()

    def note(self, name: str, case: int, began: datetime, ended: datetime, **attributes: str) -> None:
        pass
