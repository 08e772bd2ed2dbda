"""The office: everything that the insurer's work is done with, given to each use case."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from email.utils import parseaddr
from typing import Literal

from db.database import Database
from db.documents import DocumentStore
from letters.facts import Insurer
from letters.letterhead import Letterhead
from letters.texts import Texts, default_texts
from letters.writer import Writer
from pulse.base.clock import Clock, IdSource, random_id
from pulse.claims.letter_approval import LetterApproval
from pulse.claims.mailboxes import Mailboxes, NoMailboxes
from pulse.claims.ports import ClientDirectory, MailOut, NoTraces, Reader, SentMailbox, Traces
from pulse.engine.client import EngineClient

LetterProtection = Literal["none", "password", "smime"]


def _holder() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{random_id()[:8]}"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The insurer's own settings."""

    insurer: Insurer
    mail_from: str
    controllers_mail: str
    web_url: str
    #: Low-risk cases that are payable in full wait for an assistant's click.
    confirm_low_risk: bool = False
    remind_after: timedelta = timedelta(hours=18)
    due_after: timedelta = timedelta(hours=24)
    #: Which letters wait for a person.
    letter_approval: LetterApproval = "denials"
    #: So long a letter stays before it leaves, so that a person can call it back.
    letter_hold: timedelta = timedelta(0)
    #: A provider who was asked is reminded after this time, and no longer waited for after that one.
    ask_remind_after: timedelta = timedelta(days=7)
    ask_give_up_after: timedelta = timedelta(days=30)
    #: Where answers to questions go, if not to `mail_from`.
    ask_reply_to: str | None = None
    #: Our own login at the engine: no person's, whatever it completes there.
    engine_login: str | None = None
    #: A deciding value that was read with less confidence, 0 to 1, goes to a person.
    reading_confidence: float = 0.9
    #: How far a printed amount may lie from the computed one: half of the smallest coin's step.
    amount_tolerance: Decimal = Decimal("0.05")
    #: How letters are kept from strangers on their way: to clients, to providers.
    letter_protection: LetterProtection = "none"
    letter_protection_provider: LetterProtection = "none"
    #: So long the words and sources of mails stay, from when their last case was closed; of those without a case.
    keep_mails: timedelta = timedelta(days=4018)
    keep_other_mails: timedelta = timedelta(days=365)
    #: Where copies of letters go; a report about such a copy is none about the letter.
    sent_address: str | None = None
    #: The account that payments leave from, and its bank's BIC; without an account no payment run is made.
    insurer_iban: str | None = None
    insurer_bic: str | None = None
    #: The QR-IBAN that bills are paid to; without one the account that payments leave from.
    insurer_qr_iban: str | None = None

    #: How letters look, and the templates that word them.
    letterhead: Letterhead = field(default_factory=Letterhead)
    texts: Texts = field(default_factory=default_texts)

    @property
    def mail_domain(self) -> str:
        """Where our own mails come from, in lower case; their Message-IDs end in it."""
        return parseaddr(self.mail_from)[1].rpartition("@")[2].lower()

    @property
    def bill_iban(self) -> str | None:
        """Where money owed to us is paid."""
        return self.insurer_qr_iban or self.insurer_iban


@dataclass(frozen=True, kw_only=True)
class Office:
    """Passed to every use case; holds no state of its own."""

    database: Database
    documents: DocumentStore
    engine: EngineClient
    mail_out: MailOut
    sent: SentMailbox
    reader: Reader
    writer: Writer
    policy: Policy
    clock: Clock
    #: Where insured persons are looked up; None: in our own table.
    directory: ClientDirectory | None = None
    #: The mailboxes that invoices arrive in, for questions about them; reading them is the gateway's work.
    mailboxes: Mailboxes = field(default_factory=NoMailboxes)
    new_id: IdSource = random_id
    traces: Traces = field(default_factory=NoTraces)
    #: Names this process in leases and claims.
    holder: str = field(default_factory=_holder)
    #: How long the outbox stays this process's without a word from it.
    relay_lease: timedelta = timedelta(seconds=60)
