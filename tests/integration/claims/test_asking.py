"""Asking the provider, whole cases on the embedded engine: the answer, the reminder, and none at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import office
import pytest
from pycamunda.base import RequestMethod
from sqlalchemy import select

from db import outbox, questions
from db.questions import Question
from db.tables.base import metadata
from pulse.base.errors import Conflict, InvalidInput
from pulse.claims.adopt import adopt, question_for
from pulse.claims.answers import AnswerMail, Heard, answer_by_phone, hear_mail, withdraw
from pulse.claims.ask import token_hashes_in
from pulse.claims.deploy import DEPLOYMENT_NAME, deploy, models
from pulse.claims.ports import DeliveryUnknown
from pulse.claims.relay import relay_once
from pulse.claims.resume import resume
from pulse.engine.client.requests import Endpoint
from pulse.engine.errors import EngineSilent

PROVIDER = "apotheke@provider.example"
DEAR = [office.position(1), office.position(2, unit_price="80.00", amount="80.00")]
CORRECTED = [office.position(1)]
House = Any


def asked(house: House, comment: str = "Welche Dosierung?\nWarum dieser Preis?", **changes: Any) -> int:
    """A case whose question has left."""
    invoice_id = int(house.bring(positions=DEAR, **changes))
    house.do(invoice_id, "decide", decision="ask", reason_code="P821", comment=comment)
    house.until(lambda: waits(house, invoice_id), invoice_id)
    return invoice_id


def waits(house: House, invoice_id: int) -> bool:
    query = {"process_instance_id": house.case(invoice_id).process_instance_id}
    return bool(house.engine.get("/execution", message_event_subscription_name="ProviderAnswered", **query))


def question(house: House, invoice_id: int) -> Question:
    """The case's newest question."""
    with house.desk.database.read() as connection:
        found: Question = questions.of_invoice(connection, invoice_id)[-1]
    return found


def answer(house: House, invoice_id: int, *documents: bytes, words: str = "10 mg täglich", mail: int = 0) -> Heard:
    with house.desk.database.write() as connection:
        row = {"account": "a", "folder": "INBOX", "uid_validity": 1, "uid": mail or invoice_id}
        connection.exec_driver_sql(
            "INSERT OR IGNORE INTO mails (account, folder, uid_validity, uid, seen_at, outcome)"
            " VALUES (?, ?, ?, ?, ?, 'invoice')",
            (*row.values(), house.desk.clock.now().isoformat()),
        )
        (mail_id,) = connection.exec_driver_sql("SELECT id FROM mails WHERE uid = ?", (row["uid"],)).one()
    came = AnswerMail(mail_id=mail_id, words=words, documents=documents, sent_at=house.desk.clock.now())
    return hear_mail(house.desk.office, question(house, invoice_id), came, sender=PROVIDER, actor="gateway")


def relay(house: House) -> None:
    relay_once(house.desk.office)


def test_the_mail_asks_each_line_of_the_comment_and_carries_a_token_that_the_database_does_not_know(
    house: House,
) -> None:
    invoice_id = asked(house)
    (mail,) = house.desk.mail_out.mails
    assert mail.to == PROVIDER
    open_question = question(house, invoice_id)
    assert (open_question.state, open_question.questions) == ("open", ("Welche Dosierung?", "Warum dieser Preis?"))
    assert token_hashes_in(mail.subject) == token_hashes_in(mail.text) == (open_question.token_hash,)
    token = re.search(r"P-([0-9a-f]{32})", mail.subject)
    assert token
    assert house.case(invoice_id).state == "in_progress"
    with house.desk.database.read() as connection:
        rows = [row for table in metadata.sorted_tables for row in connection.execute(select(table))]
    assert rows
    assert token[1] not in str(rows)


def test_a_corrected_invoice_takes_the_old_ones_place_and_goes_straight_through(house: House) -> None:
    invoice_id = asked(house)
    heard = answer(house, invoice_id, office.document(positions=CORRECTED), words="")
    assert heard.goes_on
    assert [kept.invoice_id for kept in heard.documents] == [invoice_id]
    relay(house)
    assert house.closed(invoice_id) == "approved"
    assert [one.decision for one in house.decisions(invoice_id)] == ["ask", "approve"]
    assert [one.round for one in house.decisions(invoice_id)] == [1, 2]
    with house.desk.database.read() as connection:
        revisions = connection.exec_driver_sql("SELECT made_by FROM readings ORDER BY revision").scalars().all()
        assert connection.exec_driver_sql("SELECT count(*) FROM invoices").scalar() == 1
    assert revisions[-1] == "gateway"
    assert house.letters(invoice_id) == {
        ("provider", "question"): "sent",
        ("client", "approved"): "sent",
        ("provider", "approved"): "sent",
    }


