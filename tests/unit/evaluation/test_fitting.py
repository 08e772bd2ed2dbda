"""Fitted weights say how often such values are right."""

from __future__ import annotations

import pytest

from pulse.evaluation.fitting import fitted, reliability
from pulse.evaluation.scoring import FieldResult
from pulse.invoices.evidence import Signs

PLACED = Signs(origin="text", kind="name", found="placed", proof="none")
GUESSED = PLACED._replace(found="guessed")


def values(signs: Signs, *, right: int, wrong: int) -> list[FieldResult]:
    outcomes = ["right"] * right + ["wrong"] * wrong
    return [FieldResult("patient.city", outcome, signs=signs, confidence=0.5) for outcome in outcomes]


def test_a_confidence_is_the_share_that_is_right() -> None:
    weights = fitted(values(PLACED, right=980, wrong=20) + values(GUESSED, right=700, wrong=300))
    assert PLACED.confidence(weights) == pytest.approx(0.98, abs=0.01)
    assert GUESSED.confidence(weights) == pytest.approx(0.70, abs=0.02)


def test_a_sign_that_the_set_never_shows_keeps_its_weight() -> None:
    start = {"base": 1.0, "origin:ocr": -2.5}
    assert fitted(values(PLACED, right=90, wrong=10), start)["origin:ocr"] == -2.5


def test_what_is_always_right_does_not_grow_without_end() -> None:
    weights = fitted(values(PLACED, right=100_000, wrong=0))
    assert sum(weights[name] for name in ("base", "kind:name")) < 20


def test_reliability_sets_what_is_said_beside_what_is_right() -> None:
    fields = values(PLACED, right=980, wrong=20)
    (row,) = reliability(fields, fitted(fields))
    assert (row["said"], row["share_right"]) == (1000, 0.98)
    assert row["confidence"] == pytest.approx(0.98, abs=0.01)
