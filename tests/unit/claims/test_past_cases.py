"""Past cases without names, and what a change would change in them."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import office
import pytest
import typer
from claim_steps import settled
from office import LISTED, TestOffice, position
from sqlalchemy import update

from db import medications
from db.medications import LimitationOnDay
from db.tables import medication_prices
from pulse.claims import past_cases, what_would_change
from pulse.claims.deploy import models
from pulse.claims.rules.facts import Rules
from pulse.cli.risk_table import risk_table

RULES = Rules()
DEAR = {"unit_price": "80.00", "amount": "80.00"}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The risk table as it is."""
    file = tmp_path / "table.dmn"
    file.write_bytes(models()["medication_risk.dmn"])
    return file


@pytest.fixture
def folder(desk: TestOffice, tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two past cases: one paid in full, one cut to the list's price and with a remark."""
    ask = risk_table(table)
    monkeypatch.setattr(desk.office.engine, "evaluate_decision", lambda _id, variables: ask(variables))
    settled(desk)
    settled(
        desk,
        invoice_number="102",
        positions=[
            position(date="2026-05-10"),
            position(line=2, code=office.ABUSED, remark="für Frau Müller 20416.01", unit_price="15.00", amount="15.00"),
        ],
    )
    target = tmp_path / "cases"
    assert past_cases.export(desk.office, target, RULES, since=None, most=10) == 2
    return target


def compared(desk: TestOffice, folder: Path, rules: Rules = RULES) -> what_would_change.Comparison:
    cases = [past_cases.read(path) for path in sorted(folder.glob("*.json"))]
    with desk.database.read() as connection:
        return what_would_change.compare(connection, cases, rules)[0]


def test_no_person_is_named_in_a_past_case(desk: TestOffice, folder: Path) -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.json"))

    for private in ("Müller", "Anna", office.CLIENT_NUMBER, office.CLIENT_AHV, "1979", office.PROVIDER_IBAN, "Bären"):
        assert private not in texts
    assert "20416.01" in texts


def test_what_was_decided_by_unchanged_rules_does_not_change(desk: TestOffice, folder: Path) -> None:
    comparison = compared(desk, folder)

    assert not comparison.changed
    assert (comparison.cases, comparison.positions, comparison.without_answer) == (2, 3, 0)
    assert comparison.payable_before == comparison.payable_after == Decimal("155.40")
    assert comparison.machine_before == comparison.machine_after == 1


def test_a_lower_price_on_the_list_shows_what_less_would_be_paid(desk: TestOffice, folder: Path) -> None:
    with desk.database.write() as connection:
        prices = update(medication_prices).where(medication_prices.c.gtin == LISTED)
        connection.execute(prices.values(public_price=Decimal("70.00")))

    comparison = compared(desk, folder)

    assert [(one.line, one.difference, one.after.reasons) for one in comparison.changes] == [
        (1, Decimal("-1.55"), ("P313",)),
        (1, Decimal("-1.55"), ("P313",)),
    ]
    assert comparison.difference == Decimal("-3.10")
    assert (comparison.machine_before, comparison.machine_after) == (1, 0)


def test_a_rule_that_only_asks_for_a_person_is_a_change_too(desk: TestOffice, folder: Path) -> None:
    limited = LimitationOnDay(code="NEW", texts={"de": "Kostengutsprache"}, needs_approval=True)
    with desk.database.write() as connection:
        medications.add(
            connection,
            prices=[(date(2020, 1, 1), Decimal("20.00"))],
            limitations=(limited,),
            gtin="7680652060015",
            name="Neu",
            listed_from=date(2020, 1, 1),
        )
    case = next(iter(sorted(folder.glob("*.json"))))
    case.write_text(case.read_text(encoding="utf-8").replace(LISTED, "7680652060015"), encoding="utf-8")

    comparison = compared(desk, folder)

    assert [one.after.reasons for one in comparison.changes] == [("P320", "P313", "P322")]
    assert comparison.machine_after == 0


def test_saved_answers_are_what_is_expected_from_then_on(desk: TestOffice, folder: Path) -> None:
    strict = Rules(most_packs=0)
    assert compared(desk, folder, strict).changed
    cases = [past_cases.read(path) for path in folder.glob("*.json")]
    with desk.database.read() as connection:
        _, answers = what_would_change.compare(connection, cases, strict)
    for one in answers:
        past_cases.save(one.case, one.answer, one.risk)

    assert not compared(desk, folder, strict).changed


def test_a_case_without_an_answer_is_counted_apart(desk: TestOffice, folder: Path) -> None:
    for path in folder.glob("*.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        del data["expected"]
        path.write_text(json.dumps(data), encoding="utf-8")

    comparison = compared(desk, folder)

    assert (comparison.without_answer, comparison.changed, comparison.payable_after) == (2, False, Decimal(0))


def test_only_so_many_and_only_recent_cases_are_written(desk: TestOffice, folder: Path, tmp_path: Path) -> None:
    assert past_cases.export(desk.office, tmp_path / "one", RULES, since=None, most=1) == 1
    assert past_cases.export(desk.office, tmp_path / "none", RULES, since=date(2026, 6, 17), most=9) == 0
    assert past_cases.export(desk.office, tmp_path / "all", RULES, since=date(2026, 6, 16), most=9) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"expected": {}}',
        '{"expected": {"positions": [{"outcome": "maybe", "payable": "1"}]}}',
        '{"expected": {"positions": [{"outcome": "full", "payable": "many"}]}}',
        "[" * 100_000,
    ],
)
def test_a_file_that_is_no_past_case_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(past_cases.NotAPastCase, match=r"wrong\.json"):
        past_cases.read(path)


