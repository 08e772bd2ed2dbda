"""Trying a decision without a case."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import office
import pytest
from office import TestOffice

from db import approvals
from db.medications import LimitationOnDay
from pulse.claims.evaluate import NotAQuestion, evaluate, question_of
from pulse.claims.rules.facts import Rules

NEEDING = "7680999990013"
CLIENT = {
    "insurance_number": office.CLIENT_NUMBER,
    "family_name": "Müller",
    "given_name": "Anna",
    "birth_date": "1979-05-14",
    "covered_from": "2020-01-01",
    "law": "KVG",
}


def question(*, client: dict[str, Any] | None = None, more: dict[str, Any] | None = None, **invoice: Any) -> str:
    whole = {"client": CLIENT | (client or {}), "invoice": office.invoice(**invoice).to_json()}
    return json.dumps(whole | (more or {}))


def answer(desk: TestOffice, text: str) -> dict[str, Any]:
    with desk.database.read() as connection:
        return evaluate(connection, question_of(text), Rules()).to_json()


def test_each_position_is_answered_in_order_and_the_whole_beside(desk: TestOffice) -> None:
    rows = [
        office.position(1),
        office.position(2, date="2026-06-09", unit_price="80.00", amount="80.00"),
        office.position(3, code=office.UNLISTED),
    ]
    assert answer(desk, question(positions=rows)) == {
        "positions": [
            {"outcome": "full", "payable": "71.55", "reasons": []},
            {"outcome": "partial", "payable": "71.55", "reasons": ["P313"]},
            {"outcome": "none", "payable": "0.00", "reasons": ["P312"]},
        ],
        "outcome": "partial",
        "payable_amount": "143.10",
        "reasons": [],
        "needs_person": True,
    }


def test_what_the_machine_may_approve_needs_no_person(desk: TestOffice) -> None:
    found = answer(desk, question())
    assert (found["outcome"], found["payable_amount"], found["needs_person"]) == ("full", "71.55", False)


@pytest.mark.parametrize(
    ("client", "invoice", "reasons"),
    [
        ({"covered_from": "2026-06-11"}, {}, ["P402"]),
        ({"covered_until": "2026-06-09"}, {}, ["P402"]),
        ({"law": "VVG"}, {}, ["P404"]),
        ({"insurance_number": "555"}, {"patient": {"insured_number": office.CLIENT_NUMBER}}, ["P401"]),
        ({"family_name": "Keller"}, {}, ["P403"]),
        ({"birth_date": "1980-01-01"}, {}, ["P403"]),
        ({}, {"patient": {"family_name": "Müller", "given_name": "Anna"}}, []),
        ({}, {"patient": {"family_name": "Keller", "given_name": "Anna"}}, ["P403"]),
        ({"insurance_number": int(office.CLIENT_NUMBER)}, {}, []),
        ({}, {"patient": {"family_name": "Müller", "ssn": "7569217076985"}}, []),
        ({}, {"patient": {"family_name": "Keller", "ssn": "7569217076985"}}, ["P403"]),
        ({"ahv_number": "7561234567897"}, {"patient": {"family_name": "Müller", "ssn": "7569217076985"}}, ["P401"]),
        ({"insurance_number": "7569217076985"}, {"patient": {"family_name": "Müller", "ssn": "7569217076985"}}, []),
    ],
)
def test_the_client_given_is_the_one_who_is_judged(
    desk: TestOffice, client: dict[str, Any], invoice: dict[str, Any], reasons: list[str]
) -> None:
    assert answer(desk, question(client=client, **invoice))["positions"][0]["reasons"] == reasons


def test_approvals_count_from_the_question_and_from_the_register(desk: TestOffice) -> None:
    with desk.database.write() as connection:
        office.add_pack(
            connection, NEEDING, "Teures Mittel", "20.00", limitations=[LimitationOnDay(code="L", needs_approval=True)]
        )
    rows = [office.position(code=NEEDING)]
    given = {"approvals": [{"gtin": NEEDING, "valid_from": "2026-01-01", "packs": 1}]}
    assert answer(desk, question(positions=rows))["positions"][0]["reasons"] == ["P320", "P322"]
    assert answer(desk, question(positions=rows, more=given))["outcome"] == "full"
    with desk.database.write() as connection:
        approvals.add(
            connection,
            client_id=1,
            gtin=NEEDING,
            valid_from=date(2026, 1, 1),
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
            created_by="anna",
        )
    assert answer(desk, question(positions=rows))["outcome"] == "full"


def test_what_was_dispensed_before_counts_where_the_question_tells_it(desk: TestOffice) -> None:
    before = {"history": [{"gtin": office.LISTED, "day": "2026-06-10", "biller": office.PROVIDER_GLN}]}
    assert answer(desk, question(more=before))["positions"][0]["reasons"] == ["P510"]


def test_amounts_may_be_numbers_and_stay_exact(desk: TestOffice) -> None:
    text = question().replace('"71.55"', "71.55")
    assert answer(desk, text)["payable_amount"] == "71.55"


def test_an_invoice_without_a_source_is_a_persons(desk: TestOffice) -> None:
    whole = json.loads(question())
    del whole["invoice"]["source"]
    assert answer(desk, json.dumps(whole))["outcome"] == "full"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "input"),
        ("{}", "client: Field required"),
        ('{"client": {}, "invoice": 1}', "client.insurance_number: Field required"),
        (question().replace("covered_from", "covered_form"), "client.covered_from: Field required"),
        (question().replace("2020-01-01", "soon"), "client.covered_from"),
        (question().replace('"71.55"', '"much"'), "invoice.positions.0.unit_price"),
        (question().replace('"71.55"', "NaN"), "invoice.positions.0.unit_price"),
    ],
)
def test_bad_input_says_what_is_wrong_where(text: str, said: str) -> None:
    with pytest.raises(NotAQuestion, match=said):
        question_of(text)


def test_nothing_is_stored(desk: TestOffice) -> None:
    answer(desk, question())
    with desk.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM invoices").scalar_one() == 0
