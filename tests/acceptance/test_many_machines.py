"""Two engine nodes on one PostgreSQL, several workers and gateways; some of each are killed while work is going on."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from chain import Chain
from each_once import all_ended, assert_each_once, decide_what_is_open, mixed_samples
from many_machines import ManyMachines
from postgres import Server, postgres_server
from real_engine import built

from pulse.demo.samples import Sample

pytestmark = [pytest.mark.xdist_group("operaton")]
SEED = 20261122

__all__ = ["postgres_server"]


@pytest.mark.timeout(1800)
def test_killed_nodes_workers_and_gateways_lose_nothing_and_double_nothing(
    tmp_path: Path, postgres_server: Server, need: Callable[[str], str], *, full_size: bool
) -> None:
    engine = built("operaton", need)
    count, rounds, processes = (32, 4, "3") if full_size else (12, 1, "2")
    rng = random.Random(SEED)
    urls = {"database_url": postgres_server.database(), "engine_store_url": postgres_server.empty()}
    arguments = ["--nodes", "2", "--workers", processes, "--gateways", processes]
    with (
        ManyMachines(tmp_path / "cluster", engine=engine, arguments=arguments, **urls) as machines,
        Chain(machines, patience_s=900 if full_size else 300) as chain,
    ):
        began = machines.processes()
        samples = mixed_samples(machines, rng, count)
        chain.mail(*samples[: count // 2])
        killed = set()
        for number in range(rounds):
            for kind in ("node", "worker", "gateway"):
                _work_for(rng.uniform(0.5, 2.5), chain, samples)
                if kind == "gateway":
                    chain.mail(*samples[count // 2 + number :: rounds][: count // 2 // rounds])
                    victim = chain.until(machines.mailbox_holder, "a gateway that reads the mailbox")
                else:
                    victim = f"{kind}-{1 + number % 2}"
                machines.kill(victim)
                killed.add(victim)
        chain.until(lambda: all_ended(chain, samples) or None, "the end of every case")
        assert_each_once(machines, chain, samples)

        def replaced() -> set[str] | None:
            now = machines.processes()
            changed = {name for name in now if now[name] != began[name]}
            return changed if changed >= killed else None

        assert chain.until(replaced, "another process for each that was killed") == killed
        assert machines.stop() == 0


def _work_for(seconds: float, chain: Chain, samples: list[Sample]) -> None:
    """People decide meanwhile."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        decide_what_is_open(chain, samples)
        time.sleep(0.2)
