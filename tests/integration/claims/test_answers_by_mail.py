"""Answers of providers through a real mail server: the question leaves by SMTP, the reply comes back by IMAP."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.message import EmailMessage
from typing import Any

import mails
import office
import pytest
from dovecot import Dovecot
from mail_desk import Post, dovecot_post
from smtp_server import ScriptedSmtpServer

from db import questions
from db.mails import Mail, page
from mail_gateway.entrances.gateway import Gateway
from mail_gateway.outgoing.smtp import SmtpMailOut
from pulse.claims.relay import relay_once

PROVIDER = "apotheke@provider.example"
DEAR = [office.position(1), office.position(2, unit_price="80.00", amount="80.00")]
CORRECTED = [office.position(1)]


@pytest.fixture(scope="module")
def dovecot(need: Callable[[str], str]) -> Iterator[Dovecot]:
    with Dovecot(need("dovecot")) as server:
        yield server


@dataclass
class Exchange:
    """A case whose provider was asked by mail, and the mailbox that their answers come to."""

    house: Any
    invoice_id: int
    question: EmailMessage
    post: Post
    gateway: Gateway
    sent: list[Any]

    def reply(
        self,
        *attachments: bytes,
        text: str = "10 mg täglich.\n\n> Welche Dosierung?",
        sender: str = PROVIDER,
        **headers: str,
    ) -> Mail:
        """Sends an answer, as mail programs do, and what the ledger then says about it."""
        thread = {"in_reply_to": self.question["Message-ID"], "references": self.question["Message-ID"]}
        subject = headers.pop("subject", f"AW: {self.question['Subject']}")
        self.post.put(mails.mail(*attachments, sender=sender, subject=subject, text=text, **(thread | headers)))
        self.gateway.poll_once()
        relay_once(self.house.desk.office)
        return self.ledger()

    def ledger(self) -> Mail:
        with self.house.desk.database.read() as connection:
            return page(connection, limit=1)[0]

    def asked(self) -> questions.Question:
        with self.house.desk.database.read() as connection:
            return questions.of_invoice(connection, self.invoice_id)[-1]

    @property
    def answers(self) -> list[Any]:
        """What the gateway sent by itself."""
        return [mail for mail in self.sent if mail.message_id.startswith("<answer.")]


@pytest.fixture
def exchange(open_house: Callable[..., Any], dovecot: Dovecot) -> Iterator[Exchange]:
    with ScriptedSmtpServer() as server, open_house() as house:
        out = SmtpMailOut("127.0.0.1", server.port, tls="none", mail_from=house.desk.office.policy.mail_from)
        sent: list[Any] = []

        def send(mail: Any) -> Any:
            sent.append(mail)
            return out.send(mail)

        house.desk.mail_out.send = send
        invoice_id = house.bring(positions=DEAR)
        house.do(invoice_id, "decide", decision="ask", reason_code="P821", comment="Welche Dosierung?")
        house.until(lambda: bool(server.taken) and waits(house, invoice_id), invoice_id)
        question = email.message_from_bytes(server.taken[0].content, policy=email.policy.default)
        post = dovecot_post(dovecot)
        gateway = Gateway(replace(house.desk.office, reader=mails.PdfStubReader()), post.account)
        yield Exchange(house, invoice_id, question, post, gateway, sent)
        gateway.close()
        out.close()


def waits(house: Any, invoice_id: int) -> bool:
    query = {"process_instance_id": house.case(invoice_id).process_instance_id}
    return bool(house.engine.get("/execution", message_event_subscription_name="ProviderAnswered", **query))


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
