"""Cases: an invoice as received and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, Select, Text, bindparam, cast, func, insert, or_, select

from db.links import accepted
from db.rows import every, first, update_each, update_rows
from db.tables import decisions, invoices, links, positions, readings, reviews
from db.types import Money
from pulse.base.identifiers import compact, gtin_13
from pulse.invoices.model import Invoice

State = Literal["in_queue", "in_progress", "completed"]
STATES: tuple[State, ...] = ("in_queue", "in_progress", "completed")
ReadingState = Literal["complete", "incomplete", "doubtful"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One invoice on its way: `content` is the invoice as it reads now."""

    id: int
    stored_content: str = field(repr=False)
    reading: ReadingState
    unreadable: str | None
    short_form: bool
    channel: str
    insurance_number: str | None
    biller_mail: str | None
    mail_id: int | None
    document_sha256: str | None
    duplicate_of: int | None
    client_id: int | None
    provider_id: int | None
    state: State
    risk: str | None
    reasons: str
    outcome: str | None
    payable_amount: Decimal | None
    payee: str | None
    closed_as: str | None
    process_instance_id: str | None
    received_at: datetime
    remind_at: datetime
    due_at: datetime
    closed_at: datetime | None

    @cached_property
    def content(self) -> Invoice:
        """Made when it is asked for: many steps need only the columns."""
        return _content(self.stored_content)

    @property
    def business_key(self) -> str:
        return f"invoice-{self.id}"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A position with what was found out about it; `date` is what the line says, `day` the day of treatment."""

    invoice_id: int
    line: int
    day: date | None = None
    date: date | None = None
    tariff: str | None = None
    code: str | None = None
    gtin: str | None = None
    name: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    factor: Decimal | None = None
    amount: Decimal | None = None
    listed: bool | None = None
    listed_price: Decimal | None = None
    risk_rule: str | None = None
    risk_level: str | None = None
    outcome: str | None = None
    payable: Decimal | None = None
    reasons: str = field(default="")


@dataclass(frozen=True, kw_only=True)
class Dispensed:
    """Packs that a person got on a day, by a case that counts; the biller's GLN and ZSR as far as the invoice says."""

    invoice_id: int
    line: int
    gtin: str
    day: date
    packs: Decimal
    biller_gln: str | None
    biller_zsr: str | None

    @property
    def biller(self) -> str | None:
        """The biller's number, the GLN first."""
        return self.biller_gln or self.biller_zsr


@lru_cache(maxsize=32)
def _content(text: str) -> Invoice:
    """The same process mostly does one step of a case after the other, and the invoice is the same in all of them."""
    return Invoice.model_validate_json(text)


_CASE = [
    cast(invoices.c.content, Text).label(name) if name == "stored_content" else invoices.c[name]
    for name in Case.__dataclass_fields__
]
_ADD = insert(invoices).returning(invoices.c.id)
_ADD_READING = insert(readings)
_GET = select(*_CASE).where(invoices.c.id == bindparam("invoice_id"))
_GET_LOCKED = _GET.with_for_update()
_LINES = select(positions).where(positions.c.invoice_id == bindparam("invoice_id")).order_by(positions.c.line)
_ADD_POSITIONS = insert(positions)
_OF_DOCUMENT = (
    select(*_CASE)
    .where(invoices.c.document_sha256 == bindparam("document_sha256"), invoices.c.mail_id == bindparam("mail_id"))
    .order_by(invoices.c.id)
)
#: What is not known is NULL here, which equals nothing.
_SAME_BILLER = or_(
    invoices.c.biller_gln == bindparam("biller_gln"),
    invoices.c.biller_zsr == bindparam("biller_zsr"),
)
_EARLIER = (
    select(*_CASE)
    .where(
        or_(
            invoices.c.document_sha256 == bindparam("document_sha256"),
            invoices.c.guid.in_((bindparam("guid"), bindparam("refers_to"))),
            invoices.c.invoice_number.in_((bindparam("invoice_number"), bindparam("refers_to"))) & _SAME_BILLER,
            invoices.c.refers_to == bindparam("guid"),
            (invoices.c.refers_to == bindparam("invoice_number")) & _SAME_BILLER,
        )
    )
    .order_by(invoices.c.id.desc())
)

