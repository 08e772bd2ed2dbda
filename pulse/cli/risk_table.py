"""A risk table in a file, asked by the embedded engine's evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from pulse.claims.past_risk import RiskTable


def risk_table(path: Path) -> RiskTable:
    """The table `medication_risk` of a DMN file, typed and evaluated as a deployed one; ends with exit code 2 where the
    file holds none."""
    from pulse.claims.assess_risk import DECISION
    from pulse.engine.client.variables import encode
    from pulse.engine.embedded.dmn import evaluate, parse
    from pulse.engine.embedded.errors import EmbeddedError
    from pulse.engine.embedded.values import from_rest

    try:
        found = next((one for one in parse(path.read_bytes()) if one.id == DECISION), None)
    except EmbeddedError as error:
        raise typer.BadParameter(f"{path}: {error}", param_hint="--risk-table") from error
    if found is None:
        raise typer.BadParameter(f"{path} holds no decision {DECISION}", param_hint="--risk-table")
    decision = found

    def ask(values: Mapping[str, Any]) -> list[dict[str, Any]]:
        given = {name: from_rest(encode(value)) for name, value in values.items()}
        try:
            rows = evaluate(decision, given)
        except EmbeddedError:
            return []
        return [{name: output.value for name, output in row.items()} for row in rows]

    return ask
