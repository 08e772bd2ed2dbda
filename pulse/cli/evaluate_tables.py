"""The figures of an evaluation as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

if TYPE_CHECKING:
    from pulse.evaluation.measure import Result

_WIDE = 160
_JUDGED = ("right", "wrong", "invented")
_TITLES = {
    "groups": "kind of field",
    "layouts": "layout",
    "languages": "language",
    "renderers": "printed by",
    "readers": "read from",
    "fields": "field",
}


def show(figures: Mapping[str, Any], results: Sequence[Result] = (), *, misses: int = 20) -> None:
    """Everything, the most general first; `results` add what was expected and said."""
    console = _console()
    console.print(
        f"[bold]{figures['exact_documents']} of {figures['documents']}[/] documents exact in every field"
        f", {figures['seconds']} s of reading."
    )
    for code, count in figures["unreadable"].items():
        console.print(f"{count} gave no invoice: {code}")
    if figures["unread"]:
        console.print(f"These are: {', '.join(figures['unread'][: misses or None])}")
    for key, title in _TITLES.items():
        console.print(_shares(figures[key], title))
    _show_sure(console, figures["sure"])
    if figures["faults"]:
        console.print(_faults(figures["faults"]))
    show_calibration(figures["calibration"])
    _show_misses(console, figures["misses"], results, misses)
    if "with_model" in figures:
        _show_model(console, figures)
    if "learnt" in figures:
        _show_learnt(console, figures)


def show_calibration(rows: Iterable[Mapping[str, Any]], *, title: str = "Calibration") -> None:
    """How sure, and how often right."""
    table = _table("confidence", "fields", "said", "right", title=title)
    _align(table, 1, 2, 3)
    for row in rows:
        span = f"{row['from']:.2f} – {row['to']:.2f}"
        table.add_row(span, str(row["said"]), _percent(row["confidence"]), _percent(row["share_right"]))
    _console().print(table)


def show_weights(old: Mapping[str, float], new: Mapping[str, float]) -> None:
    """Both columns beside each other, to be copied where the weights stand."""
    table = _table("weight", "in use", "fitted")
    _align(table, 1, 2)
    for name in {**old, **new}:
        table.add_row(name, *(f"{weights[name]:.2f}" if name in weights else "–" for weights in (old, new)))
    _console().print(table)


def _shares(tallies: Mapping[str, Mapping[str, Any]], title: str) -> Table:
    table = _table(title, "fields", "exact", "missing", "wrong", "invented")
    _align(table, 1, 2, 3, 4, 5)
    for name, tally in tallies.items():
        counts = (str(tally[key] or "") for key in ("missing", "wrong", "invented"))
        style = None if tally["exact"] == 1 else "yellow"
        table.add_row(name, str(tally["of"]), _percent(tally["exact"]), *counts, style=style)
    return table


def _faults(faults: Mapping[str, Mapping[str, int]]) -> Table:
    table = _table("planted fault", "documents", "named")
    _align(table, 1, 2)
    for name, tally in faults.items():
        table.add_row(
            name, str(tally["of"]), str(tally["named"]), style=None if tally["of"] == tally["named"] else "yellow"
        )
    return table


def _show_sure(console: Console, sure: Mapping[str, Any]) -> None:
    verdict = "green" if not sure["wrong"] else "red"
    console.print(
        f"Sure (confidence ≥ {sure['limit']:g}): {sure['said']} fields, [{verdict}]{sure['wrong']} of them wrong[/],"
        f" {sure['wrong_amounts']} of those amounts; right: {_percent(sure['share_right'])}."
    )
    console.print(
        f"Without a person would pass: {sure['documents']} documents, {sure['wrong_documents']} with something wrong."
    )


def _show_misses(console: Console, places: Sequence[Mapping[str, Any]], results: Sequence[Result], most: int) -> None:
    if not places or not most:
        return
    known = {
        (result.pair.document.name, one.path): (one.expected, one.said) for result in results for one in result.fields
    }
    columns = (
        "document",
        "layout",
        "read from",
        "field",
        "outcome",
        "confidence",
        *(("true", "said") if known else ()),
    )
    title = f"{len(places)} misses" + (f", the first {most}" if len(places) > most else "")
    table = _table(*columns, title=title)
    for place in places[:most]:
        sureness = "" if place["confidence"] is None else f"{place['confidence']:.3f}"
        cells = [place[key] for key in ("file", "layout", "reader", "field", "outcome")]
        pair = known.get((place["file"], place["field"]), ())
        table.add_row(*cells, sureness, *("" if value is None else str(value) for value in pair))
    console.print(table)


def _show_model(console: Console, figures: Mapping[str, Any]) -> None:
    """Without and with the model's help, beside each other."""
    both = (figures, figures["with_model"])
    table = _table("model-assisted reading", "without", "with", title="With a model's help")
    _align(table, 1, 2)
    table.add_row("documents that gave no invoice", *(str(len(one["unread"])) for one in both))
    table.add_row("documents exact in every field", *(str(one["exact_documents"]) for one in both))
    for name, keys in (("fields right", ("right",)), ("fields wrong or invented", ("wrong", "invented"))):
        table.add_row(name, *(str(_counted(one, keys)) for one in both))
    for name, key in (
        ("fields said surely", "said"),
        ("of them wrong", "wrong"),
        ("of those amounts", "wrong_amounts"),
    ):
        table.add_row(name, *(str(one["sure"][key]) for one in both))
    table.add_row("documents that would pass without a person", *(str(one["sure"]["documents"]) for one in both))
    table.add_row("of them with something wrong", *(str(one["sure"]["wrong_documents"]) for one in both))
    console.print(table)


