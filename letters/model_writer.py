"""Words a letter's explanation by a language model, under guard, with the template behind it.

The model sees placeholders and our own sentences, never a value of the case. It is asked at most twice, the second time
with what was wrong; then the template words the letter. Whatever goes wrong with a model, a letter comes out in time.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import structlog

from letters import guard, presets, prompt
from letters.facts import Facts
from letters.language_model import MAX_NEW_TOKENS, Generated, LanguageModel, ModelUnavailable
from letters.local_model import MAX_BATCH, LocalModel
from letters.occasions import Kind
from letters.placeholders import fill
from letters.texts import Texts, default_texts
from letters.writer import TemplateWriter, Wording

log = structlog.get_logger(__name__)

#: What a model may word. The others tell one fixed thing, of which every word counts.
WORDED_BY_MODEL = frozenset({Kind.APPROVED, Kind.PARTLY_APPROVED, Kind.DENIED, Kind.RETURNED})
ATTEMPTS = 2
#: How long a model may take over one letter, both attempts, loading and waiting for others included.
TIME_LIMIT_S = 240.0


@dataclass(frozen=True)
class Price:
    """What a million tokens cost: those of prompts and those of answers."""

    prompt: Decimal
    answer: Decimal

    def of(self, prompt_tokens: int, tokens: int) -> Decimal:
        """The cost of so many, to the millionth."""
        cost = (self.prompt * prompt_tokens + self.answer * tokens) / 1_000_000
        return cost.quantize(Decimal("0.000001"))


@dataclass
class _Attempts:
    """What they came to: the good paragraphs, if any; what was wrong with each of the others; and all answers."""

    paragraphs: tuple[str, ...] | None = None
    failed: list[str] = field(default_factory=list)
    answers: list[Generated] = field(default_factory=list)
    broken: bool = False

    @property
    def count(self) -> int:
        return len(self.failed) + (self.paragraphs is not None)

    @property
    def fallback_reason(self) -> str | None:
        if self.paragraphs is not None:
            return None
        return ModelUnavailable.code if self.broken else self.failed[-1]

    def cost(self, price: Price | None) -> Decimal | None:
        counted = all(answer.prompt_tokens and answer.tokens for answer in self.answers)
        if price is None or not self.answers or not counted:
            return None
        return price.of(sum(one.prompt_tokens for one in self.answers), sum(one.tokens for one in self.answers))


class ModelWriter:
    """A `Writer` that asks a model first.

    `name_or_path`: a preset, a folder with weights, or the name of a model that is in the local cache already: nothing
    is downloaded. `model` takes the place of the local one (an endpoint, a script in a test); `clock` counts seconds.

    `outcomes` counts letters since the start: `model`, or why the template had to step in: the first fault of the last
    answer such as `language`, or `model_unavailable:` with the cause.
    """

    def __init__(
        self,
        name_or_path: str | Path,
        *,
        revision: str | None = None,
        texts: Texts | None = None,
        model: LanguageModel | None = None,
        price: Price | None = None,
        time_limit_s: float = TIME_LIMIT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = _recorded_name(name_or_path)
        self._texts = texts or default_texts()
        self._template = TemplateWriter(self._texts)
        self._model: LanguageModel = model or local_model(str(name_or_path), revision=revision)
        self._price = price
        self._time_limit_s = time_limit_s
        self._clock = clock
        self._counting = threading.Lock()
        self._outcomes: Counter[str] = Counter()

    @property
    def outcomes(self) -> dict[str, int]:
        with self._counting:
            return dict(self._outcomes)

    def write(self, facts: Facts) -> Wording:
        if facts.kind not in WORDED_BY_MODEL:
            return self._template.write(facts)
        started = self._clock()
        made = self._attempt(facts, until=started + self._time_limit_s)
        wording = Wording(
            paragraphs=self._template.write(facts).paragraphs
            if made.paragraphs is None
            else tuple(fill(paragraph, facts) for paragraph in made.paragraphs),
            worded_by="template" if made.paragraphs is None else "model",
            model=self.name,
            revision=self._model.revision,
            prompt_version=prompt.VERSION,
            attempts=made.count,
            failed=tuple(made.failed),
            fallback_reason=made.fallback_reason,
            prompt_tokens=sum(answer.prompt_tokens for answer in made.answers),
            tokens=sum(answer.tokens for answer in made.answers),
            seconds=round(self._clock() - started, 3),
            cost=made.cost(self._price),
        )
        with self._counting:
            self._outcomes["model" if made.paragraphs else made.failed[-1].partition(",")[0]] += 1
        log.info(
            "letter worded",
            action="letter.worded",
            case=facts.case_id,
            worded_by=wording.worded_by,
            attempts=wording.attempts,
            faults=wording.fallback_reason,
            seconds=wording.seconds,
        )
        return wording

    def check(self) -> str:
        """What would word letters, in words. Raises `ModelUnavailable`."""
        return self._model.check()

    def _attempt(self, facts: Facts, *, until: float) -> _Attempts:
        rules = guard.Rules.of(facts, self._texts, prompt.echoes(facts))
        made = _Attempts()
        faults: tuple[str, ...] = ()
        while made.count < ATTEMPTS:
            try:
                asked = prompt.prompt(facts, faults)
                generated = self._model.answer(asked, timeout_s=until - self._clock())
                verdict = guard.check(generated.text, rules)
            except Exception as error:  # noqa: BLE001 - no fault of a model may cost a letter
                kind = error.details.get("kind") if isinstance(error, ModelUnavailable) else type(error).__name__
                log.warning("model failed", action="letter.model_failed", case=facts.case_id, error=kind)
                made.failed.append(f"{ModelUnavailable.code}:{kind}")
                made.broken = True
                return made
            made.answers.append(generated)
            faults = verdict.faults
            if not generated.finished and "unfinished" not in faults:
                faults = (*faults, "unfinished")
            if not faults:
                made.paragraphs = verdict.paragraphs
                return made
            made.failed.append(",".join(faults))
        return made


def local_model(
    name_or_path: str,
    *,
    revision: str | None = None,
    max_new_tokens: int = MAX_NEW_TOKENS,
    max_batch: int = MAX_BATCH,
) -> LocalModel:
    """The model of a preset, of a repository in the local cache, or of a folder."""
    preset = presets.find(name_or_path)
    return LocalModel(
        preset.repository if preset else name_or_path,
        revision=revision or (preset.revision if preset else None),
        stop=preset.stop if preset else (),
        max_new_tokens=max_new_tokens,
        max_batch=max_batch,
    )


def _recorded_name(name_or_path: str | Path) -> str:
    """A preset's repository; a folder's name alone, so that no path of this machine stands in a letter's record."""
    preset = presets.find(str(name_or_path))
    if preset is not None:
        return preset.repository
    return Path(name_or_path).name if Path(name_or_path).is_dir() else str(name_or_path)
