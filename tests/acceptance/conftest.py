"""The whole chain, running: the demo's stage with real IMAP, SMTP, engine, gateway, worker and web processes."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chain import Chain

from pulse.demo.samples import Printer, Sample
from pulse.demo.stage import Stage


@pytest.fixture(scope="session")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """One chain for all tests of a run; each test mails what it needs."""
    with Stage(tmp_path_factory.mktemp("chain"), model=None, web_port=0) as stage, Chain(stage) as running:
        yield running


@pytest.fixture(scope="session")
def printer(chain: Chain) -> Printer:
    """Prints invoices for the chain's registers."""
    return Printer(chain.stage.registers(), random.Random(20260616), dt.date(2026, 11, 20))


@pytest.fixture
def answered(chain: Chain) -> Callable[[Sample], dict[str, Any]]:
    """Mails a sample, lets scripted people decide as it says, and gives the closed case."""

    def go(sample: Sample) -> dict[str, Any]:
        chain.mail(sample)
        return chain.closed(chain.case_of(sample)["id"], sample)

    return go
