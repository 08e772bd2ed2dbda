"""The Sent mailbox: where a letter whose delivery is unknown is looked for."""

from __future__ import annotations

import contextlib
from pathlib import Path

from mail_gateway.connection.account import Account
from mail_gateway.connection.mailbox import FolderMissing, Mailbox, MailboxRefused, MailboxUnavailable
from mail_gateway.connection.tls import Tls
from mail_gateway.connection.tokens import Tokens
from pulse.claims.ports import SentUnavailable


class ImapSentMailbox:
    """Implements `pulse.claims.ports.SentMailbox`. Asked rarely, so it connects for each question."""

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        password: str,
        tls: Tls = "tls",
        *,
        folder: str = "INBOX",
        ca_file: str | Path | None = None,
        timeout_s: float = 20.0,
        tokens: Tokens | None = None,
        proxy: str | None = None,
    ) -> None:
        """`folder` is where copies arrive; `Sent` is searched beside it, as mail rules like to move them there."""
        self.account = Account(
            host=host, port=port, user=user, password=password, tls=tls, ca_file=ca_file, timeout_s=timeout_s,
            folder=folder, tokens=tokens, proxy=proxy,
        )  # fmt: skip

    def holds(self, message_id: str) -> bool:
        """Whether a copy with this Message-ID (angle brackets included) arrived; raises `SentUnavailable`."""
        try:
            mailbox = Mailbox.open(self.account)
            try:
                mailbox.select()
                if mailbox.holds_message_id(message_id):
                    return True
                with contextlib.suppress(FolderMissing):
                    mailbox.select("Sent")
                    return mailbox.holds_message_id(message_id)
                return False
            finally:
                mailbox.close()
        except (MailboxUnavailable, MailboxRefused, FolderMissing) as error:
            raise SentUnavailable(stage=error.reason) from error
