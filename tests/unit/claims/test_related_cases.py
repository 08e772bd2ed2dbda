"""Reminders, copies, cancellations and corrections on their way in."""

from __future__ import annotations

from typing import Any

import office
import pytest
from claim_steps import case_of, decided, received, settled
from office import TestOffice

from db import invoices, links, outbox
from pulse.claims.correct import correct
from pulse.claims.errors import BusinessError
from pulse.claims.receive import Received, receive_document, receive_invoice
from pulse.claims.relations import relations_of
from pulse.claims.short_form import from_short_form

STORNO = {"subtype": "storno", "invoice_number": "S-1", "refers_to": "101"}


def receive(desk: TestOffice, **changes: Any) -> Received:
    return receive_document(desk.office, office.document(**changes), channel="mail", actor="gateway")


def related(desk: TestOffice, invoice_id: int | None) -> list[tuple[str, int]]:
    assert invoice_id is not None
    with desk.database.read() as connection:
        return [(one.kind, one.case_id) for one in relations_of(connection, invoice_id)]


def findings(desk: TestOffice, invoice_id: int | None) -> list[tuple[str, str]]:
    assert invoice_id is not None
    return [(one.code, one.severity) for one in case_of(desk, invoice_id).content.findings]


def close(desk: TestOffice, invoice_id: int, closed_as: str) -> None:
    with desk.database.write() as connection:
        invoices.set_case(connection, invoice_id, state="completed", closed_as=closed_as)


def errands(desk: TestOffice) -> list[str]:
    with desk.database.read() as connection:
        return [errand.key for errand in outbox.due(connection, at=office.NOW)]


@pytest.mark.parametrize(
    ("changes", "kind", "other_way"),
    [
        ({"reminder_level": 1}, "repeats", "repeated_by"),
        ({"request_type": "reminder"}, "reminds", "reminded_by"),
        ({"subtype": "copy"}, "copies", "copied_by"),
    ],
)
def test_what_comes_again_is_answered_and_linked_to_the_first(
    desk: TestOffice, changes: dict[str, Any], kind: str, other_way: str
) -> None:
    first = received(desk)
    again = receive(desk, **changes)
    assert again.result == "already_received"
    assert case_of(desk, again.invoice_id or 0).duplicate_of == first
    assert related(desk, again.invoice_id) == [(kind, first)]
    assert related(desk, first) == [(other_way, again.invoice_id)]


@pytest.mark.parametrize("changes", [{"request_type": "reminder", "refers_to": "101"}, {"subtype": "copy"}])
def test_a_reminder_or_copy_of_what_never_came_is_the_invoice_itself(desk: TestOffice, changes: dict[str, Any]) -> None:
    came = receive(desk, **changes)
    assert (came.result, related(desk, came.invoice_id)) == ("started", [])
    assert errands(desk) == [f"start:invoice-{came.invoice_id}"]


def test_the_second_reminder_is_linked_to_the_invoice_and_not_to_the_first_reminder(desk: TestOffice) -> None:
    first = received(desk)
    ids = [receive(desk, request_type="reminder", reminder_level=level).invoice_id for level in (1, 2)]
    assert related(desk, first) == [("reminded_by", ids[0]), ("reminded_by", ids[1])]


def test_a_cancellation_becomes_a_case_of_its_own_that_names_what_it_cancels(desk: TestOffice) -> None:
    first = received(desk)
    storno = receive(desk, **STORNO)
    assert (storno.result, findings(desk, storno.invoice_id)) == ("started", [("P504", "warning")])
    assert related(desk, storno.invoice_id) == [("cancels", first)]
    assert related(desk, first) == [("cancelled_by", storno.invoice_id)]


def test_a_cancellation_with_the_number_and_amounts_of_the_invoice_is_not_taken_for_a_repetition(
    desk: TestOffice,
) -> None:
    first = received(desk)
    storno = receive(desk, subtype="storno")
    assert (storno.result, related(desk, storno.invoice_id)) == ("started", [("cancels", first)])


def test_a_cancellation_without_positions_goes_to_a_person_where_its_invoice_is_known(desk: TestOffice) -> None:
    first = received(desk)
    bare = office.invoice(**STORNO).model_copy(update={"positions": (), "total_amount": None})
    storno = receive_document(desk.office, bare.model_dump_json().encode(), channel="mail", actor="gateway")
    assert (storno.result, storno.reading) == ("person", "doubtful")
    assert related(desk, storno.invoice_id) == [("cancels", first)]


def test_a_cancellation_of_nothing_we_have_says_so(desk: TestOffice) -> None:
    storno = receive(desk, **STORNO)
    assert (storno.result, related(desk, storno.invoice_id)) == ("started", [])
    (finding,) = case_of(desk, storno.invoice_id or 0).content.findings
    assert finding.message == "this cancels an invoice that is not here"


