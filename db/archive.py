"""The archive: every document that came, whichever way, with what it was and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, null, or_, select

from db.rows import every
from db.tables import documents, invoices, mail_documents, mails, providers
from pulse.base.identifiers import compact


@dataclass(frozen=True, kw_only=True)
class Archived:
    """A document with its case, or with the mail it came with where no case shows it.

    `number` is the invoice's; `outcome` how the case was closed or where it stands, else what became of the mail;
    `reason` why there is no case; `part` numbers the document in its mail, 0 where it has a case.
    """

    received_at: datetime
    sha256: str
    media_type: str
    size: int
    invoice_id: int | None
    mail_id: int | None
    part: int
    sender: str | None
    provider: str | None
    number: str | None
    outcome: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which documents; what is not given does not matter. `since` counts, `until` does not."""

    since: datetime | None = None
    until: datetime | None = None
    #: Part of a provider's name, its mail address, or its GLN or ZSR number.
    provider: str = ""
    #: An invoice's number, or its beginning.
    number: str = ""


#: The last row of a page: when it was received, its case or 0, its mail or 0, its part.
Place = tuple[datetime, int, int, int]

_BILLER = invoices.c.content["biller"]["name"].as_string()
_OF_CASES = (
    select(
        invoices.c.received_at,
        documents.c.sha256,
        documents.c.media_type,
        documents.c.size,
        invoices.c.id.label("invoice_id"),
        invoices.c.mail_id,
        literal(0).label("part"),
        func.coalesce(mails.c.sender, invoices.c.biller_mail).label("sender"),
        func.coalesce(providers.c.name, _BILLER).label("provider"),
        invoices.c.invoice_number.label("number"),
        func.coalesce(invoices.c.closed_as, invoices.c.state).label("outcome"),
        func.coalesce(invoices.c.unreadable, "").label("reason"),
    )
    .join(documents, documents.c.sha256 == invoices.c.document_sha256)
    .outerjoin(mails, mails.c.id == invoices.c.mail_id)
    .outerjoin(providers, providers.c.id == invoices.c.provider_id)
)
_HAS_A_CASE = select(invoices.c.id).where(invoices.c.document_sha256 == mail_documents.c.sha256).exists()
_OF_MAILS = (
    select(
        mails.c.seen_at.label("received_at"),
        documents.c.sha256,
        documents.c.media_type,
        documents.c.size,
        null().label("invoice_id"),
        mails.c.id.label("mail_id"),
        mail_documents.c.part,
        mails.c.sender,
        null().label("provider"),
        null().label("number"),
        mails.c.outcome,
        mail_documents.c.reason,
    )
    .join(documents, documents.c.sha256 == mail_documents.c.sha256)
    .join(mails, mails.c.id == mail_documents.c.mail_id)
    .where(~_HAS_A_CASE, mails.c.same_as.is_(None))
)


def page(connection: Connection, wanted: Wanted, *, after: Place | None = None, limit: int = 50) -> list[Archived]:
    """Documents, newest first; `after` is where the page above ended."""
    found = every(connection, _cases(wanted, after).limit(limit), Archived)
    if not wanted.number:
        found += every(connection, _mails(wanted, after).limit(limit), Archived)
    return sorted(found, key=place_of, reverse=True)[:limit]


def place_of(row: Archived) -> Place:
    """Where a page ends that ends with this row."""
    return row.received_at, row.invoice_id or 0, row.mail_id or 0, row.part


def _cases(wanted: Wanted, after: Place | None) -> Select[Any]:
    moment = invoices.c.received_at
    where = _between(moment, wanted)
    if wanted.number:
        where.append(invoices.c.invoice_number.istartswith(wanted.number, autoescape=True))
    if wanted.provider:
        number = compact(wanted.provider)
        named = (providers.c.name, _BILLER, mails.c.sender, invoices.c.biller_mail)
        numbers = (invoices.c.biller_gln == number, invoices.c.biller_zsr == number)
        where.append(or_(*(one.icontains(wanted.provider, autoescape=True) for one in named), *numbers))
    if after is not None:
        where.append(or_(moment < after[0], and_(moment == after[0], invoices.c.id < after[1])))
    return _OF_CASES.where(*where).order_by(moment.desc(), invoices.c.id.desc())


def _mails(wanted: Wanted, after: Place | None) -> Select[Any]:
    """At one moment those without a case come after those with one."""
    moment, mail, part = mails.c.seen_at, mails.c.id, mail_documents.c.part
    where = _between(moment, wanted)
    if wanted.provider:
        where.append(mails.c.sender.icontains(wanted.provider, autoescape=True))
    if after is not None:
        at, case, last_mail, last_part = after
        lower = or_(mail < last_mail, and_(mail == last_mail, part < last_part))
        where.append(moment <= at if case else or_(moment < at, and_(moment == at, lower)))
    return _OF_MAILS.where(*where).order_by(moment.desc(), mail.desc(), part.desc())


def _between(moment: ColumnElement[Any], wanted: Wanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        where.append(moment >= wanted.since)
    if wanted.until is not None:
        where.append(moment < wanted.until)
    return where
