"""The mailboxes as a person sees them: how each is reached, and when its folders were last looked into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db import mailbox_looks
from db.mailbox_looks import Look
from pulse.claims.mailboxes import MailboxFacts
from pulse.claims.office import Office


@dataclass(frozen=True, kw_only=True)
class MailboxView:
    """A mailbox, or the mail server; `looks` by folder, for mailboxes that invoices arrive in."""

    facts: MailboxFacts
    looks: dict[str, Look]

    @property
    def looked_at(self) -> datetime | None:
        """When all folders had been looked into; None where one never was."""
        moments = [look.looked_at for look in self.looks.values()]
        known = [moment for moment in moments if moment is not None]
        return min(known) if known and len(known) == len(moments) else None


def overview(office: Office) -> list[MailboxView]:
    """All of them; asks the database, no mail server. Raises `Misconfigured`."""
    known = office.mailboxes.facts()
    with office.database.read() as connection:
        return [
            MailboxView(
                facts=facts,
                looks={
                    folder: mailbox_looks.last(connection, facts.account, folder)
                    for folder in (facts.folders if facts.account else ())
                },
            )
            for facts in known
        ]
