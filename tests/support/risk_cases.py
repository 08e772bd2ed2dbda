"""What the risk tables are asked and which rules answer: a case for every row, at the thresholds."""

from __future__ import annotations

#: The engine's types of the inputs.
TYPES = {
    "client_risk_score": "String",
    "atc": "String",
    "swissmedic_category": "String",
    "narcotic_list": "String",
    "abuse_risk": "Long",
    "listed": "Boolean",
    "unit_price": "Double",
    "listed_price": "Double",
    "amount": "Double",
    "total_amount": "Double",
    "quantity": "Double",
    "packs_90_days": "Double",
    "milligrams_90_days": "Double",
    "billers_90_days": "Long",
    "opioid_and_benzodiazepine": "Boolean",
    "cost_12_months": "Double",
}
#: One pack of a listed medication at its listed price for an inconspicuous person, as it was asked before the tables
#: knew of lists, supply and a year's cost.
SHORT: dict[str, object] = {
    "client_risk_score": "low",
    "abuse_risk": 0,
    "listed": True,
    "unit_price": 71.55,
    "listed_price": 71.55,
    "amount": 71.55,
    "total_amount": 80.35,
    "quantity": 1.0,
}
#: The same with all that is asked now.
ORDINARY: dict[str, object] = SHORT | {
    "atc": "N05AX12",
    "swissmedic_category": "B",
    "narcotic_list": None,
    "packs_90_days": 1.0,
    "milligrams_90_days": None,
    "billers_90_days": 1,
    "opioid_and_benzodiazepine": False,
    "cost_12_months": 0.0,
}
Case = tuple[dict[str, object], dict[str, str | None]]
#: What differs from the short set → the rules that fire (price, abuse, cost, client; and the last one).
SHORT_CASES: list[Case] = [
    (
        {},
        {
            "price_rule": "price-within-list",
            "abuse_rule": "abuse-none",
            "potential_rule": "potential-none",
            "watch_rule": "watch-none",
            "pattern_rule": "pattern-ordinary",
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
    ({"abuse_risk": 1}, {"potential_rule": "potential-marked", "abuse_rule": "abuse-ordinary", "rule": "risk-none"}),
    ({"abuse_risk": 1, "quantity": 2.0}, {"abuse_rule": "abuse-ordinary", "rule": "risk-none"}),
    ({"abuse_risk": 1, "quantity": 3.0}, {"abuse_rule": "abuse-quantity", "rule": "risk-abuse"}),
    ({"abuse_risk": 1, "client_risk_score": "medium"}, {"abuse_rule": "abuse-client", "rule": "risk-abuse"}),
    ({"abuse_risk": 1, "client_risk_score": "high"}, {"abuse_rule": "abuse-client", "rule": "risk-abuse"}),
    ({"quantity": 30.0}, {"abuse_rule": "abuse-none", "rule": "risk-none"}),
    ({"total_amount": 1000.0}, {"cost_rule": "cost-ordinary", "rule": "risk-none"}),
    ({"total_amount": 1000.05}, {"cost_rule": "cost-total", "rule": "risk-cost"}),
    ({"amount": 1000.0, "total_amount": 1000.0}, {"cost_rule": "cost-ordinary", "rule": "risk-none"}),
    ({"amount": 1000.05, "total_amount": 900.0}, {"cost_rule": "cost-position", "rule": "risk-cost"}),
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
#: The ATC prefixes of the watch list with a medication of each.
WATCHED = {
    "N02A": "N02AX02",
    "N02BF01": "N02BF01",
    "N02BF02": "N02BF02",
    "N03AX16": "N03AX16",
    "N05BA": "N05BA06",
    "N05CD": "N05CD08",
    "N05CF": "N05CF02",
    "N06BA": "N06BA04",
    "N07BC": "N07BC02",
    "R05DA": "R05DA04",
}
#: Milligrams a day of each row of the daily doses → in 90 days, one and a half doses a day, and a little more.
_DAILY_MG = {
    "N02AA01": 100.0, "N02AA03": 20.0, "N02AA05": 75.0, "N02AX02": 300.0, "N02AX06": 400.0, "N02BF01": 1800.0,
    "N02BF02": 300.0, "N03AE01": 8.0, "N03AX16": 300.0, "N05BA01": 10.0, "N05BA04": 50.0, "N05BA05": 20.0,
    "N05BA06": 2.5, "N05BA08": 10.0, "N05BA09": 20.0, "N05BA11": 30.0, "N05BA12": 1.0, "N05CD01": 30.0,
    "N05CD02": 5.0, "N05CD03": 1.0, "N05CD05": 0.25, "N05CD06": 1.0, "N05CD07": 20.0, "N05CD08": 15.0,
    "N05CF01": 7.5, "N05CF02": 10.0, "N06BA04": 30.0, "N07BC01": 8.0, "N07BC02": 25.0, "R05DA04": 100.0,
}  # fmt: skip
DOSES = {atc: (daily * 90 * 1.5, daily * 90 * 1.51) for atc, daily in _DAILY_MG.items()}
_LIST_B: dict[str, object] = {"narcotic_list": "b", "atc": "N05BA06"}
_STRONG: dict[str, object] = {"swissmedic_category": "A+", "narcotic_list": "a", "atc": "N02AB03"}
#: What differs from the full set → the rules that fire.
FULL_CASES: list[Case] = [
    *[
        ({"atc": atc}, {"watch_rule": f"watch-{prefix}", "potential_rule": "potential-watched", "rule": "risk-none"})
        for prefix, atc in WATCHED.items()
    ],
    ({"atc": None}, {"watch_rule": "watch-none", "potential_rule": "potential-none", "rule": "risk-none"}),
    ({"atc": "N02BF"}, {"watch_rule": "watch-none", "rule": "risk-none"}),
    ({"swissmedic_category": "A+"}, {"potential_rule": "potential-A+", "abuse_rule": "abuse-strong"}),
    ({"swissmedic_category": None}, {"potential_rule": "potential-none", "rule": "risk-none"}),
    ({"narcotic_list": "a"}, {"potential_rule": "potential-list-a-d", "abuse_rule": "abuse-strong"}),
    ({"narcotic_list": "d"}, {"potential_rule": "potential-list-a-d", "abuse_rule": "abuse-strong"}),
    ({"narcotic_list": "b"}, {"potential_rule": "potential-list-b", "abuse_rule": "abuse-ordinary"}),
    ({"narcotic_list": "c"}, {"potential_rule": "potential-list-c", "abuse_rule": "abuse-ordinary"}),
    (_LIST_B, {"watch_rule": "watch-N05BA", "potential_rule": "potential-list-b", "rule": "risk-none"}),
    (_LIST_B | {"quantity": 2.5}, {"abuse_rule": "abuse-quantity", "rule": "risk-abuse"}),
    (_STRONG, {"potential_rule": "potential-A+", "abuse_rule": "abuse-strong", "rule": "risk-none"}),
    (_STRONG | {"quantity": 2.0}, {"abuse_rule": "abuse-strong-quantity", "rule": "risk-abuse"}),
    (_STRONG | {"client_risk_score": "medium"}, {"abuse_rule": "abuse-strong-client", "rule": "risk-abuse"}),
    (_LIST_B | {"billers_90_days": 2}, {"pattern_rule": "pattern-ordinary", "rule": "risk-none"}),
    (_LIST_B | {"billers_90_days": 3}, {"pattern_rule": "pattern-billers", "abuse_rule": "abuse-history"}),
    *[
        case
        for atc, (enough, more) in DOSES.items()
        for case in (
            (
                {"atc": atc, "milligrams_90_days": enough},
                {"dose_rule": f"dose-{atc}", "pattern_rule": "pattern-ordinary"},
            ),
            ({"atc": atc, "milligrams_90_days": more}, {"dose_rule": f"dose-{atc}", "pattern_rule": "pattern-supply"}),
        )
    ],
    (_LIST_B | {"milligrams_90_days": 337.5}, {"pattern_rule": "pattern-ordinary", "rule": "risk-none"}),
    (_LIST_B | {"milligrams_90_days": 337.6}, {"pattern_rule": "pattern-supply", "rule": "risk-abuse"}),
    ({"milligrams_90_days": 9e9}, {"dose_rule": "dose-none", "pattern_rule": "pattern-ordinary"}),
    (_LIST_B | {"packs_90_days": 9.0}, {"pattern_rule": "pattern-ordinary", "rule": "risk-none"}),
    (_LIST_B | {"packs_90_days": 10.0}, {"pattern_rule": "pattern-packs", "rule": "risk-abuse"}),
    (_LIST_B | {"opioid_and_benzodiazepine": True}, {"pattern_rule": "pattern-overlap", "rule": "risk-abuse"}),
    ({"billers_90_days": 9}, {"pattern_rule": "pattern-billers", "abuse_rule": "abuse-none", "rule": "risk-none"}),
    ({"cost_12_months": 30000.0}, {"cost_rule": "cost-ordinary", "rule": "risk-none"}),
    ({"cost_12_months": 30000.05}, {"cost_rule": "cost-year", "rule": "risk-cost"}),
    ({"cost_12_months": None}, {"cost_rule": "cost-ordinary", "rule": "risk-none"}),
    ({"cost_12_months": 40000.0, "total_amount": 1500.0}, {"cost_rule": "cost-total", "rule": "risk-cost"}),
]
CASES: list[Case] = [(SHORT | differs, rules) for differs, rules in SHORT_CASES] + [
    (ORDINARY | differs, rules) for differs, rules in [*SHORT_CASES, *FULL_CASES]
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


def names_of(position: dict[str, object]) -> str:
    """A test's name: what differs from the ordinary position."""
    base = ORDINARY if "atc" in position else SHORT
    differs = {name: value for name, value in position.items() if value != base[name]}
    return f"{'full' if base is ORDINARY else 'short'} {differs}"
