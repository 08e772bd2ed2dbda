"""Where invoices arrive: a mailbox, and what it has in common with every other entrance."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mail_gateway.connection.tls import Tls
from mail_gateway.connection.tokens import Tokens
from mail_gateway.key_pair import KeyPair


@dataclass(frozen=True, kw_only=True)
class Entrance(ABC):
    """What the ledger calls it, what is too much there, and where its mails go when they are done."""

    folder: str = "INBOX"
    processed: str = "Processed"
    returned: str = "Returned"
    failed: str = "Failed"
    #: Where copies of our own letters go, if they arrive here.
    sent: str = "Sent"
    #: Larger mails are not read; the sender is told the limit.
    max_bytes: int = 25 * 1024 * 1024
    #: How long the folder stays its reader's without a word from it. A longer fetch may lose it, and is done again.
    lease_s: float = 120.0
    #: How often a mail that breaks something is tried before it is set aside.
    attempts: int = 3
    #: How many of a sender's mails are answered within 24 hours.
    answers_per_day: int = 10
    #: How many of a sender's mails are taken within an hour; the rest waits its turn.
    mails_per_hour: int = 300
    #: Servers of ours whose Authentication-Results are believed (RFC 8601); `-` for one that does not name itself.
    trusted_authserv: tuple[str, ...] = ()
    #: The insurer's own key: opens what is encrypted to it.
    key: KeyPair | None = field(default=None, repr=False, compare=False)

    @property
    @abstractmethod
    def name(self) -> str:
        """What the ledger calls the account."""

    @property
    def own_address(self) -> str:
        """The address that mails are sent to here, if it has one."""
        return ""

    @property
    def lease(self) -> str:
        """Who holds this may read the folder."""
        return f"mail:{self.name}:{self.folder}"[:200]


@dataclass(frozen=True, kw_only=True)
class SideEntrance(Entrance):
    """Where documents come in without a mailbox."""

    called: str

    @property
    def name(self) -> str:
        return self.called


@dataclass(frozen=True, kw_only=True)
class Account(Entrance):
    """A mailbox: how to reach it."""

    host: str
    port: int
    user: str
    password: str = field(default="", repr=False)
    #: Log in with tokens instead, whoever they were given to: the mailbox may be one that several people share.
    tokens: Tokens | None = field(default=None, repr=False, compare=False)
    tls: Tls = "tls"
    #: PEM file of an authority to trust beside the system's.
    ca_file: str | Path | None = None
    #: The way to the server, its login included.
    proxy: str | None = field(default=None, repr=False)
    #: For each answer of the server.
    timeout_s: float = 20.0
    #: For a whole mail, however slowly it drips.
    fetch_timeout_s: float = 90.0

    @property
    def name(self) -> str:
        return f"{self.user}@{self.host}"

    @property
    def own_address(self) -> str:
        return self.user


@dataclass(frozen=True, kw_only=True)
class NamedAccount:
    """An account as the settings name it, with the folders that invoices arrive in."""

    name: str
    account: Account
    folders: tuple[str, ...]

    def each(self) -> Sequence[Account]:
        """The account once a folder, as a gateway reads it."""
        return [replace(self.account, folder=folder) for folder in self.folders]