def test_an_answer_must_have_the_invoices_positions(folder: Path) -> None:
    path = next(iter(folder.glob("*.json")))
    data = json.loads(path.read_text(encoding="utf-8"))
    data["expected"]["positions"] *= 2
    path.write_text(json.dumps(data), encoding="utf-8")

    with pytest.raises(past_cases.NotAPastCase, match="another number of positions"):
        past_cases.read(path)


def told_by(desk: TestOffice, folder: Path, file: Path) -> what_would_change.Comparison:
    cases = [past_cases.read(path) for path in sorted(folder.glob("*.json"))]
    with desk.database.read() as connection:
        return what_would_change.compare(connection, cases, RULES, risk_table(file))[0]


def test_the_same_risk_table_changes_no_route(desk: TestOffice, folder: Path, table: Path) -> None:
    found = told_by(desk, folder, table)

    assert (found.changed, found.risk_changes, found.without_risk) == (False, [], 0)


def test_a_changed_risk_table_shows_whose_decision_it_becomes(desk: TestOffice, folder: Path, table: Path) -> None:
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("1000<", "70<"), encoding="utf-8")

    found = told_by(desk, folder, table)

    assert table.read_text(encoding="utf-8") != text
    assert [(one.before, one.after) for one in found.risk_changes][:1] == [("straight_through", "review")]
    assert found.risk_changes[0].rules == ((1, "risk-none", "risk-cost"),)
    assert (found.machine_before, found.machine_after) == (1, 0)
    assert found.payable_before == found.payable_after
    assert found.changed


def test_a_risk_table_without_an_answer_is_somebodys_business(desk: TestOffice, folder: Path, table: Path) -> None:
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace('name="level"', 'name="height"'), encoding="utf-8")

    found = told_by(desk, folder, table)

    assert {one.after for one in found.risk_changes} == {"clarify"}
    assert found.machine_after == 0


def test_a_case_of_which_nothing_is_known_to_ask_keeps_its_risk(desk: TestOffice, folder: Path, table: Path) -> None:
    for path in folder.glob("*.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        del data["asked"]
        path.write_text(json.dumps(data), encoding="utf-8")
    table.write_text(table.read_text(encoding="utf-8").replace("1000<", "70<"), encoding="utf-8")

    found = told_by(desk, folder, table)

    assert (found.without_risk, found.risk_changes) == (2, [])


@pytest.mark.parametrize("content", ["<no/>", "nonsense", ""])
def test_a_file_without_the_risk_table_is_wrong_usage(content: str, tmp_path: Path) -> None:
    file = tmp_path / "x.dmn"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(typer.BadParameter):
        risk_table(file)
