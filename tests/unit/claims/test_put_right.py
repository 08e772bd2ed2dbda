"""Which invoice is the one that was asked for, when it comes in a mail that does not say so."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import office
import pytest
from claim_steps import case_of, decided, received, settled
from office import TestOffice

from db import invoices, links, mails, outbox, questions
from pulse.base.errors import Conflict
from pulse.claims.answers import AnswerMail, answer_by_phone, hear_mail, withdraw
from pulse.claims.ask import give_up
from pulse.claims.correct import correct
from pulse.claims.put_right import Covering
from pulse.claims.receive import Received, receive_document
from pulse.invoices.record import Reading

PROVIDER = "apotheke@provider.example"
DEAR = [office.position(1), office.position(2, unit_price="80.00", amount="80.00")]
CORRECTED = {"positions": [office.position(1)]}


def asked(desk: TestOffice, **changes: Any) -> int:
    """A case whose provider is asked."""
    invoice_id = settled(desk, **({"positions": DEAR} | changes))
    decided(desk, invoice_id, "ask", "P821", comment="Warum dieser Preis?")
    return invoice_id


def question(desk: TestOffice, invoice_id: int) -> questions.Question:
    with desk.database.read() as connection:
        return questions.of_invoice(connection, invoice_id)[-1]


def a_mail(desk: TestOffice, uid: int) -> int:
    with desk.database.write() as connection:
        place = {"account": "a", "folder": "INBOX", "uid_validity": 1, "uid": uid}
        return mails.see(connection, **place, seen_at=office.NOW)[0].id


def fresh(
    desk: TestOffice, data: bytes, *, mail: int = 1, sender: str = PROVIDER, sent_at: datetime | None = None
) -> Received:
    """What becomes of a document in a mail that quotes nothing."""
    covering = Covering(sender=sender, words="anbei", sent_at=sent_at or desk.clock.now())
    mail_id = a_mail(desk, mail)
    return receive_document(
        desk.office, data, channel="mail", actor="gateway", mail_id=mail_id, biller_mail=sender, covering=covering
    )


def test_the_corrected_invoice_takes_the_old_ones_place(desk: TestOffice) -> None:
    invoice_id = asked(desk)
    got = fresh(desk, office.document(**CORRECTED))
    assert (got.invoice_id, got.is_answer, got.is_set_aside) == (invoice_id, True, False)
    assert case_of(desk, invoice_id).content.total_amount == office.invoice(**CORRECTED).total_amount
    answered = question(desk, invoice_id)
    assert (answered.state, answered.answer, answered.answered_by) == ("answered", "anbei", PROVIDER)
    with desk.database.read() as connection:
        assert [one.kind for one in outbox.due(connection, at=desk.clock.now())] == ["start_process", "correlate"]


@pytest.mark.parametrize(
    "changes",
    [
        {"positions": [DEAR[0], DEAR[1] | {"indication_code": "00123.01"}]},
        {"prescriber": {"name": "Dr. med. Rot"}},
        {"payment": {"iban": "CH5604835012345678009", "reference_type": "NON"}},
        {"subtype": "copy", "positions": CORRECTED["positions"]},
        {"invoice_number": "101-A", "refers_to": "101", "positions": CORRECTED["positions"]},
    ],
    ids=["indication", "prescriber", "account", "copy", "number"],
)
def test_whatever_value_is_new_in_it_it_is_the_answer(desk: TestOffice, changes: dict[str, Any]) -> None:
    invoice_id = asked(desk)
    got = fresh(desk, office.document(**({"positions": DEAR} | changes)))
    assert (got.invoice_id, got.is_answer) == (invoice_id, True)


def test_the_same_invoice_in_other_bytes_says_nothing_new(desk: TestOffice) -> None:
    invoice_id = asked(desk)
    for number, data in enumerate((office.document(positions=DEAR), office.document(positions=DEAR) + b" "), start=1):
        got = fresh(desk, data, mail=number)
        assert (got.invoice_id, got.is_set_aside, got.reason) == (invoice_id, True, "question_unchanged")
    assert question(desk, invoice_id).state == "open"


def test_the_same_bytes_say_nothing_new_even_where_they_are_read_better_by_now(desk: TestOffice) -> None:
    class Better(office.StubReader):
        def read(self, data: bytes, *, is_part: bool = False) -> Reading:
            return super().read(data.replace(b"Abilify", b"Abilify 10 mg"), is_part=is_part)

    data = office.document(positions=[DEAR[0] | {"name": "Abilify"}, DEAR[1]])
    asked(desk, positions=[DEAR[0] | {"name": "Abilify"}, DEAR[1]])
    desk.office = replace(desk.office, reader=Better())
    assert fresh(desk, data).reason == "question_unchanged"
    assert fresh(desk, data + b" ", mail=2).is_answer


def test_what_a_person_had_put_right_in_it_makes_the_old_paper_no_new_one(desk: TestOffice) -> None:
    invoice_id = received(desk, positions=DEAR)
    correct(desk.office, invoice_id, {"prescriber.name": "Dr. med. Rot"}, "anna")
    with desk.database.write() as connection:
        now = desk.clock.now()
        row = {"id": "q", "invoice_id": invoice_id, "number": 1, "token_hash": "0" * 64, "questions": ["?"]}
        times = {"asked_at": now, "remind_at": now, "give_up_at": now}
        questions.add(connection, **row, **times, asked_by="carla")
    assert fresh(desk, office.document(positions=DEAR) + b" ").reason == "question_unchanged"


def test_an_invoice_that_was_answered_with_before_is_no_answer_to_the_next_question(desk: TestOffice) -> None:
    invoice_id = asked(desk)
    fresh(desk, office.document(**CORRECTED), mail=1)
    with desk.database.write() as connection:
        questions.set_question(connection, question(desk, invoice_id).id, closed_at=desk.clock.now())
    decided(desk, invoice_id, "ask", "P821", comment="Und die Dosierung?")
    assert fresh(desk, office.document(**CORRECTED) + b" ", mail=2).reason == "question_unchanged"
    assert fresh(desk, office.document(positions=DEAR) + b" ", mail=3).reason == "question_unchanged"
    again = fresh(desk, office.document(**CORRECTED), mail=1)
    assert (again.is_answer, again.question_id, question(desk, invoice_id).state) == (
        True, question_of(desk, invoice_id, 1), "open"
    )  # fmt: skip


def question_of(desk: TestOffice, invoice_id: int, number: int) -> str:
    with desk.database.read() as connection:
        found = questions.of_round(connection, invoice_id, number)
    assert found
    return found.id


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({"request_type": "reminder", "reminder_level": 1, "positions": DEAR}, "already_received"),
        ({"subtype": "storno", "invoice_number": "S-1", "refers_to": "101"}, "started"),
        ({"invoice_number": "102"}, "started"),
        ({"biller": {"gln": "7601000000002", "name": "Andere"}}, "started"),
    ],
    ids=["reminder", "storno", "another number", "another biller"],
)
def test_what_is_not_the_invoice_put_right_goes_its_usual_way(
    desk: TestOffice, changes: dict[str, Any], result: str
) -> None:
    invoice_id = asked(desk)
    got = fresh(desk, office.document(**(CORRECTED | changes)))
    assert (got.result, got.question_id) == (result, None)
    assert got.invoice_id != invoice_id
    assert question(desk, invoice_id).state == "open"


@pytest.mark.parametrize(
    ("sender", "seconds_after"),
    [("somebody@elsewhere.example", 60), (PROVIDER, -1)],
    ids=["from a stranger", "sent before we asked"],
)
def test_what_cannot_be_the_askeds_answer_is_a_conflict_for_a_person(
    desk: TestOffice, sender: str, seconds_after: int
) -> None:
    invoice_id = asked(desk)
    sent_at = desk.clock.now() + timedelta(seconds=seconds_after)
    got = fresh(desk, office.document(**CORRECTED), sender=sender, sent_at=sent_at)
    assert (got.result, got.reason, got.question_id) == ("person", "P502", None)
    assert question(desk, invoice_id).state == "open"


def test_an_invoice_that_another_case_pays_already_is_a_repetition_of_that_one(desk: TestOffice) -> None:
    """A person had let the same number pass as an invoice of its own: the question must not bring it in once more."""
    invoice_id = asked(desk)
    other = received(desk, **CORRECTED)
    correct(desk.office, other, {}, "anna", confirmed=True)
    got = fresh(desk, office.document(**CORRECTED) + b" ")
    assert (got.result, got.question_id, question(desk, invoice_id).state) == ("already_received", None, "open")


def test_of_two_cases_with_one_number_that_are_both_asked_about_a_person_chooses(desk: TestOffice) -> None:
    asked(desk)
    second = received(desk, positions=[office.position(1, quantity="2", amount="143.10")])
    with desk.database.write() as connection:
        now = desk.clock.now()
        row = {"id": "q", "invoice_id": second, "number": 1, "token_hash": "0" * 64, "questions": ["?"]}
        questions.add(connection, **row, asked_by="carla", asked_at=now, remind_at=now, give_up_at=now)
    got = fresh(desk, office.document(**CORRECTED))
    assert (got.result, got.reason, got.question_id) == ("person", "P502", None)


def test_an_invoice_whose_storno_waits_is_not_put_right_without_a_person(desk: TestOffice) -> None:
    invoice_id = asked(desk)
    received(desk, subtype="storno", invoice_number="S-1", refers_to="101")
    got = fresh(desk, office.document(**CORRECTED))
    assert (got.question_id, question(desk, invoice_id).state) == (None, "open")


@pytest.mark.parametrize("close", ["phone", "withdraw"])
def test_what_comes_after_another_answer_is_read_by_a_person_and_is_no_case(desk: TestOffice, close: str) -> None:
    invoice_id = asked(desk)
    if close == "phone":
        answer_by_phone(desk.office, question(desk, invoice_id).id, "10 mg", "otto")
    else:
        withdraw(desk.office, question(desk, invoice_id).id, "carla")
    got = fresh(desk, office.document(**CORRECTED))
    reason = "question_answered" if close == "phone" else "question_closed"
    assert (got.invoice_id, got.is_set_aside, got.reason) == (invoice_id, True, reason)


def test_the_answer_once_more_is_a_repetition_of_its_case(desk: TestOffice) -> None:
    invoice_id = asked(desk)
    fresh(desk, office.document(**CORRECTED), mail=1)
    got = fresh(desk, office.document(**CORRECTED), mail=2)
    assert (got.result, got.question_id) == ("already_received", None)
    assert got.invoice_id is not None
    assert case_of(desk, got.invoice_id).duplicate_of == invoice_id


def test_while_the_invoice_goes_back_nobody_waits_for_it_any_more(desk: TestOffice) -> None:
    invoice_id = asked(desk)
    with desk.database.write() as connection:
        give_up(connection, invoice_id, office=desk.office)
    got = fresh(desk, office.document(**CORRECTED))
    assert (got.result, got.reason, got.question_id) == ("person", "P502", None)


def test_once_the_case_is_over_it_is_a_conflict_as_ever(desk: TestOffice) -> None:
    invoice_id = asked(desk)
    answer_by_phone(desk.office, question(desk, invoice_id).id, "10 mg", "otto")
    with desk.database.write() as connection:
        invoices.set_case(connection, invoice_id, state="completed", closed_as="partly_approved")
    got = fresh(desk, office.document(**CORRECTED))
    assert (got.result, got.reason, got.question_id) == ("person", "P502", None)


@pytest.mark.parametrize("order", list(permutations(["reply", "fresh", "phone", "timer"])), ids="-".join)
def test_whatever_the_order_one_case_is_left_with_the_invoice(desk: TestOffice, order: tuple[str, ...]) -> None:
    invoice_id = asked(desk)
    first = question(desk, invoice_id)
    for come in order:
        data = office.document(**CORRECTED) + (b" " if come == "reply" else b"")
        if come == "reply":
            answer = AnswerMail(mail_id=a_mail(desk, 7), words="", documents=[data], sent_at=desk.clock.now())
            now = question(desk, invoice_id)
            hear_mail(desk.office, now, answer, sender=PROVIDER, actor="gateway")
        elif come == "fresh":
            fresh(desk, data, mail=8)
        elif come == "phone":
            with suppress(Conflict):
                answer_by_phone(desk.office, first.id, "10 mg", "otto")
        elif question(desk, invoice_id).state == "open":
            with desk.database.write() as connection:
                give_up(connection, invoice_id, office=desk.office)
                invoices.set_case(connection, invoice_id, state="completed", closed_as="returned")
    with desk.database.read() as connection:
        cases = connection.exec_driver_sql("SELECT id FROM invoices WHERE duplicate_of IS NULL").scalars().all()
        errands = [one.key for one in outbox.due(connection, at=desk.clock.now()) if one.kind == "correlate"]
        related = [one.kind for one in links.of_case(connection, invoice_id)]
    standing = [case for case in cases if case_of(desk, case).closed_as is None]
    given_up = order[0] == "timer"
    assert len(standing) == 1
    assert (standing == [invoice_id], len(errands)) == (not given_up, 0 if given_up else 1)
    assert question(desk, invoice_id).state == ("given_up" if given_up else "answered")
    assert ("corrects" in related) is given_up
