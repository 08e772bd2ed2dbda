"""What two do at the same time happens once, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import office
import pytest
from claim_steps import case_of, decided, received, settled
from office import TestOffice, fill_registers, open_office

from db import audit, decisions, letters
from db.database import Database
from pulse.base.errors import Conflict
from pulse.claims.receive import receive_document
from pulse.claims.relay import relay_once
from pulse.claims.send_letter import send_letter
from pulse.claims.write_letter import write_letter


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[TestOffice]:
    for opened in open_office(tmp_path, database=database):
        fill_registers(database)
        yield opened


def at_once(work: Callable[[int], Any], times: int = 4) -> list[Any]:
    """What each of so many threads gets, all let go together."""
    gate = threading.Barrier(times)

    def one(number: int) -> Any:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_the_same_invoice_from_several_mails_starts_one_process(desk: TestOffice) -> None:
    def bring(number: int) -> str:
        data = office.document(reminder_level=number)
        return receive_document(desk.office, data, channel="mail", actor="gateway").result

    assert sorted(at_once(bring)) == ["already_received"] * 3 + ["started"]


def test_several_relays_start_one_process(desk: TestOffice) -> None:
    invoice_id = received(desk)
    assert sum(at_once(lambda _: relay_once(desk.office, invoice_id=invoice_id))) == 1
    assert len(desk.engine.started) == 1


def test_several_decisions_leave_one(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    choices = [("approve", "P801"), ("deny", "P814")]
    answers = at_once(lambda number: decided(desk, invoice_id, *choices[number % 2]).decision)
    assert len(set(answers)) == 1
    with desk.database.read() as connection:
        assert [one.decision for one in decisions.of_invoice(connection, invoice_id)] == answers[:1]


def test_a_letter_that_several_write_and_send_leaves_once(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    decided(desk, invoice_id, "approve", "P801")
    ids = at_once(lambda _: write_letter(desk.office, invoice_id, "client", "approved").letter_id)
    assert len(set(ids)) == 1

    def send(_: int) -> str:
        try:
            return send_letter(desk.office, invoice_id, "client", "approved").state
        except Conflict as error:
            return error.reason

    assert set(at_once(send)) <= {"sent", "still_sending"}
    assert len(desk.mail_out.mails) == 1


def send_one(desk: TestOffice, invoice_id: int, number: int) -> None:
    send_letter(desk.office, invoice_id, ("client", "provider")[number], "approved")


def test_the_last_two_letters_sent_together_close_the_case_once(desk: TestOffice) -> None:
    for number in range(5):
        invoice_id = settled(desk, invoice_number=str(number))
        decided(desk, invoice_id, "approve", "P801")
        for recipient in ("client", "provider"):
            write_letter(desk.office, invoice_id, recipient, "approved")
        at_once(partial(send_one, desk, invoice_id), times=2)
        assert case_of(desk, invoice_id).closed_as == "approved"
        with desk.database.read() as connection:
            actions = [event["action"] for event in audit.of_invoice(connection, invoice_id)]
            assert {letter.state for letter in letters.of_invoice(connection, invoice_id)} == {"sent"}
        assert actions.count("claims:case:closed") == 1
    with desk.database.read() as connection:
        assert audit.first_broken(connection) is None
