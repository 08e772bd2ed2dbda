"""The risk tables answer on every engine what they answer in the unit tests."""

from __future__ import annotations

import pytest
from process_walk import Engine
from risk_cases import CASES, TYPES, VERDICTS, names_of


@pytest.mark.parametrize(("position", "rules"), CASES, ids=[names_of(position) for position, _ in CASES])
def test_the_engine_fires_the_row_of_its_case(
    engine: Engine, position: dict[str, object], rules: dict[str, str | None]
) -> None:
    variables = {
        name: {"type": "Null" if value is None else TYPES[name], "value": value} for name, value in position.items()
    }
    (row,) = engine.post("/decision-definition/key/medication_risk/evaluate", {"variables": variables})
    result = {name: output["value"] for name, output in row.items()}
    assert {name: result[name] for name in rules} == rules
    assert (result["level"], result["route"], result["reason"]) == VERDICTS[str(result["rule"])]
