"""One letter at will, and every letter there is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from letter_samples import all_facts, make_facts

from letters.facts import Facts
from pulse.base.reasons import LANGUAGES


@pytest.fixture
def facts() -> Callable[..., Facts]:
    return make_facts


@pytest.fixture(params=all_facts(*LANGUAGES), ids=lambda value: f"{value.kind}-{value.recipient}-{value.language}")
def every_letter(request: pytest.FixtureRequest) -> Facts:
    value: Facts = request.param
    return value
