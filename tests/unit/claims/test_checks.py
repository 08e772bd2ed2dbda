from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import office
import pytest
from claim_steps import case_of, lines_of, received, settled
from office import TestOffice
from sqlalchemy import update

from db import audit, decisions
from db.tables import clients, medication_prices, providers
from pulse.claims import assess_risk as assess
from pulse.claims.assess_risk import assess_risk
from pulse.claims.check_client import ClientCheck, check_client
from pulse.claims.check_medication import check_medication
from pulse.claims.errors import BusinessError, CaseMissing
from pulse.claims.receive import receive_invoice
from pulse.claims.settle import settle
from pulse.claims.short_form import from_short_form
from pulse.claims.steps import Step
from pulse.engine.errors import BadRequest, EngineUnavailable, ServerFault


def step(number: int = 1) -> Step:
    return Step(activity_instance_id=f"1/activity:{number}", topic="t")


def change_client(desk: TestOffice, **values: Any) -> None:
    with desk.database.write() as connection:
        where = clients.c.insurance_number == office.CLIENT_NUMBER
        connection.execute(update(clients).where(where).values(**values))


def test_the_client_is_found_and_kept_with_the_case(desk: TestOffice) -> None:
    invoice_id = received(desk)
    check = check_client(desk.office, invoice_id)
    assert check == ClientCheck(client_found=True, client_match="found", client_risk_score="low")
    assert case_of(desk, invoice_id).client_id == 1


def test_a_person_who_is_not_insured_is_unknown(desk: TestOffice) -> None:
    invoice_id = received(desk, patient={"family_name": "Fremd", "insured_number": "5555"})
    assert check_client(desk.office, invoice_id).client_match == "unknown"
    assert case_of(desk, invoice_id).reasons == "P401"


def test_a_number_with_another_name_is_a_mismatch_with_its_reason(desk: TestOffice) -> None:
    invoice_id = received(desk, patient={"family_name": "Keller", "insured_number": office.CLIENT_NUMBER})
    check = check_client(desk.office, invoice_id)
    assert (check.client_match, check.clarify_reason) == ("mismatch", "P403")


def test_a_mistyped_number_of_an_insured_person_is_a_mismatch_not_unknown(desk: TestOffice) -> None:
    patient = {"family_name": "Müller", "given_name": "Anna", "birth_date": "1979-05-14", "insured_number": "123456780"}
    assert check_client(desk.office, received(desk, patient=patient)).client_match == "mismatch"


def test_a_missing_case_says_so(desk: TestOffice) -> None:
    with pytest.raises(CaseMissing):
        check_client(desk.office, 99999999)


def test_a_step_handed_out_twice_is_answered_from_the_ledger(desk: TestOffice) -> None:
    invoice_id = received(desk)
    first = check_client(desk.office, invoice_id, step=step())
    change_client(desk, risk_score="high")
    assert check_client(desk.office, invoice_id, step=step()) == first
    assert check_client(desk.office, invoice_id, step=step(2)).client_risk_score == "high"
    with desk.database.read() as connection:
        actions = [event["action"] for event in audit.of_invoice(connection, invoice_id)]
    assert actions.count("claims:client:checked") == 2


def test_packs_are_looked_up_on_the_day_of_treatment(desk: TestOffice) -> None:
    positions = [
        office.position(1),
        office.position(2, code=office.DELISTED),
        office.position(3, code=office.DELISTED, date="2025-12-31"),
        office.position(4, code="7680562090042"),
        office.position(5, tariff="001", code="00.0010"),
    ]
    invoice_id = received(desk, positions=positions)
    check_client(desk.office, invoice_id)
    check = check_medication(desk.office, invoice_id)
    assert (check.medication_found, check.positions_valid) == (True, True)
    rows = [(line.listed, line.listed_price, line.reasons) for line in lines_of(desk, invoice_id)]
    assert rows == [
        (True, Decimal("71.55"), ""),
        (False, None, "P316"),
        (True, Decimal("9.90"), ""),
        (False, None, "P310"),
        (False, None, "P314"),
    ]


