"""Answers in reply to a question: it leaves by SMTP, they come back by IMAP, and one counts, whatever comes first."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from email.utils import format_datetime
from itertools import permutations

import mails
import office
import pytest
from mail_exchange import CORRECTED, PROVIDER, Exchange, dovecot, exchange, waits

from pulse.base.errors import Conflict
from pulse.claims.answers import answer_by_phone
from pulse.claims.relay import relay_once

__all__ = ["dovecot", "exchange"]


def test_a_corrected_invoice_in_reply_ends_approved_in_the_same_case(exchange: Exchange) -> None:
    row = exchange.reply(mails.pdf(positions=CORRECTED))
    assert (row.outcome, row.reason, row.question_id) == ("invoice", "", exchange.asked().id)
    assert exchange.house.closed(exchange.invoice_id) == "approved"
    assert exchange.answers == []
    with exchange.house.desk.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM invoices").scalar() == 1
        assert connection.exec_driver_sql("SELECT DISTINCT invoice_id FROM mail_documents").scalars().all() == [
            exchange.invoice_id
        ]


def test_several_invoices_in_one_file_go_each_to_its_case(exchange: Exchange) -> None:
    other = mails.pdf(invoice_number="102", **office.treated_on("2026-05-02"))
    row = exchange.reply(mails.file_of(mails.pdf(positions=CORRECTED), other))
    assert row.outcome == "invoice"
    assert exchange.house.closed(exchange.invoice_id) == "approved"
    with exchange.house.desk.database.read() as connection:
        numbers = connection.exec_driver_sql("SELECT invoice_number FROM invoices ORDER BY id").scalars().all()
    assert numbers == ["101", "102"]
    assert exchange.answers == []


def test_words_in_reply_stand_with_the_case_without_what_they_quote(exchange: Exchange) -> None:
    assert exchange.reply().outcome == "invoice"
    assert exchange.house.task(exchange.invoice_id, "decide")
    assert (exchange.asked().answer, exchange.asked().answered_by) == ("10 mg täglich.", PROVIDER)
    assert exchange.answers == []


@pytest.mark.parametrize("where", ["subject", "text"])
def test_the_token_alone_tells_the_question(exchange: Exchange, where: str) -> None:
    mark = exchange.question["Subject"].rpartition(" ")[2]
    text = f"Wie besprochen {mark}" if where == "text" else "Wie besprochen"
    subject = exchange.question["Subject"] if where == "subject" else "Rezept"
    row = exchange.reply(
        mails.unreadable("P108"), text=text, subject=subject, in_reply_to="<1@provider.example>", references=""
    )
    assert row.question_id == exchange.asked().id
    assert exchange.asked().state == "answered"


def test_another_address_of_the_providers_own_domain_may_answer(exchange: Exchange) -> None:
    assert exchange.reply(sender="praxis@provider.example").outcome == "invoice"


def test_the_right_token_from_elsewhere_is_a_persons(exchange: Exchange) -> None:
    row = exchange.reply(mails.pdf(positions=CORRECTED), sender="somebody@elsewhere.example")
    assert (row.outcome, row.reason, row.question_id) == ("person", "question_stranger", exchange.asked().id)
    assert (exchange.asked().state, waits(exchange.house, exchange.invoice_id)) == ("open", True)


def test_a_machines_reply_is_no_answer(exchange: Exchange) -> None:
    row = exchange.reply(text="Ich bin abwesend.", auto_submitted="auto-replied")
    assert (row.outcome, row.question_id, exchange.asked().state) == ("ignored", None, "open")


def test_the_second_answer_is_a_persons_and_the_same_mail_again_is_none(exchange: Exchange) -> None:
    exchange.reply(text="10 mg", message_id="<a@provider.example>")
    exchange.reply(text="10 mg", message_id="<a@provider.example>")
    row = exchange.reply(mails.pdf(positions=CORRECTED), text="20 mg")
    assert (row.outcome, row.reason) == ("person", "question_answered")
    assert exchange.asked().answer == "10 mg"
    with exchange.house.desk.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM invoices").scalar() == 1


def test_a_mail_of_another_thread_is_none_of_ours(exchange: Exchange) -> None:
    row = exchange.reply(in_reply_to="<letter.1.provider.question.1@elsewhere.example>", references="", subject="AW: x")
    assert (row.outcome, row.question_id, exchange.asked().state) == ("returned", None, "open")


def test_a_reply_to_one_question_brings_the_answer_to_another_one_too(exchange: Exchange) -> None:
    house, second = exchange.house, exchange.ask_about_another()
    sent = format_datetime(exchange.asked().asked_at + timedelta(minutes=1))
    exchange.reply(
        mails.pdf(positions=CORRECTED), mails.pdf(invoice_number="102", **office.treated_on("2026-05-02")), date=sent
    )
    assert (house.closed(exchange.invoice_id), house.closed(second)) == ("approved", "approved")
    assert exchange.cases() == [exchange.invoice_id, second]


@pytest.mark.parametrize("order", list(permutations(["reply", "fresh", "phone"])), ids="-".join)
def test_whatever_comes_first_there_is_one_case_and_one_payment(exchange: Exchange, order: tuple[str, ...]) -> None:
    house, reply_with, asked = exchange.house, mails.pdf(positions=CORRECTED), exchange.asked()
    for come in order:
        if come == "reply":
            exchange.reply(reply_with)
        elif come == "fresh":
            exchange.fresh(reply_with + b" ")
        else:
            with contextlib.suppress(Conflict):
                answer_by_phone(house.desk.office, asked.id, "10 mg", "otto")
            relay_once(house.desk.office)
    if order[0] == "phone":
        house.do(exchange.invoice_id, "decide", decision="partial", reason_code="P812")
    assert house.closed(exchange.invoice_id) == ("partly_approved" if order[0] == "phone" else "approved")
    assert exchange.asked().answered_by == ("otto" if order[0] == "phone" else PROVIDER)
    with house.desk.database.read() as connection:
        standing = connection.exec_driver_sql("SELECT id FROM invoices WHERE duplicate_of IS NULL").scalars().all()
        paid = connection.exec_driver_sql("SELECT DISTINCT invoice_id FROM payments").scalars().all()
        decided = connection.exec_driver_sql("SELECT count(*) FROM decisions WHERE decision <> 'ask'").scalar()
    assert (standing, paid, decided) == ([exchange.invoice_id], [exchange.invoice_id], 1)
