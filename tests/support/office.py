"""An insurer's office for tests: real database and documents, a clock that stands still, mail that is recorded."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace
from typing import Any

from db import clients, consents, medications, providers
from db.database import Database
from db.documents import DocumentStore
from db.upgrade import upgrade
from letters.facts import Insurer
from letters.writer import TemplateWriter
from pulse.base.clock import ManualClock
from pulse.base.errors import Unreadable
from pulse.claims.deploy import models
from pulse.claims.office import Office, Policy
from pulse.claims.ports import OutgoingMail, Receipt
from pulse.invoices.model import Invoice
from pulse.invoices.record import Candidate, Part, Reading, Record

NOW = datetime(2026, 6, 16, 8, 0, tzinfo=UTC)
INSURER = Insurer(
    name="Muster Krankenkasse",
    street="Bundesgasse 1",
    zip="3003",
    city="Bern",
    phone="031 000 00 00",
    email="info@insurer.example",
)
#: Packs of the test list: listed at 71.55, at 12.30 with a risk of abuse, delisted at the end of 2025.
LISTED, ABUSED, DELISTED = "7680562090041", "7680481641027", "7680573380018"
UNLISTED = "7680403630177"
CLIENT_NUMBER, CLIENT_AHV = "123456789", "7569217076985"
PROVIDER_GLN, PROVIDER_IBAN = "7601000001115", "CH9300762011623852957"


class RecordingMailOut:
    """Takes every mail; `problems` are raised first, one a mail. `before_raise` sees the mail that fails."""

    def __init__(self, sent: FakeSentMailbox | None = None) -> None:
        self.mails: list[OutgoingMail] = []
        self.problems: list[Exception] = []
        self._sent = sent
        self._lock = threading.Lock()

    def send(self, mail: OutgoingMail) -> Receipt:
        with self._lock:
            if self.problems:
                raise self.problems.pop(0)
            self.mails.append(mail)
            if self._sent is not None:
                self._sent.ids.add(mail.message_id)
        return Receipt(message_id=mail.message_id, reply="250 OK", at=NOW)

    def check(self) -> None:
        """It is there."""

    def to(self, address: str) -> list[OutgoingMail]:
        """The mails to an address."""
        return [mail for mail in self.mails if mail.to == address]


class FakeSentMailbox:
    """Holds what was copied to it."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.problem: Exception | None = None

    def holds(self, message_id: str) -> bool:
        if self.problem is not None:
            raise self.problem
        return message_id in self.ids


class StubReader:
    """Reads documents that are the JSON of an Invoice; `unreadable P102` raises that reason. Lines behind `several`
    are documents of their own."""

    def read(self, data: bytes, *, is_part: bool = False) -> Reading:
        if data.startswith(b"several\n"):
            assert not is_part
            parts = [Part((page,), line) for page, line in enumerate(data.splitlines()[1:], start=1)]
            return Reading(Record(), parts=tuple(parts))
        if data.startswith(b"unreadable "):
            return Reading(Record(), problem=Unreadable(code=data.split()[1].decode()))
        invoice = Invoice.model_validate_json(data)
        return Reading(Record(candidates=(Candidate(source="text", invoice=invoice, chosen=True),)), invoice)

    def page_image(self, data: bytes, page: int) -> bytes:
        return b"\x89PNG"


