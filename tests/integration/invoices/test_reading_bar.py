"""Synthetic invoices of mixed layouts, languages and printing programs are read exactly; what is said surely is right.

Their seeds start at 970 000: nobody tunes a reader or a weight on these. 2 000 at full size.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pulse.cli.root import app
from pulse.evaluation.measure import measure
from pulse.evaluation.pairs import find_pairs
from pulse.evaluation.summary import summary

FIRST_SEED = 970_000
#: Printing programs with how many invoices each prints, in the short run and at full size.
PRINTED_BY = {"reportlab": (48, 1400), "html": (8, 300), "libreoffice": (8, 300)}
NEEDED = {"html": "chromium", "libreoffice": "soffice"}
EXACT = ("identifiers", "dates", "amounts", "positions")


def printed(folder: Path, renderer: str, count: int) -> Path:
    seed = FIRST_SEED + list(PRINTED_BY).index(renderer)
    options = ("--renderers", renderer, "--balance", "language,sex,age", "--count", str(count), "--seed", str(seed))
    done = CliRunner().invoke(app, ["synthetic", "invoices", "--out", str(folder / renderer), *options])
    assert done.exit_code == 0, done.output
    return folder / renderer


def figures_of(folder: Path) -> dict[str, Any]:
    return summary(list(measure(find_pairs(folder), jobs=2)), limit=0.95)


@pytest.fixture(scope="module")
def measured(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, need: Callable, full_size: bool
) -> dict[str, Any]:
    if request.param in NEEDED:
        need(NEEDED[request.param])
    count = PRINTED_BY[request.param][full_size]
    return figures_of(printed(tmp_path_factory.mktemp("bar"), request.param, count))


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("measured", PRINTED_BY, indirect=True, scope="module")
class TestReadingOf:
    """What is printed by one program."""

    def test_identifiers_dates_amounts_and_positions_are_exact(self, measured: dict[str, Any]) -> None:
        inexact = [place for place in measured["misses"] if not place["field"].startswith(("patient.", "biller."))]
        assert {name: measured["groups"][name]["exact"] for name in EXACT} == dict.fromkeys(EXACT, 1.0), inexact
        assert measured["unreadable"] == {}

    def test_names_and_addresses_are_exact_in_all_but_one_of_two_hundred(self, measured: dict[str, Any]) -> None:
        assert measured["groups"]["names"]["exact"] >= 0.995, measured["misses"]

    def test_of_what_is_said_surely_999_in_a_thousand_are_right(self, measured: dict[str, Any]) -> None:
        sure = measured["sure"]
        assert sure["said"] > 300
        assert sure["share_right"] >= 0.999, sure["places"]
        assert sure["wrong_amounts"] == 0

    def test_confidence_is_not_bought_by_doubting_everything(self, measured: dict[str, Any]) -> None:
        said = sum(row["said"] for row in measured["calibration"])
        assert measured["sure"]["said"] / said > 0.9
