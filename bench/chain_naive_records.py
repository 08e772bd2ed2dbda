"""The naive composition's records: SQLAlchemy's ORM over the same tables, a session for each lookup and each step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, registry

from db import clients, invoices, providers
from db.database import Database
from db.decisions import Decision
from db.letters import Letter
from db.tables import metadata
from pulse.base.identifiers import compact, gtin_13
from pulse.claims.rules.coverage import treatment_day
from pulse.invoices.model import Invoice

_REGISTRY = registry(metadata=metadata)
Value = TypeVar("Value")


def mapped(table: str) -> Any:
    """A class of the ORM for this table."""
    entity = type(table.title().replace("_", ""), (), {})
    _REGISTRY.map_imperatively(entity, metadata.tables[table])
    return entity


Assessment, AuditEvent, Case, Client = (mapped(n) for n in ("assessments", "audit_events", "invoices", "clients"))
Document, Effect, Errand, LetterRow = (mapped(name) for name in ("documents", "effects", "outbox", "letters"))
Mail, MailDocument, Pack, Price = (mapped(n) for n in ("mails", "mail_documents", "medications", "medication_prices"))
Position, Provider, Reading, Step = (mapped(name) for name in ("positions", "providers", "readings", "steps"))
Consent, DecisionRow, Response = (mapped(name) for name in ("consents", "decisions", "invoice_responses"))


@dataclass(frozen=True, kw_only=True)
class _Read(invoices.Case):
    """A case whose invoice is made of what the ORM has read, each time anew."""

    data: dict[str, Any]

    @cached_property
    def content(self) -> Invoice:
        return Invoice.model_validate(self.data)


class Records:
    """One database."""

    def __init__(self, url: str, now: Callable[[], datetime]) -> None:
        self.database = Database(url)
        self.now = now

    def session(self) -> Session:
        return Session(self.database.engine, expire_on_commit=False)

    def add(self, *rows: Any) -> None:
        with self.session() as session:
            session.add_all(rows)
            session.commit()

    def change(self, entity: Any, key: Any, **values: Any) -> None:
        with self.session() as session:
            row = session.get(entity, key)
            for name, value in values.items():
                setattr(row, name, value)
            session.commit()

    def change_lines(self, invoice_id: int, values: dict[int, dict[str, Any]]) -> None:
        with self.session() as session:
            for line, changes in values.items():
                row = session.get(Position, (invoice_id, line))
                for name, value in changes.items():
                    setattr(row, name, value)
            session.commit()

    def note(self, action: str, invoice_id: int | None, **details: Any) -> None:
        """An audit event, chained to the one before it."""
        with self.session() as session:
            before = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).first()
            at = self.now()
            values = [before.digest if before else "0" * 64, at.astimezone(UTC).isoformat(), "bench", action, details]
            digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
            row = {"at": at, "actor": "bench", "action": action, "invoice_id": invoice_id, "details": details}
            session.add(AuditEvent(**row, digest=digest))
            session.commit()

    def answered(self, activity_id: str) -> bool:
        with self.session() as session:
            return session.get(Step, activity_id) is not None

    def keep(self, activity_id: str, invoice_id: int, topic: str, answer: dict[str, Any]) -> None:
        row = {"activity_instance_id": activity_id, "invoice_id": invoice_id, "topic": topic}
        self.add(Step(**row, answer=answer, done_at=self.now()))

    def case(self, invoice_id: int) -> invoices.Case:
        with self.session() as session:
            row = session.get(Case, invoice_id)
        return _value(_Read, row, stored_content="", data=row.content)

    def lines(self, invoice_id: int) -> list[invoices.Line]:
        with self.session() as session:
            found = session.scalars(select(Position).where(Position.invoice_id == invoice_id).order_by(Position.line))
            return [_value(invoices.Line, row) for row in found]

    def repeats(self, content: Invoice) -> bool:
        with self.session() as session:
            same = (Case.invoice_number == content.invoice_number, Case.biller_gln == compact(content.biller.gln or ""))
            found = select(Case).where(or_(Case.guid == content.guid, same[0] & same[1]))
            return session.scalars(found).first() is not None

    def client(self, client_id: int | None) -> clients.Client | None:
        if client_id is None:
            return None
        with self.session() as session:
            return _value(clients.Client, session.get(Client, client_id))

    def clients_with(self, numbers: Iterable[str]) -> list[clients.Client]:
        found = {}
        for number in numbers:
            with self.session() as session:
                columns = (Client.insurance_number, Client.ahv_number, Client.card_number)
                query = select(Client).where(or_(*(column == number for column in columns)))
                found |= {row.id: _value(clients.Client, row) for row in session.scalars(query)}
        return list(found.values())

    def provider(self, gln: str | None, day: date) -> providers.Provider | None:
        with self.session() as session:
            query = select(Provider).where(Provider.gln == compact(gln or ""), Provider.valid_from <= day)
            row = session.scalars(query).first()
            return _value(providers.Provider, row) if row else None

    def pack(self, gtin: str) -> Any:
        with self.session() as session:
            return session.get(Pack, gtin)

    def price(self, gtin: str, day: date) -> Any:
        with self.session() as session:
            query = select(Price).where(Price.gtin == gtin, Price.valid_from <= day).order_by(Price.valid_from.desc())
            return session.scalars(query.limit(1)).first()

    def decision(self, invoice_id: int) -> Decision | None:
        with self.session() as session:
            row = session.scalars(select(DecisionRow).where(DecisionRow.invoice_id == invoice_id)).first()
            return _value(Decision, row) if row else None

    def letter(self, invoice_id: int, recipient: str) -> Letter | None:
        with self.session() as session:
            query = select(LetterRow).where(LetterRow.invoice_id == invoice_id, LetterRow.recipient == recipient)
            row = session.scalars(query).first()
            return _value(Letter, row) if row else None

    def assessments(self, invoice_id: int) -> Sequence[Any]:
        with self.session() as session:
            return session.scalars(select(Assessment).where(Assessment.invoice_id == invoice_id)).all()

    def document(self, digest: str | None) -> Any:
        with self.session() as session:
            return session.get(Document, digest)

    def effect(self, key: str) -> Any:
        with self.session() as session:
            return session.get(Effect, key)

    def response(self, invoice_id: int) -> Any:
        with self.session() as session:
            return session.scalars(select(Response).where(Response.invoice_id == invoice_id)).first()

    def has_agreed(self, client_id: int, day: date) -> bool:
        with self.session() as session:
            query = select(Consent).where(Consent.client_id == client_id, Consent.purpose == "mail")
            query = query.where(or_(Consent.withdrawn_on.is_(None), Consent.withdrawn_on > day))
            return session.scalars(query).first() is not None

    def seen_before(self, mail_id: int, content_hash: str) -> bool:
        with self.session() as session:
            query = select(Mail).where(Mail.content_hash == content_hash, Mail.id != mail_id)
            return session.scalars(query).first() is not None

    def letters_sent(self, invoice_id: int) -> int:
        with self.session() as session:
            query = select(LetterRow).where(LetterRow.invoice_id == invoice_id, LetterRow.state == "sent")
            return len(session.scalars(query).all())

    def new_case(self, content: Invoice, **values: Any) -> int:
        """The case with its positions and first reading."""
        data = content.to_json()
        with self.session() as session:
            case = Case(
                content=data,
                guid=content.guid,
                biller_gln=compact(content.biller.gln or ""),
                biller_zsr=compact(content.biller.zsr or ""),
                invoice_number=content.invoice_number,
                insurance_number=compact(content.insurance_number or ""),
                gtin=gtin_13(content.positions[0].code or ""),
                invoice_date=content.invoice_date,
                total_amount=content.total_amount,
                state="in_queue",
                **values,
            )
            session.add(case)
            session.flush()
            case_id = int(case.id)
            for position in content.positions:
                same = ("line", "date", "tariff", "code", "name", "quantity", "unit_price", "factor", "amount")
                row = {name: getattr(position, name) for name in same}
                row |= {"day": treatment_day(content, position), "gtin": gtin_13(position.code or "")}
                session.add(Position(invoice_id=case_id, **row))
            session.add(Reading(invoice_id=case_id, revision=1, content=data, made_by="bench", made_at=self.now()))
            session.commit()
        return case_id


def _value(kind: type[Value], row: Any, **other: Any) -> Value:
    own = {field.name: getattr(row, field.name) for field in fields(kind) if field.name not in other}  # type: ignore[arg-type]
    return kind(**own, **other)
