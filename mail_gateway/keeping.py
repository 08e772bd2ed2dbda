"""What stays of a mail: its words and the whole of it, so that nothing is lost when it leaves the mailbox."""

from __future__ import annotations

from db.documents import DocumentStore
from mail_gateway.ledger import Kept
from mail_gateway.message import headers as header_lines
from mail_gateway.steps.arrived import Arrived


def keep(documents: DocumentStore, mail: Arrived) -> Kept:
    """Puts the whole mail into the store and reads it back: only then may it leave the mailbox.

    A mail of which the headers said enough keeps its subject alone. Raises `DocumentStoreUnavailable`,
    `DocumentMissing`.
    """
    subject = _storable(header_lines.decoded(mail.headers.get("subject")))
    if not mail.content:
        return Kept(received_at=mail.received_at, subject=subject)
    digest = documents.put(mail.content)
    documents.get(digest)
    text = _storable(mail.text)
    return Kept(received_at=mail.received_at, subject=subject, text=text, source_sha256=digest)


def _storable(text: str) -> str:
    """Without NUL and half characters, which not every database takes."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
