"""S1, S2, S4: letters on their way out, over SMTP, with the ledger and the person behind it."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace

import pytest
from claim_steps import decided, settled
from mail_desk import MailDesk
from smtp_server import Fault, ScriptedSmtpServer
from sqlalchemy import update

from db import effects, letters
from db.tables import clients
from db.tables import letters as letters_table
from mail_gateway.outgoing.smtp import SmtpMailOut
from pulse.claims.errors import BusinessError
from pulse.claims.letter_mail import WrongRecipient
from pulse.claims.office import Office
from pulse.claims.ports import MailUnavailable
from pulse.claims.send_letter import send_letter
from pulse.claims.steps import Step
from pulse.claims.write_letter import write_letter

CLIENT, PROVIDER, SENT = "anna.mueller@mail.example", "apotheke@provider.example", "sent@insurer.example"


@pytest.fixture
def server() -> Iterator[ScriptedSmtpServer]:
    with ScriptedSmtpServer() as server:
        yield server


@pytest.fixture
def office(desk: MailDesk, server: ScriptedSmtpServer) -> Iterator[Office]:
    """An office whose letters really leave."""
    out = mail_out(server)
    yield replace(desk.inner.office, mail_out=out)
    out.close()


def mail_out(server: ScriptedSmtpServer) -> SmtpMailOut:
    return SmtpMailOut(
        "127.0.0.1",
        server.port,
        tls="none",
        mail_from="Muster Krankenkasse <claims@insurer.example>",
        sent_copy_to=SENT,
        timeout_s=3.0,
    )


@pytest.fixture
def case(desk: MailDesk, office: Office) -> int:
    """An approved case with both letters written."""
    invoice_id = settled(desk.inner)
    decided(desk.inner, invoice_id, "approve", "P801", place="straight")
    for recipient in ("client", "provider"):
        write_letter(office, invoice_id, recipient, "approved")
    return invoice_id


def send(office: Office, case: int, recipient: str = "client", *, step: int = 1) -> str:
    at = Step(activity_instance_id=f"send:{step}", topic="send-letter")
    return send_letter(office, case, recipient, "approved", step=at).state


def stands(office: Office, case: int) -> tuple[str, str | None]:
    """The state of the client's letter, and of its effect."""
    with office.database.read() as connection:
        letter = letters.find(connection, case, recipient="client", kind="approved", round_=1)
        assert letter is not None
        effect = effects.get(connection, letter.effect_key)
    return letter.state, effect.state if effect else None


def register(office: Office, address: str) -> None:
    with office.database.write() as connection:
        connection.execute(update(clients).values(email=address))


def test_s1_a_server_that_is_down_costs_nothing_but_time(desk: MailDesk, case: int, free_port: int) -> None:
    away = SmtpMailOut("127.0.0.1", free_port, tls="none", mail_from="claims@insurer.example", timeout_s=30.0)
    office = replace(desk.inner.office, mail_out=away)
    for _ in range(2):
        with pytest.raises(MailUnavailable):
            send(office, case)
    assert stands(office, case) == ("written", "refused")


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "END"])
def test_s1_a_4xx_at_any_stage_is_tried_again_and_the_letter_leaves_once(
    office: Office, server: ScriptedSmtpServer, case: int, stage: str
) -> None:
    server.script[stage] = ["451 4.3.0 later"]
    with pytest.raises(MailUnavailable):
        send(office, case)
    assert stands(office, case) == ("written", "refused")
    assert send(office, case) == "sent"
    assert len(server.taken) == 1


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "END"])
def test_s1_a_5xx_at_any_stage_goes_to_a_person_and_is_not_tried_again_by_itself(
    office: Office, server: ScriptedSmtpServer, case: int, stage: str
) -> None:
    server.script[stage] = ["550 5.1.1 no"]
    with pytest.raises(BusinessError) as error:
        send(office, case)
    assert (error.value.bpmn_code, error.value.reason) == ("delivery_unknown", "P902")
    assert stands(office, case) == ("unknown", "refused")
    assert server.taken == []


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_s1_a_connection_lost_before_the_content_is_proven_not_sent(
    office: Office, server: ScriptedSmtpServer, case: int, stage: str, fault: Fault
) -> None:
    server.script[stage] = [fault]
    with pytest.raises(MailUnavailable):
        send(office, case)
    assert stands(office, case) == ("written", "refused")
    assert server.taken == []


@pytest.mark.parametrize("fault", Fault)
def test_s1_silence_after_the_closing_dot_is_never_resent_blindly(
    office: Office, server: ScriptedSmtpServer, case: int, fault: Fault
) -> None:
    server.script["END"] = [fault]
    with pytest.raises(BusinessError):
        send(office, case)
    assert stands(office, case) == ("unknown", "unknown")
    with pytest.raises(BusinessError):
        send(office, case)
    assert len(server.taken) == 1


