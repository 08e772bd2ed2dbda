"""Letters that leave with a password or encrypted, and those that go by post because they cannot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import office
import pytest
from certificates import mail_certificate
from claim_steps import decided, settled
from office import TestOffice, fill_registers, open_office
from structlog.testing import capture_logs

from db import audit, letters, protection
from pulse.base.errors import InvalidInput, NotFound
from pulse.claims.delivery import settle_delivery
from pulse.claims.errors import BusinessError
from pulse.claims.letter_passwords import made_password, renew_password, set_for_number, shown_password
from pulse.claims.mail_certificates import BadCertificate, take_certificate, usable
from pulse.claims.notify import notify
from pulse.claims.ports import OutgoingMail, PasswordProtection, SmimeProtection
from pulse.claims.send_letter import send_letter
from pulse.claims.steps import Step
from pulse.claims.write_letter import write_letter

CLIENT = "anna.mueller@mail.example"


@pytest.fixture
def open_desk(tmp_path: Any) -> Any:
    opened: list[Any] = []

    def make(**policy: Any) -> TestOffice:
        for desk in (steps := open_office(tmp_path, **policy)):
            opened.append(steps)
            fill_registers(desk.database)
            return desk
        raise AssertionError

    yield make
    for steps in opened:
        steps.close()


def approved(desk: TestOffice) -> int:
    invoice_id = settled(desk)
    decided(desk, invoice_id, "approve", "P801", place="straight")
    for recipient in ("client", "provider"):
        write_letter(desk.office, invoice_id, recipient, "approved")
    return invoice_id


def sent(desk: TestOffice, invoice_id: int, recipient: str = "client", **options: Any) -> OutgoingMail:
    send_letter(desk.office, invoice_id, recipient, "approved", **options)
    return desk.mail_out.mails[-1]


def by_post(desk: TestOffice, invoice_id: int, recipient: str = "client") -> str:
    """Why the letter goes by post."""
    before = len(desk.mail_out.mails)
    with pytest.raises(BusinessError) as error:
        send_letter(
            desk.office,
            invoice_id,
            recipient,
            "approved",
            step=Step(activity_instance_id="send:1", topic="send-letter"),
        )
    assert len(desk.mail_out.mails) == before
    assert error.value.bpmn_code == "delivery_unknown"
    return str(error.value.reason)


def test_by_default_letters_leave_as_they_are(open_desk: Any) -> None:
    desk = open_desk()
    assert sent(desk, approved(desk)).protection is None


def test_a_client_without_a_password_gets_the_letter_by_post_until_one_is_agreed(open_desk: Any) -> None:
    desk = open_desk(letter_protection="password")
    invoice_id = approved(desk)
    assert by_post(desk, invoice_id) == "P905"
    assert shown_password(desk.office, invoice_id, "client", "anna") is None
    renew_password(desk.office, invoice_id, "client", "anna")
    known = shown_password(desk.office, invoice_id, "client", "otto")
    assert known is not None
    settle_delivery(desk.office, invoice_id, "client", "again", "anna")
    mail = sent(desk, invoice_id, step=Step(activity_instance_id="send:2", topic="send-letter"))
    assert mail.protection == PasswordProtection(known.password)
    assert "Passwort" in mail.text
    assert known.password not in mail.text + (mail.html or "") + mail.subject
    with desk.database.read() as connection:
        letter = letters.find(connection, invoice_id, recipient="client", kind="approved", round_=1)
        notes = [(row["actor"], row["action"]) for row in audit.of_invoice(connection, invoice_id)]
        told = str([row["details"] for row in audit.of_invoice(connection, invoice_id)])
    assert letter is not None
    assert letter.pdf_sha256 is not None
    assert mail.attachments[0].data == desk.office.documents.get(letter.pdf_sha256)  # the house keeps it readable
    assert ("anna", "web:letter-password:made") in notes
    assert ("otto", "web:letter-password:shown") in notes
    assert known.password not in told


def test_a_posted_letter_is_settled_as_such(open_desk: Any) -> None:
    desk = open_desk(letter_protection="smime")
    invoice_id = approved(desk)
    assert by_post(desk, invoice_id) == "P906"
    settle_delivery(desk.office, invoice_id, "client", "post", "otto")
    assert send_letter(desk.office, invoice_id, "client", "approved").state == "by_post"


def test_an_encrypted_letter_is_for_the_certificate_of_the_registered_address(open_desk: Any) -> None:
    desk = open_desk(letter_protection="smime")
    invoice_id = approved(desk)
    _, certificate = mail_certificate("Anna.Mueller@mail.example")
    take_certificate(desk.database, certificate.encode(), at=desk.clock.now(), by="cli")
    assert sent(desk, invoice_id).protection == SmimeProtection(certificate)


@pytest.mark.parametrize(
    "fault", [{"ends": datetime(2026, 6, 16, 7, 59, tzinfo=UTC)}, {"begins": datetime(2026, 6, 17, tzinfo=UTC)}]
)
def test_a_certificate_out_of_its_days_encrypts_nothing(open_desk: Any, fault: dict[str, datetime]) -> None:
    desk = open_desk(letter_protection="smime")
    invoice_id = approved(desk)
    put(desk, mail_certificate(CLIENT, **fault)[1])
    assert by_post(desk, invoice_id) == "P906"


@pytest.mark.parametrize(
    "certificate",
    [
        mail_certificate("somebody.else@mail.example")[1],
        mail_certificate(CLIENT, elliptic=True)[1],
        mail_certificate(CLIENT, encrypts=False)[1],
        "-----BEGIN CERTIFICATE-----\ntorn",
    ],
    ids=["of another address", "no RSA", "for signing alone", "torn"],
)
def test_a_certificate_that_does_not_fit_encrypts_nothing_even_if_it_is_on_file(
    open_desk: Any, certificate: str
) -> None:
    desk = open_desk(letter_protection="smime")
    invoice_id = approved(desk)
    put(desk, certificate)
    assert by_post(desk, invoice_id) == "P906"


def put(desk: TestOffice, certificate: str) -> None:
    """On file for the client's address, whatever it says itself."""
    days = {"valid_from": office.NOW, "valid_until": office.NOW}
    with desk.database.write() as connection:
        protection.set_certificate(
            connection, CLIENT, pem=certificate, fingerprint="0" * 64, added_at=office.NOW, added_by="cli", **days
        )


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (lambda: "hello", "no certificate"),
        (lambda: mail_certificate(CLIENT, elliptic=True)[1], "RSA"),
        (lambda: mail_certificate(CLIENT, encrypts=False)[1], "signing alone"),
        (lambda: mail_certificate(CLIENT, ends=datetime(2026, 2, 1, tzinfo=UTC))[1], "2026-02-01"),
        (lambda: mail_certificate()[1], "no mail address"),
    ],
    ids=["no certificate", "elliptic", "signs alone", "ended", "no address"],
)
def test_what_cannot_encrypt_is_not_taken_on_file_and_says_why(
    open_desk: Any, file: Callable[[], str], says: str
) -> None:
    desk = open_desk()
    with pytest.raises(BadCertificate, match=says):
        take_certificate(desk.database, file().encode(), at=desk.clock.now(), by="cli")


