"""Fitting the weights of confidence: logistic regression on what was read, by Newton's method.

Values with the same signs are one observation with a count, so that a set of any size is a few dozen observations.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pulse.evaluation.scoring import FieldResult
from pulse.evaluation.summary import calibration
from pulse.invoices.evidence import WEIGHTS, Signs

#: Pulls each weight towards the one in use, as strongly as a few observations would: a sign that the set never shows
#: keeps its weight, and one that is always right does not grow without end.
_PULL, _ROUNDS, _LONGEST_STEP = 0.5, 60, 2.0


def fitted(fields: Iterable[FieldResult], start: Mapping[str, float] = WEIGHTS) -> dict[str, float]:
    """The weights under which what was read is likeliest, two decimals."""
    names = list(start)
    observed = _observations(fields)
    weights = [start[name] for name in names]
    for _ in range(_ROUNDS):
        gradient = [_PULL * (start[name] - weight) for name, weight in zip(names, weights, strict=True)]
        curvature = [[_PULL if row == column else 0.0 for column in range(len(names))] for row in range(len(names))]
        for signs, (right, of) in observed.items():
            active = [names.index(name) for name in signs.features() if name in start]
            likely = 1 / (1 + math.exp(-sum(weights[index] for index in active)))
            for row in active:
                gradient[row] += right - of * likely
                for column in active:
                    curvature[row][column] += of * likely * (1 - likely)
        step = _solved(curvature, gradient)
        weights = [
            weight + max(-_LONGEST_STEP, min(_LONGEST_STEP, by)) for weight, by in zip(weights, step, strict=True)
        ]
        if max(map(abs, step)) < 1e-6:
            break
    return {name: round(weight, 2) for name, weight in zip(names, weights, strict=True)}


def reliability(fields: Iterable[FieldResult], weights: Mapping[str, float]) -> list[dict[str, Any]]:
    """The calibration that these weights would give."""
    return calibration(replace(one, confidence=one.signs.confidence(weights)) for one in fields if one.signs)


def _observations(fields: Iterable[FieldResult]) -> dict[Signs, tuple[int, int]]:
    right: Counter[Signs] = Counter()
    of: Counter[Signs] = Counter()
    for one in fields:
        if one.signs and one.signs.origin != "exact":
            of[one.signs] += 1
            right[one.signs] += one.outcome == "right"
    return {signs: (right[signs], count) for signs, count in of.items()}


def _solved(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """x in matrix · x = right, by elimination with pivots; the matrix is small and never singular (`_PULL`)."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda index: abs(rows[index][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for index in range(column + 1, size):
            share = rows[index][column] / rows[column][column]
            rows[index] = [value - share * above for value, above in zip(rows[index], rows[column], strict=True)]
    solution = [0.0] * size
    for index in reversed(range(size)):
        known = sum(rows[index][column] * solution[column] for column in range(index + 1, size))
        solution[index] = (rows[index][-1] - known) / rows[index][index]
    return solution
