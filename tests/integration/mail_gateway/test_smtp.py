"""Mail out, against an SMTP server that fails on order."""

from __future__ import annotations

import email
import email.policy
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from certificates import self_signed
from smtp_server import Fault, ScriptedSmtpServer

from mail_gateway.connection.tls import Tls
from mail_gateway.outgoing.smtp import SmtpMailOut
from pulse.base.clock import ManualClock
from pulse.base.errors import Misconfigured
from pulse.claims.ports import Attachment, DeliveryUnknown, MailRefused, MailUnavailable, OutgoingMail

SENT = "sent@kasse.example"


@pytest.fixture
def server() -> Iterator[ScriptedSmtpServer]:
    with ScriptedSmtpServer() as server:
        yield server


@pytest.fixture
def out(server: ScriptedSmtpServer) -> Iterator[SmtpMailOut]:
    """Where a test has the server fall silent, it waits as long as this has patience."""
    made = SmtpMailOut(
        "127.0.0.1",
        server.port,
        tls="none",
        mail_from="Kasse <claims@kasse.example>",
        sent_copy_to=SENT,
        timeout_s=3.0,
        clock=ManualClock(datetime(2026, 6, 16, 8, 0, tzinfo=UTC)),
    )
    yield made
    made.close()


def letter(number: int = 1, **values: object) -> OutgoingMail:
    attachment = Attachment(filename="Brief.pdf", media_type="application/pdf", data=b"%PDF-1.7 letter")
    plain: dict[str, object] = {
        "to": "praxis@provider.example",
        "subject": "Ihre Rechnung",
        "text": "Guten Tag\n.Punkt",
    }
    return OutgoingMail(
        message_id=f"<letter.{number}@kasse.example>",
        attachments=(attachment,),
        **(plain | values),  # type: ignore[arg-type]
    )


def test_a_letter_arrives_whole_and_its_copy_is_a_second_recipient_that_no_header_names(
    server: ScriptedSmtpServer, out: SmtpMailOut
) -> None:
    receipt = out.send(letter())
    (taken,) = server.taken
    assert taken.envelope_from == "claims@kasse.example"
    assert taken.recipients == ["praxis@provider.example", SENT]
    assert SENT.encode() not in taken.content
    mail = email.message_from_bytes(taken.content, policy=email.policy.default)
    assert (mail["Message-ID"], mail["Subject"]) == ("<letter.1@kasse.example>", "Ihre Rechnung")
    assert mail.get_body().get_content().splitlines() == ["Guten Tag", ".Punkt"]
    (attachment,) = mail.iter_attachments()
    assert attachment.get_content() == b"%PDF-1.7 letter"
    assert (receipt.copy_kept, receipt.at) == (True, datetime(2026, 6, 16, 8, 0, tzinfo=UTC))


def test_mails_share_one_connection(server: ScriptedSmtpServer, out: SmtpMailOut) -> None:
    for number in range(5):
        out.send(letter(number))
    assert (len(server.taken), server.connections) == (5, 1)


