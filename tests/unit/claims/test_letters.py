from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import office
import pytest
from claim_steps import case_of, decided, received, settled
from office import TestOffice
from sqlalchemy import update

from db import consents, effects, invoices, letters
from db.tables import clients, providers
from letters.facts import Facts
from pulse.base.clock import swiss_date
from pulse.base.errors import Conflict, InvalidInput, NotFound
from pulse.claims.check_client import check_client
from pulse.claims.check_medication import check_medication
from pulse.claims.delivery import settle_delivery
from pulse.claims.errors import BusinessError
from pulse.claims.notify import notify
from pulse.claims.ports import DeliveryUnknown, MailRefused, MailUnavailable
from pulse.claims.review import add_review
from pulse.claims.send_letter import StillSending, send_letter
from pulse.claims.steps import Step
from pulse.claims.write_letter import write_letter

DEAR = [office.position(1), office.position(2, date="2026-06-09", unit_price="80.00", amount="80.00")]
CLIENT, PROVIDER = "anna.mueller@mail.example", "apotheke@provider.example"


def approved(desk: TestOffice, **changes: Any) -> int:
    invoice_id = settled(desk, **changes)
    decided(desk, invoice_id, "approve", "P801", place="straight")
    return invoice_id


def written(desk: TestOffice, invoice_id: int, recipient: str, kind: str, **values: str) -> Facts:
    letter_id = write_letter(desk.office, invoice_id, recipient, kind, **values).letter_id
    with desk.database.read() as connection:
        letter = letters.get(connection, letter_id)
    assert letter is not None
    if letter.pdf_sha256:
        assert desk.office.documents.get(letter.pdf_sha256).startswith(b"%PDF")
    return Facts.from_json(letter.facts)


def state(desk: TestOffice, invoice_id: int, recipient: str) -> tuple[str | None, str | None]:
    with desk.database.read() as connection:
        (letter,) = [one for one in letters.of_invoice(connection, invoice_id) if one.recipient == recipient]
        effect = effects.get(connection, letter.effect_key)
    return letter.state, effect.state if effect else None


def step(number: int) -> Step:
    return Step(activity_instance_id=f"send:{number}", topic="send-letter")


def test_a_provider_is_told_the_reference_that_the_payment_will_carry(desk: TestOffice) -> None:
    with desk.database.write() as connection:
        connection.execute(update(providers).values(iban="CH4431999123000889012"))
    payment = {"iban": "CH4431999123000889012", "reference": "210000000003139471430009017", "reference_type": "QRR"}
    invoice_id = approved(desk, guid="ddd2c58a0fcc4df8b5151719b0101893", tiers="payant", payment=payment)
    facts = written(desk, invoice_id, "provider", "approved")
    assert (facts.payment_reference, facts.invoice_guid) == (payment["reference"], "ddd2c58a0fcc4df8b5151719b0101893")
    facts = written(desk, invoice_id, "client", "approved")
    assert (facts.payment_reference, facts.invoice_guid) == (None, None)


def test_an_approval_tells_amount_and_payee_to_both(desk: TestOffice) -> None:
    invoice_id = approved(desk)
    for recipient in ("client", "provider"):
        facts = written(desk, invoice_id, recipient, "approved")
        assert (facts.billed_total, facts.approved_total, facts.payee) == (Decimal("71.55"),) * 2 + ("provider",)
        assert facts.automated
        assert facts.all_reasons == ()


def test_a_partial_approval_tells_the_stored_decision_and_nothing_else(desk: TestOffice) -> None:
    invoice_id = settled(desk, positions=DEAR)
    review = add_review(desk.office, invoice_id, {1: Decimal("70.00"), 2: Decimal("10.00")}, "anna")
    decided(desk, invoice_id, "partial", "P813", review=review, comment="zu viel")
    facts = written(desk, invoice_id, "client", "partly_approved")
    assert (facts.approved_total, facts.comment) == (Decimal("80.00"), "zu viel")
    assert [position.approved for position in facts.positions] == [Decimal("70.00"), Decimal("10.00")]
    assert facts.all_reasons == ("P813", "P313")
    assert not facts.automated


