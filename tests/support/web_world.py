"""A running insurer for tests of the web room: embedded engine, workers, real reader, and the application over them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import office as desk
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash

from db import tokens, users
from pulse.base.clock import SystemClock
from pulse.claims.deploy import deploy
from pulse.claims.office import Office
from pulse.engine.client import EngineClient
from pulse.engine.embedded.server import EmbeddedServer
from pulse.engine.worker import Worker
from pulse.invoices import Invoice, reading
from pulse.invoices.model import Patient
from pulse.synthetic.catalogue import Medication, Provider
from pulse.synthetic.form import form_pdf
from pulse.synthetic.truth import invoice
from pulse.web import create_app
from workers import handlers

SECRET = "test-token"
PASSWORD = "correct horse battery staple"
BEARER = {"Authorization": f"Bearer {SECRET}"}
PATIENT = Patient(
    family_name="Müller",
    given_name="Anna",
    birth_date="1979-05-14",
    sex="female",
    street="Hauptstrasse 5",
    zip="3000",
    city="Bern",
    canton="BE",
    ssn=desk.CLIENT_AHV,
    card_number="80756000000000000001",
    insured_number=desk.CLIENT_NUMBER,
)
PHARMACY = Provider(
    gln=desk.PROVIDER_GLN,
    zsr="P012345",
    name="Apotheke zum Bären",
    street="Bärenplatz 2",
    zip="3011",
    city="Bern",
    email="apotheke@provider.example",
    vat_number="CHE116304125 MWST",
    iban=desk.PROVIDER_IBAN,
)


class RealReader:
    """Reads documents in the sandbox."""

    def read(self, data: bytes) -> reading.Reading:
        return reading.read(data)

    def page_image(self, data: bytes, page: int) -> bytes:
        return reading.page_image(data, page)


@dataclass
class World:
    """The parts of the running insurer."""

    office: Office
    app: Flask
    mail_out: desk.RecordingMailOut

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def send(self, pdf: bytes) -> int:
        """Sends a PDF in by REST; the case's id."""
        answer = self.client().post("/api/v1/invoices", data=pdf, content_type="application/pdf", headers=BEARER)
        assert answer.status_code == 201, answer.json
        return int(answer.json["id"])

    def case(self, invoice_id: int) -> dict[str, Any]:
        """The case as REST tells it."""
        return dict(self.client().get(f"/api/v1/invoices/{invoice_id}", headers=BEARER).json)

    def tasks(self, invoice_id: int) -> list[dict[str, Any]]:
        """The case's open tasks."""
        answer = self.client().get(f"/api/v1/tasks?invoice_id={invoice_id}", headers=BEARER)
        assert answer.status_code == 200, answer.json
        return list(answer.json["tasks"])

    def wait_for_task(self, invoice_id: int, kind: str) -> dict[str, Any]:
        """The case's task of a kind, once the workers have brought it there."""
        return _until(lambda: next((task for task in self.tasks(invoice_id) if task["kind"] == kind), None))

    def wait_for_state(self, invoice_id: int, state: str) -> dict[str, Any]:
        """The case, once it is in a state."""

        def look() -> dict[str, Any] | None:
            case = self.case(invoice_id)
            return case if case["state"] == state else None

        return _until(look)

    def wait_for_letter(self, invoice_id: int, kind: str) -> dict[str, Any]:
        """The case, once a letter of this kind is written."""

        def look() -> dict[str, Any] | None:
            case = self.case(invoice_id)
            return case if any(letter["kind"] == kind for letter in case["letters"]) else None

        return _until(look)


def _until(look: Any, timeout_s: float = 120) -> Any:
    """What `look` sees, polled: the workers are threads with no signal to wait for."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come about in time")


def pdf(seed: int = 1, *, price: str = "71.55", code: str = desk.LISTED, rows: int = 2, **values: Any) -> bytes:
    """An invoice of the test pharmacy for Anna Müller."""
    return form_pdf(an_invoice(seed, price=price, code=code, rows=rows, **values), annex=False)


def an_invoice(
    seed: int, *, price: str = "71.55", code: str = desk.LISTED, rows: int = 2, name: str = "Abilify Tabl 10 mg 28 Stk"
) -> Invoice:
    """The values behind `pdf`."""
    packs = [Medication(code=code, name=name, price=Decimal(price))]
    return invoice(seed, clients=[PATIENT], providers=[PHARMACY], medications=packs, tiers="payant", rows=rows)


def add_people(office: Office) -> None:
    """Anna assists, Carla and Carlo control; one token may do everything."""
    hashed, now = generate_password_hash(PASSWORD, method="scrypt:1024:8:1"), office.clock.now()
    with office.database.write() as connection:
        for login, groups in (
            ("anna", "assistants"),
            ("carla", "controllers"),
            ("carlo", "controllers"),
            ("nobody", ""),
        ):
            users.add(connection, login=login, password_hash=hashed, groups=groups, at=now)
        tokens.add(connection, "t" * 32, name="test", secret=SECRET, scopes=["all"], at=now)


@contextmanager
def world(folder: Path, **policy: Any) -> Iterator[World]:
    """A running insurer in a folder; `policy`: the insurer's own settings."""
    with EmbeddedServer(f"sqlite:///{folder}/engine.db") as server, EngineClient(server.url) as engine:
        deploy(engine)
        for parts in desk.open_office(folder, engine=engine, **policy):
            office = replace(parts.office, reader=RealReader(), clock=SystemClock(), policy=_plain_http(parts.office))
            desk.fill_registers(office.database)
            add_people(office)
            worker = Worker(engine_url=server.url, topics=handlers(office), slots=2, poll_ms=500)
            thread = threading.Thread(target=worker.run, name="worker", daemon=True)
            thread.start()
            try:
                yield World(office=office, app=create_app(office, secret_key="k" * 32), mail_out=parts.mail_out)
            finally:
                worker.stop()
                thread.join(timeout=60)


def _plain_http(office: Office) -> Any:
    return replace(office.policy, web_url="http://127.0.0.1")
