"""A running chain as its users see it: mail in, REST, mail out."""

from __future__ import annotations

import email
import email.policy
import hashlib
import io
import time
from collections.abc import Callable
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self, TypeVar

import pdfplumber
from imapclient import IMAPClient

from pulse.demo.api import Api
from pulse.demo.people import work_off
from pulse.demo.run import compose, mail_all
from pulse.demo.samples import Sample
from pulse.demo.stage import SENT, Stage

_PATIENCE_S = 200.0
_LOOK_EVERY_S = 0.2
Value = TypeVar("Value")


class Chain:
    """Drives a stage from outside."""

    def __init__(self, stage: Stage, *, patience_s: float = _PATIENCE_S) -> None:
        self.stage = stage
        self._patience_s = patience_s
        self.api = Api(stage.web_url, stage.logins.api_token)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.api.close()

    def mail(self, *samples: Sample) -> None:
        """Sends samples through SMTP, as their providers."""
        mail_all(self.stage, samples)

    def cases(self) -> list[dict[str, Any]]:
        """All cases with everything about them."""
        return [self.api.invoice(case["id"]) for case in self.api.invoices(after=0)]

    def case_of(self, sample: Sample, *, nth: int = 0) -> dict[str, Any]:
        """The nth case that the sample's document led to."""
        digest = hashlib.sha256(sample.document).hexdigest()

        def look() -> dict[str, Any] | None:
            found = [case for case in self.cases() if case["invoice"]["source"]["sha256"] == digest]
            return found[nth] if len(found) > nth else None

        return self.until(look, f"a case of {sample.name}")

    def task(self, invoice_id: int, kind: str, *, but: str = "") -> dict[str, Any]:
        """The case's open task of this kind; `but` is the id of one that it must not be."""

        def look() -> dict[str, Any] | None:
            open_ = (task for task in self.api.tasks() if task["invoice_id"] == invoice_id and task["id"] != but)
            return next((task for task in open_ if task["kind"] == kind), None)

        return self.until(look, f"a task {kind} of case {invoice_id}")

    def closed(self, invoice_id: int, sample: Sample | None = None) -> dict[str, Any]:
        """The case once it is closed and its letters are settled; meanwhile scripted people decide as `sample` says."""

        def look() -> dict[str, Any] | None:
            if sample is not None:
                work_off(self.api, self.api.tasks(), {invoice_id: sample})
            case = self.api.invoice(invoice_id)
            letters = all(letter["state"] in ("sent", "by_post") for letter in case["letters"])
            return case if case["state"] == "completed" and letters else None

        return self.until(look, f"the end of case {invoice_id}")

    def letters_to(self, address: str | None, invoice_id: int) -> list[EmailMessage]:
        """Letters about a case that lie in a mailbox, fetched over IMAP: told apart by our Message-ID."""
        return [mail for mail in self.mailbox(address) if str(mail["Message-ID"]).startswith(f"<letter.{invoice_id}.")]

    def mailbox(self, address: str | None, folder: str = "INBOX") -> list[EmailMessage]:
        """All mails of a mailbox, over IMAP."""
        assert address is not None
        with IMAPClient(self.stage.mail.host, self.stage.mail.imap_port, ssl=False, timeout=20) as client:
            client.login(address, self.stage.logins.mail_password)
            if folder not in [name for _, _, name in client.list_folders()]:
                return []
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
        return [parsed(item[b"BODY[]"]) for _, item in sorted(found.items())]

    def letter_ids(self, address: str | None) -> list[str]:
        """The Message-IDs of our letters in a mailbox."""
        ids = (str(mail["Message-ID"]) for mail in self.mailbox(address))
        return [message_id for message_id in ids if message_id.startswith("<letter.")]

    def copies(self, invoice_id: int) -> list[EmailMessage]:
        """Copies of a case's letters in the insurer's Sent mailbox."""
        return self.letters_to(SENT, invoice_id)

    def until(self, look: Callable[[], Value | None], what: str) -> Value:
        """Looks until there is something; raises after the patience is over or a process died."""
        deadline = time.monotonic() + self._patience_s
        while True:
            self.stage.check()
            found = look()
            if found is not None:
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(what)
            time.sleep(_LOOK_EVERY_S)


def parsed(data: bytes) -> EmailMessage:
    """A mail as the standard library reads it."""
    mail = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def pdf_of(mail: EmailMessage) -> bytes:
    """The one PDF of a letter's mail."""
    (attachment,) = [part for part in mail.iter_attachments() if part.get_content_type() == "application/pdf"]
    content: bytes = attachment.get_content()
    return content


def text_of(mail: EmailMessage) -> str:
    """What the PDF of a letter's mail says, with blanks for line breaks."""
    with pdfplumber.open(io.BytesIO(pdf_of(mail))) as document:
        return " ".join("\n".join(page.extract_text() for page in document.pages).split())


def body_of(mail: EmailMessage) -> str:
    """The text part of a mail."""
    part = mail.get_body(preferencelist=("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


__all__ = ["Chain", "body_of", "compose", "parsed", "pdf_of", "text_of"]
