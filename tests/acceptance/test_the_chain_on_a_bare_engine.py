"""Mail in, letters out, with our models and workers on an Operaton without Spin and with its starter's own settings."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest
from chain import Chain

from pulse.demo.samples import Printer
from pulse.demo.stage import EngineElsewhere, Stage
from pulse.engine.java import JavaEngine

pytestmark = [pytest.mark.xdist_group("operaton"), pytest.mark.timeout(900)]


def test_whole_invoices_are_answered(bare_operaton: JavaEngine, tmp_path: Path, *, full_size: bool) -> None:
    there = EngineElsewhere(url=bare_operaton.url, user=bare_operaton.user, password=bare_operaton.password)
    with Stage(tmp_path, model=None, web_port=0, engine=there) as stage, Chain(stage) as chain:
        printer = Printer(stage.registers(), random.Random(7), dt.date(2026, 11, 20))
        samples = printer.all() if full_size else [printer.straight_through(), printer.high_risk_denied()]
        samples = [sample for sample in samples if sample.truth is not None]
        chain.mail(*samples)
        closed = [chain.closed(chain.case_of(sample)["id"], sample) for sample in samples]
        assert closed[0]["closed_as"] == "approved"
        assert "denied" in {case["closed_as"] for case in closed}
        for sample, case in zip(samples, closed, strict=True):
            assert chain.letters_to(sample.provider.email, case["id"])
