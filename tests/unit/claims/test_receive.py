from __future__ import annotations

import dataclasses
import hashlib
import threading
from decimal import Decimal
from pathlib import Path

import office
import pytest
from office import TestOffice
from sqlalchemy import select

from db import audit, documents, invoices, mails, outbox, tables
from db.documents import DocumentStore
from pulse.base.errors import InvalidInput, NotFound, Unavailable
from pulse.base.reasons import Reason
from pulse.claims import cases
from pulse.claims.correct import correct
from pulse.claims.receive import Received, receive_document, receive_invoice
from pulse.claims.short_form import from_short_form
from pulse.invoices.model import Invoice


def receive(desk: TestOffice, data: bytes, **options: object) -> Received:
    options = {"channel": "mail", "actor": "gateway", **options}
    return receive_document(desk.office, data, **options)  # type: ignore[arg-type]


def case(desk: TestOffice, received: Received) -> invoices.Case:
    assert received.invoice_id is not None
    with desk.database.read() as connection:
        found = invoices.get(connection, received.invoice_id)
    assert found is not None
    return found


def a_mail(desk: TestOffice, uid: int = 1) -> int:
    with desk.database.write() as connection:
        place = {"account": "a", "folder": "INBOX", "uid_validity": 1, "uid": uid}
        return mails.see(connection, **place, seen_at=office.NOW)[0].id


def pending(desk: TestOffice) -> list[str]:
    with desk.database.read() as connection:
        return [errand.key for errand in outbox.due(connection, at=office.NOW)]


def test_a_document_becomes_a_case_with_the_promise_to_start_its_process(desk: TestOffice) -> None:
    data = office.document()
    received = receive(desk, data, biller_mail="apotheke@provider.example")
    assert received == Received(invoice_id=10000001, result="started", reading="complete")
    stored = case(desk, received)
    assert (stored.state, stored.insurance_number, stored.channel) == ("in_queue", office.CLIENT_NUMBER, "mail")
    assert (stored.due_at - stored.received_at).total_seconds() == 24 * 3600
    assert (stored.remind_at - stored.received_at).total_seconds() == 18 * 3600
    assert pending(desk) == ["start:invoice-10000001"]
    assert stored.document_sha256 is not None
    assert desk.office.documents.get(stored.document_sha256) == data


@pytest.mark.parametrize(("confidence", "state"), [(0.9, "complete"), (0.89, "doubtful")])
def test_a_deciding_value_that_was_read_with_little_certainty_goes_to_a_person(
    desk: TestOffice, confidence: float, state: str
) -> None:
    data = office.document(fields={"total_amount": {"confidence": confidence}})
    stored = case(desk, receive(desk, data))
    assert stored.reading == state
    named = [one.field for one in stored.content.findings if one.code == Reason.READ_UNCERTAINLY]
    assert named == (["total_amount"] if state == "doubtful" else [])


def test_what_a_person_has_written_is_not_uncertain(desk: TestOffice) -> None:
    received = receive(desk, office.document(fields={"total_amount": {"confidence": 0.5}}))
    assert received.invoice_id is not None
    corrected = correct(desk.office, received.invoice_id, {"total_amount": "71.55"}, "anna")
    assert (corrected.source.kind, corrected.findings) == ("person", ())


def test_the_same_document_of_the_same_mail_again_is_the_same_case(desk: TestOffice) -> None:
    mail_id, data = a_mail(desk), office.document()
    first = receive(desk, data, mail_id=mail_id)
    assert receive(desk, data, mail_id=mail_id) == first
    assert pending(desk) == ["start:invoice-10000001"]


def test_the_same_invoice_in_another_mail_is_answered_and_not_started(desk: TestOffice) -> None:
    first = receive(desk, office.document(), mail_id=a_mail(desk, 1))
    again = receive(desk, office.document(request_type="reminder"), mail_id=a_mail(desk, 2))
    assert (again.result, again.reason) == ("already_received", "P501")
    stored = case(desk, again)
    assert (stored.state, stored.closed_as, stored.duplicate_of) == ("in_queue", None, first.invoice_id)
    assert pending(desk) == ["start:invoice-10000001", "letter:10000002:provider:already_received"]