def test_the_price_of_the_day_counts_not_the_newest(desk: TestOffice) -> None:
    with desk.database.write() as connection:
        row = {"gtin": office.LISTED, "valid_from": date(2026, 6, 11), "public_price": Decimal("50.00")}
        connection.execute(medication_prices.insert().values(**row))
    invoice_id = received(desk)
    check_client(desk.office, invoice_id)
    check_medication(desk.office, invoice_id)
    assert lines_of(desk, invoice_id)[0].listed_price == Decimal("71.55")


def test_no_valid_gtin_and_no_listed_pack_are_told_apart(desk: TestOffice) -> None:
    invalid = received(desk, positions=[office.position(code="123")])
    unlisted = received(desk, invoice_number="102", positions=[office.position(code=office.UNLISTED)])
    for invoice_id in (invalid, unlisted):
        check_client(desk.office, invoice_id)
    assert not check_medication(desk.office, invalid).positions_valid
    check = check_medication(desk.office, unlisted)
    assert (check.positions_valid, check.medication_found) == (True, False)


def test_without_a_client_a_person_must_look(desk: TestOffice) -> None:
    invoice_id = received(desk)
    for work in (check_medication, assess_risk, settle):
        with pytest.raises(BusinessError) as error:
            work(desk.office, invoice_id)
        assert error.value.bpmn_code == "business_error"


def test_the_risk_is_asked_by_the_tables_version_and_kept_with_the_case(desk: TestOffice) -> None:
    desk.engine.level = "high"
    invoice_id = received(desk, positions=[office.position(1), office.position(2, code=office.ABUSED)])
    check_client(desk.office, invoice_id)
    check_medication(desk.office, invoice_id)
    assessment = assess_risk(desk.office, invoice_id)
    assert (assessment.risk, assessment.reasons, assessment.sl_decision) == ("high", "P701", True)
    assert [asked["abuse_risk"] for asked in desk.engine.asked] == [0, 1]
    assert desk.engine.asked[0]["listed_price"] == 71.55
    with desk.database.read() as connection:
        stored = decisions.assessments_of(connection, invoice_id)
    assert [one.decision_definition_id for one in stored] == ["medication_risk:1:1"] * 2
    assert stored[0].outputs["rule"] == "risk-test"
    assert case_of(desk, invoice_id).risk == "high"


def test_equal_positions_are_asked_once(desk: TestOffice) -> None:
    settled(desk, positions=[office.position(1), office.position(2)])
    assert len(desk.engine.asked) == 1


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [{"rule": "a", "level": "low"}, {"rule": "b", "level": "low"}],
        [{"rule": "a", "level": None}],
        [{"rule": "a"}],
    ],
)
def test_a_table_without_a_single_answer_is_never_an_approval(desk: TestOffice, answers: list[dict[str, Any]]) -> None:
    desk.engine.answers = answers
    invoice_id = received(desk)
    check_client(desk.office, invoice_id)
    check_medication(desk.office, invoice_id)
    with pytest.raises(BusinessError):
        assess_risk(desk.office, invoice_id)
    assert case_of(desk, invoice_id).risk is None


def test_a_table_that_fails_is_a_persons_business_and_an_engine_that_is_away_is_not(desk: TestOffice) -> None:
    invoice_id = received(desk)
    check_client(desk.office, invoice_id)
    check_medication(desk.office, invoice_id)
    desk.office.engine.decision_definition(assess.DECISION)
    for problem, expected in (
        (EngineUnavailable(), EngineUnavailable),
        (BadRequest(), BusinessError),
        (ServerFault(), BusinessError),
    ):
        assess._versions.clear()
        assess._definition_id(desk.office)
        desk.engine.problems = [problem]
        with pytest.raises(expected):
            assess_risk(desk.office, invoice_id)