def test_s1_a_copy_in_the_sent_mailbox_settles_silence_after_the_closing_dot(
    desk: MailDesk, office: Office, server: ScriptedSmtpServer, case: int
) -> None:
    server.script["END"] = [Fault.DROP]
    desk.inner.sent.ids.add(f"<letter.{case}.client.approved.1@insurer.example>")
    assert send(office, case) == "sent"
    assert len(server.taken) == 1


def test_s2_each_letter_has_one_recipient_beside_our_own_copy(
    office: Office, server: ScriptedSmtpServer, case: int
) -> None:
    for recipient in ("client", "provider"):
        send(office, case, recipient)
    assert [taken.recipients for taken in server.taken] == [[CLIENT, SENT], [PROVIDER, SENT]]
    for taken, address in zip(server.taken, (CLIENT, PROVIDER), strict=True):
        mail = email.message_from_bytes(taken.content, policy=email.policy.default)
        assert (mail["To"], mail["Cc"], mail["Bcc"]) == (address, None, None)
        assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "de")
        assert mail["Date"] is not None
        assert not [name for name in mail.keys() if name.lower().startswith("list-")]  # noqa: SIM118
        body, attachment = mail.iter_parts()
        assert [part.get_content_type() for part in body.iter_parts()] == ["text/plain", "text/html"]
        assert attachment.get_content_type() == "application/pdf"


@pytest.mark.parametrize(
    "address",
    [
        "anna",
        "anna@",
        "@mail.example",
        "anna mueller@mail.example",
        "anna@mail..example",
        "anna@-mail.example",
        ", ".join(f"p{number}@mail.example" for number in range(300))[:254],
        "anna@mail.example\r\nRCPT TO:<thief@evil.example>",
        "anna@mail.example>\nBcc: thief@evil.example",
        "a" * 65 + "@mail.example",
        f"anna@{'m' * 64}.example",
    ],
)
def test_s2_what_is_no_single_address_goes_to_a_person_and_nothing_leaves(
    office: Office, server: ScriptedSmtpServer, case: int, address: str
) -> None:
    register(office, address)
    with pytest.raises(BusinessError) as error:
        send(office, case)
    assert error.value.bpmn_code == "delivery_unknown"
    assert server.taken == []


def test_s2_an_international_domain_travels_in_ascii(office: Office, server: ScriptedSmtpServer, case: int) -> None:
    register(office, "anna@zürich.example")
    assert send(office, case) == "sent"
    assert server.taken[0].recipients[0] == "anna@xn--zrich-kva.example"


def test_s2_a_local_part_beyond_ascii_leaves_where_the_server_can_carry_it(
    office: Office, server: ScriptedSmtpServer, case: int
) -> None:
    register(office, "müller@mail.example")
    assert send(office, case) == "sent"
    assert server.taken[0].recipients[0] == "müller@mail.example"


def test_s2_a_local_part_beyond_ascii_goes_to_a_person_where_it_cannot(desk: MailDesk, case: int) -> None:
    register(desk.inner.office, "müller@mail.example")
    with ScriptedSmtpServer(smtputf8=False) as old:
        out = mail_out(old)
        office = replace(desk.inner.office, mail_out=out)
        with pytest.raises(BusinessError):
            send(office, case)
        out.close()
        assert old.taken == []
    assert stands(office, case) == ("unknown", "refused")


def test_s4_the_recipient_comes_from_the_role_alone_never_from_the_document(
    office: Office, server: ScriptedSmtpServer, desk: MailDesk
) -> None:
    invoice_id = settled(desk.inner, biller={"gln": "7601000001115", "name": "X", "email": "thief@evil.example"})
    decided(desk.inner, invoice_id, "approve", "P801", place="straight")
    for recipient in ("client", "provider"):
        write_letter(office, invoice_id, recipient, "approved")
        send(office, invoice_id, recipient)
    assert [taken.recipients[0] for taken in server.taken] == [CLIENT, PROVIDER]


def test_s4_a_clients_letter_in_the_providers_place_does_not_leave(
    office: Office, server: ScriptedSmtpServer, case: int
) -> None:
    with office.database.write() as connection:
        found = {letter.recipient: letter for letter in letters.of_invoice(connection, case)}
        swapped = {"facts": found["client"].facts, "pdf_sha256": found["client"].pdf_sha256}
        where = letters_table.c.id == found["provider"].id
        connection.execute(update(letters_table).where(where).values(**swapped))
    with pytest.raises(WrongRecipient):
        send(office, case, "provider")
    assert server.taken == []


def test_s4_a_letter_of_another_case_does_not_leave(office: Office, server: ScriptedSmtpServer, case: int) -> None:
    with office.database.write() as connection:
        letter = letters.find(connection, case, recipient="client", kind="approved", round_=1)
        assert letter is not None
        where = letters_table.c.id == letter.id
        connection.execute(update(letters_table).where(where).values(facts=letter.facts | {"case_id": case + 1}))
    with pytest.raises(WrongRecipient):
        send(office, case)
    assert server.taken == []