def test_an_invoice_that_was_returned_may_come_again_though_it_came_twice_before(desk: TestOffice) -> None:
    first = receive(desk, office.document(), mail_id=a_mail(desk, 1))
    receive(desk, office.document(request_type="reminder"), mail_id=a_mail(desk, 2))
    with desk.office.database.write() as connection:
        invoices.set_case(connection, first.invoice_id, state="completed", closed_as="returned")
    assert receive(desk, office.document(tiers="payant"), mail_id=a_mail(desk, 3)).result == "started"


def test_an_invoice_with_the_guid_of_another_is_the_same_even_under_another_number(desk: TestOffice) -> None:
    receive(desk, office.document(guid="g-1"))
    assert receive(desk, office.document(guid="g-1", invoice_number="777")).result == "already_received"


def test_one_number_with_another_content_goes_to_a_person(desk: TestOffice) -> None:
    receive(desk, office.document())
    other = receive(desk, office.document(positions=[office.position(unit_price="70.00", amount="70.00")]))
    assert (other.result, other.reason, other.reading) == ("person", "P502", "doubtful")
    assert any(finding.code == Reason.SAME_NUMBER_OTHER_CONTENT for finding in case(desk, other).content.findings)


def test_an_invoice_that_was_returned_may_come_again(desk: TestOffice) -> None:
    first = receive(desk, office.document())
    with desk.database.write() as connection:
        invoices.set_case(connection, first.invoice_id or 0, state="completed", closed_as="returned")
    assert receive(desk, office.document(request_type="reminder")).result == "started"


def test_two_invoices_at_once_start_one_process(desk: TestOffice) -> None:
    results: list[Received] = []
    gate = threading.Barrier(4)

    def bring(uid: int) -> None:
        gate.wait()
        results.append(receive(desk, office.document(reminder_level=uid)))

    threads = [threading.Thread(target=bring, args=(uid,)) for uid in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.result for one in results) == ["already_received"] * 3 + ["started"]


@pytest.mark.parametrize("reason", ["P101", "P102", "P106"])
def test_an_unreadable_document_is_kept_and_makes_no_case(desk: TestOffice, reason: str) -> None:
    data = f"unreadable {reason}".encode()
    assert receive(desk, data) == Received(invoice_id=None, result="returned", reason=reason)
    digest = desk.office.documents.put(data)
    with desk.database.read() as connection:
        assert documents.media_type(connection, digest) is not None
        assert invoices.page(connection) == []


def test_a_picture_without_text_becomes_a_case_for_a_person(desk: TestOffice) -> None:
    received = receive(desk, b"unreadable P107")
    assert (received.result, received.reason, received.reading) == ("person", "P107", "doubtful")
    assert case(desk, received).unreadable == "P107"
    assert receive(desk, b"unreadable P107").result == "already_received"


def test_a_missing_value_makes_it_incomplete(desk: TestOffice) -> None:
    received = receive(desk, office.document(invoice_date=None))
    assert (received.result, received.reading) == ("started", "incomplete")


def test_a_contradiction_makes_it_doubtful(desk: TestOffice) -> None:
    received = receive(desk, office.document(total_amount="99.00"))
    assert (received.result, received.reading) == ("person", "doubtful")


