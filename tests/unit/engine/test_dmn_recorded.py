from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulse.engine.embedded import dmn
from pulse.engine.embedded.errors import DecisionError, EmbeddedError, ExpressionError
from pulse.engine.embedded.values import from_rest, to_rest

SCENARIOS = [
    *("decision-evaluate", "decision-hit-policies", "decision-aggregation", "decision-graph"),
    *("feel-expressions", "feel-json-variables", "feel-unary-tests", "decision-types"),
]


def _requests(steps: list[dict[str, object]]) -> Iterator[tuple[str, dict[str, object], dict[str, object]]]:
    """Decision key, variables and the whole step of each evaluation."""
    for step in steps:
        request = step["request"]
        assert isinstance(request, dict)
        parts = str(request["path"]).split("/")
        if parts[-1] == "evaluate" and parts[2] == "key" and parts[3] != "nothing_RUN":
            body = request.get("body") or {}
            yield parts[3], body.get("variables") or {}, step


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_decisions_answer_as_the_recorded_engine(scenario: str, shared_folder: Path) -> None:
    lab = shared_folder / "engine-lab"
    steps = json.loads((lab / "traces" / "operaton-1.0.3" / f"{scenario}.json").read_text())["steps"]
    form = steps[0]["request"]["form"]
    files = [name for part, name in form.items() if part.startswith("part")]
    decisions = {
        decision.key: decision
        for name in files
        for decision in dmn.parse((lab / "scenarios" / "models" / name).read_bytes())
    }
    differences = []
    count = 0
    for key, variables, step in _requests(steps):
        count += 1
        try:
            given = {name: from_rest(value) for name, value in variables.items()}  # type: ignore[arg-type]
            rows = dmn.evaluate(decisions[key], given)
            found: object = [{name: to_rest(value) for name, value in row.items()} for row in rows]
            status = 200
        except (DecisionError, ExpressionError) as problem:
            status, found = 500, str(problem)
        except EmbeddedError as problem:
            status, found = 400, str(problem)
        if status != step["status"] or (status == 200 and found != step["body"]):
            differences.append((key, variables, found, step["status"], step["body"]))
    assert differences == []
    assert count > 5
