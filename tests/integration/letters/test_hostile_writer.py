"""The bar: whatever a model writes, no finished letter says what is not so. Judged on the text of its PDF.

Full size (`make bars`): 10 000 letters; else 300.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hostile_writer import FAULTS, HostileModel

from letters.evaluation.cases import random_cases
from letters.evaluation.judge import judge
from letters.evaluation.paper import text_of
from letters.model_writer import WORDED_BY_MODEL, ModelWriter
from letters.occasions import Kind, Recipient
from letters.pdf import render
from letters.writer import TemplateWriter
from pulse.base.reasons import LANGUAGES

pytest.importorskip("lingua", reason="the extra `models` is not installed")

SEED = 20_261


@pytest.mark.timeout(1500)
def test_a_hostile_writer_brings_no_wrong_fact_onto_paper(full_size: bool) -> None:
    count = 10_000 if full_size else 300
    model = HostileModel(random.Random(SEED))
    writer = ModelWriter("hostile", model=model)
    worded, seen, wrong = Counter[str](), Counter[tuple[Kind, Recipient, str]](), []
    for facts in random_cases(count=count, seed=SEED, kinds=WORDED_BY_MODEL):
        model.facing(facts)
        wording = writer.write(facts)
        worded[wording.worded_by] += 1
        seen[facts.kind, facts.recipient, facts.language] += 1
        if problems := judge(text_of(render(facts, wording)), facts):
            wrong.append((facts.language, facts.kind, wording.paragraphs, [str(one) for one in problems]))
    assert wrong == []
    # Both ways out were taken, each fault was tried, and every letter there is was written.
    assert min(worded["model"], worded["template"]) >= count // 10
    assert set(FAULTS) | {"right"} == set(model.done)
    assert len(seen) == len(WORDED_BY_MODEL) * 2 * len(LANGUAGES)


def test_every_other_letter_states_its_facts_too(full_size: bool) -> None:
    others = frozenset(Kind) - WORDED_BY_MODEL
    for facts in random_cases(count=2_000 if full_size else 60, seed=SEED + 1, kinds=others):
        wording = TemplateWriter().write(facts)
        assert judge(text_of(render(facts, wording)), facts) == []
