"""A model that words the wrong decision learns which one to word."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from letters.facts import Facts
from letters.occasions import Kind

pytest.importorskip("peft", reason="the extra `models` is not installed")
pytest.importorskip("lingua", reason="the extra `models` is not installed")

PAID = {Kind.APPROVED: Decimal(10), Kind.PARTLY_APPROVED: Decimal(4)}


def decided_otherwise(facts: Facts, chance: random.Random) -> Facts:
    kind = chance.choice((Kind.APPROVED, Kind.PARTLY_APPROVED, Kind.DENIED, Kind.RETURNED))
    paid = PAID.get(kind)
    reasons = facts.reasons or facts.all_reasons or ("P818",)
    return replace(facts, kind=kind, approved_total=paid, payee="client" if paid else None, reasons=reasons)


@pytest.mark.timeout(600)
def test_fine_tuning_lowers_how_often_the_guard_refuses(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The base writes good prose about any decision; taught, it words the one that was taken."""
    import torch
    from tiny_model import lesson_cases, right_answer, train_tiny_model

    from letters.fine_tuning import Plan, fine_tune
    from letters.lessons import Lesson
    from letters.model_writer import ModelWriter
    from letters.prompt import prompt

    def refused(folder: Path) -> float:
        writer = ModelWriter(folder)
        made = [writer.write(facts) for facts in lesson_cases(random.Random(99), rounds=1)]
        return sum(not (one.worded_by == "model" and one.attempts == 1) for one in made) / len(made)

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # on a busy machine threads of so small sums mostly wait for each other
    request.addfinalizer(lambda: torch.set_num_threads(threads))
    chance = random.Random(3)
    base = train_tiny_model(
        tmp_path / "base", steps=90, answer=lambda facts: right_answer(decided_otherwise(facts, chance))
    )
    lessons = [Lesson(prompt(facts), right_answer(facts)) for facts in lesson_cases(random.Random(11), rounds=40)]
    losses: list[float] = []
    plan = Plan(steps=90, learning_rate=1e-2)
    taught = fine_tune(str(base), lessons, tmp_path / "taught", plan, lambda _, loss: losses.append(loss))
    before, after = refused(base), refused(taught)
    assert before >= 0.6
    assert after <= before / 2
    assert losses[-1] < losses[0]
    assert list(taught.glob("*.safetensors"))
    assert not list(taught.glob("adapter*"))
