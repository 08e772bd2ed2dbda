from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import office
import pytest
from engines import ENGINES, EngineAddress, an_engine
from office import TestOffice, fill_registers, open_office
from postgres import database, postgres_server

from db import decisions, invoices, letters
from pulse.claims import tasks
from pulse.claims.deploy import deploy
from pulse.claims.receive import Received, receive_document
from pulse.claims.relay import relay_once
from pulse.engine.client import EngineClient, UserTask
from pulse.engine.embedded.server import EmbeddedServer
from pulse.engine.worker import Worker
from workers import TOPICS, handlers

__all__ = ["database", "postgres_server"]

_WITHIN_S = 120.0
_ids = itertools.count(os.getpid() % 10_000 * 1000 + 20_000_000, 50)


@dataclass
class House:
    """The insurer's house without its entrances: office, engine, one worker."""

    desk: TestOffice
    engine: EngineClient
    worker: Worker

    def bring(self, **changes: Any) -> int:
        """Receives a document and starts its process; the case's id."""
        received = self.receive(**changes)
        assert received.invoice_id is not None
        relay_once(self.desk.office, invoice_id=received.invoice_id)
        return received.invoice_id

    def receive(self, **changes: Any) -> Received:
        return receive_document(self.desk.office, office.document(**changes), channel="mail", actor="gateway")

    def case(self, invoice_id: int) -> invoices.Case:
        with self.desk.database.read() as connection:
            found = invoices.get(connection, invoice_id)
        assert found is not None
        return found

    def decisions(self, invoice_id: int) -> list[decisions.Decision]:
        with self.desk.database.read() as connection:
            return decisions.of_invoice(connection, invoice_id)

    def letters(self, invoice_id: int) -> dict[tuple[str, str], str]:
        """The state of each letter by recipient and kind."""
        with self.desk.database.read() as connection:
            found = letters.of_invoice(connection, invoice_id)
        return {(letter.recipient, letter.kind): letter.state for letter in found}

    def closed(self, invoice_id: int) -> str | None:
        """Waits for the case to be closed; as what."""
        self.until(lambda: self.case(invoice_id).state == "completed", invoice_id)
        return self.case(invoice_id).closed_as

    def task(self, invoice_id: int, kind: str) -> UserTask:
        """Waits for the case's task of this kind."""

        def here() -> list[UserTask]:
            process = self.case(invoice_id).process_instance_id
            return self.engine.tasks(process_instance_id=process, task_definition_key=kind)

        self.until(lambda: bool(here()), invoice_id)
        return here()[0]

    def do(self, invoice_id: int, kind: str, user: str = "anna", **values: str) -> None:
        """Completes the case's task in our own tasklist."""
        tasks.complete(self.desk.office, self.task(invoice_id, kind).id, user, values)

    def ended(self, invoice_id: int) -> None:
        """Waits for the end of the process."""
        key = f"invoice-{invoice_id}"
        self.until(lambda: self.engine.history_process_instances(key)[0].state == "COMPLETED", invoice_id)

    def until(self, condition: Callable[[], bool], invoice_id: int) -> None:
        deadline = time.monotonic() + _WITHIN_S
        pause = threading.Event()
        while not condition():
            process = self.case(invoice_id).process_instance_id
            trouble = [i.incident_message for i in self.engine.incidents(process)] if process else []
            assert not trouble, trouble
            assert time.monotonic() < deadline, (self.case(invoice_id), self.engine.tasks(process_instance_id=process))
            pause.wait(0.03)


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An embedded engine with our models."""
    with EmbeddedServer(f"sqlite:///{tmp_path_factory.mktemp('engine')}/engine.db") as server:
        with EngineClient(server.url) as engine:
            deploy(engine)
        yield server.url


@contextmanager
def a_house(
    address: EngineAddress, folder: Path, *, topics: Collection[str] = tuple(TOPICS), **policy: Any
) -> Iterator[House]:
    """A house on an engine, with one worker for these topics."""
    with address.client() as engine:
        for desk in open_office(folder, engine=engine, now=datetime.now(UTC), **policy):
            with desk.database.write() as connection:
                connection.exec_driver_sql("UPDATE sqlite_sequence SET seq = ? WHERE name = 'invoices'", (next(_ids),))
            fill_registers(desk.database)
            worker = Worker(
                engine_url=address.url, auth=address.auth, topics=handlers(desk.office, topics), slots=4, poll_ms=300
            )
            thread = threading.Thread(target=worker.run)
            thread.start()
            try:
                yield House(desk, engine, worker)
            finally:
                worker.stop()
                thread.join()
                for instance in engine.process_instances(process_definition_key="medication-invoice"):
                    engine.delete_process_instance(instance.id, "the test is over")


@pytest.fixture
def open_house(engine_url: str, tmp_path: Path) -> Callable[..., Any]:
    """`with open_house(confirm_low_risk=True) as house:` for houses of another policy."""
    return partial(a_house, EngineAddress(engine_url), tmp_path)


@pytest.fixture
def house(open_house: Callable[..., Any]) -> Iterator[House]:
    with open_house() as opened:
        yield opened


@pytest.fixture(scope="module", params=ENGINES)
def any_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineAddress]:
    """Each engine, with our models."""
    with an_engine(request.param, request, tmp_path_factory.mktemp("engine")) as address:
        with address.client() as client:
            deploy(client)
        yield address


@pytest.fixture
def open_house_anywhere(any_engine: EngineAddress, tmp_path: Path) -> Callable[..., Any]:
    """`open_house` on each engine."""
    return partial(a_house, any_engine, tmp_path)