def test_an_answer_in_words_passes_a_person_who_is_told_of_it(house: House) -> None:
    invoice_id = asked(house)
    answer(house, invoice_id)
    relay(house)
    task = house.task(invoice_id, "decide")
    assert "The provider has answered" in house.engine.task_variables(task.id)["facts"]
    assert question(house, invoice_id).answer == "10 mg täglich"
    house.do(invoice_id, "decide", decision="partial", reason_code="P812")
    assert house.closed(invoice_id) == "partly_approved"


def test_the_machine_does_not_approve_what_was_answered_in_words(house: House) -> None:
    invoice_id = int(house.bring(positions=[office.position(1, code=office.ABUSED, quantity="3", amount="36.90")]))
    house.do(invoice_id, "review_high_risk", decision="ask", reason_code="P821", comment="Wozu?")
    house.until(lambda: waits(house, invoice_id), invoice_id)
    answer(house, invoice_id)
    relay(house)
    assert house.task(invoice_id, "review_high_risk")
    assert house.case(invoice_id).due_at == house.desk.clock.now() + timedelta(hours=24)


def test_another_invoice_becomes_a_case_of_its_own_and_the_same_paper_again_is_no_repetition(house: House) -> None:
    invoice_id = asked(house)
    same, other = (
        office.document(positions=DEAR),
        office.document(invoice_number="102", **office.treated_on("2026-05-02")),
    )
    heard = answer(house, invoice_id, same, other)
    first, second = heard.documents
    assert first.invoice_id == invoice_id
    assert second.invoice_id not in (None, invoice_id)
    with house.desk.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM invoices").scalar() == 2
        letters = connection.exec_driver_sql("SELECT kind FROM letters").scalars().all()
    assert "already_received" not in letters
    assert question(house, invoice_id).document_sha256 is None


def test_of_two_answers_the_first_counts_and_the_same_mail_again_changes_nothing(house: House) -> None:
    invoice_id = asked(house)
    assert answer(house, invoice_id, words="first", mail=1).goes_on
    assert answer(house, invoice_id, words="first", mail=1).goes_on
    second = answer(house, invoice_id, office.document(positions=CORRECTED), words="second", mail=2)
    assert (second.goes_on, second.late) == (False, "answered")
    assert question(house, invoice_id).answer == "first"
    relay(house)
    assert house.task(invoice_id, "decide")
    with house.desk.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM invoices").scalar() == 1


def test_an_answer_that_comes_before_the_question_is_settled_is_not_lost(house: House) -> None:
    house.desk.mail_out.problems.append(DeliveryUnknown(stage="end of data"))
    invoice_id = house.bring(positions=DEAR)
    house.do(invoice_id, "decide", decision="ask", reason_code="P821", comment="Welche Dosierung?")
    house.task(invoice_id, "settle_delivery_provider")
    assert answer(house, invoice_id, office.document(positions=CORRECTED)).goes_on
    relay(house)
    assert house.case(invoice_id).state == "in_progress"
    house.do(invoice_id, "settle_delivery_provider", user="otto", delivery="sent")
    house.until(lambda: waits(house, invoice_id), invoice_id)
    house.desk.clock.advance(timedelta(minutes=10))
    relay(house)
    assert house.closed(invoice_id) == "approved"


def test_a_lost_reply_of_the_engine_leads_the_case_on_once(house: House) -> None:
    invoice_id = asked(house)
    answer(house, invoice_id, office.document(positions=CORRECTED))
    engine = house.desk.office.engine
    told: list[str] = []

    class Silent:
        def __getattr__(self, name: str) -> Any:
            return getattr(engine, name)

        def correlate(self, message: str, **values: Any) -> Any:
            engine.correlate(message, **values)
            told.append(message)
            raise EngineSilent

    with house.desk.database.read() as connection:
        (errand,) = [one for one in outbox.due(connection, at=house.desk.clock.now()) if one.kind == "correlate"]
    with pytest.raises(EngineSilent):
        resume(house.desk.office, Silent(), errand)  # type: ignore[arg-type]
    assert house.closed(invoice_id) == "approved"
    relay(house)
    assert told == ["ProviderAnswered"]
    assert len(house.decisions(invoice_id)) == 2


