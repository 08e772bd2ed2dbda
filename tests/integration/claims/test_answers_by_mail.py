"""Answers of providers through a real mail server: the question leaves by SMTP, the reply comes back by IMAP."""

from __future__ import annotations

import contextlib
import email
import email.policy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import permutations
from typing import Any

import mails
import office
import pytest
from dovecot import Dovecot
from mail_desk import Post, dovecot_post
from pycamunda.base import RequestMethod
from smtp_server import ScriptedSmtpServer

from db import links, questions
from db.mails import Mail, page
from mail_gateway.entrances.gateway import Gateway
from mail_gateway.entrances.importing import Importer
from mail_gateway.entrances.mail_files import MailFile
from mail_gateway.outgoing.smtp import SmtpMailOut
from pulse.base.errors import Conflict
from pulse.claims.answers import answer_by_phone
from pulse.claims.mail_care import look_again
from pulse.claims.mail_rule import read_rule
from pulse.claims.mail_rules import add
from pulse.claims.office import Office
from pulse.claims.receive import receive_document
from pulse.claims.relay import relay_once
from pulse.engine.client.requests import Endpoint

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
    office: Office
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

    def fresh(
        self,
        *attachments: bytes | tuple[str, bytes],
        text: str = "Anbei die korrigierte Rechnung.",
        sent_after_s: int = 60,
        **headers: str,
    ) -> Mail:
        """Sends a mail that knows nothing of the question, `sent_after_s` after it, and what the ledger then says."""
        sent = format_datetime(self.asked().asked_at + timedelta(seconds=sent_after_s))
        self.post.put(mails.mail(*attachments, text=text, date=sent, **({"subject": "Rechnung 101"} | headers)))
        self.gateway.poll_once()
        relay_once(self.house.desk.office)
        return self.ledger()

    def cases(self) -> list[int]:
        with self.house.desk.database.read() as connection:
            return list(connection.exec_driver_sql("SELECT id FROM invoices ORDER BY id").scalars())

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
    with ScriptedSmtpServer() as server, contextlib.ExitStack() as at_end, open_house() as house:
        out = SmtpMailOut("127.0.0.1", server.port, tls="none", mail_from=house.desk.office.policy.mail_from)
        at_end.callback(out.close)  # once the worker, which may be at a letter still, has ended
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
        reads = replace(house.desk.office, reader=mails.PdfStubReader())
        gateway = Gateway(reads, post.account)
        yield Exchange(house, invoice_id, question, post, gateway, reads, sent)
        gateway.close()


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
    house = exchange.house
    dear = [office.position(1, date="2026-05-02"), office.position(2, unit_price="80.00", amount="80.00")]
    second = house.bring(invoice_number="102", positions=dear)
    house.do(second, "decide", decision="ask", reason_code="P821", comment="Warum dieser Preis?")
    house.until(lambda: waits(house, second), second)
    put_right = mails.pdf(invoice_number="102", **office.treated_on("2026-05-02"))
    row = exchange.fresh(mails.file_of(mails.pdf(positions=CORRECTED), put_right))
    assert (row.outcome, row.reason) == ("invoice", "")
    assert (house.closed(exchange.invoice_id), house.closed(second)) == ("approved", "approved")
    assert exchange.cases() == [exchange.invoice_id, second]
    with house.desk.database.read() as connection:
        asked = [questions.of_invoice(connection, case)[-1] for case in exchange.cases()]
        assert [questions.mails_of(connection, one.id) for one in asked] == [[row.id], [row.id]]


def test_a_reply_to_one_question_brings_the_answer_to_another_one_too(exchange: Exchange) -> None:
    house = exchange.house
    dear = [office.position(1, date="2026-05-02"), office.position(2, unit_price="80.00", amount="80.00")]
    second = house.bring(invoice_number="102", positions=dear)
    house.do(second, "decide", decision="ask", reason_code="P821", comment="Warum dieser Preis?")
    house.until(lambda: waits(house, second), second)
    sent = format_datetime(exchange.asked().asked_at + timedelta(minutes=1))
    exchange.reply(
        mails.pdf(positions=CORRECTED), mails.pdf(invoice_number="102", **office.treated_on("2026-05-02")), date=sent
    )
    assert (house.closed(exchange.invoice_id), house.closed(second)) == ("approved", "approved")
    assert exchange.cases() == [exchange.invoice_id, second]


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
