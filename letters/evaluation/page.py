"""Letters of several writers side by side, as one HTML page to read through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from letters.evaluation.measure import Letter, summary

_FIGURES = (
    ("letters", "Letters"),
    ("asked", "A model was asked for"),
    ("first_try", "In its words, first try"),
    ("after_retry", "In its words, second try"),
    ("fallbacks", "Back to the template"),
    ("wrong_facts", "Letters with a wrong fact"),
    ("polarity_errors", "Letters against the decision"),
    ("language_errors", "Letters in another language"),
    ("length", "Words of an explanation"),
    ("tokens", "Tokens"),
    ("seconds", "Seconds"),
    ("seconds_p50", "Seconds a letter, median"),
    ("seconds_p95", "Seconds a letter, 95 in 100"),
    ("cost", "Cost"),
)


def comparison(written: Mapping[str, Sequence[Letter]]) -> str:
    """The page. `written`: the letters of each writer by its name, all of the same cases in the same order."""
    figures = {name: summary(letters) for name, letters in written.items()}
    rows = [(label, [figures[name][key] for name in written]) for key, label in _FIGURES]
    for language, about in next(iter(figures.values()))["readability"].items():
        label = f"Reading ease, {language} ({about['formula']})"
        rows.append((label, [figures[name]["readability"][language]["ease"] for name in written]))
    samples: list[dict[str, Any]] = []
    seen = set()
    for letters in zip(*written.values(), strict=True):
        if letters[0].name not in seen:  # one of each kind, recipient and language
            seen.add(letters[0].name)
            samples.append({"name": letters[0].name, "language": letters[0].facts.language, "letters": letters})
    environment = Environment(
        loader=PackageLoader("letters.evaluation", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html").render(
        names=list(written), rows=rows, samples=sorted(samples, key=lambda one: str(one["name"]))
    )