def test_a_case_may_be_asked_about_again(house: House) -> None:
    invoice_id = asked(house)
    answer(house, invoice_id)
    relay(house)
    house.do(invoice_id, "decide", decision="ask", reason_code="P821", comment="Und wie lange?")
    house.until(lambda: waits(house, invoice_id) and question(house, invoice_id).number == 2, invoice_id)
    assert [mail.to for mail in house.desk.mail_out.mails] == [PROVIDER, PROVIDER]
    answer(house, invoice_id, office.document(positions=CORRECTED), mail=77)
    relay(house)
    assert house.closed(invoice_id) == "approved"


def test_an_answer_by_telephone_is_written_down_by_whoever_took_it(house: House) -> None:
    invoice_id = asked(house)
    with pytest.raises(InvalidInput):
        answer_by_phone(house.desk.office, question(house, invoice_id).id, "  ", "otto")
    answer_by_phone(house.desk.office, question(house, invoice_id).id, "10 mg", "otto")
    with pytest.raises(Conflict):
        answer_by_phone(house.desk.office, question(house, invoice_id).id, "20 mg", "otto")
    relay(house)
    assert house.task(invoice_id, "decide")
    assert (question(house, invoice_id).answer, question(house, invoice_id).answered_by) == ("10 mg", "otto")


def test_a_question_that_is_withdrawn_leads_back_to_the_task(house: House) -> None:
    invoice_id = asked(house)
    withdraw(house.desk.office, question(house, invoice_id).id, "anna")
    relay(house)
    house.do(invoice_id, "decide", decision="partial", reason_code="P812")
    assert house.closed(invoice_id) == "partly_approved"


def test_a_question_answered_before_it_is_approved_does_not_leave(open_house: Callable[..., Any]) -> None:
    with open_house(letter_approval="all") as house:
        invoice_id = house.bring(positions=DEAR)
        house.do(invoice_id, "decide", decision="ask", reason_code="P821", comment="Welche Dosierung?")
        house.task(invoice_id, "approve_letter_provider")
        answer_by_phone(house.desk.office, question(house, invoice_id).id, "10 mg", "otto")
        house.do(invoice_id, "approve_letter_provider", user="carla", letter_approval="approve")
        house.until(lambda: waits(house, invoice_id), invoice_id)
        relay(house)
        assert house.task(invoice_id, "decide")
        assert house.letters(invoice_id)[("provider", "question")] == "withdrawn"
        assert house.desk.mail_out.mails == []


def test_a_contradicting_case_is_taken_as_the_answer_by_a_person_and_ends_without_a_letter(house: House) -> None:
    invoice_id = asked(house)
    other = int(house.bring(positions=CORRECTED))
    house.task(other, "correct_reading")
    found = question_for(house.desk.office, other)
    assert found is not None
    assert found.id == question(house, invoice_id).id
    assert adopt(house.desk.office, other, found.id, "anna") == invoice_id
    assert adopt(house.desk.office, other, found.id, "anna") == invoice_id
    relay(house)
    assert house.closed(invoice_id) == "approved"
    (instance,) = house.engine.history_process_instances(f"invoice-{other}")
    assert (instance.state, house.letters(other)) == ("EXTERNALLY_TERMINATED", {})
    case = house.case(other)
    assert (case.state, case.closed_as, case.duplicate_of) == ("completed", "already_received", invoice_id)
    with house.desk.database.read() as connection:
        paid = connection.exec_driver_sql("SELECT DISTINCT invoice_id FROM payments").scalars().all()
    assert paid == [invoice_id]
    assert (question(house, invoice_id).answered_by, question(house, invoice_id).state) == ("anna", "answered")


def test_a_contradicting_case_is_no_answer_once_another_one_counts(house: House) -> None:
    invoice_id = asked(house)
    other = int(house.bring(positions=CORRECTED))
    house.task(other, "correct_reading")
    answer_by_phone(house.desk.office, question(house, invoice_id).id, "10 mg", "otto")
    assert question_for(house.desk.office, other) is None
    with pytest.raises(Conflict):
        adopt(house.desk.office, other, question(house, invoice_id).id, "anna")
    assert (house.case(other).state, question(house, invoice_id).answer) == ("in_progress", "10 mg")
    assert house.task(other, "correct_reading")


