"""Words a letter's explanation by a language model, under guard, with the template behind it.

The model sees placeholders and our own sentences, never a value of the case. It is asked at most twice, the second time
with what was wrong; then the template words the letter. Whatever goes wrong with a model, a letter comes out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from letters import guard, prompt
from letters.facts import Facts, Kind
from letters.language_model import LanguageModel, ModelUnavailable
from letters.local_model import LocalModel
from letters.placeholders import fill
from letters.texts import Texts, default_texts
from letters.writer import TemplateWriter, Wording

log = structlog.get_logger(__name__)

#: What a model may word. The others tell one fixed thing, of which every word counts.
WORDED_BY_MODEL = frozenset({Kind.APPROVED, Kind.PARTLY_APPROVED, Kind.DENIED, Kind.RETURNED})
ATTEMPTS = 2


@dataclass(frozen=True)
class _Outcome:
    """What the attempts came to: the good paragraphs or the last faults."""

    paragraphs: tuple[str, ...] | None
    faults: tuple[str, ...]
    attempts: int
    tokens: int


class ModelWriter:
    """A `Writer` that asks a model first.

    `name_or_path`: a folder with weights, or the name of a model that is in the local cache already: nothing is
    downloaded. `model` takes the place of the local one (a server, a script in a test); `clock` counts seconds.
    """

    def __init__(
        self,
        name_or_path: str | Path,
        *,
        revision: str | None = None,
        texts: Texts | None = None,
        model: LanguageModel | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # A folder's name says enough, and no path of this machine stands in a letter's record.
        self.name = Path(name_or_path).name if Path(name_or_path).is_dir() else str(name_or_path)
        self._texts = texts or default_texts()
        self._template = TemplateWriter(self._texts)
        self._model: LanguageModel = model or LocalModel(str(name_or_path), revision=revision)
        self._clock = clock

    def write(self, facts: Facts) -> Wording:
        if facts.kind not in WORDED_BY_MODEL:
            return self._template.write(facts)
        started = self._clock()
        outcome = self._attempt(facts)
        paragraphs = outcome.paragraphs
        wording = Wording(
            paragraphs=self._template.write(facts).paragraphs
            if paragraphs is None
            else tuple(fill(paragraph, facts) for paragraph in paragraphs),
            worded_by="template" if paragraphs is None else "model",
            model=self.name,
            revision=self._model.revision,
            prompt_version=prompt.VERSION,
            attempts=outcome.attempts,
            fallback_reason=None if paragraphs is not None else ",".join(outcome.faults),
            tokens=outcome.tokens,
            seconds=round(self._clock() - started, 3),
        )
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

    def _attempt(self, facts: Facts) -> _Outcome:
        rules = guard.Rules.of(facts, self._texts, prompt.echoes(facts))
        faults: tuple[str, ...] = ()
        tokens = 0
        for attempt in range(1, ATTEMPTS + 1):
            try:
                generated = self._model.answer(prompt.prompt(facts, faults))
                verdict = guard.check(generated.text, rules)
            except Exception as error:  # noqa: BLE001 - no fault of a model may cost a letter
                kind = error.details.get("kind") if isinstance(error, ModelUnavailable) else type(error).__name__
                log.warning("model failed", action="letter.model_failed", case=facts.case_id, error=kind)
                return _Outcome(None, (ModelUnavailable.code,), attempt, tokens)
            tokens += generated.tokens
            faults = verdict.faults
            if not generated.finished and "unfinished" not in faults:
                faults = (*faults, "unfinished")
            if not faults:
                return _Outcome(verdict.paragraphs, (), attempt, tokens)
        return _Outcome(None, faults, ATTEMPTS, tokens)
