"""One case for every row of the risk tables, at the thresholds."""

from __future__ import annotations

import itertools

import pytest
from lxml import etree

from pulse.claims.deploy import models
from pulse.engine.embedded.dmn import Decision, evaluate, parse
from pulse.engine.embedded.values import TypedValue

DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
TYPES = {
    "client_risk_score": "String",
    "abuse_risk": "Long",
    "listed": "Boolean",
    "unit_price": "Double",
    "listed_price": "Double",
    "amount": "Double",
    "total_amount": "Double",
    "quantity": "Double",
}
#: One pack of a listed medication at its listed price for an inconspicuous person.
ORDINARY: dict[str, object] = {
    "client_risk_score": "low",
    "abuse_risk": 0,
    "listed": True,
    "unit_price": 71.55,
    "listed_price": 71.55,
    "amount": 71.55,
    "total_amount": 80.35,
    "quantity": 1.0,
}
#: What differs from the ordinary position → the rules that fire (price, abuse, cost, client; and the last one).
CASES: list[tuple[dict[str, object], dict[str, str | None]]] = [
    (
        {},
        {
            "price_rule": "price-within-list",
            "abuse_rule": "abuse-none",
            "cost_rule": "cost-ordinary",
            "client_rule": "client-low",
            "rule": "risk-none",
        },
    ),
    ({"unit_price": 60.0}, {"price_rule": "price-within-list", "rule": "risk-none"}),
    ({"unit_price": 71.60}, {"price_rule": "price-above-list", "rule": "risk-none-decide"}),
    ({"unit_price": 143.05}, {"price_rule": "price-above-list", "rule": "risk-none-decide"}),
    ({"unit_price": 143.10}, {"price_rule": "price-twice-list", "rule": "risk-price"}),
    ({"listed": False, "listed_price": 0.0}, {"price_rule": "price-not-listed", "rule": "risk-none-decide"}),
    ({"listed_price": 0.0}, {"price_rule": "price-unknown", "rule": "risk-none-decide"}),
    ({"abuse_risk": 1}, {"abuse_rule": "abuse-ordinary", "rule": "risk-none"}),
    ({"abuse_risk": 1, "quantity": 2.0}, {"abuse_rule": "abuse-ordinary", "rule": "risk-none"}),
    ({"abuse_risk": 1, "quantity": 3.0}, {"abuse_rule": "abuse-quantity", "rule": "risk-abuse"}),
    ({"abuse_risk": 1, "client_risk_score": "medium"}, {"abuse_rule": "abuse-client", "rule": "risk-abuse"}),
    ({"abuse_risk": 1, "client_risk_score": "high"}, {"abuse_rule": "abuse-client", "rule": "risk-abuse"}),
    ({"quantity": 30.0}, {"abuse_rule": "abuse-none", "rule": "risk-none"}),
    ({"total_amount": 1000.0}, {"cost_rule": "cost-ordinary", "rule": "risk-none"}),
    ({"total_amount": 1000.05}, {"cost_rule": "cost-total", "rule": "risk-cost"}),
    ({"amount": -0.05}, {"cost_rule": "cost-credit", "rule": "risk-cost"}),
    ({"client_risk_score": "medium"}, {"client_rule": "client-medium", "rule": "risk-none"}),
    ({"client_risk_score": "high"}, {"client_rule": "client-high", "rule": "risk-client"}),
    ({"client_risk_score": ""}, {"client_rule": "client-unknown", "rule": "risk-client"}),
    ({"client_risk_score": None}, {"client_rule": "client-unknown", "rule": "risk-client"}),
    ({"amount": None}, {"cost_rule": None, "rule": "risk-incomplete"}),
    ({"listed": None}, {"price_rule": None, "rule": "risk-incomplete"}),
    ({"unit_price": None}, {"price_rule": None, "rule": "risk-incomplete"}),
    ({"abuse_risk": None}, {"abuse_rule": None, "rule": "risk-incomplete"}),
    ({"abuse_risk": 2}, {"abuse_rule": None, "rule": "risk-incomplete"}),
    ({"total_amount": 5000.0, "unit_price": 200.0}, {"cost_rule": "cost-total", "rule": "risk-price"}),
    ({"total_amount": 5000.0, "client_risk_score": "high"}, {"client_rule": "client-high", "rule": "risk-cost"}),
    ({"unit_price": 200.0, "abuse_risk": 1, "quantity": 3.0}, {"price_rule": "price-twice-list", "rule": "risk-abuse"}),
]
#: The last table's rule → level, route, reason.
VERDICTS = {
    "risk-abuse": ("high", "review", "P702"),
    "risk-price": ("high", "review", "P701"),
    "risk-cost": ("high", "review", "P703"),
    "risk-client": ("high", "review", "P704"),
    "risk-none-decide": ("low", "decide", ""),
    "risk-none": ("low", "straight", ""),
    "risk-incomplete": ("high", "review", ""),
}


@pytest.fixture(scope="module")
def decision() -> Decision:
    (found,) = [item for item in parse(models()["medication_risk.dmn"]) if item.id == "medication_risk"]
    return found


def judged(decision: Decision, position: dict[str, object]) -> dict[str, object]:
    values = {name: TypedValue("Null" if value is None else TYPES[name], value) for name, value in position.items()}
    (row,) = evaluate(decision, values)
    return {name: output.value for name, output in row.items()}


@pytest.mark.parametrize(("differs", "rules"), CASES, ids=[str(case[0]) for case in CASES])
def test_each_row_fires_for_its_case(
    decision: Decision, differs: dict[str, object], rules: dict[str, str | None]
) -> None:
    result = judged(decision, ORDINARY | differs)
    assert {name: result[name] for name in rules} == rules
    assert (result["level"], result["route"], result["reason"]) == VERDICTS[str(result["rule"])]


def test_every_row_of_every_table_has_a_case() -> None:
    fired = {rule for _, rules in CASES for rule in rules.values()}
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(models()["medication_risk.dmn"], parser)
    named = {str(rule.findtext(f"{DMN}outputEntry/{DMN}text")).strip('"') for rule in root.iter(f"{DMN}rule")}
    assert named == fired - {None}


def test_a_position_is_judged_whatever_its_values_are(decision: Decision) -> None:
    """No table that must have one row has two, and none leaves a position without a verdict."""
    grid: dict[str, list[object]] = {
        "client_risk_score": ["low", "medium", "high", "", None],
        "abuse_risk": [0, 1, None],
        "listed": [True, False, None],
        "unit_price": [0.0, 10.0, 15.0, 20.0, None],
        "listed_price": [0.0, 10.0],
        "amount": [-1.0, 0.0, 10.0],
        "total_amount": [0.0, 1000.0, 1000.05],
        "quantity": [0.0, 2.0, 2.5],
    }
    straight = set()
    pairs = itertools.combinations(grid, 3)
    for names in pairs:
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
        assert position["total_amount"] <= 1000
        assert position["client_risk_score"] in {"low", "medium"}
