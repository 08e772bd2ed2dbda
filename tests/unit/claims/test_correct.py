from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import office
import pytest
from claim_steps import case_of, received, settled
from office import TestOffice

from pulse.base.errors import Conflict, InvalidInput
from pulse.claims.correct import correct
from pulse.claims.receive import receive_document


def test_a_corrected_value_is_checked_anew(desk: TestOffice) -> None:
    invoice_id = received(desk, total_amount="99.00")
    assert case_of(desk, invoice_id).reading == "doubtful"
    corrected = correct(desk.office, invoice_id, {"total_amount": "71.55"}, "otto")
    assert corrected.total_amount == Decimal("71.55")
    assert corrected.source.kind == "person"
    assert case_of(desk, invoice_id).reading == "complete"


def test_a_person_stands_for_a_reading_once_it_goes_on_and_not_before(desk: TestOffice) -> None:
    fields = {"total_amount": {"confidence": 0.4}, "patient.family_name": {"confidence": 0.6}}
    invoice_id = received(desk, total_amount="99.00", fields=fields)
    saved = correct(desk.office, invoice_id, {"patient.street": "Neuweg 1"}, "otto")
    assert sorted(one.confidence for one in saved.fields.values()) == [0.4, 0.6]
    correct(desk.office, invoice_id, {"total_amount": "71.55"}, "otto")
    assert {one.confidence for one in case_of(desk, invoice_id).content.fields.values()} == {1.0}


def test_places_of_values_follow_their_positions_where_one_is_removed(desk: TestOffice) -> None:
    places = {f"positions.{index}.amount": {"confidence": 0.9, "page": 1 + index} for index in range(3)}
    rows = [office.position(line) for line in (1, 2, 3)]
    invoice_id = received(desk, positions=rows, fields=places | {"positions": {"confidence": 0.9, "page": 1}})
    left = case_of(desk, invoice_id).content.to_json()["positions"][1:]
    corrected = correct(desk.office, invoice_id, {"positions": left}, "otto")
    told = {path: one.page for path, one in corrected.fields.items()}
    assert told == {"positions": 1, "positions.0.amount": 2, "positions.1.amount": 3}


def test_what_stands_so_on_the_paper_can_be_confirmed(desk: TestOffice) -> None:
    invoice_id = received(desk, total_amount="99.00")
    correct(desk.office, invoice_id, {}, "otto")
    assert case_of(desk, invoice_id).reading == "doubtful"
    correct(desk.office, invoice_id, {}, "otto", confirmed=True)
    assert case_of(desk, invoice_id).reading == "complete"


def test_what_is_missing_cannot_be_confirmed_away(desk: TestOffice) -> None:
    invoice_id = received(desk, total_amount="99.00", invoice_date=None)
    correct(desk.office, invoice_id, {}, "otto", confirmed=True)
    assert case_of(desk, invoice_id).reading == "incomplete"


def test_a_picture_is_read_by_a_person(desk: TestOffice) -> None:
    answer = receive_document(desk.office, b"unreadable P107", channel="mail", actor="gateway")
    invoice_id = answer.invoice_id or 0
    whole = {
        name: value
        for name, value in office.invoice().to_json().items()
        if name not in ("schema_version", "source", "fields", "findings")
    }
    correct(desk.office, invoice_id, whole, "otto")
    case = case_of(desk, invoice_id)
    assert (case.reading, case.unreadable, case.insurance_number) == ("complete", None, office.CLIENT_NUMBER)


def test_a_picture_of_an_invoice_that_came_before_stays_doubtful_whatever_is_confirmed(desk: TestOffice) -> None:
    received(desk)
    answer = receive_document(desk.office, b"unreadable P107", channel="mail", actor="gateway")
    invoice_id = answer.invoice_id or 0
    whole = {
        name: value
        for name, value in office.invoice().to_json().items()
        if name not in ("schema_version", "source", "fields", "findings")
    }
    corrected = correct(desk.office, invoice_id, whole, "otto", confirmed=True)
    assert "P501" in [finding.code for finding in corrected.findings]
    assert case_of(desk, invoice_id).reading == "doubtful"


def test_one_number_for_two_invoices_may_be_confirmed_by_a_person(desk: TestOffice) -> None:
    received(desk)
    invoice_id = received(desk, positions=[office.position(unit_price="70.00", amount="70.00")])
    correct(desk.office, invoice_id, {}, "otto")
    assert case_of(desk, invoice_id).reading == "doubtful"
    correct(desk.office, invoice_id, {}, "otto", confirmed=True)
    assert case_of(desk, invoice_id).reading == "complete"


def test_a_position_is_corrected_by_its_place(desk: TestOffice) -> None:
    invoice_id = received(desk, total_amount="99.00")
    changes: dict[str, Any] = {"positions.0.date": "2026-06-09", "positions.0.quantity": "2"}
    corrected = correct(desk.office, invoice_id, changes, "otto")
    assert (corrected.positions[0].date, corrected.positions[0].quantity) == (date(2026, 6, 9), Decimal(2))


@pytest.mark.parametrize(
    "changes",
    [
        {"total_amount": "viel"},
        {"nothing": "x"},
        {"positions.7.code": "x"},
        {"positions.x.code": "x"},
        {"patient.birth_date": "31.02.2026"},
        {"source": {}},
        {"findings": []},
        {"patient": "Anna"},
    ],
)
def test_a_correction_that_is_not_valid_names_the_field(desk: TestOffice, changes: dict[str, Any]) -> None:
    invoice_id = received(desk, total_amount="99.00")
    with pytest.raises(InvalidInput) as error:
        correct(desk.office, invoice_id, changes, "otto")
    assert error.value.details["places"]
    assert case_of(desk, invoice_id).content.total_amount == Decimal("99.00")


def test_a_case_that_has_gone_on_is_past_correcting(desk: TestOffice) -> None:
    with pytest.raises(Conflict):
        correct(desk.office, settled(desk), {"total_amount": "1.00"}, "otto")
