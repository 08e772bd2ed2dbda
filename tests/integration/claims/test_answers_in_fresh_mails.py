"""Corrected invoices in mails that know nothing of the question, through a real mail server: whose answer they are."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import mails
import office
import pytest
from mail_exchange import CORRECTED, DEAR, PROVIDER, Exchange, dovecot, exchange
from pycamunda.base import RequestMethod

from db import links, questions
from mail_gateway.entrances.gateway import Gateway
from mail_gateway.entrances.importing import Importer
from mail_gateway.entrances.mail_files import MailFile
from pulse.claims.answers import answer_by_phone
from pulse.claims.mail_care import look_again
from pulse.claims.mail_rule import read_rule
from pulse.claims.mail_rules import add
from pulse.claims.receive import receive_document
from pulse.claims.relay import relay_once
from pulse.engine.client.requests import Endpoint

__all__ = ["dovecot", "exchange"]


def test_the_corrected_invoice_in_a_fresh_mail_is_the_answer(exchange: Exchange) -> None:
    row = exchange.fresh(mails.pdf(positions=CORRECTED))
    assert (row.outcome, row.reason, row.question_id) == ("invoice", "", exchange.asked().id)
    assert exchange.house.closed(exchange.invoice_id) == "approved"
    assert (exchange.cases(), exchange.answers) == ([exchange.invoice_id], [])
    asked = exchange.asked()
    assert (asked.state, asked.answer, asked.answered_by) == ("answered", "Anbei die korrigierte Rechnung.", PROVIDER)
    assert (asked.mail_id, asked.document_sha256) == (row.id, asked.document_sha256)
    with exchange.house.desk.database.read() as connection:
        assert questions.mails_of(connection, asked.id) == [row.id]
        noted = "SELECT actor FROM audit_events WHERE action = 'claims:question:answered'"
        assert connection.exec_driver_sql(noted).scalars().all() == ["mail-gateway"]
        brought = connection.exec_driver_sql("SELECT invoice_id, sha256 FROM mail_documents").all()
    assert brought == [(exchange.invoice_id, asked.document_sha256)]


def test_the_same_fresh_mail_looked_at_again_changes_nothing(exchange: Exchange) -> None:
    first = exchange.fresh(mails.pdf(positions=CORRECTED))
    assert exchange.house.closed(exchange.invoice_id) == "approved"
    look_again(exchange.office, first.id, "anna")
    exchange.gateway.poll_once()
    row = exchange.ledger()
    assert (row.id, row.outcome, row.reason, row.again_at) == (first.id, "invoice", "", None)
    assert exchange.cases() == [exchange.invoice_id]
    assert len(exchange.house.decisions(exchange.invoice_id)) == 2


def test_a_gateway_that_dies_with_the_answer_in_hand_gives_it_once(exchange: Exchange) -> None:
    def dying(*args: Any, **values: Any) -> Any:
        receive_document(*args, **values)
        raise SystemExit

    with contextlib.closing(
        Gateway(replace(exchange.office, holder="test"), exchange.post.account, receive=dying)
    ) as dead:
        exchange.gateway, alive = dead, exchange.gateway
        with pytest.raises(SystemExit):
            exchange.fresh(mails.pdf(positions=CORRECTED))
    assert (exchange.ledger().outcome, exchange.asked().state) == ("pending", "answered")
    relay_once(exchange.office)
    assert exchange.house.closed(exchange.invoice_id) == "approved"
    alive.poll_once()
    row = exchange.ledger()
    assert (row.outcome, row.question_id, exchange.cases()) == ("invoice", exchange.asked().id, [exchange.invoice_id])


def test_a_corrected_invoice_that_the_end_of_the_case_overtakes_is_a_case_of_its_own(exchange: Exchange) -> None:
    """The answer is stored, but the process gives up before it hears of it."""
    house, post = exchange.house, exchange.post
    post.put(mails.mail(mails.pdf(positions=CORRECTED), date=format_datetime(exchange.asked().asked_at)))
    exchange.gateway.poll_once()
    assert exchange.asked().state == "answered"
    house.desk.clock.advance(house.desk.office.policy.ask_give_up_after)
    query = {"process_instance_id": house.case(exchange.invoice_id).process_instance_id}
    (timer,) = house.engine.get("/job", activity_id="answer_given_up", **query)
    execute = Endpoint(house.engine.url, f"/job/{timer['id']}/execute", method=RequestMethod.POST)
    house.engine.call(execute)
    assert house.closed(exchange.invoice_id) == "returned"
    relay_once(exchange.office)
    assert (exchange.ledger().outcome, exchange.ledger().reason) == ("person", "question_closed")
    exchange.gateway.poll_once()
    row, (_, second) = exchange.ledger(), exchange.cases()
    assert (row.outcome, exchange.asked().state) == ("invoice", "given_up")
    relay_once(exchange.office)
    assert house.closed(second) == "approved"
    with house.desk.database.read() as connection:
        (link,) = links.of_case(connection, second)
        paid = connection.exec_driver_sql("SELECT DISTINCT invoice_id FROM payments").scalars().all()
    assert (link.kind, link.other_id, paid) == ("corrects", exchange.invoice_id, [second])


def test_the_unchanged_invoice_in_a_fresh_mail_is_no_answer_and_no_case(exchange: Exchange) -> None:
    row = exchange.fresh(mails.pdf(positions=DEAR), text="Dosierung 10 mg, siehe Rechnung.")
    assert (row.outcome, row.reason, row.question_id) == ("person", "question_unchanged", exchange.asked().id)
    assert row.text.startswith("Dosierung 10 mg")
    assert (exchange.asked().state, exchange.cases()) == ("open", [exchange.invoice_id])
    with exchange.house.desk.database.read() as connection:
        assert questions.mails_of(connection, exchange.asked().id) == [row.id]
        letters = connection.exec_driver_sql("SELECT kind FROM letters").scalars().all()
    assert letters == ["question"]


def test_a_corrected_invoice_beside_a_new_one_goes_each_its_way(exchange: Exchange) -> None:
    other = mails.pdf(invoice_number="102", **office.treated_on("2026-05-02"))
    row = exchange.fresh(other, mails.pdf(positions=DEAR), mails.pdf(positions=CORRECTED))
    assert (row.outcome, row.question_id) == ("invoice", exchange.asked().id)
    assert exchange.house.closed(exchange.invoice_id) == "approved"
    first, second = exchange.cases()
    assert (first, exchange.house.case(second).content.invoice_number) == (exchange.invoice_id, "102")


def test_of_two_questions_each_document_answers_its_own(exchange: Exchange) -> None:
    house, second = exchange.house, exchange.ask_about_another()
    put_right = mails.pdf(invoice_number="102", **office.treated_on("2026-05-02"))
    row = exchange.fresh(mails.file_of(mails.pdf(positions=CORRECTED), put_right))
    assert (row.outcome, row.reason) == ("invoice", "")
    assert (house.closed(exchange.invoice_id), house.closed(second)) == ("approved", "approved")
    assert exchange.cases() == [exchange.invoice_id, second]
    with house.desk.database.read() as connection:
        asked = [questions.of_invoice(connection, case)[-1] for case in exchange.cases()]
        assert [questions.mails_of(connection, one.id) for one in asked] == [[row.id], [row.id]]


@pytest.mark.parametrize(
    "headers",
    [{"sender": "somebody@elsewhere.example"}, {"sent_after_s": -60}],
    ids=["from a stranger", "sent before we asked"],
)
def test_what_is_not_the_askeds_answer_is_a_case_for_a_person(exchange: Exchange, headers: dict[str, Any]) -> None:
    row = exchange.fresh(mails.pdf(positions=CORRECTED), **headers)
    assert (row.outcome, row.reason, row.question_id) == ("person", "P502", None)
    assert (exchange.asked().state, len(exchange.cases())) == ("open", 2)


def test_a_sender_whom_the_mail_server_found_forged_answers_nothing(exchange: Exchange) -> None:
    account = replace(exchange.post.account, trusted_authserv=("mx.insurer.example",))
    forged = "mx.insurer.example; dmarc=fail header.from=provider.example"
    with contextlib.closing(Gateway(replace(exchange.office, holder="other"), account)) as strict:
        exchange.gateway.close()
        exchange.gateway = strict
        row = exchange.fresh(mails.pdf(positions=CORRECTED), authentication_results=forged)
    assert (row.authenticity, row.reason, exchange.asked().state) == ("fail", "P502", "open")


def test_a_fresh_mail_after_the_answer_is_a_persons_and_no_second_case(exchange: Exchange) -> None:
    answer_by_phone(exchange.house.desk.office, exchange.asked().id, "Eine neue Rechnung kommt.", "otto")
    row = exchange.fresh(mails.pdf(positions=CORRECTED))
    assert (row.outcome, row.reason, row.question_id) == ("person", "question_answered", exchange.asked().id)
    assert exchange.cases() == [exchange.invoice_id]
    assert exchange.house.task(exchange.invoice_id, "decide")


def test_a_sample_for_the_trial_address_answers_nothing(exchange: Exchange) -> None:
    user = exchange.post.account.user
    row = exchange.fresh(mails.pdf(positions=CORRECTED), x_original_to=f"{user}+test@insurer.example")
    assert (row.reason, row.question_id, exchange.asked().state) == ("trial", None, "open")


def test_a_rule_that_ignores_a_fresh_mail_is_obeyed(exchange: Exchange) -> None:
    rule = {"name": "none of these", "action": "ignore", "subject": "Rechnung*"}
    add(exchange.office, read_rule(rule, exchange.office.policy), by="carla")
    assert exchange.fresh(mails.pdf(positions=CORRECTED)).reason == "rule"
    assert exchange.asked().state == "open"
    assert exchange.reply(mails.pdf(positions=CORRECTED)).question_id == exchange.asked().id
    assert exchange.house.closed(exchange.invoice_id) == "approved"


def test_a_corrected_invoice_under_a_new_number_that_names_the_old_one_is_the_answer(exchange: Exchange) -> None:
    exchange.fresh(mails.pdf(invoice_number="101-A", refers_to="101", positions=CORRECTED))
    assert exchange.house.closed(exchange.invoice_id) == "approved"
    assert exchange.cases() == [exchange.invoice_id]
    assert exchange.house.case(exchange.invoice_id).content.invoice_number == "101-A"


def test_an_imported_mail_answers_as_one_of_the_mailbox_does(exchange: Exchange) -> None:
    sent = format_datetime(exchange.asked().asked_at + timedelta(minutes=1))
    content = mails.mail(mails.pdf(positions=CORRECTED), date=sent)
    importer = Importer(exchange.office)
    row = importer.take(MailFile(name="a.eml", content=content, size=len(content))).row
    assert (row.outcome, row.question_id) == ("invoice", exchange.asked().id)
    relay_once(exchange.house.desk.office)
    assert exchange.house.closed(exchange.invoice_id) == "approved"


def test_a_password_that_comes_later_opens_the_answer(exchange: Exchange) -> None:
    locked = ("rechnung.zip", mails.zip_with_password("Praxis-2026!", ("rechnung.pdf", mails.pdf(positions=CORRECTED))))
    first = exchange.fresh(locked, text="Korrigierte Rechnung, das Passwort folgt.")
    assert (first.outcome, first.reason, exchange.asked().state) == ("returned", "zip_locked", "open")
    ask_back = exchange.answers[-1].message_id
    thread = {"in_reply_to": ask_back, "references": ask_back}
    row = exchange.fresh(text="Passwort: Praxis-2026!", subject="AW: Rechnung 101", **thread)
    assert (row.outcome, row.question_id) == ("invoice", exchange.asked().id)
    assert exchange.house.closed(exchange.invoice_id) == "approved"
    assert exchange.asked().answer == "Korrigierte Rechnung, das Passwort folgt."
    assert exchange.cases() == [exchange.invoice_id]
