"""Mail in, letters out: each way of the process, over real IMAP, SMTP, engine, workers and REST."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from typing import Any

import pytest
from chain import Chain, body_of, compose, text_of

from pulse.base.money import format_amount
from pulse.demo.samples import Printer, Sample
from pulse.demo.stage import CONTROLLERS, SENT

pytestmark = [pytest.mark.xdist_group("chain"), pytest.mark.timeout(600)]
Answered = Callable[[Sample], dict[str, Any]]


def client_address(chain: Chain, sample: Sample) -> str:
    assert sample.truth is not None
    number = sample.truth.patient.insured_number
    client = next(c for c in chain.stage.registers().clients if c.insurance_number == number)
    assert client.email is not None
    return client.email


def test_an_invoice_in_order_is_approved_straight_through(chain: Chain, printer: Printer, answered: Answered) -> None:
    sample = printer.straight_through()
    case = answered(sample)
    assert sample.truth is not None
    assert sample.truth.total_amount is not None
    assert (case["closed_as"], case["decision"]["automated"]) == ("approved", True)
    assert case["payable_amount"] == format(sample.truth.total_amount, "f")
    (to_client,) = chain.letters_to(client_address(chain, sample), case["id"])
    (to_provider,) = chain.letters_to(sample.provider.email, case["id"])
    amount = format_amount(sample.truth.total_amount)
    for mail in (to_client, to_provider):
        text = text_of(mail)
        assert amount in text
        assert sample.number is not None
        assert sample.number in text
        assert sample.truth.patient.family_name not in str(mail["Subject"])
        assert sample.truth.patient.family_name not in body_of(mail)
    assert "automatisiert" in text_of(to_client)
    assert len(chain.copies(case["id"])) == 2


def test_a_form_without_annex_is_read_from_its_text(chain: Chain, printer: Printer, answered: Answered) -> None:
    case = answered(printer.without_annex())
    assert case["invoice"]["source"]["kind"] == "text"
    assert case["closed_as"] == "approved"


def test_a_price_above_the_list_is_approved_in_part(chain: Chain, printer: Printer, answered: Answered) -> None:
    sample = printer.price_above_list()
    case = answered(sample)
    assert sample.truth is not None
    assert sample.truth.total_amount is not None
    assert case["closed_as"] == "partly_approved"
    assert not case["decision"]["automated"]
    listed = sum(float(line["listed_price"]) for line in case["positions"])
    assert float(case["decision"]["payable_amount"]) == pytest.approx(listed, abs=0.01)
    (to_client,) = chain.letters_to(client_address(chain, sample), case["id"])
    text = text_of(to_client)
    assert format_amount(sample.truth.total_amount) in text
    assert format_amount(sample.truth.positions[1].amount or 0) in text  # type: ignore[arg-type]


def test_an_unknown_client_is_told_to_the_provider_alone(chain: Chain, printer: Printer, answered: Answered) -> None:
    sample = printer.not_insured()
    case = answered(sample)
    assert case["closed_as"] == "not_insured"
    assert [letter["recipient"] for letter in case["letters"]] == ["provider"]
    (mail,) = chain.letters_to(sample.provider.email, case["id"])
    text = text_of(mail)
    assert sample.truth is not None
    assert sample.truth.positions[0].name is not None
    assert sample.truth.positions[0].name not in text


def test_an_unlisted_drug_is_denied_by_a_person_and_both_hear(
    chain: Chain, printer: Printer, answered: Answered
) -> None:
    sample = printer.not_listed()
    chain.mail(sample)
    waiting = chain.task(chain.case_of(sample)["id"], "decide")
    assert chain.api.invoice(waiting["invoice_id"])["letters"] == []
    case = chain.closed(waiting["invoice_id"], sample)
    assert (case["closed_as"], case["decision"]["automated"]) == ("denied", False)
    assert case["decision"]["decided_by"].startswith("token")
    (to_client,) = chain.letters_to(client_address(chain, sample), case["id"])
    (to_provider,) = chain.letters_to(sample.provider.email, case["id"])
    assert "Verfügung" in text_of(to_client)
    assert "0.00" in text_of(to_provider)


def test_an_incomplete_invoice_goes_back_with_what_is_missing(
    chain: Chain, printer: Printer, answered: Answered
) -> None:
    sample = printer.incomplete()
    case = answered(sample)
    assert (case["closed_as"], case["reading"]) == ("returned", "incomplete")
    (mail,) = chain.letters_to(sample.provider.email, case["id"])
    text = text_of(mail)
    assert "Versicherten" in text or "nsurance number" in text or "insured" in text


def test_a_high_risk_case_is_approved_by_a_controller(chain: Chain, printer: Printer, answered: Answered) -> None:
    sample = printer.high_risk_approved()
    case = answered(sample)
    assert (case["risk"], case["closed_as"]) == ("high", "approved")
    assert {letter["recipient"] for letter in case["letters"]} == {"controller", "client", "provider"}
    (notice,) = chain.letters_to(CONTROLLERS, case["id"])
    assert f"/cases/{case['id']}" in body_of(notice)
    for word in (sample.truth.patient.family_name, sample.truth.positions[0].name):  # type: ignore[union-attr]
        assert word is not None
        assert word not in body_of(notice)


def test_a_mismatch_of_number_and_name_reaches_no_client(chain: Chain, printer: Printer, answered: Answered) -> None:
    sample = printer.other_person()
    case = answered(sample)
    assert case["closed_as"] == "returned"
    assert [letter["recipient"] for letter in case["letters"]] == ["provider"]


def test_a_scanned_invoice_is_read_surely_or_typed_in_by_a_person(
    chain: Chain, printer: Printer, answered: Answered
) -> None:
    sample = printer.scanned()
    case = answered(sample)
    assert sample.truth is not None
    assert case["closed_as"] == "approved"
    assert case["invoice"]["source"]["kind"] in {"ocr", "person"}
    billed = [(one.code, str(one.amount)) for one in sample.truth.positions]
    assert [(one["code"], one["amount"]) for one in case["invoice"]["positions"]] == billed
    (to_client,) = chain.letters_to(client_address(chain, sample), case["id"])
    assert sample.truth.patient.family_name is not None
    assert sample.truth.patient.family_name in text_of(to_client)


def test_an_unreadable_invoice_is_answered_and_the_next_mail_goes_on(
    chain: Chain, printer: Printer, answered: Answered
) -> None:
    locked, next_one = printer.encrypted(), printer.straight_through()
    chain.mail(locked, next_one)
    assert chain.closed(chain.case_of(next_one)["id"])["closed_as"] == "approved"

    def answer() -> Any:
        replies = [mail for mail in chain.mailbox(locked.provider.email) if mail["Auto-Submitted"] == "auto-replied"]
        return replies or None

    (reply,) = chain.until(answer, "an answer to the encrypted invoice")
    assert reply["In-Reply-To"]
    assert "Passwort" in body_of(reply) or "password" in body_of(reply)


def test_the_same_invoice_again_is_paid_once(chain: Chain, printer: Printer, answered: Answered) -> None:
    sample = printer.straight_through()
    first = answered(sample)
    chain.mail(sample)
    again = chain.closed(chain.case_of(sample, nth=1)["id"])
    assert (again["closed_as"], again["duplicate_of"]) == ("already_received", first["id"])
    assert again["process_instance_id"] is None
    assert [letter["kind"] for letter in again["letters"]] == ["already_received"]


def test_two_invoices_in_one_mail_are_two_cases(chain: Chain, printer: Printer) -> None:
    one, two = printer.straight_through(), printer.without_annex()
    mail = compose(one)
    mail.add_attachment(two.document, maintype="application", subtype="octet-stream", filename="two.bin")
    with smtplib.SMTP(chain.stage.mail.host, chain.stage.mail.smtp_port, timeout=30) as server:
        server.send_message(mail)
    ids = {chain.closed(chain.case_of(sample)["id"])["id"] for sample in (one, two)}
    assert len(ids) == 2


def test_with_the_engine_away_an_invoice_waits_and_goes_on_when_it_is_back(chain: Chain, printer: Printer) -> None:
    sample = printer.straight_through()
    chain.stage.kill("engine")
    chain.mail(sample)
    waiting = chain.case_of(sample)
    assert (waiting["state"], waiting["process_instance_id"]) == ("in_queue", None)
    chain.stage.start("engine")
    case = chain.closed(waiting["id"])
    assert case["closed_as"] == "approved"
    assert len(chain.copies(case["id"])) == 2


def test_workers_away_for_a_while_lose_nothing(chain: Chain, printer: Printer) -> None:
    sample = printer.without_annex()
    chain.stage.kill("worker")
    chain.mail(sample)
    assert chain.case_of(sample)["state"] != "completed"
    chain.stage.start("worker")
    assert chain.closed(chain.case_of(sample)["id"])["closed_as"] == "approved"


def test_every_letter_was_sent_once(chain: Chain) -> None:
    """Whatever was mailed before: no Message-ID of ours lies twice in a mailbox, and each has its copy."""
    registers = chain.stage.registers()
    addresses = [person.email for person in (*registers.clients, *registers.providers)] + [CONTROLLERS]
    sent = sorted(message_id for address in addresses for message_id in chain.letter_ids(address))
    assert len(sent) == len(set(sent))
    assert sent == sorted(chain.letter_ids(SENT))