def test_a_letter_that_contradicts_the_stored_decision_cannot_be_written(desk: TestOffice) -> None:
    invoice_id = approved(desk)
    for kind in ("denied", "partly_approved"):
        with pytest.raises(InvalidInput):
            write_letter(desk.office, invoice_id, "client", kind)
    undecided = settled(desk, invoice_number="102")
    for kind in ("approved", "denied", "partly_approved"):
        with pytest.raises(InvalidInput):
            write_letter(desk.office, undecided, "client", kind)


def test_a_providers_letter_knows_nothing_of_risk(desk: TestOffice) -> None:
    desk.engine.level = "high"
    invoice_id = settled(desk)
    decided(desk, invoice_id, "deny", "P814", place="review_high_risk")
    for recipient in ("client", "provider"):
        facts = written(desk, invoice_id, recipient, "denied")
        assert facts.all_reasons == ("P814",)
        assert "P7" not in str(facts.to_json())


def test_an_incomplete_invoice_goes_back_with_the_missing_fields(desk: TestOffice) -> None:
    invoice_id = received(desk, invoice_date=None, invoice_number=None)
    facts = written(desk, invoice_id, "provider", "returned")
    assert facts.missing_fields == ("invoice_number", "invoice_date")


def test_an_invoice_without_a_valid_gtin_goes_back_to_both_and_closes_with_the_second_letter(desk: TestOffice) -> None:
    invoice_id = received(desk, positions=[office.position(code="123")])
    check_client(desk.office, invoice_id)
    check_medication(desk.office, invoice_id)
    for recipient, closed in (("provider", None), ("client", "returned")):
        facts = written(desk, invoice_id, recipient, "returned")
        assert "P310" in facts.all_reasons
        send_letter(desk.office, invoice_id, recipient, "returned")
        assert case_of(desk, invoice_id).closed_as == closed


def test_not_insured_tells_nothing_about_the_person(desk: TestOffice) -> None:
    invoice_id = received(desk, patient={"family_name": "Fremd", "insured_number": "5555"})
    check_client(desk.office, invoice_id)
    facts = written(desk, invoice_id, "provider", "not_insured")
    assert (facts.insurance_number, facts.positions, facts.treatment_begin) == (None, (), None)
    with pytest.raises(InvalidInput):
        write_letter(desk.office, invoice_id, "client", "not_insured")


