"""A provider who was asked by mail and answers by mail: both ways through real servers."""

from __future__ import annotations

import contextlib
import email
import email.policy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
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
from pulse.claims.office import Office
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

    def ask_about_another(self) -> int:
        """A second case of the provider's, of invoice 102, about which they are asked too."""
        dear = [office.position(1, date="2026-05-02"), office.position(2, unit_price="80.00", amount="80.00")]
        second = int(self.house.bring(invoice_number="102", positions=dear))
        self.house.do(second, "decide", decision="ask", reason_code="P821", comment="Warum dieser Preis?")
        self.house.until(lambda: waits(self.house, second), second)
        return second

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
