"""What the suite itself relies on."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("suite")
def test_tests_of_a_group_stay_on_one_worker(request: pytest.FixtureRequest) -> None:
    """xdist schedules by the end of the id; a pytest that it does not know drops it, and servers start twice."""
    if not hasattr(request.config, "workerinput"):
        pytest.skip("run with -n 2 --dist loadgroup, as make test does")
    assert request.node.nodeid.endswith("@suite")
