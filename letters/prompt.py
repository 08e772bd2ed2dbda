"""What a model is told: decision and reasons, in our own sentences; no names, numbers or amounts.

Nothing of an invoice's free text ever enters, so that an invoice cannot speak to the model.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from letters.facts import Facts
from letters.placeholders import tokens_of
from pulse.base import reason_texts
from pulse.base.reasons import Language

#: Stored with each letter; counted up with every change of the prompt files.
VERSION = "2"


def prompt(facts: Facts, faults: tuple[str, ...] = ()) -> str:
    """The prompt for these facts; `faults` of the last answer, if this is the second try."""
    return "\n".join(_lines(facts, faults))


def echoes(facts: Facts) -> frozenset[str]:
    """Sentences of the instruction: an answer that holds one has repeated it."""
    words = _words(facts.wording_language)
    instruction = " ".join((words["task"], words["limits"], words["table"], *words["situation"].values()))
    return frozenset(f"{sentence.rstrip('.')}." for sentence in instruction.split(". "))


def _lines(facts: Facts, faults: tuple[str, ...]) -> list[str]:
    words = _words(facts.wording_language)
    tokens = ", ".join(f"{token} ({words['tokens_mean'][name]})" for name, token in tokens_of(facts).items())
    lines = [words["task"], words["limits"]]
    if facts.all_reasons:
        sentences = " ".join(reason_texts.text(reason, facts.wording_language) for reason in facts.all_reasons)
        lines.append(words["reasons"].format(reasons=sentences))
    if facts.positions:
        lines.append(words["table"])
    if tokens:
        lines.append(words["tokens"].format(tokens=tokens))
    lines.append(words["situation"][f"{facts.kind}_{facts.recipient}"])
    if faults:
        lines.append(words["retry"].format(faults=" ".join(words["faults"][fault] for fault in faults)))
    return lines


@cache
def _words(language: Language) -> dict[str, Any]:
    return tomllib.loads(files("letters").joinpath("prompts", f"{language}.toml").read_text(encoding="utf-8"))
