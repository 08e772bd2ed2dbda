"""What a writer's letters are like: each written, put on paper, read back and judged; and the figures of them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean, quantiles
from typing import Any

from letters.evaluation.cases import random_cases
from letters.evaluation.judge import Problem, judge
from letters.evaluation.paper import text_of
from letters.evaluation.readability import FORMULAS, ease, words_of
from letters.facts import Facts
from letters.pdf import render
from letters.writer import Wording, Writer
from pulse.base.reasons import LANGUAGES

#: Problems of a letter that say something else than its facts; `polarity` is counted by itself.
_WRONG = frozenset({"unreadable", "missing", "number", "date", "name", "contact", "claim", "role"})


@dataclass(frozen=True)
class Letter:
    """A finished letter of a made-up case: `text` as it stands on the pages, and what the judge says of it."""

    facts: Facts
    wording: Wording
    text: str
    problems: tuple[Problem, ...]

    @property
    def name(self) -> str:
        """Such as `de-denied-client`."""
        return f"{self.facts.language}-{self.facts.kind}-{self.facts.recipient}"

    @property
    def explanation(self) -> str:
        return "\n\n".join(self.wording.paragraphs)

    def has(self, codes: frozenset[str]) -> bool:
        return any(problem.code in codes for problem in self.problems)


def measure(writer: Writer, *, count: int, seed: int) -> Iterator[Letter]:
    """`count` letters of the cases of this seed, all kinds and languages in turns."""
    for facts in random_cases(count=count, seed=seed):
        wording = writer.write(facts)
        text = text_of(render(facts, wording))
        yield Letter(facts, wording, text, tuple(judge(text, facts)))


def refused_share(writer: Writer, *, count: int, seed: int) -> float:
    """Of the letters that a model was asked for: how many first answers the guard refused, from 0 to 1."""
    asked = [one for one in map(writer.write, random_cases(count=count, seed=seed)) if one.attempts]
    refused = sum(not (one.worded_by == "model" and one.attempts == 1) for one in asked)
    return refused / len(asked) if asked else 0.0


def summary(letters: Sequence[Letter]) -> dict[str, Any]:
    """JSON-able figures of at least one letter.

    `letters`: all; `asked`: those a model was asked for, of which `first_try` and `after_retry` are in its words and
    `fallbacks` in the template's; `failed`: what was wrong with answers. `wrong_facts`, `polarity_errors` and
    `language_errors`: letters, by the judge; `problems` quotes them. `length` in words and `readability` (a language,
    see `readability.py`) are means over the explanations. `tokens`, `seconds` and `cost` (None: unknown) in all,
    `seconds_p50` and `seconds_p95` over the letters that a model was asked for.
    """
    asked = [one for one in letters if one.wording.attempts or one.wording.fallback_reason]
    by_model = [one for one in asked if one.wording.worded_by == "model"]
    seconds = [one.wording.seconds for one in asked] or [0.0]
    faults = Counter(f for one in asked for failure in one.wording.failed for f in failure.split(","))
    costs = [one.wording.cost for one in asked]
    return {
        "letters": len(letters),
        "asked": len(asked),
        "first_try": sum(one.wording.attempts == 1 for one in by_model),
        "after_retry": sum(one.wording.attempts > 1 for one in by_model),
        "fallbacks": len(asked) - len(by_model),
        "failed": dict(faults.most_common()),
        "wrong_facts": sum(one.has(_WRONG) for one in letters),
        "polarity_errors": sum(one.has(frozenset({"polarity"})) for one in letters),
        "language_errors": sum(one.has(frozenset({"language"})) for one in letters),
        "problems": [
            {"letter": number, "name": one.name, "code": problem.code, "detail": problem.detail}
            for number, one in enumerate(letters, start=1)
            for problem in one.problems
        ],
        "length": _mean(len(words_of(one.explanation)) for one in letters),
        "readability": {
            language: {
                "formula": FORMULAS[language],
                "ease": _mean(ease(one.explanation, language) for one in letters if one.facts.language == language),
            }
            for language in LANGUAGES
        },
        "tokens": sum(one.wording.tokens for one in asked),
        "prompt_tokens": sum(one.wording.prompt_tokens for one in asked),
        "seconds": round(sum(seconds), 3),
        "seconds_p50": _quantile(seconds, 50),
        "seconds_p95": _quantile(seconds, 95),
        "cost": _sum(costs),
    }


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return round(fmean(found), 1) if found else None


def _quantile(values: Sequence[float], percent: int) -> float:
    return round(quantiles(values, n=100, method="inclusive")[percent - 1], 3) if len(values) > 1 else values[0]


def _sum(costs: Sequence[Decimal | None]) -> str | None:
    known = [cost for cost in costs if cost is not None]
    return f"{sum(known, Decimal(0)):f}" if known and len(known) == len(costs) else None
