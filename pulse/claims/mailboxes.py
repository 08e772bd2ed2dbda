"""The mailboxes that invoices arrive in, as far as people ask about them: is one there, and what would its rules do?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from pulse.base.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class MailboxFacts:
    """How a mailbox or the mail server is reached, without a secret."""

    name: str
    #: A mailbox that invoices arrive in, the server that mails leave by, the mailbox of sent letters.
    kind: Literal["in", "out", "sent"]
    #: Host and port.
    server: str
    user: str
    tls: Literal["tls", "starttls", "none"]
    login: Literal["password", "oauth2", "none"]
    #: Host and port; empty where none is on the way.
    proxy: str = ""
    #: What the ledger calls the account; empty where no mails are fetched.
    account: str = ""
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MailboxReport:
    """What a test of the connection found: in words, with the names of the folders where the login worked."""

    name: str
    works: bool
    #: A stable code of what is wrong, or of what is strange where it works all the same; else empty.
    code: str
    words: str
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What the rules would do with a mail that lies in a mailbox."""

    received_at: datetime | None
    #: That it arrived in.
    folder: str
    sender: str
    subject: str
    #: The rule that would take it; empty where none does.
    rule: str
    #: What would happen: a rule's action, else `invoice`, or `before_rules` for what no rule is asked about.
    action: str
    #: The same in words, and what would become of the mail then.
    words: str


class Mailboxes(Protocol):
    """Filled by the mail gateway; connects anew for each question and changes nothing."""

    def names(self) -> Sequence[str]:
        """The mailboxes that invoices arrive in, in the order of the settings. Raises `Misconfigured`."""
        ...

    def facts(self) -> Sequence[MailboxFacts]:
        """Those, the mail server and the mailbox of sent letters. Raises `Misconfigured`."""
        ...

    def test(self, name: str) -> MailboxReport:
        """Connects, logs in, selects the folders; ends within half a minute. Raises `NotFound` for a name that `facts`
        does not have; whatever else is wrong is what the report says."""
        ...

    def foresee(self, name: str, last: int) -> Sequence[Foreseen]:
        """The newest `last` mails of a mailbox, waiting or filed, newest first, and which rule would take each. Raises
        `NotFound`, `Unavailable`, `Misconfigured`."""
        ...


class NoMailboxes:
    """For processes that know none."""

    def names(self) -> Sequence[str]:
        return ()

    def facts(self) -> Sequence[MailboxFacts]:
        return ()

    def test(self, name: str) -> MailboxReport:
        raise NotFound

    def foresee(self, name: str, last: int) -> Sequence[Foreseen]:
        raise NotFound("There is no mailbox of this name.")