_STORNO = links.alias()
_CANCELLED = (
    select(_STORNO.c.other_id)
    .where(_STORNO.c.other_id == invoices.c.id, _STORNO.c.kind == "cancels", accepted(_STORNO.c.invoice_id))
    .exists()
)
_DISPENSED = (
    select(
        positions.c.invoice_id,
        positions.c.line,
        positions.c.gtin,
        positions.c.day,
        func.coalesce(positions.c.quantity, 1, type_=Money).label("packs"),
        invoices.c.biller_gln,
        invoices.c.biller_zsr,
        positions.c.amount,
        positions.c.payable,
        decisions.c.decision,
        reviews.c.payable.label("reviewed"),
    )
    .join(invoices, invoices.c.id == positions.c.invoice_id)
    .outerjoin(decisions, (decisions.c.invoice_id == invoices.c.id) & (decisions.c.decision != "ask"))
    .outerjoin(reviews, reviews.c.id == decisions.c.review_id)
    .where(
        invoices.c.client_id == bindparam("client_id"),
        invoices.c.duplicate_of.is_(None),
        invoices.c.subtype.in_(("normal", "copy")),
        or_(invoices.c.closed_as.is_(None), invoices.c.closed_as.in_(("approved", "partly_approved"))),
        or_(decisions.c.decision.is_(None), decisions.c.decision.in_(("approve", "partial"))),
        positions.c.gtin.is_not(None),
        positions.c.day.between(bindparam("since"), bindparam("until")),
        ~_CANCELLED,
    )
    .order_by(positions.c.day, positions.c.invoice_id, positions.c.line)
)


def add(connection: Connection, content: Invoice, *, made_by: str, **values: object) -> int:
    """Stores a new case with its positions and first reading; returns the id (eight digits)."""
    received_at = values["received_at"]
    data = content.to_json()
    row = _searchable(content) | {"content": data, "state": "in_queue"} | values
    new_id = int(connection.execute(_ADD, row).scalar_one())
    _write_positions(connection, new_id, content)
    _write_reading(connection, new_id, data, revision=1, made_by=made_by, at=received_at)
    return new_id


def replace_content(
    connection: Connection, invoice_id: int, content: Invoice, *, made_by: str, at: datetime, **values: object
) -> None:
    """Puts a corrected reading in the place of the old one, which stays on record."""
    data = content.to_json()
    row = _searchable(content) | {"content": data} | values
    update_rows(connection, invoices, {"id": invoice_id}, row)
    connection.execute(positions.delete().where(positions.c.invoice_id == invoice_id))
    _write_positions(connection, invoice_id, content)
    newest = connection.execute(
        select(func.max(readings.c.revision)).where(readings.c.invoice_id == invoice_id)
    ).scalar_one()
    _write_reading(connection, invoice_id, data, revision=(newest or 0) + 1, made_by=made_by, at=at)


def get(connection: Connection, invoice_id: int) -> Case | None:
    """The case with this id."""
    return first(connection, _GET, Case, invoice_id=invoice_id)


def locked(connection: Connection, invoice_id: int) -> Case | None:
    """The case, held until the transaction ends: two that look whether it is done look one after the other."""
    return first(connection, _GET_LOCKED, Case, invoice_id=invoice_id)


def lines(connection: Connection, invoice_id: int) -> list[Line]:
    """The positions of a case, in order."""
    return every(connection, _LINES, Line, invoice_id=invoice_id)


def set_case(connection: Connection, invoice_id: int, **values: object) -> bool:
    """Changes columns of a case."""
    return update_rows(connection, invoices, {"id": invoice_id}, values)


def process_started(connection: Connection, invoice_id: int, process_instance_id: str) -> None:
    """Notes the case's process. A case that has gone to its end meanwhile stays where it is."""
    set_case(connection, invoice_id, process_instance_id=process_instance_id)
    update_rows(connection, invoices, {"id": invoice_id, "state": "in_queue"}, {"state": "in_progress"})


