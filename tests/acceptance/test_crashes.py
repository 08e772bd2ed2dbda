"""Power cuts: gateway, worker and engine are killed at random moments while invoices come in, and started again."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from chain import Chain
from each_once import all_ended, assert_each_once, decide_what_is_open, mixed_samples
from many_machines import QUICK

from pulse.demo.samples import Sample
from pulse.demo.stage import Stage

pytestmark = [pytest.mark.xdist_group("crashes")]
VICTIMS = ("mail", "worker", "engine")
SEED = 20261122


class QuickStage(Stage):
    """What a dead process held is free after seconds, not after minutes."""

    def _settings(self) -> dict[str, str]:
        return super()._settings() | QUICK


@pytest.mark.timeout(1500)
def test_killed_at_random_nothing_is_lost_and_nothing_happens_twice(tmp_path: Path, full_size: bool) -> None:
    count, kills = (30, 30) if full_size else (8, 10)
    rng = random.Random(SEED)
    with QuickStage(tmp_path, model=None, web_port=0) as stage, Chain(stage, patience_s=300) as chain:
        samples = mixed_samples(stage, rng, count)
        chain.mail(*samples)
        _kill_and_restart(stage, chain, rng, samples, kills)
        chain.until(lambda: all_ended(chain, samples) or None, "the end of every case")
        assert_each_once(stage, chain, samples)


def _kill_and_restart(stage: Stage, chain: Chain, rng: random.Random, samples: list[Sample], kills: int) -> None:
    for _ in range(kills):
        until = time.monotonic() + rng.uniform(0.3, 2.5)
        while time.monotonic() < until:
            decide_what_is_open(chain, samples)
            time.sleep(0.05)
        victim = rng.choice(VICTIMS)
        stage.kill(victim)
        stage.start(victim)
