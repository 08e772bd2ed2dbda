"""Expressions of FEEL and their results, as tests write them: a row each."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pulse.engine.embedded import feel
from pulse.engine.embedded.feel.values import to_text

WORDS = feel.vocabulary(["in a list"], feel.STANDARD)
NAMES: dict[str, object] = {"in a list": ["a", "b"]}


def shown(text: str) -> str:
    with feel.evaluated():
        return to_text(
            feel.parse(text, WORDS)(feel.Scope(NAMES, datetime(2026, 11, 22, 9, 30, tzinfo=UTC))), nested=True
        )


def expressions(*rows: str) -> pytest.MarkDecorator:
    """Rows of `expression => result`."""
    return pytest.mark.parametrize(("text", "expected"), [row.rsplit(" => ", 1) for row in rows])
