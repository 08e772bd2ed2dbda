from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pulse import wiring
from pulse.settings import load
from workers import handlers


@pytest.mark.parametrize(("setting", "longest_ms"), [(None, 300_000), ("20", 20_000)])
def test_a_dead_workers_task_is_free_after_the_time_that_is_set(
    tmp_path: Path, setting: str | None, longest_ms: int
) -> None:
    environment = {"PULSE_DATA_DIR": str(tmp_path)} | ({"PULSE_WORKER_LOCK_S": setting} if setting else {})
    settings = load(environment)
    office = wiring.office(settings)
    locks = [topic.lock_ms for topic in wiring.worker(settings, office)._topics.values()]
    assert max(locks) == longest_ms
    assert locks == [min(topic.lock_ms, longest_ms) for topic in handlers(office)]
    office.database.close()


def test_the_leases_are_those_of_the_settings(tmp_path: Path) -> None:
    settings = load({"PULSE_DATA_DIR": str(tmp_path), "PULSE_RELAY_LEASE_S": "7", "PULSE_MAIL_LEASE_S": "8"})
    office = wiring.office(settings)
    assert office.relay_lease == timedelta(seconds=7)
    assert wiring.gateway(settings, office)._account.lease_s == 8
    office.database.close()