def test_the_tables_id_is_asked_for_again_after_a_while(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    desk.clock.advance(timedelta(minutes=5))
    desk.engine.problems = [EngineUnavailable()]
    with pytest.raises(EngineUnavailable):
        assess_risk(desk.office, invoice_id)


def test_a_case_in_order_is_settled_in_full(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    result = settle(desk.office, invoice_id)
    assert (result.payable_amount, result.outcome) == ("71.55", "full")
    assert (result.client_last_name, result.abuse_risk) == ("Müller", 0)
    assert result.case_url == f"https://pulse.insurer.example/cases/{invoice_id}"
    assert "billed 71.55, payable 71.55" in result.facts
    stored = case_of(desk, invoice_id)
    assert (stored.outcome, stored.payable_amount, stored.payee, stored.provider_id) == (
        "full",
        Decimal("71.55"),
        "provider",
        1,
    )


@pytest.mark.parametrize(
    ("changes", "line", "reason"),
    [
        ({"covered_until": date(2026, 6, 9)}, "none", "P402"),
        ({"covered_from": date(2026, 6, 11)}, "none", "P402"),
        ({"covered_until": date(2026, 6, 10)}, "full", ""),
        ({"covered_from": date(2026, 6, 10)}, "full", ""),
        ({"law": "VVG"}, "none", "P404"),
    ],
)
def test_cover_counts_on_the_day_of_treatment_under_the_invoices_law(
    desk: TestOffice, changes: dict[str, Any], line: str, reason: str
) -> None:
    change_client(desk, **changes)
    invoice_id = settled(desk)
    stored = lines_of(desk, invoice_id)[0]
    assert (stored.outcome, stored.reasons) == (line, reason)


def test_an_accident_is_not_ours_to_pay(desk: TestOffice) -> None:
    assert case_of(desk, settled(desk, law="UVG")).outcome == "none"


def test_a_price_above_the_list_is_cut_position_by_position(desk: TestOffice) -> None:
    dear = office.position(2, date="2026-06-09", unit_price="80.00", amount="80.00")
    invoice_id = settled(desk, positions=[office.position(1), dear])
    assert case_of(desk, invoice_id).payable_amount == Decimal("143.10")
    assert [(line.outcome, line.payable, line.reasons) for line in lines_of(desk, invoice_id)] == [
        ("full", Decimal("71.55"), ""),
        ("partial", Decimal("71.55"), "P313"),
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payment": {"iban": "CH5604835012345678009", "reference_type": "NON"}}, "P601"),
        ({"biller": {"gln": "7601000999996", "name": "Fremde Apotheke"}}, "P602"),
    ],
)
def test_an_account_or_provider_that_is_not_registered_is_a_persons_business(
    desk: TestOffice, changes: dict[str, Any], reason: str
) -> None:
    invoice_id = settled(desk, **changes)
    with pytest.raises(BusinessError) as error:
        settle(desk.office, invoice_id)
    assert (error.value.bpmn_code, error.value.variables["clarify_reason"]) == ("payee_unclear", reason)
    assert error.value.variables["payable_amount"] == "71.55"
    assert reason in case_of(desk, invoice_id).reasons


def test_a_payee_in_doubt_is_in_doubt_again_when_the_step_comes_twice(desk: TestOffice) -> None:
    invoice_id = settled(desk, biller={"gln": "7601000999996", "name": "Fremde Apotheke"})
    for _ in range(2):
        with pytest.raises(BusinessError):
            settle(desk.office, invoice_id, step=step())


def test_a_provider_without_a_registered_account_is_not_paid_by_the_machine(desk: TestOffice) -> None:
    with desk.database.write() as connection:
        connection.execute(update(providers).values(iban=None))
    with pytest.raises(BusinessError):
        settle(desk.office, settled(desk))
    later = [office.position(date="2026-07-10")]
    invoice_id = settled(desk, invoice_number="102", tiers="garant", positions=later)
    assert settle(desk.office, invoice_id).outcome == "full"
    assert case_of(desk, invoice_id).payee == "client"


def test_the_short_form_finds_its_provider_by_mail_address_and_its_amounts_by_the_list(desk: TestOffice) -> None:
    body = {
        "insurance_number": office.CLIENT_NUMBER,
        "gtin": [office.LISTED, office.ABUSED],
        "total_amount": "83.85",
        "date": "2026-06-10",
        "biller_mail": "Apotheke@Provider.example",
    }
    answer = receive_invoice(desk.office, from_short_form(body), channel="rest", actor="token", short_form=True)
    invoice_id = answer.invoice_id or 0
    check_client(desk.office, invoice_id)
    check_medication(desk.office, invoice_id)
    assess_risk(desk.office, invoice_id)
    assert settle(desk.office, invoice_id).outcome == "full"
    assert [line.amount for line in lines_of(desk, invoice_id)] == [Decimal("71.55"), Decimal("12.30")]
