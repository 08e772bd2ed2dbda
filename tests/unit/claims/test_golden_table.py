"""The golden table: what the sources demand of 300 positions."""

from __future__ import annotations

from collections import Counter

import golden_table
import pytest

from pulse.claims.rules.position import judge

ROWS = golden_table.rows()


def test_the_table_has_300_rows_each_with_a_source_and_an_id_of_its_own() -> None:
    assert len(ROWS) == 300
    assert [row["id"] for row in ROWS if not row["source"]] == []
    assert [name for name, count in Counter(row["id"] for row in ROWS).items() if count > 1] == []


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_a_position_is_judged_as_the_source_demands(row: dict[str, str]) -> None:
    judgement = judge(golden_table.facts_of(row))

    told = golden_table.Expected(
        outcome=judgement.outcome,
        payable=judgement.payable,
        person=judgement.needs_person,
        reasons=tuple(reason.value for reason in judgement.reasons),
    )
    assert told == golden_table.expected_of(row), row["source"]
