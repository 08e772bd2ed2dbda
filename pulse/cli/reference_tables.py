"""What `pulse reference` shows on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from decimal import Decimal

    from pulse.claims.reference.diff import ListDiff
    from pulse.claims.reference.import_list import Imported
    from pulse.claims.reference.status import InForce

_WORDS = {
    "new": "new",
    "gone": "gone",
    "price": "with another price",
    "terms": "with other terms",
    "limitations": "with other limitations",
    "texts": "with new texts",
}
_MOST_LINES = 8


def import_json(result: Imported | None) -> dict[str, object]:
    """An import as one JSON object; None is a list that its publisher did not change."""
    if result is None:
        return {"status": "unchanged"}
    return {
        "status": result.status,
        "list_date": result.list_date.isoformat(),
        "languages": list(result.languages),
        "packs": result.packs,
        **result.counts,
        "left_out_lines": list(result.left_out_lines),
        "overridden": list(result.overridden),
    }


def show_import(result: Imported | None) -> None:
    """An import in a few lines."""
    console = _console()
    if result is None:
        console.print("The publisher's list is the one that is imported already.")
        return
    languages = ", ".join(result.languages)
    if result.status == "unchanged":
        console.print(f"This list of {result.list_date} ({languages}) is imported already.")
        return
    done = "imported" if result.status == "imported" else "texts added"
    console.print(f"Spezialitätenliste of {result.list_date} ({languages}): {result.packs} packs, {done}.")
    changed = [f"{result.counts[name]} {words}" for name, words in _WORDS.items() if result.counts.get(name)]
    console.print(f"  {', '.join(changed) or 'nothing changed'}")
    if result.left_out_lines:
        lines = ", ".join(map(str, result.left_out_lines[:_MOST_LINES]))
        more = ", …" if len(result.left_out_lines) > _MOST_LINES else ""
        console.print(f"  {len(result.left_out_lines)} left out: without a valid GTIN (lines {lines}{more})")
    if result.counts.get("repeated"):
        console.print(f"  {result.counts['repeated']} stand there twice with the same content")
    if result.overridden:
        console.print(f"  overridden: {', '.join(result.overridden)}", style="bold yellow")


def show_status(found: Sequence[InForce]) -> None:
    """The lists in force."""
    console = _console()
    if not found:
        console.print("No list is imported yet.")
        return
    table = _table("list", "day", "language", ">entries", "imported", "by", "source")
    for one in found:
        for entry in one.imports:
            table.add_row(
                one.kind,
                one.list_date.isoformat(),
                entry.language or "-",
                str(entry.rows),
                f"{entry.imported_at:%Y-%m-%d %H:%M}",
                entry.imported_by,
                entry.source,
            )
    console.print(table)
    for one in found:
        for entry in one.imports:
            if entry.overridden:
                console.print(f"{one.kind} of {one.list_date}: overridden: {entry.overridden}", style="bold yellow")
        if one.is_old:
            console.print(f"{one.kind}: {one.age_days} days old; a new one comes out monthly", style="bold red")


def show_diff(diff: ListDiff, *, most: int) -> None:
    """What changed, a table for each kind of change."""
    console = _console()
    is_file = diff.old_day == diff.new_day
    between = f"in force → file of {diff.new_day}" if is_file else f"{diff.old_day} → {diff.new_day}"
    counts: dict[str, Sequence[object]] = {
        "new": diff.new,
        "gone": diff.gone,
        "prices": diff.prices,
        "cost shares": diff.cost_shares,
        "limitations": diff.limitations,
    }
    found = " · ".join(f"{name} {len(changes)}" for name, changes in counts.items())
    console.print(f"Spezialitätenliste, {between}: {found}")
    packs = ("GTIN", "pack", ">CHF")
    _show(console, "New", packs, ((one.gtin, one.name, _chf(one.price)) for one in diff.new), most)
    _show(console, "Gone", packs, ((one.gtin, one.name, _chf(one.price)) for one in diff.gone), most)
    prices = (
        (one.gtin, one.name, _chf(one.old), _chf(one.new), str(one.since or "-"), _percent(one.old, one.new))
        for one in diff.prices
    )
    _show(console, "Prices", ("GTIN", "pack", ">old CHF", ">new CHF", "since", ">change"), prices, most)
    shares = ((one.gtin, one.name, f"{one.old} %", f"{one.new} %") for one in diff.cost_shares)
    _show(console, "Cost share", ("GTIN", "pack", ">old", ">new"), shares, most)
    limitations = (
        (one.gtin, one.name, *(", ".join(codes) for codes in (one.added, one.removed, one.changed)))
        for one in diff.limitations
    )
    _show(console, "Limitations", ("GTIN", "pack", "added", "removed", "changed"), limitations, most)


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def _table(*columns: str, title: str | None = None) -> Table:
    """Columns whose name begins with > are numbers."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        number = column.startswith(">")
        table.add_column(column.removeprefix(">"), justify="right" if number else "left", overflow="fold")
    return table


def _show(console: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], most: int) -> None:
    lines = list(rows)
    if not lines:
        return
    table = _table(*columns, title=title)
    for line in lines[:most]:
        table.add_row(*line)
    console.print(table)
    if len(lines) > most:
        console.print(f"… and {len(lines) - most} more (--rows, --json)")


def _chf(amount: Decimal | None) -> str:
    return "-" if amount is None else f"{amount:.2f}"


def _percent(old: Decimal | None, new: Decimal | None) -> str:
    return f"{(new - old) / old * 100:+.1f} %" if old and new else "-"
