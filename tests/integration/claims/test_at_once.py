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
from sqlalchemy import select

from db import audit, decisions, letters, links, mails, questions, tables
from db.database import Database
from pulse.base.errors import Conflict
from pulse.claims.answers import AnswerMail, answer_by_phone, hear_mail
from pulse.claims.put_right import Covering
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


def kinds(desk: TestOffice, results: list[tuple[str, int]]) -> list[str]:
    with desk.database.read() as connection:
        return sorted({link.kind for _, invoice_id in results for link in links.of_case(connection, invoice_id)})


def bring(desk: TestOffice, ways: list[dict[str, Any]], nth: int) -> tuple[str, int]:
    came = receive_document(desk.office, office.document(**ways[nth]), channel="mail", actor="gateway")
    assert came.invoice_id is not None
    return came.result, came.invoice_id


def test_an_invoice_its_reminder_and_its_copy_together_start_one_process(desk: TestOffice) -> None:
    ways = [{}, {"request_type": "reminder", "refers_to": "101"}, {"subtype": "copy"}, {"reminder_level": 2}]
    came = at_once(partial(bring, desk, ways))
    assert sorted(result for result, _ in came) == ["already_received"] * 3 + ["started"]
    assert len(kinds(desk, came)) > 1


@pytest.mark.parametrize("own_number", [False, True])
def test_an_invoice_and_its_cancellation_together_always_find_each_other(desk: TestOffice, own_number: bool) -> None:
    for number in map(str, range(5)):
        storno = {"invoice_number": f"S-{number}" if own_number else number, "refers_to": number, "subtype": "storno"}
        came = at_once(partial(bring, desk, [{"invoice_number": number}, storno]), times=2)
        assert (came[1][0], kinds(desk, came)) == ("started", ["cancels"])
        assert came[0][0] == ("started" if came[0][1] < came[1][1] else "person")


def test_an_answer_by_reply_another_in_a_fresh_mail_and_one_by_telephone_leave_one(desk: TestOffice) -> None:
    for number in map(str, range(4)):
        invoice_id = settled(desk, invoice_number=number)
        decided(desk, invoice_id, "ask", "P821", comment="Warum?")
        with desk.database.read() as connection:
            question = questions.of_invoice(connection, invoice_id)[-1]
        data = office.document(invoice_number=number, positions=[office.position(quantity="2", amount="143.10")])
        came = at_once(partial(answered, desk, question, data), times=3)
        # The answer once more is a repetition of its case.
        alike = (tables.invoices.c.invoice_number == number, tables.invoices.c.duplicate_of.is_(None))
        with desk.database.read() as connection:
            (now,) = questions.of_invoice(connection, invoice_id)
            cases = connection.execute(select(tables.invoices.c.id).where(*alike)).scalars().all()
        assert (now.state, cases) == ("answered", [invoice_id])
        assert sorted(came) == [False, False, True]


def answered(desk: TestOffice, question: questions.Question, data: bytes, way: int) -> bool:
    """Whether this answer counts: by reply, in a fresh mail, by telephone."""
    at, sender = desk.clock.now(), "apotheke@provider.example"
    with desk.database.write() as connection:
        place = {"account": "a", "folder": "INBOX", "uid_validity": question.invoice_id, "uid": way + 1}
        mail_id = mails.see(connection, **place, seen_at=at)[0].id
    if way == 0:
        mail = AnswerMail(mail_id=mail_id, words="", documents=[data], sent_at=at)
        return hear_mail(desk.office, question, mail, sender=sender, actor="gateway").goes_on
    if way == 1:
        covering = Covering(sender=sender, words="", sent_at=at)
        came = {"channel": "mail", "actor": "gateway", "mail_id": mail_id, "covering": covering}
        return receive_document(desk.office, data + b" ", **came).is_answer  # type: ignore[arg-type]
    try:
        answer_by_phone(desk.office, question.id, "10 mg", "otto")
    except Conflict:
        return False
    return True


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
