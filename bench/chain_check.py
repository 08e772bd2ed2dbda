"""Whether both sides of bench/chain.py have done the same work: what they read, kept, told and mailed."""

from __future__ import annotations

import email
import io
import re
from email.header import decode_header, make_header
from email.message import Message
from typing import Protocol

import orjson
import pdfplumber
import stub_process
import urllib3
from chain_world import SENT, IncomingMail, World
from sqlalchemy import select

from db.database import Database
from db.tables import invoices, metadata
from pulse.base.money import format_amount
from pulse.invoices.model import Invoice

#: A lease comes and goes with its holder; the risk table's text is kept once a version.
_PASSING = {"leases", "risk_tables"}
#: What each side draws, hashes or words by itself. The invoice's content is compared value by value, without where on
#: the page each was read and how surely.
_OWN = {
    "audit_events": {"id", "actor", "details", "digest"},
    "documents": {"sha256", "size"},
    "effects": {"claimed_by", "receipt"},
    "invoices": {"content"},
    "letters": {"id", "pdf_sha256", "wording"},
    "mails": {"content_hash"},
    "outbox": {"next_try_at"},
    "readings": {"content", "made_by"},
    "steps": {"activity_instance_id", "answer"},
}
#: How many letters' PDFs are opened.
_LOOKED_INTO = 2


class Side(Protocol):
    """Where a side has kept its work."""

    name: str
    world: World
    database: Database


def same_work(one: Side, other: Side, incoming: list[IncomingMail]) -> None:
    """Raises `AssertionError` with the first difference."""
    kept = [_kept(side) for side in (one, other)]
    for table, rows in kept[0].items():
        assert rows == kept[1][table], table
    cases = [_cases(side) for side in (one, other)]
    assert [_essence(case) for case in cases[0]] == [_essence(case) for case in cases[1]]
    assert [_essence(case) for case in cases[0]] == [_essence(mail.truth) for mail in incoming]
    for side in (one, other):
        stock = orjson.loads(urllib3.request("GET", f"{side.world.engine_url}/stock").data)
        assert stock["started"] == len(incoming), side.name
        assert stock["completed"] == stub_process.TASKS * len(incoming), side.name
    mailed = [_mailed(side) for side in (one, other)]
    assert mailed[0].keys() == mailed[1].keys()
    assert len(mailed[0]) == 2 * len(incoming)
    for message_id, mail in mailed[0].items():
        assert _envelope(mail) == _envelope(mailed[1][message_id])
    for message_id in sorted(mailed[0])[:_LOOKED_INTO]:
        case = next(case for number, case in enumerate(cases[0]) if f".{_first_id(one) + number}." in message_id)
        for side in mailed:
            text = _pdf_text(side[message_id])
            assert case.invoice_number in text
            assert format_amount(case.total_amount) in text


def _cases(side: Side) -> list[Invoice]:
    with side.database.read() as connection:
        found = connection.execute(select(invoices.c.content).order_by(invoices.c.id)).scalars()
        return [Invoice.model_validate(content) for content in found]


def _first_id(side: Side) -> int:
    with side.database.read() as connection:
        return int(connection.execute(select(invoices.c.id).order_by(invoices.c.id)).scalars().first() or 0)


def _essence(invoice: Invoice) -> tuple[object, ...]:
    positions = [(one.line, one.code, one.quantity, one.unit_price, one.amount, one.date) for one in invoice.positions]
    patient, biller = invoice.patient, invoice.biller
    who = (patient.ssn, patient.insured_number, patient.family_name, patient.birth_date, biller.gln, biller.zsr)
    return invoice.invoice_number, invoice.invoice_date, invoice.total_amount, positions, who


def _kept(side: Side) -> dict[str, list[str]]:
    """The rows of every table, sorted, without the columns that a side fills in its own way."""
    found = {}
    with side.database.read() as connection:
        for table in metadata.sorted_tables:
            if table.name in _PASSING:
                continue
            columns = [column for column in table.columns if column.name not in _OWN.get(table.name, ())]
            found[table.name] = sorted(map(repr, connection.execute(select(*columns)).all()))
    return found


def _mailed(side: Side) -> dict[str, Message]:
    taken = [email.message_from_bytes(path.read_bytes()) for path in side.world.sent]
    by_id = {str(mail["Message-ID"]): mail for mail in taken}
    assert len(by_id) == len(taken), side.name
    return by_id


def _envelope(mail: Message) -> tuple[str, ...]:
    recipients = str(mail["X-Recipients"])
    assert recipients.endswith(f", {SENT}")
    told = (str(make_header(decode_header(str(mail[name])))) for name in ("To", "Subject", "Auto-Submitted"))
    return (recipients, *(re.sub(r"\s+", " ", text) for text in told))


def _pdf_text(mail: Message) -> str:
    (pdf,) = [part for part in mail.walk() if part.get_content_type() == "application/pdf"]
    data = pdf.get_payload(decode=True)
    assert isinstance(data, bytes)
    with pdfplumber.open(io.BytesIO(data)) as document:
        return "\n".join(page.extract_text() for page in document.pages)