def test_an_invoice_that_comes_after_its_cancellation_goes_to_a_person_who_may_let_it_go_on(desk: TestOffice) -> None:
    storno = receive(desk, **STORNO)
    late = receive(desk)
    assert (late.result, late.reason, late.reading) == ("person", "P503", "doubtful")
    assert related(desk, storno.invoice_id) == [("cancels", late.invoice_id)]
    assert late.invoice_id is not None
    assert correct(desk.office, late.invoice_id, {}, "anna").findings[0].severity == "error"
    assert case_of(desk, late.invoice_id).reading == "doubtful"
    correct(desk.office, late.invoice_id, {}, "anna", confirmed=True)
    assert case_of(desk, late.invoice_id).reading == "complete"
    assert related(desk, late.invoice_id) == [("cancelled_by", storno.invoice_id)]


def test_no_machine_approves_an_invoice_that_was_cancelled_meanwhile(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    receive(desk, **STORNO)
    with pytest.raises(BusinessError):
        decided(desk, invoice_id, "approve", place="straight")
    assert decided(desk, invoice_id, "deny", "P819").decision == "deny"


@pytest.mark.parametrize("subtype", ["storno", "refund"])
@pytest.mark.parametrize("place", ["decide", "review_high_risk"])
def test_nobody_pays_for_a_cancellation_whatever_amounts_it_repeats(desk: TestOffice, subtype: str, place: str) -> None:
    settled(desk)
    storno = settled(desk, **STORNO | {"subtype": subtype})
    for decision, code in (("approve", "P801"), ("partial", "P812")):
        with pytest.raises(BusinessError):
            decided(desk, storno, decision, code, place=place)
    assert decided(desk, storno, "deny", "P819", place=place).decision == "deny"


def test_what_was_cancelled_and_agreed_to_may_come_again_as_a_correction(desk: TestOffice) -> None:
    first = settled(desk)
    decided(desk, first, "approve", "P801")
    close(desk, first, "approved")
    storno = settled(desk, **STORNO)
    dearer = [office.position(quantity="2", amount="143.10")]
    assert receive(desk, reminder_level=1).result == "already_received"
    decided(desk, storno, "deny", "P819")
    corrected = receive(desk, positions=dearer)
    assert corrected.result == "started"
    assert related(desk, corrected.invoice_id) == [("corrects", first)]
    assert related(desk, first)[::2] == [("cancelled_by", storno), ("corrected_by", corrected.invoice_id)]


def test_a_refund_leaves_the_invoice_standing(desk: TestOffice) -> None:
    settled(desk)
    decided(desk, settled(desk, **STORNO | {"subtype": "refund"}), "deny", "P819")
    assert receive(desk, reminder_level=1).result == "already_received"


@pytest.mark.parametrize("changes", [{}, {"invoice_number": "102", "refers_to": "101"}])
def test_what_comes_after_a_return_corrects_it_and_goes_on_as_new(desk: TestOffice, changes: dict[str, Any]) -> None:
    first = received(desk)
    close(desk, first, "returned")
    again = receive(desk, tiers="garant", **changes)
    assert (again.result, related(desk, again.invoice_id)) == ("started", [("corrects", first)])


def test_a_conflict_is_linked_and_a_corrected_number_takes_the_link_away(desk: TestOffice) -> None:
    first = received(desk)
    other = receive(desk, positions=[office.position(amount="70.00")])
    assert other.invoice_id is not None
    assert related(desk, other.invoice_id) == [("conflicts", first)]
    assert related(desk, first) == [("conflicts", other.invoice_id)]
    correct(desk.office, other.invoice_id, {"invoice_number": "110"}, "anna")
    assert related(desk, other.invoice_id) == []


def test_a_person_who_reads_a_number_right_finds_the_repetition(desk: TestOffice) -> None:
    first = received(desk)
    misread = receive(desk, invoice_number="1O1", request_type="reminder")
    assert misread.invoice_id is not None
    content = correct(desk.office, misread.invoice_id, {"invoice_number": "101"}, "anna", confirmed=True)
    assert [(one.code, one.severity) for one in content.findings] == [("P501", "error")]
    assert related(desk, misread.invoice_id) == [("reminds", first)]


def test_what_came_later_does_not_make_a_corrected_case_a_repetition(desk: TestOffice) -> None:
    first = receive(desk, invoice_number=None)
    later = receive(desk)
    assert first.invoice_id is not None
    assert correct(desk.office, first.invoice_id, {"invoice_number": "101"}, "anna").findings == ()
    assert related(desk, first.invoice_id) == related(desk, later.invoice_id) == []


def test_a_short_form_alike_is_linked(desk: TestOffice) -> None:
    body = {"insurance_number": 123456789, "gtin": 7680562090041, "total_amount": "71.55", "date": "2026-06-10"}
    content = from_short_form(body | {"biller_mail": "apotheke@provider.example"})
    came = [receive_invoice(desk.office, content, channel="rest", actor="t", short_form=True) for _ in range(2)]
    assert related(desk, came[1].invoice_id) == [("conflicts", came[0].invoice_id)]


def test_a_corrected_first_case_stays_what_the_later_one_reminds_of(desk: TestOffice) -> None:
    first = received(desk)
    again = receive(desk, request_type="reminder").invoice_id
    assert again is not None
    with desk.database.write() as connection:
        links.clear(connection, first)
    assert related(desk, again) == [("reminds", first)]