def _counted(figures: Mapping[str, Any], outcomes: Sequence[str]) -> int:
    return sum(tally[outcome] for tally in figures["readers"].values() for outcome in outcomes)


def _show_learnt(console: Console, figures: Mapping[str, Any]) -> None:
    """The words, the patch, and each field that it makes better or worse."""
    learnt = figures["learnt"]
    if not learnt["words"]:
        console.print("No word is proposed: whatever stands at the missed values is known, or stands there too seldom.")
        return
    table = _table("proposed word", "for", "language", "table", "documents", title="What the misses teach")
    for one in learnt["words"]:
        table.add_row(one["word"], one["meaning"], one["language"], one["table"], str(one["documents"]))
    console.print(table)
    if console.is_terminal:
        console.print(Syntax(learnt["diff"], "diff", word_wrap=True))
    else:
        console.out(learnt["diff"], highlight=False)
    before, after = figures["fields"], learnt["after"]["fields"]
    table = _table("field", "right before", "right after", "wrong before", "wrong after", title="Effect on this set")
    for name in sorted({**before, **after}):
        counts = [[tally.get(name, {}).get(key, 0) for tally in (before, after)] for key in _JUDGED]
        right, wrong = counts[0], [a + b for a, b in zip(counts[1], counts[2], strict=True)]
        if right[0] != right[1] or wrong[0] != wrong[1]:
            worse = right[1] < right[0] or wrong[1] > wrong[0]
            table.add_row(name, *map(str, (*right, *wrong)), style="red" if worse else "green")
    console.print(table)
    console.print(
        f"Exact documents: {figures['exact_documents']} before, {learnt['after']['exact_documents']} after;"
        f" wrong and sure: {figures['sure']['wrong']} before, {learnt['after']['sure']['wrong']} after."
        " Nothing was changed: apply the diff yourself if it is good."
    )


def _console() -> Console:
    """As wide as it needs where nobody looks at a terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDE)


def _table(*columns: str, title: str | None = None) -> Table:
    return Table(*columns, title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)


def _align(table: Table, *columns: int) -> None:
    for index in columns:
        table.columns[index].justify = "right"


def _percent(share: float | None) -> str:
    """Never rounded up to 100."""
    if share is None:
        return "–"
    return f"{int(share * 100_000) / 1000:.3f} %".replace("100.000", "100")
