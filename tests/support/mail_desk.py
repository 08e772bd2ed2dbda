"""A mailbox on some server, and an office that reads it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from dovecot import PASSWORD, Dovecot
from mails import PdfStubReader
from office import TestOffice

from db import effects, invoices, mails, outbox
from db.mails import Mail
from mail_gateway.connection.account import Account
from mail_gateway.entrances.gateway import Gateway

CLAIMS = "claims@insurer.example"
_USERS = itertools.count(1)


@dataclass
class Post:
    """A mailbox on some server, and what lies in it."""

    account: Account
    put: Callable[[bytes], None]
    mails: Callable[[str], list[bytes]]

    def counts(self) -> dict[str, int]:
        """How many mails each folder holds; empty ones are left out."""
        names = (self.account.folder, self.account.processed, self.account.returned, self.account.failed, "Sent")
        return {name: len(found) for name in names if (found := self.mails(name))}


def dovecot_post(server: Dovecot, **account: Any) -> Post:
    user = f"user{os.getpid()}x{next(_USERS)}"
    made = Account(
        host=server.host, port=server.port, user=user, password=PASSWORD, tls="none", timeout_s=20, **account
    )
    return Post(made, lambda data: server.put(user, data), lambda folder: server.mails(user, folder))


@dataclass
class MailDesk:
    """An office with filled registers, and questions that tests ask of its database."""

    inner: TestOffice
    gateways: list[Gateway] = field(default_factory=list)

    @property
    def office(self) -> Any:
        return replace(self.inner.office, reader=PdfStubReader())

    @property
    def clock(self) -> Any:
        return self.inner.clock

    @property
    def answers(self) -> list[Any]:
        """The mails that left."""
        return self.inner.mail_out.mails

    def gateway(self, post: Post, *, holder: str = "test", **options: Any) -> Gateway:
        office = replace(self.office, holder=holder, **options.pop("office", {}))
        made = Gateway(office, post.account, **options)
        self.gateways.append(made)
        return made

    def close(self) -> None:
        """Ends the connections of all gateways, dead ones too."""
        for gateway in self.gateways:
            gateway.close()

    def ledger(self) -> list[Mail]:
        """Every mail, oldest first."""
        with self.inner.database.read() as connection:
            return list(reversed(mails.page(connection, limit=500)))

    def outcomes(self) -> list[tuple[str, str]]:
        return [(row.outcome, row.reason) for row in self.ledger()]

    def cases(self) -> list[Any]:
        with self.inner.database.read() as connection:
            return list(reversed(invoices.page(connection, limit=500)))

    def errands(self) -> list[str]:
        """Keys of what the outbox holds."""
        with self.inner.database.read() as connection:
            return [errand.key for errand in outbox.due(connection, at=self.clock.now(), limit=500)]

    def documents(self, mail_id: int) -> list[Any]:
        with self.inner.database.read() as connection:
            return mails.documents_of(connection, mail_id)

    def effect(self, mail_id: int) -> Any:
        with self.inner.database.read() as connection:
            return effects.get(connection, f"answer:mail-{mail_id}")