def set_lines(connection: Connection, invoice_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """Changes positions, in one go: each row holds its `line` and the same columns as the others."""
    update_each(connection, positions, ("invoice_id", "line"), [{"invoice_id": invoice_id} | row for row in rows])


def of_document(connection: Connection, document_sha256: str, *, mail_id: int) -> Case | None:
    """The case that this document of this mail led to."""
    return first(connection, _OF_DOCUMENT, Case, document_sha256=document_sha256, mail_id=mail_id)


def of_processes(connection: Connection, process_instance_ids: Sequence[str]) -> dict[str, Case]:
    """Cases by their process instance."""
    if not process_instance_ids:
        return {}
    where = invoices.c.process_instance_id.in_(set(process_instance_ids))
    found = every(connection, select(*_CASE).where(where), Case)
    return {case.process_instance_id: case for case in found if case.process_instance_id}


def dispensed(connection: Connection, client_id: int, since: date, until: date) -> list[Dispensed]:
    """What a person got from `since` to `until`, both days included, by day.

    Only what still counts: no repetition, no case that was returned, denied or taken back, no line that was not paid.
    Cases on their way count too, and so does the case that asks, once its client is settled: leave it out by its id.
    """
    rows = connection.execute(_DISPENSED, {"client_id": client_id, "since": since, "until": until}).mappings()
    names = Dispensed.__dataclass_fields__
    return [Dispensed(**{name: row[name] for name in names}) for row in rows if _counts(row)]


def _counts(row: RowMapping) -> bool:
    """Whether a line stands for packs handed out: not taken back, and paid at least in part where a person cut."""
    if row["packs"] <= 0 or (row["amount"] is not None and row["amount"] < 0):
        return False
    if row["decision"] != "partial":
        return True
    if row["reviewed"] is not None:
        return Decimal(row["reviewed"].get(str(row["line"]), 0)) > 0
    return bool(row["payable"])


def earlier(connection: Connection, content: Invoice, *, document_sha256: str | None = None) -> list[Case]:
    """Cases, newest first, that carry the same guid, the same invoice number of the same biller (GLN or ZSR), or the
    same document; that this one refers to, or that refer to it."""
    columns = _searchable(content)
    names = ("guid", "invoice_number", "refers_to", "biller_gln", "biller_zsr")
    known = {name: columns[name] or None for name in names} | {"document_sha256": document_sha256 or None}
    return every(connection, _EARLIER, Case, **known)


def short_forms_alike(connection: Connection, content: Invoice, *, biller_mail: str | None) -> list[Case]:
    """Short forms, newest first, for the same person and day from the same mail address: they carry no number to tell
    them apart by."""
    number = content.insurance_number
    where = (
        invoices.c.insurance_number == (compact(number) if number else None),
        invoices.c.short_form.is_(True),
        invoices.c.invoice_date == content.invoice_date,
        invoices.c.biller_mail == biller_mail,
    )
    return every(connection, select(*_CASE).where(*where).order_by(invoices.c.id.desc()), Case)


def page(
    connection: Connection, *, state: State | None = None, before: int | None = None, limit: int = 50
) -> list[Case]:
    """Cases, newest first; `before` is the last id of the page above."""
    statement: Select[Any] = select(*_CASE).order_by(invoices.c.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(invoices.c.state == state)
    if before is not None:
        statement = statement.where(invoices.c.id < before)
    return every(connection, statement, Case)


def search(connection: Connection, text: str, *, limit: int = 50) -> list[Case]:
    """Cases with this id or this invoice number, newest first."""
    same = [invoices.c.invoice_number == text]
    if text.isascii() and text.isdigit() and len(text) < 19:
        same.append(invoices.c.id == int(text))
    return every(connection, select(*_CASE).where(or_(*same)).order_by(invoices.c.id.desc()).limit(limit), Case)


def counts(connection: Connection) -> dict[State, int]:
    """How many cases are in each state."""
    statement = select(invoices.c.state, func.count()).group_by(invoices.c.state)
    found: dict[str, int] = {row[0]: row[1] for row in connection.execute(statement)}
    return {state: found.get(state, 0) for state in STATES}


def _searchable(content: Invoice) -> dict[str, object]:
    gtins: Sequence[str] = [gtin for gtin in (gtin_13(p.code or "") for p in content.positions) if gtin]
    number = content.insurance_number
    return {
        "guid": content.guid,
        "biller_gln": compact(content.biller.gln) if content.biller.gln else None,
        "biller_zsr": compact(content.biller.zsr) if content.biller.zsr else None,
        "invoice_number": content.invoice_number,
        "refers_to": content.refers_to,
        "subtype": content.subtype,
        "insurance_number": compact(number) if number else None,
        "gtin": gtins[0] if gtins else None,
        "invoice_date": content.invoice_date,
        "total_amount": content.total_amount,
    }


def _write_positions(connection: Connection, invoice_id: int, content: Invoice) -> None:
    rows = [
        {
            "invoice_id": invoice_id,
            "line": position.line,
            "date": position.date,
            "day": position.date or content.treatment.begin or content.invoice_date,
            "tariff": position.tariff,
            "code": position.code,
            "gtin": gtin_13(position.code or ""),
            "name": position.name,
            "quantity": position.quantity,
            "unit_price": position.unit_price,
            "factor": position.factor,
            "amount": position.amount,
        }
        for position in content.positions
    ]
    if rows:
        connection.execute(_ADD_POSITIONS, rows)


def _write_reading(
    connection: Connection, invoice_id: int, data: dict[str, Any], *, revision: int, made_by: str, at: object
) -> None:
    row = {"content": data, "made_by": made_by, "made_at": at}
    connection.execute(_ADD_READING, row | {"invoice_id": invoice_id, "revision": revision})