def test_threads_share_the_connection_without_mixing_their_mails(server: ScriptedSmtpServer, out: SmtpMailOut) -> None:
    threads = [threading.Thread(target=out.send, args=(letter(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = {email.message_from_bytes(taken.content)["Message-ID"] for taken in server.taken}
    assert found == {f"<letter.{number}@kasse.example>" for number in range(8)}
    assert server.connections == 1


def test_a_connection_that_the_server_closed_meanwhile_is_replaced(
    server: ScriptedSmtpServer, out: SmtpMailOut
) -> None:
    out.send(letter(1))
    server.hang_up()
    out.send(letter(2))
    assert (len(server.taken), server.connections) == (2, 2)


def test_a_server_that_says_421_to_a_kept_connection_gets_a_new_one(
    server: ScriptedSmtpServer, out: SmtpMailOut
) -> None:
    out.send(letter(1))
    server.script["MAIL"] = ["421 4.3.2 closing"]
    out.send(letter(2))
    assert (len(server.taken), server.connections) == (2, 2)


def test_an_idle_connection_is_not_trusted(
    server: ScriptedSmtpServer, out: SmtpMailOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mail_gateway.outgoing.smtp._IDLE_S", 0.0)
    out.send(letter(1))
    out.send(letter(2))
    assert server.connections == 2


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "END"])
@pytest.mark.parametrize(("reply", "error"), [("550 5.1.1 no", MailRefused), ("451 4.3.0 later", MailUnavailable)])
def test_a_refusal_is_for_good_with_5xx_and_for_now_with_4xx(
    server: ScriptedSmtpServer, out: SmtpMailOut, step: str, reply: str, error: type[Exception]
) -> None:
    server.script[step] = [reply]
    with pytest.raises(error):
        out.send(letter(1))
    assert server.taken == []
    out.send(letter(2))
    assert len(server.taken) == 1


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_mail_was_handed_over_proves_that_it_was_not_sent(
    server: ScriptedSmtpServer, out: SmtpMailOut, step: str, fault: Fault
) -> None:
    server.script[step] = [fault]
    with pytest.raises(MailUnavailable):
        out.send(letter())
    assert server.taken == []


def test_a_connection_lost_amid_the_content_proves_that_it_was_not_sent(
    server: ScriptedSmtpServer, out: SmtpMailOut
) -> None:
    server.script["CONTENT"] = [Fault.DROP]
    big = Attachment(filename="big.pdf", media_type="application/pdf", data=bytes(12_000_000))
    with pytest.raises(MailUnavailable):
        out.send(
            OutgoingMail(
                message_id="<letter.9@kasse.example>",
                to="praxis@provider.example",
                subject="x",
                text="x",
                attachments=(big,),
            )
        )
    assert server.taken == []


@pytest.mark.parametrize("fault", Fault)
def test_a_connection_lost_after_the_closing_dot_leaves_the_delivery_unknown(
    server: ScriptedSmtpServer, out: SmtpMailOut, fault: Fault
) -> None:
    server.script["END"] = [fault]
    with pytest.raises(DeliveryUnknown):
        out.send(letter(1))
    assert len(server.taken) == 1
    out.send(letter(2))
    assert len(server.taken) == 2


def test_a_refused_copy_does_not_hold_the_letter_back_but_is_on_the_receipt(
    server: ScriptedSmtpServer, out: SmtpMailOut
) -> None:
    server.script["RCPT"] = ["250 OK", "550 5.2.2 mailbox full"]
    receipt = out.send(letter())
    assert not receipt.copy_kept
    assert "no copy" in receipt.reply
    assert len(server.taken) == 1


def test_a_server_that_is_away_is_a_mail_not_sent(free_port: int) -> None:
    out = SmtpMailOut("127.0.0.1", free_port, tls="none", mail_from="claims@kasse.example", timeout_s=30.0)
    with pytest.raises(MailUnavailable):
        out.send(letter())


def test_a_server_without_starttls_gets_nothing_in_the_clear(server: ScriptedSmtpServer) -> None:
    out = SmtpMailOut("127.0.0.1", server.port, tls="starttls", mail_from="claims@kasse.example", timeout_s=30.0)
    with pytest.raises(MailUnavailable):
        out.send(letter())
    assert server.taken == []


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_tls_is_checked_against_the_insurers_own_authority(tls: Tls, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate, key)
    with ScriptedSmtpServer(**{tls: server_side}) as server:
        options = {"tls": tls, "mail_from": "claims@kasse.example", "timeout_s": 30.0}
        out = SmtpMailOut("127.0.0.1", server.port, ca_file=certificate, **options)  # type: ignore[arg-type]
        out.send(letter(1))
        out.send(letter(2))
        out.close()
        # aiosmtpd is told of a connection a second time when STARTTLS has upgraded it.
        assert (len(server.taken), server.connections) == (2, 2 if tls == "starttls" else 1)
        stranger = SmtpMailOut("127.0.0.1", server.port, **options)  # type: ignore[arg-type]
        with pytest.raises(MailUnavailable):
            stranger.send(letter(3))
        assert len(server.taken) == 2


def test_an_authority_that_cannot_be_read_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        SmtpMailOut("127.0.0.1", 25, tls="tls", mail_from="claims@kasse.example", ca_file=tmp_path / "none.pem")


def test_an_international_domain_travels_in_ascii(server: ScriptedSmtpServer, out: SmtpMailOut) -> None:
    out.send(letter(to="praxis@zürich.example"))
    assert server.taken[0].recipients[0] == "praxis@xn--zrich-kva.example"


def test_a_local_part_beyond_ascii_needs_a_server_that_can_carry_it(
    server: ScriptedSmtpServer, out: SmtpMailOut
) -> None:
    out.send(letter(to="bürgi@provider.example"))
    assert server.taken[0].recipients[0] == "bürgi@provider.example"
    assert "To: bürgi@provider.example".encode() in server.taken[0].content
    with ScriptedSmtpServer(smtputf8=False) as plain:
        old = SmtpMailOut("127.0.0.1", plain.port, tls="none", mail_from="claims@kasse.example", timeout_s=30.0)
        with pytest.raises(MailRefused):
            old.send(letter(to="bürgi@provider.example"))
        old.close()
        assert plain.taken == []


def test_an_answer_leaves_with_an_empty_envelope_sender(server: ScriptedSmtpServer, out: SmtpMailOut) -> None:
    out.send(letter(envelope_from="", headers={"Auto-Submitted": "auto-replied"}, keep_copy=False))
    assert server.taken[0].envelope_from == ""
    assert server.taken[0].recipients == ["praxis@provider.example"]
    assert b"\r\nAuto-Submitted: auto-replied\r\n" in server.taken[0].content


@pytest.mark.parametrize("offered", [True, False])
def test_a_server_that_knows_delivery_reports_is_asked_to_return_headers_alone(offered: bool) -> None:
    with ScriptedSmtpServer(dsn=offered) as server:
        out = SmtpMailOut("127.0.0.1", server.port, tls="none", mail_from="claims@kasse.example", timeout_s=30.0)
        out.send(letter())
        out.close()
        (asked,) = server.mail_commands
        assert ("RET=HDRS" in asked) is offered
        assert len(server.taken) == 1