@dataclass(eq=False)
class FakeEngine:
    """As much of `EngineClient` as the use cases call: remembers what was started, answers what a test put in."""

    instances: dict[str, str] = field(default_factory=dict)
    started: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Exception] = field(default_factory=list)
    #: Raised after the process has started: the answer is lost.
    lost_answers: list[Exception] = field(default_factory=list)
    level: str = "low"
    answers: list[dict[str, Any]] | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    finished_tasks: list[Any] = field(default_factory=list)
    #: Who completed a task, by its id, as the engine's log says.
    completers: dict[str, str] = field(default_factory=dict)
    #: The engine's own users, by group.
    members: dict[str, list[str]] = field(default_factory=dict)
    transport: Any = field(default_factory=lambda: SimpleNamespace(timeout_s=20.0))

    def _fail(self) -> None:
        if self.problems:
            raise self.problems.pop(0)

    def version(self) -> str:
        self._fail()
        return "7.24.0"

    def get(self, path: str, **filters: str) -> list[dict[str, str]]:
        if path == "/user":
            return [{"id": user} for user in self.members.get(filters["member_of_group"], ())]
        assert path == "/history/user-operation"
        user = self.completers.get(filters["task_id"])
        return [{"userId": user}] if user else []

    def history_process_instances(self, business_key: str | None = None, **_: object) -> list[Any]:
        self._fail()
        return [_Instance(self.instances[business_key])] if business_key in self.instances else []

    def process_instances(self, business_key: str, **_: object) -> list[Any]:
        return self.history_process_instances(business_key)

    def correlate(self, name: str, *, business_key: str, variables: dict[str, object], **_: object) -> Any:
        self._fail()
        assert name == "InvoiceReceived"
        self.started.append(dict(variables))
        self.instances[business_key] = f"process-{len(self.started)}"
        if self.lost_answers:
            raise self.lost_answers.pop(0)
        return type("R", (), {"process_instance_id": self.instances[business_key]})()

    def decision_definition(self, key: str) -> Any:
        self._fail()
        return _Instance(f"{key}:1:1", version=1)

    def decision_model(self, definition_id: str) -> str:
        self._fail()
        return models()["medication_risk.dmn"].decode()

    def evaluate_decision(self, id_or_key: str, variables: dict[str, Any]) -> list[dict[str, Any]]:
        self._fail()
        self.asked.append(dict(variables))
        if self.answers is not None:
            return self.answers
        reason = "P701" if self.level == "high" else ""
        route = "straight" if self.level == "low" else "review"
        return [{"rule": "risk-test", "level": self.level, "route": route, "reason": reason}]

    def tasks(self, **_: object) -> list[Any]:
        self._fail()
        return []

    def incidents(self, process_instance_id: str | None = None, **_: object) -> list[Any]:
        self._fail()
        return []

    def history_tasks(self, **_: object) -> list[Any]:
        return self.finished_tasks

    def finish(self, place: str, assignee: str | None = "anna", *, minute: int = 0) -> None:
        """A user task that somebody completed."""
        end = NOW.replace(minute=minute)
        values = {
            "id": f"{place}-{minute}",
            "task_definition_key": place,
            "assignee": assignee,
            "start_time": NOW,
            "end_time": end,
        }
        self.finished_tasks.append(type("Task", (), {**values, "delete_reason": "completed"})())


@dataclass(frozen=True)
class _Instance:
    id: str
    version: int = 0


@dataclass
class TestOffice:
    """An office with its parts at hand."""

    __test__ = False

    office: Office
    mail_out: RecordingMailOut
    sent: FakeSentMailbox
    engine: Any
    clock: ManualClock

    @property
    def database(self) -> Database:
        return self.office.database


@cache
def _template() -> Path:
    """An empty database with the schema, made once a process."""
    path = Path(mkdtemp(prefix="pulse-test-")) / "empty.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    with database.write() as connection:
        connection.exec_driver_sql("SELECT 1")
    database.close()
    return path


def new_database(folder: Path) -> Database:
    """A database of its own with the newest schema, in a file."""
    path = folder / "pulse.db"
    shutil.copy(_template(), path)
    return Database(f"sqlite:///{path}")


def a_policy(**changes: Any) -> Policy:
    """The settings of our insurer."""
    usual = {
        "insurer": INSURER,
        "mail_from": "Muster Krankenkasse <claims@insurer.example>",
        "controllers_mail": "controllers@insurer.example",
        "web_url": "https://pulse.insurer.example",
    }
    return Policy(**(usual | changes))


def open_office(
    folder: Path,
    *,
    engine: Any = None,
    database: Database | None = None,
    copies: bool = True,
    now: datetime = NOW,
    **policy: Any,
) -> Iterator[TestOffice]:
    """An office in a folder; for fixtures: `yield from open_office(tmp_path)`."""
    own = database or new_database(folder)
    sent = FakeSentMailbox()
    mail_out = RecordingMailOut(sent if copies else None)
    clock = ManualClock(now)
    engine = engine if engine is not None else FakeEngine()
    office = Office(
        database=own,
        documents=DocumentStore(str(folder / "documents")),
        engine=engine,
        mail_out=mail_out,
        sent=sent,
        reader=StubReader(),
        writer=TemplateWriter(),
        policy=a_policy(**policy),
        clock=clock,
        holder="test",
    )
    yield TestOffice(office=office, mail_out=mail_out, sent=sent, engine=engine, clock=clock)
    own.close()


