"""The mailbox that invoices arrive in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mail_gateway.tls import Tls


@dataclass(frozen=True, kw_only=True)
class Account:
    """How to reach it, which folders it has, and what is too much."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: Tls = "tls"
    #: PEM file of an authority to trust beside the system's.
    ca_file: str | Path | None = None
    folder: str = "INBOX"
    processed: str = "Processed"
    returned: str = "Returned"
    failed: str = "Failed"
    #: Where copies of our own letters go, if they arrive in this mailbox.
    sent: str = "Sent"
    #: Larger mails are not downloaded; the sender is told the limit.
    max_bytes: int = 25 * 1024 * 1024
    #: For each answer of the server.
    timeout_s: float = 20.0
    #: For a whole mail, however slowly it drips.
    fetch_timeout_s: float = 90.0
    #: How long the folder stays this gateway's without a word from it. A longer fetch may lose it, and is done again.
    lease_s: float = 120.0
    #: How often a mail that breaks something is tried before it is set aside.
    attempts: int = 3
    #: How many of a sender's mails are answered within 24 hours.
    answers_per_day: int = 10

    @property
    def name(self) -> str:
        """What the ledger calls the account."""
        return f"{self.user}@{self.host}"

    @property
    def lease(self) -> str:
        """Who holds this may read the folder."""
        return f"mail:{self.name}:{self.folder}"[:200]
