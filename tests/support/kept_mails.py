"""Mails that have been settled, put into the ledger without a mailbox."""

from __future__ import annotations

import itertools
from typing import Any

from office import NOW, TestOffice

from db import documents, mails

_UIDS = itertools.count(1)


def kept_mail(parts: TestOffice, *attached: bytes | tuple[bytes, int | None], **values: Any) -> int:
    """A mail with these documents, each with the case that it led to, if any; its number. Unless told otherwise it
    was returned for want of an invoice."""
    source = values.pop("source", None)
    own: dict[str, Any] = {
        "outcome": "returned",
        "reason": "no_document",
        "message_id": "<frage@provider.example>",
        "sender": "apotheke@provider.example",
        "subject": "Rechnung",
        "settled_at": NOW,
    }
    own["source_sha256"] = parts.office.documents.put(source) if source else None
    place = {"account": "claims@mail.example", "folder": "INBOX", "uid_validity": 1, "uid": next(_UIDS)}
    with parts.database.write() as connection:
        mail, _ = mails.see(connection, **place, size=10, seen_at=values.pop("seen_at", NOW), outcome="pending")
        mails.set_mail(connection, mail.id, **(own | values))
        for part, given in enumerate(attached, start=1):
            data, invoice_id = given if isinstance(given, tuple) else (given, None)
            digest = parts.office.documents.put(data)
            documents.note(connection, digest, data, at=NOW)
            mails.add_document(
                connection,
                mail_id=mail.id,
                part=part,
                sha256=digest,
                filename=f"rechnung-{part}.pdf",
                invoice_id=invoice_id,
                reason="" if invoice_id else "P103",
            )
    return mail.id


def the_mail(parts: TestOffice, mail_id: int) -> mails.Mail:
    with parts.database.read() as connection:
        found = mails.get(connection, mail_id)
    assert found is not None
    return found