def test_a_case_of_a_model_that_cannot_wait_is_not_asked_about(house: House) -> None:
    """It began before the upgrade: the decision comes back to its task, and is no incident."""
    name, ask = "medication_invoice.bpmn", {"decision": "ask", "reason_code": "P821", "comment": "Welche Dosierung?"}
    old = models() | {name: models()[name].replace(b'"ProviderAnswered"', b'"SomethingElse"')}
    try:
        house.engine.deploy(DEPLOYMENT_NAME, old, source=DEPLOYMENT_NAME, together=True)
        invoice_id = int(house.bring(positions=DEAR))
        first = house.task(invoice_id, "decide")
    finally:
        deploy(house.engine)
    with pytest.raises(InvalidInput, match="older version of the process"):
        house.do(invoice_id, "decide", **ask)
    house.engine.claim(first.id, "anna")
    house.engine.complete_task(first.id, ask)
    house.until(lambda: house.task(invoice_id, "decide").id != first.id, invoice_id)
    again = house.engine.task_variables(house.task(invoice_id, "decide").id)
    assert "older version of the process" in again["refusal"]
    house.do(invoice_id, "decide", decision="partial", reason_code="P812")
    assert house.closed(invoice_id) == "partly_approved"


@pytest.fixture
def impatient(open_house: Callable[..., Any]) -> Any:
    with open_house(ask_remind_after=timedelta(0)) as house:
        yield house


def time_is_up(house: House, invoice_id: int) -> None:
    """As if the day had come on which nobody waits for an answer any more."""
    house.desk.clock.advance(house.desk.office.policy.ask_give_up_after)
    query = {"process_instance_id": house.case(invoice_id).process_instance_id, "activity_id": "answer_given_up"}
    (job,) = house.engine.get("/job", **query)
    house.engine.call(Endpoint(house.engine.url, f"/job/{job['id']}/execute", method=RequestMethod.POST))


def test_a_provider_who_is_silent_is_reminded_once_and_gets_the_invoice_back(impatient: House) -> None:
    invoice_id = asked(impatient)
    impatient.until(lambda: reminded(impatient, invoice_id), invoice_id)
    relay(impatient)
    assert impatient.letters(invoice_id)[("provider", "question_reminder")] == "sent"
    time_is_up(impatient, invoice_id)
    assert impatient.closed(invoice_id) == "returned"
    impatient.ended(invoice_id)
    assert question(impatient, invoice_id).state == "given_up"
    subjects = [mail.subject for mail in impatient.desk.mail_out.mails]
    assert [bool(token_hashes_in(subject)) for subject in subjects] == [True, True, False]
    words = answer(impatient, invoice_id)
    assert (words.goes_on, words.late) == (False, "given_up")
    late = answer(impatient, invoice_id, office.document(positions=CORRECTED), mail=9)
    assert late.documents[0].invoice_id not in (None, invoice_id)


def reminded(house: House, invoice_id: int) -> bool:
    with house.desk.database.read() as connection:
        return outbox.get(connection, f"letter:{invoice_id}:provider:question_reminder:1") is not None


def test_a_reminder_that_is_overtaken_by_the_answer_is_not_written(open_house: Callable[..., Any]) -> None:
    with open_house(ask_remind_after=timedelta(0)) as house:
        invoice_id = asked(house)
        house.until(lambda: reminded(house, invoice_id), invoice_id)
        answer(house, invoice_id)
        relay(house)
        assert house.task(invoice_id, "decide")
        assert ("provider", "question_reminder") not in house.letters(invoice_id)


def test_an_answer_that_finds_the_case_over_goes_to_a_person(impatient: House) -> None:
    """The time was up while the answer was on its way: the ledger says so."""
    invoice_id = asked(impatient)
    heard = answer(impatient, invoice_id)
    assert heard.goes_on
    time_is_up(impatient, invoice_id)
    assert impatient.closed(invoice_id) == "returned"
    relay(impatient)
    with impatient.desk.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT outcome, reason FROM mails").all()
    assert rows == [("person", "question_closed")]
