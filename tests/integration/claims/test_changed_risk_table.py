"""An expert deploys a changed risk table: the next case is judged by it, and each case tells its own version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import office
import pytest
import requests
from engines import EngineAddress

from db import decisions
from pulse.claims.deploy import models
from pulse.claims.explain import explain
from pulse.claims.explain_words import in_words

#: The cells of CHF 1000 become CHF 50; with the words of the row that then fires.
CHANGES = {
    "&lt;= 1000": "&lt;= 50",
    "&gt; 1000": "&gt; 50",
    "[0..1000]": "[0..50]",
    "More than CHF 1000 in all": "More than CHF 50 in all",
}


@pytest.fixture
def changed_table(any_engine: EngineAddress) -> Iterator[bytes]:
    """The table as an expert has changed it; what a test deploys of it is removed."""
    table = models()["medication_risk.dmn"].decode()
    for old, new in CHANGES.items():
        assert old in table
        table = table.replace(old, new)
    yield table.encode()
    url, name = f"{any_engine.url}/deployment", {"name": "expert"}
    for deployment in requests.get(url, params=name, auth=any_engine.auth, timeout=120).json():
        requests.delete(f"{url}/{deployment['id']}?cascade=true", auth=any_engine.auth, timeout=120)


def version_of(house: Any, invoice_id: int) -> tuple[int, str]:
    """The version that judged a case, and the rule of its cost."""
    with house.desk.database.read() as connection:
        (assessment,) = decisions.assessments_of(connection, invoice_id)
    return int(assessment.decision_definition_id.split(":")[1]), assessment.outputs["cost_rule"]


def why(house: Any, invoice_id: int) -> str:
    sections = in_words(explain(house.desk.office, invoice_id))
    return "\n".join(line.text for section in sections for line in section.lines)


def test_a_table_deployed_at_run_time_judges_the_next_case(
    any_engine: EngineAddress, open_house_anywhere: Callable[[], Any], changed_table: bytes
) -> None:
    with open_house_anywhere() as house:
        before = house.bring()
        assert house.closed(before) == "approved"
        file = {"table.dmn": ("medication_risk.dmn", changed_table)}
        answer = requests.post(
            f"{any_engine.url}/deployment/create",
            data={"deployment-name": "expert"},
            files=file,
            auth=any_engine.auth,
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        house.desk.clock.advance(timedelta(seconds=31))

        after = house.bring(invoice_number="102", positions=[office.position(date="2026-06-09")])
        house.task(after, "review_high_risk")
        (old, old_rule), (new, new_rule) = version_of(house, before), version_of(house, after)
        assert (old_rule, new_rule) == ("cost-ordinary", "cost-total")
        assert new == old + 1
        assert f"version {old}." in why(house, before)
        assert "Up to CHF 1000 [cost-ordinary]" in why(house, before)
        assert f"version {new}." in why(house, after)
        assert "More than CHF 50 in all [cost-total]" in why(house, after)
        assert "Waits for the controllers: review the high-risk invoice, due" in why(house, after)
