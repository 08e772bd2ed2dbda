"""One case for every row of the risk tables, at the thresholds."""

from __future__ import annotations

import itertools

import pytest
from lxml import etree
from risk_cases import CASES, ORDINARY, TYPES, VERDICTS, names_of

from pulse.claims.deploy import models
from pulse.engine.embedded.dmn import Decision, evaluate, parse
from pulse.engine.embedded.values import TypedValue

#: What the tables of abuse look at.
ABUSE = {
    "client_risk_score",
    "abuse_risk",
    "atc",
    "swissmedic_category",
    "narcotic_list",
    "quantity",
    "milligrams_90_days",
}
DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"


@pytest.fixture(scope="module")
def decision() -> Decision:
    (found,) = [item for item in parse(models()["medication_risk.dmn"]) if item.id == "medication_risk"]
    return found


@pytest.fixture(scope="module")
def model() -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(models()["medication_risk.dmn"], parser)


def judged(decision: Decision, position: dict[str, object]) -> dict[str, object]:
    values = {name: TypedValue("Null" if value is None else TYPES[name], value) for name, value in position.items()}
    (row,) = evaluate(decision, values)
    return {name: output.value for name, output in row.items()}


@pytest.mark.parametrize(("position", "rules"), CASES, ids=[names_of(position) for position, _ in CASES])
def test_each_row_fires_for_its_case(
    decision: Decision, position: dict[str, object], rules: dict[str, str | None]
) -> None:
    result = judged(decision, position)
    assert {name: result[name] for name in rules} == rules
    assert (result["level"], result["route"], result["reason"]) == VERDICTS[str(result["rule"])]


def test_every_row_of_every_table_has_a_case(model: etree._Element) -> None:
    fired = {rule for _, rules in CASES for rule in rules.values()}
    named = {str(rule.findtext(f"{DMN}outputEntry/{DMN}text")).strip('"') for rule in model.iter(f"{DMN}rule")}
    assert named == fired - {None}


def test_every_row_says_in_words_what_it_means_and_no_two_rows_share_a_code(model: etree._Element) -> None:
    rows = list(model.iter(f"{DMN}rule"))
    assert all((rule.findtext(f"{DMN}description") or "").strip() for rule in rows)
    named = [str(rule.findtext(f"{DMN}outputEntry/{DMN}text")) for rule in rows]
    assert len(named) == len(set(named))


def test_a_position_is_judged_whatever_its_values_are(decision: Decision) -> None:
    """No table that must have one row has two, and none leaves a position without a verdict."""
    grid: dict[str, list[object]] = {
        "client_risk_score": ["low", "medium", "high", "", None],
        "abuse_risk": [0, 1, None],
        "atc": ["N02AX02", "C09AA05", None],
        "swissmedic_category": ["A+", "B", None],
        "narcotic_list": ["a", "b", "c", None],
        "listed": [True, False, None],
        "unit_price": [0.0, 10.0, 15.0, 20.0, None],
        "listed_price": [0.0, 10.0],
        "amount": [-1.0, 0.0, 10.0, 1000.05],
        "total_amount": [0.0, 1000.0, 1000.05],
        "quantity": [0.0, 1.0, 2.0, 2.5],
        "packs_90_days": [0.0, 9.5, None],
        "milligrams_90_days": [0.0, 1e9, None],
        "billers_90_days": [1, 3, None],
        "opioid_and_benzodiazepine": [True, False, None],
        "cost_12_months": [0.0, 30000.05, None],
    }
    about_abuse = [name for name in grid if name in ABUSE]
    straight = set()
    for names in [*itertools.combinations(grid, 2), *itertools.combinations(about_abuse, 3)]:
        for values in itertools.product(*(grid[name] for name in names)):
            position = ORDINARY | {"unit_price": 10.0, "listed_price": 10.0} | dict(zip(names, values, strict=True))
            result = judged(decision, position)
            assert (result["level"], result["route"], result["reason"]) == VERDICTS[str(result["rule"])]
            if result["route"] == "straight":
                straight.add(tuple(position.items()))
    assert straight
    for position in map(dict, straight):
        assert position["listed"] is True
        assert position["unit_price"] <= position["listed_price"]
        assert 0 <= position["amount"] <= 1000
        assert position["total_amount"] <= 1000
        assert position["client_risk_score"] in {"low", "medium"}
        if position["swissmedic_category"] == "A+" or position["narcotic_list"] == "a":
            assert position["quantity"] <= 1