def test_a_question_to_the_provider_carries_the_lines_of_the_comment(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    decided(desk, invoice_id, "ask", "P821", comment="- Welche Dosierung?\n\n2. Für wie lange?")
    facts = written(desk, invoice_id, "provider", "question")
    assert (facts.questions, facts.comment, facts.reasons) == (("Welche Dosierung?", "Für wie lange?"), None, ())
    send_letter(desk.office, invoice_id, "provider", "question")
    assert case_of(desk, invoice_id).state != "completed"


def test_a_question_that_nobody_answered_is_repeated_when_the_invoice_is_returned(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    decided(desk, invoice_id, "ask", "P821", comment="Welche Dosierung?")
    written(desk, invoice_id, "provider", "question")
    with pytest.raises(InvalidInput, match="may still answer"):
        write_letter(desk.office, invoice_id, "provider", "returned")
    desk.clock.advance(timedelta(days=30))
    facts = written(desk, invoice_id, "provider", "returned")
    assert (facts.questions, facts.reasons) == (("Welche Dosierung?",), ("P822",))
    send_letter(desk.office, invoice_id, "provider", "returned")
    assert case_of(desk, invoice_id).closed_as == "returned"


def test_a_return_by_a_person_without_a_decision_carries_what_they_wrote(desk: TestOffice) -> None:
    facts = written(desk, received(desk), "provider", "returned", comment="Bitte Konto angeben")
    assert facts.comment == "Bitte Konto angeben"


def test_an_unregistered_biller_is_written_to_as_they_name_themselves(desk: TestOffice) -> None:
    invoice_id = received(desk, biller={"name": "Fremde Apotheke", "city": "Thun"})
    assert written(desk, invoice_id, "provider", "returned").addressee.name == "Fremde Apotheke"


def test_a_letter_is_written_once(desk: TestOffice) -> None:
    invoice_id = approved(desk)
    first = write_letter(desk.office, invoice_id, "client", "approved")
    assert write_letter(desk.office, invoice_id, "client", "approved") == first


def test_letters_go_to_the_registered_addresses_and_the_case_closes_with_the_last(desk: TestOffice) -> None:
    invoice_id = approved(desk, biller={"gln": office.PROVIDER_GLN, "name": "X", "email": "thief@evil.example"})
    for recipient in ("client", "provider"):
        write_letter(desk.office, invoice_id, recipient, "approved")
    send_letter(desk.office, invoice_id, "client", "approved")
    assert case_of(desk, invoice_id).state == "in_queue"
    send_letter(desk.office, invoice_id, "provider", "approved")
    assert (case_of(desk, invoice_id).state, case_of(desk, invoice_id).closed_as) == ("completed", "approved")
    assert [mail.to for mail in desk.mail_out.mails] == [CLIENT, PROVIDER]
    client, provider = desk.mail_out.mails
    assert client.message_id == f"<letter.{invoice_id}.client.approved.1@insurer.example>"
    assert client.attachments[0].data != provider.attachments[0].data
    for secret in ("Müller", "Abilify", "71.55", office.CLIENT_NUMBER):
        assert secret not in client.subject + client.text + provider.subject + provider.text


def test_a_letter_is_sent_once_however_often_it_is_asked_for(desk: TestOffice) -> None:
    invoice_id = approved(desk)
    write_letter(desk.office, invoice_id, "client", "approved")
    for number in range(3):
        assert send_letter(desk.office, invoice_id, "client", "approved", step=step(number)).state == "sent"
    assert len(desk.mail_out.mails) == 1


def test_a_letter_that_is_not_written_is_not_sent(desk: TestOffice) -> None:
    with pytest.raises(NotFound):
        send_letter(desk.office, approved(desk), "client", "approved")


def ready(desk: TestOffice) -> int:
    invoice_id = approved(desk)
    write_letter(desk.office, invoice_id, "client", "approved")
    return invoice_id


def test_a_mail_server_that_is_away_is_tried_again(desk: TestOffice) -> None:
    invoice_id = ready(desk)
    desk.mail_out.problems.append(MailUnavailable())
    with pytest.raises(MailUnavailable):
        send_letter(desk.office, invoice_id, "client", "approved", step=step(1))
    assert state(desk, invoice_id, "client") == ("written", "refused")
    send_letter(desk.office, invoice_id, "client", "approved", step=step(1))
    assert len(desk.mail_out.mails) == 1


@pytest.mark.parametrize(("problem", "effect"), [(MailRefused(), "refused"), (DeliveryUnknown(), "unknown")])
def test_what_is_not_proven_sent_goes_to_a_person(desk: TestOffice, problem: Exception, effect: str) -> None:
    invoice_id = ready(desk)
    desk.mail_out.problems.append(problem)
    with pytest.raises(BusinessError) as error:
        send_letter(desk.office, invoice_id, "client", "approved", step=step(1))
    assert (error.value.bpmn_code, error.value.reason) == ("delivery_unknown", "P902")
    assert state(desk, invoice_id, "client") == ("unknown", effect)


def test_a_copy_in_the_sent_mailbox_proves_the_delivery(desk: TestOffice) -> None:
    invoice_id = ready(desk)
    desk.mail_out.problems.append(DeliveryUnknown())
    desk.sent.ids.add(f"<letter.{invoice_id}.client.approved.1@insurer.example>")
    assert send_letter(desk.office, invoice_id, "client", "approved").state == "sent"
    assert desk.mail_out.mails == []


def test_without_a_registered_address_a_person_decides_how_it_goes(desk: TestOffice) -> None:
    with desk.database.write() as connection:
        connection.execute(update(clients).values(email=None))
    invoice_id = ready(desk)
    with pytest.raises(BusinessError) as error:
        send_letter(desk.office, invoice_id, "client", "approved")
    assert error.value.reason == "P903"
    settle_delivery(desk.office, invoice_id, "client", "post", "otto")
    assert state(desk, invoice_id, "client") == ("by_post", "by_post")


def test_without_consent_to_mail_a_client_gets_the_letter_by_post(desk: TestOffice) -> None:
    invoice_id = ready(desk)
    with desk.database.write() as connection:
        client = invoices.get(connection, invoice_id).client_id
        consents.say(connection, "mail", {client: False}, on=swiss_date(desk.clock.now()))
    with pytest.raises(BusinessError) as error:
        send_letter(desk.office, invoice_id, "client", "approved")
    assert error.value.reason == "P904"
    with pytest.raises(BusinessError):
        send_letter(desk.office, invoice_id, "client", "approved", delivery="again")
    assert desk.mail_out.mails == []
    settle_delivery(desk.office, invoice_id, "client", "post", "otto")
    assert state(desk, invoice_id, "client") == ("by_post", "by_post")
    written(desk, invoice_id, "provider", "approved")
    assert send_letter(desk.office, invoice_id, "provider", "approved").state == "sent"


def test_a_consent_withdrawn_tomorrow_still_counts_today(desk: TestOffice) -> None:
    invoice_id = ready(desk)
    tomorrow = swiss_date(desk.clock.now()) + timedelta(days=1)
    with desk.database.write() as connection:
        client = invoices.get(connection, invoice_id).client_id
        consents.say(connection, "mail", {client: False}, on=tomorrow)
    assert send_letter(desk.office, invoice_id, "client", "approved").state == "sent"


def died_sending(desk: TestOffice, invoice_id: int) -> None:
    """A worker claimed the letter and was killed."""
    with desk.database.write() as connection:
        letter = letters.find(connection, invoice_id, recipient="client", kind="approved", round_=1)
        assert letter is not None
        effects.claim(
            connection, letter.effect_key, message_id="m", claimed_by="dead", at=office.NOW, invoice_id=invoice_id
        )


def test_a_claim_that_may_still_be_at_work_is_waited_for(desk: TestOffice) -> None:
    invoice_id = ready(desk)
    died_sending(desk, invoice_id)
    with pytest.raises(StillSending):
        send_letter(desk.office, invoice_id, "client", "approved", step=step(1))
    assert desk.mail_out.mails == []


@pytest.mark.parametrize("delivery", ["", "again"])
def test_a_dead_workers_claim_is_settled_by_the_sent_mailbox_or_by_a_person(desk: TestOffice, delivery: str) -> None:
    invoice_id = ready(desk)
    died_sending(desk, invoice_id)
    desk.clock.advance(timedelta(minutes=2))
    with pytest.raises(BusinessError):
        send_letter(desk.office, invoice_id, "client", "approved", delivery=delivery, step=step(1))
    assert state(desk, invoice_id, "client") == ("unknown", "unknown")
    desk.sent.ids.add(f"<letter.{invoice_id}.client.approved.1@insurer.example>")
    assert send_letter(desk.office, invoice_id, "client", "approved", step=step(1)).state == "sent"
    assert desk.mail_out.mails == []


def test_a_persons_again_counts_only_after_their_task(desk: TestOffice) -> None:
    invoice_id = ready(desk)
    desk.mail_out.problems.append(DeliveryUnknown())
    for _ in range(2):  # the same activity, handed out twice, with the other branch's word
        with pytest.raises(BusinessError):
            send_letter(desk.office, invoice_id, "client", "approved", delivery="again", step=step(1))
    assert desk.mail_out.mails == []
    assert send_letter(desk.office, invoice_id, "client", "approved", delivery="again", step=step(2)).state == "sent"
    assert len(desk.mail_out.mails) == 1


def test_a_sent_mailbox_that_is_away_is_no_proof_of_anything(desk: TestOffice) -> None:
    invoice_id = ready(desk)
    died_sending(desk, invoice_id)
    desk.clock.advance(timedelta(minutes=2))
    desk.sent.problem = MailUnavailable()
    with pytest.raises(MailUnavailable):
        send_letter(desk.office, invoice_id, "client", "approved")
    assert state(desk, invoice_id, "client") == ("written", "claimed")


@pytest.mark.parametrize(("how", "expected"), [("sent", ("sent", "sent")), ("again", ("written", "refused"))])
def test_a_person_settles_an_unknown_delivery_once(desk: TestOffice, how: str, expected: tuple[str, str]) -> None:
    invoice_id = ready(desk)
    desk.mail_out.problems.append(DeliveryUnknown())
    with pytest.raises(BusinessError):
        send_letter(desk.office, invoice_id, "client", "approved")
    settle_delivery(desk.office, invoice_id, "client", how, "otto")
    assert state(desk, invoice_id, "client") == expected
    with pytest.raises(Conflict):
        settle_delivery(desk.office, invoice_id, "client", how, "otto")
    with pytest.raises(InvalidInput):
        settle_delivery(desk.office, invoice_id, "client", "burnt", "otto")


def test_controllers_are_told_once_and_only_where_to_look(desk: TestOffice) -> None:
    desk.engine.level = "high"
    invoice_id = settled(desk)
    for kind in ("controller_notice", "controller_notice", "escalation"):
        assert notify(desk.office, invoice_id, kind).sent
    mails = desk.mail_out.to("controllers@insurer.example")
    assert len(mails) == 2
    assert f"/cases/{invoice_id}" in mails[0].text
    for secret in ("Müller", office.CLIENT_NUMBER, "71.55"):
        assert secret not in mails[0].subject + mails[0].text
    with pytest.raises(InvalidInput):
        notify(desk.office, invoice_id, "denied")


def test_a_notification_that_may_be_lost_does_not_hold_up_the_case(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    desk.mail_out.problems.append(DeliveryUnknown())
    assert not notify(desk.office, invoice_id, "controller_notice").sent


def test_the_language_is_the_recipients(desk: TestOffice) -> None:
    with desk.database.write() as connection:
        connection.execute(update(clients).values(language="en"))
        connection.execute(update(providers).values(language="fr"))
    invoice_id = approved(desk)
    assert written(desk, invoice_id, "client", "approved").language == "en"
    assert written(desk, invoice_id, "provider", "approved").language == "fr"


@pytest.mark.parametrize(("wrote", "reads"), [("it", "it"), ("de", "de"), (None, "de")])
def test_a_provider_registered_with_no_other_language_reads_that_of_the_invoice(
    desk: TestOffice, wrote: str | None, reads: str
) -> None:
    invoice_id = approved(desk, language=wrote)
    assert written(desk, invoice_id, "provider", "approved").language == reads


def test_the_payee_reads_the_end_of_their_own_account_alone(desk: TestOffice) -> None:
    invoice_id = approved(desk)
    whole, masked = office.PROVIDER_IBAN, f"{office.PROVIDER_IBAN[:4]} … {office.PROVIDER_IBAN[-4:]}"
    to_provider, to_client = (written(desk, invoice_id, party, "approved") for party in ("provider", "client"))
    assert (to_provider.account, to_client.account) == (masked, None)
    assert whole not in str(to_provider.to_json()) + str(to_client.to_json())


def test_the_clients_letter_tells_the_cost_share_of_the_decision_and_the_providers_does_not(desk: TestOffice) -> None:
    invoice_id = settled(desk, positions=[office.position(unit_price="71.55", amount="71.55")])
    decided(desk, invoice_id, "approve", "P801")
    share = written(desk, invoice_id, "client", "approved").cost_share
    assert share is not None
    assert (share.franchise, share.copayment) == (Decimal("71.55"), Decimal(0))
    assert share.settled == Decimal("71.55")  # claimed from the client: the provider is paid
    assert (share.year, share.year_franchise) == (2026, Decimal("71.55"))
    assert written(desk, invoice_id, "provider", "approved").cost_share is None