def fill_registers(database: Database) -> None:
    """A few clients, one provider, four packs."""
    with database.write() as connection:
        add_client(connection)
        add_client(
            connection,
            insurance_number="987654321",
            ahv_number="7561234567897",
            card_number=None,
            first_name="Beat",
            last_name="Keller",
            birth_date=date(1960, 1, 2),
            email="beat.keller@mail.example",
        )
        providers.add(
            connection,
            gln=PROVIDER_GLN,
            zsr="P012345",
            name="Apotheke zum Bären",
            street="Bärenplatz 2",
            zip="3011",
            city="Bern",
            email="apotheke@provider.example",
            language="de",
            iban=PROVIDER_IBAN,
            valid_from=date(2020, 1, 1),
        )
        add_pack(connection, LISTED, "Abilify Tabl 10 mg 28 Stk", "71.55")
        add_pack(connection, ABUSED, "Temesta Tabl 1 mg 30 Stk", "12.30", abuse_risk=1)
        add_pack(connection, DELISTED, "Altes Mittel 20 Stk", "9.90", listed_until=date(2025, 12, 31))


def add_client(connection: Any, *, by_mail: bool = True, **values: Any) -> int:
    """A client; without values Anna Müller, covered since 2020. With `by_mail` she has agreed to letters by mail."""
    own = {
        "insurance_number": CLIENT_NUMBER,
        "ahv_number": CLIENT_AHV,
        "card_number": "80756000000000000001",
        "first_name": "Anna",
        "last_name": "Müller",
        "birth_date": date(1979, 5, 14),
        "street": "Hauptstrasse 5",
        "zip": "3000",
        "city": "Bern",
        "email": "anna.mueller@mail.example",
        "covered_from": date(2020, 1, 1),
    }
    client_id = clients.add(connection, **(own | values))
    if by_mail:
        consents.say(connection, "mail", {client_id: True}, on=date(2020, 1, 1))
    return client_id


def add_pack(connection: Any, gtin: str, name: str, price: str, **values: Any) -> None:
    """A listed pack with one price since 2020."""
    own = {"gtin": gtin, "name": name, "listed_from": date(2020, 1, 1)}
    medications.add(connection, prices=[(date(2020, 1, 1), Decimal(price))], **(own | values))


def position(line: int = 1, code: str = LISTED, **changes: Any) -> dict[str, Any]:
    """A position as JSON: one pack at its list price."""
    price = {LISTED: "71.55", ABUSED: "12.30", DELISTED: "9.90"}.get(code, "20.00")
    own = {
        "line": line,
        "date": "2026-06-10",
        "tariff": "402",
        "code": code,
        "name": "Medikament",
        "quantity": "1",
        "unit_price": price,
        "amount": price,
    }
    return own | changes


def invoice(**changes: Any) -> Invoice:
    """A complete invoice of the test pharmacy for Anna Müller; `positions` as JSON, other values replace."""
    positions = changes.pop("positions", None) or [position()]
    total = sum((Decimal(p["amount"]) for p in positions if p.get("amount")), Decimal(0))
    own: dict[str, Any] = {
        "source": {"kind": "text", "form_release": "5.0"},
        "invoice_number": "101",
        "invoice_date": "2026-06-12",
        "language": "de",
        "tiers": "payant",
        "law": "KVG",
        "biller": {"gln": PROVIDER_GLN, "name": "Apotheke zum Bären", "city": "Bern"},
        "patient": {
            "family_name": "Müller",
            "given_name": "Anna",
            "birth_date": "1979-05-14",
            "insured_number": CLIENT_NUMBER,
        },
        "treatment": {"begin": "2026-06-10", "end": "2026-06-10"},
        "positions": positions,
        "total_amount": str(total),
        "payment": {"iban": PROVIDER_IBAN, "reference_type": "NON"},
    }
    return Invoice.model_validate_json(json.dumps(own | changes))


def treated_on(day: str) -> dict[str, Any]:
    """What an invoice changes for a treatment of one pack on that day: a second one on a day is a duplicate."""
    return {"treatment": {"begin": day, "end": day}, "positions": [position(date=day)]}


def document(**changes: Any) -> bytes:
    """The same as a document for `StubReader`."""
    return invoice(**changes).model_dump_json().encode()
