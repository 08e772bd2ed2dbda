"""The figures of a measured set: exact match by field, layout and reader, what was wrong and sure, the calibration."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from pulse.evaluation.measure import Result
from pulse.evaluation.scoring import FieldResult

#: Confidences that are told apart in the calibration, from each to the next.
BINS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.01)

Tally = dict[str, Any]


def summary(results: Sequence[Result], *, limit: float) -> dict[str, Any]:
    """JSON-able data, shares from 0 to 1, and no value of any document; `limit` is what counts as sure."""
    fields = [(result, one) for result in results for one in result.fields]
    problems = Counter(result.problem for result in results if result.problem)
    return {
        "documents": len(results),
        "exact_documents": sum(result.is_exact for result in results),
        "unreadable": dict(sorted(problems.items())),
        "unread": [result.pair.document.name for result in results if result.problem],
        "seconds": round(sum(result.seconds for result in results), 1),
        "groups": tallies(fields, lambda _, one: one.group),
        "fields": tallies(fields, lambda _, one: one.name),
        "layouts": tallies(fields, lambda result, _: result.pair.layout),
        "languages": tallies(fields, lambda result, _: result.pair.truth.language or "unknown"),
        "renderers": tallies(fields, lambda result, _: str(result.pair.about.get("renderer", "unknown"))),
        "readers": tallies(fields, lambda result, _: result.reader),
        "sure": sure(results, limit=limit),
        "faults": faults(results),
        "calibration": calibration(one for _, one in fields),
        "misses": [_place(result, one) for result, one in fields if result.invoice and one.outcome != "right"],
    }


def tallies(fields: Iterable[tuple[Result, FieldResult]], by: Callable[[Result, FieldResult], str]) -> dict[str, Tally]:
    """Per name: how many fields there are and were right, missing, wrong or invented, and the share of right ones."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for result, one in fields:
        counted[by(result, one)][one.outcome] += 1
    return {name: _tally(counts) for name, counts in sorted(counted.items())}


def sure(results: Iterable[Result], *, limit: float) -> dict[str, Any]:
    """Fields said at least this surely, how many of them are wrong, and which; amounts apart, they cost money.

    `documents` would pass without a person: every deciding field is sure, and no finding is an error; `wrong_documents`
    of them have a wrong field that was said surely.
    """
    said = wrong = amounts = passing = wrong_passing = 0
    places = []
    for result in results:
        mistakes = result.wrong(limit)
        said += sum((one.confidence or 0.0) >= limit for one in result.fields)
        wrong += len(mistakes)
        amounts += sum(one.signs is not None and one.signs.kind == "amount" for one in mistakes)
        places += [_place(result, one) for one in mistakes]
        passes = result.confidence >= limit and not any(one.severity == "error" for one in _findings(result))
        passing += passes
        wrong_passing += passes and bool(mistakes)
    return {
        "limit": limit,
        "said": said,
        "wrong": wrong,
        "wrong_amounts": amounts,
        "share_right": _share(said - wrong, said),
        "documents": passing,
        "wrong_documents": wrong_passing,
        "places": places,
    }


def faults(results: Iterable[Result]) -> dict[str, Tally]:
    """Per planted fault: in how many documents the finding (or problem) that it asks for was made."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for result in results:
        made = {one.code.value for one in _findings(result)} | {result.problem}
        for fault, expected in _expected(result):
            counted[fault]["named" if expected in made else "silent"] += 1
    return {fault: {"of": total.total(), "named": total["named"]} for fault, total in sorted(counted.items())}


def calibration(fields: Iterable[FieldResult]) -> list[dict[str, Any]]:
    """Per span of confidence: fields said, how sure on average, and the share that is right."""
    said: dict[int, list[FieldResult]] = defaultdict(list)
    for one in fields:
        if one.confidence is not None:
            said[sum(one.confidence >= edge for edge in BINS) - 1].append(one)
    rows = []
    for index, members in sorted(said.items()):
        right = sum(one.outcome == "right" for one in members)
        rows.append(
            {
                "from": BINS[index],
                "to": min(BINS[index + 1], 1.0),
                "said": len(members),
                "confidence": round(sum(one.confidence or 0.0 for one in members) / len(members), 4),
                "share_right": _share(right, len(members)),
            }
        )
    return rows


def _findings(result: Result) -> Sequence[Any]:
    return result.invoice.findings if result.invoice else ()


def _expected(result: Result) -> Iterator[tuple[str, str]]:
    """Faults of the manifest with the code that each asks for."""
    planted = result.pair.about.get("faults") or {}
    pairs = planted.items() if isinstance(planted, dict) else ((one["name"], one["code"]) for one in planted)
    yield from ((name, code) for name, code in pairs if code)


def _place(result: Result, one: FieldResult) -> dict[str, Any]:
    return {
        "file": result.pair.document.name,
        "layout": result.pair.layout,
        "reader": result.reader,
        "field": one.path,
        "outcome": one.outcome,
        "confidence": one.confidence,
    }


def _tally(counts: Counter[str]) -> Tally:
    names = ("right", "missing", "wrong", "invented")
    return {
        "of": counts.total(),
        **{name: counts[name] for name in names},
        "exact": _share(counts["right"], counts.total()),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
