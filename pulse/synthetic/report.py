"""What a set holds beside what it was drawn from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from pulse.base.errors import NotFound
from pulse.invoices.model import Invoice
from pulse.synthetic.collection import MANIFEST
from pulse.synthetic.distributions import AGE, DISTRIBUTIONS, LANGUAGE, POSITIONS, PRICE, QUANTITY, SEX, span_of

_DRUG_TARIFFS, _TWO_PART_TARIFFS = frozenset({"400", "402"}), frozenset({"001", "007"})


class NoSet(NotFound):
    """The folder holds no synthetic set."""

    code = "no_synthetic_set"


@dataclass(frozen=True, kw_only=True)
class Share:
    """A value of a distribution: the share it is stated with, the share in the set, and how often it was drawn."""

    distribution: str
    value: str
    stated: float
    drawn: float
    count: int


def shares(folder: Path) -> list[Share]:
    """Every value of every distribution. Raises `NoSet` where there is no manifest."""
    counters: dict[str, Counter[str]] = {one.name: Counter() for one in DISTRIBUTIONS}
    for entry in _entries(folder):
        text = (folder / f"{entry['name']}.json").read_text(encoding="utf-8")
        _count(counters, entry, Invoice.model_validate_json(text))
    return [
        Share(
            distribution=one.name,
            value=value,
            stated=one.share(value),
            drawn=counters[one.name][value] / (counters[one.name].total() or 1),
            count=counters[one.name][value],
        )
        for one in DISTRIBUTIONS
        if counters[one.name]
        for value, _ in one.shares
    ]


def makeup(folder: Path) -> dict[str, Counter[str]]:
    """How many files there are by layout, renderer, scanner's resolution and fault."""
    counters: dict[str, Counter[str]] = {name: Counter() for name in ("layout", "renderer", "scan", "fault")}
    for entry in _entries(folder):
        counters["layout"][entry["layout"]] += 1
        counters["renderer"][entry["renderer"]] += 1
        counters["scan"][f"{entry['scan']['dpi']} dpi" if entry["scan"] else "none"] += 1
        counters["fault"][next(iter(entry["faults"]), "none")] += 1
    return counters


def _entries(folder: Path) -> Iterator[dict[str, Any]]:
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise NoSet
    with manifest.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _count(counters: dict[str, Counter[str]], entry: dict[str, Any], truth: Invoice) -> None:
    counters[LANGUAGE.name][entry["language"]] += 1
    counters[SEX.name][entry["person"]["sex"]] += 1
    found = {AGE.name: span_of(AGE, entry["person"]["age"]), POSITIONS.name: span_of(POSITIONS, len(truth.positions))}
    for name, span in found.items():
        counters[name][span or "other"] += 1
    for position in truth.positions:
        if position.tariff in _DRUG_TARIFFS and position.unit_price is not None:
            counters[PRICE.name][span_of(PRICE, position.unit_price) or "other"] += 1
        if position.tariff not in _TWO_PART_TARIFFS:
            counters[QUANTITY.name][format(abs(position.quantity or Decimal(0)), "f")] += 1