def test_nothing_is_stored_where_the_documents_cannot_be_written(desk: TestOffice, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    broken = dataclasses.replace(desk.office, documents=DocumentStore(str(tmp_path / "file")))
    with pytest.raises(Unavailable):
        receive_document(broken, office.document(), channel="mail", actor="gateway")
    assert pending(desk) == []


def test_the_audit_trail_says_where_it_came_from_without_personal_data(desk: TestOffice) -> None:
    received = receive(desk, office.document())
    with desk.database.read() as connection:
        events = audit.of_invoice(connection, received.invoice_id or 0)
    assert [event["action"] for event in events] == ["mail:invoice:received"]
    assert "Müller" not in str(events)
    assert office.CLIENT_NUMBER not in str(events)


def short(**changes: object) -> dict[str, object]:
    return {
        "insurance_number": 123456789,
        "gtin": 7680562090041,
        "total_amount": "71.55",
        "date": "2026-06-10",
        "biller_mail": "apotheke@provider.example",
    } | changes


def bring_short(desk: TestOffice, **changes: object) -> Received:
    content = from_short_form(short(**changes))
    return receive_invoice(desk.office, content, channel="rest", actor="token", short_form=True)


def test_the_short_form_is_complete_as_it_stands(desk: TestOffice) -> None:
    received = bring_short(desk)
    stored = case(desk, received)
    assert (received.result, received.reading, stored.short_form) == ("started", "complete", True)
    assert (stored.biller_mail, stored.content.positions[0].quantity) == ("apotheke@provider.example", Decimal(1))


def test_the_same_short_form_again_goes_to_a_person(desk: TestOffice) -> None:
    bring_short(desk)
    assert (bring_short(desk).result, bring_short(desk, date="2026-06-11").result) == ("person", "started")


@pytest.mark.parametrize(
    "wrong",
    [
        {"gtin": None},
        {"total_amount": 71.55},
        {"date": "10.06.2026"},
        {"biller_mail": "nobody"},
        {"extra": 1},
        {"positions": [{"gtin": "7680562090041"}]},
        {"insurance_number": ""},
    ],
)
def test_a_short_form_that_is_not_valid_names_the_fields(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as error:
        from_short_form(short(**wrong))
    assert error.value.details["places"]


def test_what_a_stranger_writes_can_be_stored(desk: TestOffice) -> None:
    content: Invoice = office.invoice(
        invoice_number="1\x00" + "9" * 5000,
        positions=[office.position(1, name="\x00" * 3 + "x"), office.position(1, amount="99999999999.99")],
        total_amount="99999999999.99",
    )
    received = receive_invoice(desk.office, content, channel="rest", actor="token")
    stored = case(desk, received).content
    assert "\x00" not in stored.model_dump_json()
    assert [position.line for position in stored.positions] == [1, 2]
    assert (stored.total_amount, stored.positions[1].amount) == (None, None)
    assert received.reading == "incomplete"


def test_the_record_of_the_reading_is_kept_with_the_case(desk: TestOffice) -> None:
    received = receive(desk, office.document())
    assert received.invoice_id is not None
    (candidate,) = cases.reading_record(desk.office, received.invoice_id).candidates
    assert candidate.chosen
    assert candidate.invoice is not None
    assert candidate.invoice.invoice_number == case(desk, received).content.invoice_number


def test_an_invoice_that_came_as_data_has_no_record(desk: TestOffice) -> None:
    invoice = Invoice.model_validate_json(office.document())
    received = receive_invoice(desk.office, invoice, channel="rest", actor="token:1")
    assert received.invoice_id is not None
    with pytest.raises(NotFound):
        cases.reading_record(desk.office, received.invoice_id)


def a_file_of(*documents: bytes) -> bytes:
    """As the stub of the reader takes it: a line an invoice."""
    return b"\n".join((b"several", *documents))


THREE = a_file_of(office.document(), office.document(invoice_number="102"), b"unreadable P108")


def test_each_invoice_of_a_file_is_a_case_with_its_own_part_of_the_document(desk: TestOffice) -> None:
    first = receive(desk, THREE)
    second, third = first.others
    assert [one.result for one in (first, second, third)] == ["started", "started", "returned"]
    assert [one.pages for one in (first, second, third)] == ["1", "2", "3"]
    assert third.reason == Reason.NO_INVOICE_FOUND
    assert [case(desk, one).content.invoice_number for one in (first, second)] == ["101", "102"]
    assert case(desk, second).document_sha256 == second.document_sha256
    assert desk.office.documents.get(str(second.document_sha256)) == office.document(invoice_number="102")
    with desk.database.read() as connection:
        stored = connection.execute(select(tables.documents.c.sha256, tables.documents.c.part_of)).all()
    whole = hashlib.sha256(THREE).hexdigest()
    assert {row.sha256: row.part_of for row in stored} == {
        whole: None,
        first.document_sha256: whole,
        second.document_sha256: whole,
        third.document_sha256: whole,
    }


def test_a_file_of_several_invoices_is_taken_once_whatever_ended_its_first_try(desk: TestOffice) -> None:
    mail_id = a_mail(desk)

    def killed() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        receive(desk, THREE, mail_id=mail_id, between=killed)
    assert pending(desk) == ["start:invoice-10000001"]
    for _ in range(2):
        first = receive(desk, THREE, mail_id=mail_id)
        assert [one.invoice_id for one in (first, *first.others)] == [10000001, 10000002, None]
    assert pending(desk) == ["start:invoice-10000001", "start:invoice-10000002"]


def test_a_file_of_several_invoices_that_comes_again_is_answered_for_each(desk: TestOffice) -> None:
    receive(desk, THREE)
    again = receive(desk, THREE)
    assert [one.result for one in (again, *again.others)] == ["already_received", "already_received", "returned"]