def test_a_newer_certificate_takes_the_place_of_the_older_one_for_all_its_addresses(open_desk: Any) -> None:
    desk = open_desk()
    now = desk.clock.now()
    take_certificate(desk.database, mail_certificate(CLIENT)[1].encode(), at=now, by="cli")
    _, both = mail_certificate("info@xn--zrich-kva.example", CLIENT)
    newer = take_certificate(desk.database, both.encode(), at=now, by="cli")
    with desk.database.read() as connection:
        for address in (CLIENT.upper(), "info@zürich.example"):
            found = usable(connection, address, at=now)
            assert found is not None
            assert found.fingerprint == newer.fingerprint


def test_providers_may_have_another_protection_than_clients(open_desk: Any) -> None:
    desk = open_desk(letter_protection="password", letter_protection_provider="none")
    assert sent(desk, approved(desk), "provider").protection is None


def test_a_providers_password_holds_for_every_version_of_its_registration(open_desk: Any) -> None:
    desk = open_desk(letter_protection_provider="password")
    invoice_id = approved(desk)
    assert by_post(desk, invoice_id, "provider") == "P905"
    with desk.database.write() as connection:
        set_for_number(connection, office.PROVIDER_GLN, "agreed-word-7", at=desk.clock.now(), by="cli")
    settle_delivery(desk.office, invoice_id, "provider", "again", "anna")
    again = Step(activity_instance_id="send:2", topic="send-letter")
    assert sent(desk, invoice_id, "provider", step=again).protection == PasswordProtection("agreed-word-7")


def test_controllers_are_told_within_the_house_without_protection(open_desk: Any) -> None:
    desk = open_desk(letter_protection="smime")
    assert notify(desk.office, settled(desk), "controller_notice").sent


def test_a_password_is_set_by_any_number_of_its_holder_and_never_repeated(open_desk: Any) -> None:
    desk = open_desk()
    now = desk.clock.now()
    with desk.database.write() as connection:
        set_for_number(connection, office.CLIENT_AHV, "agreed-word-7", at=now, by="cli")
        with pytest.raises(NotFound):
            set_for_number(connection, "000", "agreed-word-7", at=now, by="cli")
        for bad in ("short", "with blank in it", "Zürich-2026", "x" * 65):
            with pytest.raises(InvalidInput) as error:
                set_for_number(connection, office.CLIENT_NUMBER, bad, at=now, by="cli")
            assert bad not in str(error.value)


def test_a_made_password_can_be_told_by_phone() -> None:
    made = {made_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        assert [len(group) for group in password.split("-")] == [4, 4, 4]
        assert not set(password) & set("01iloUVuv")


def test_no_password_is_logged(open_desk: Any) -> None:
    desk = open_desk(letter_protection="password")
    with desk.database.write() as connection:
        set_for_number(connection, office.CLIENT_NUMBER, "agreed-word-7", at=desk.clock.now(), by="cli")
        known = protection.password_of(connection, "client:1")
    assert "agreed-word-7" not in repr(known)
    with capture_logs() as logs:
        mail = sent(desk, approved(desk))
    assert "agreed-word-7" not in repr(mail)
    assert logs
    assert "agreed-word-7" not in str(logs)
