"""`pulse evaluate positions --against DIR` and `pulse evaluate export-cases DIR`: a change of rules on past cases."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulse.cli.house import open_office

if TYPE_CHECKING:
    from decimal import Decimal

    from rich.console import Console
    from rich.table import Table

    from pulse.claims.what_would_change import Comparison

_UNREADABLE = 3
_MOST_SHOWN = 50
_WHO = {
    "straight_through": "the machine",
    "decide": "an assistant",
    "review": "a controller",
    "clarify": "to be clarified",
}


def export_cases(
    folder: Annotated[Path, typer.Argument(help="Folder for the cases; made if need be. Holds health data.")],
    *,
    since: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what was received from that day on.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 1000,
) -> None:
    """Write past cases without names, with what was payable, for `pulse evaluate positions --against`."""
    from pulse.claims.past_cases import export
    from pulse.claims.settle import rules_of

    office = open_office()
    day = since.date() if since else None
    count = export(office, folder, rules_of(office.policy), since=day, most=most)
    typer.echo(f"{_count(count, 'case')} written to {folder}.")


def against(folder: Path, *, table: Path | None, save: bool, as_json: bool) -> None:
    """Shows what would change; ends with exit code 1 where something would, 3 where a file cannot be read."""
    from pulse.claims.past_cases import NotAPastCase, read
    from pulse.claims.past_cases import save as save_answer
    from pulse.claims.settle import rules_of
    from pulse.claims.what_would_change import compare
    from pulse.cli.risk_table import risk_table

    asked = risk_table(table) if table else None
    cases, wrong = [], []
    for path in sorted(folder.rglob("*.json")):
        try:
            cases.append(read(path))
        except NotAPastCase as error:
            wrong.append(str(error))
    if wrong or not cases:
        for problem in wrong or [f"{folder}: no case (*.json) in it"]:
            typer.echo(problem, err=True)
        raise typer.Exit(_UNREADABLE)
    office = open_office()
    with office.database.read() as connection:
        comparison, answers = compare(connection, cases, rules_of(office.policy), asked)
    if save:
        for one in answers:
            save_answer(one.case, one.answer, one.risk)
    if as_json:
        sys.stdout.write(json.dumps(comparison.to_json(), ensure_ascii=False) + "\n")
    else:
        _show(comparison, with_table=table is not None, saved=save)
    raise typer.Exit(1 if comparison.changed and not save else 0)


def _show(found: Comparison, *, with_table: bool, saved: bool) -> None:
    from rich.console import Console

    from pulse.base.money import format_amount

    console = Console()
    _show_positions(console, found)
    _show_risk(console, found)
    for name in found.whole_changed:
        console.print(f"Case {name}: the lines stay, the invoice as a whole changes.")
    changed = [*(one.case for one in found.changes), *found.whole_changed, *(one.case for one in found.risk_changes)]
    asked = f"{_count(found.cases, 'case')}, {_count(found.positions, 'position')}"
    differ = f"{_count(len(set(changed)), 'case')} and {_count(len(found.changes), 'position')}"
    amounts = _arrow(format_amount(found.payable_before), format_amount(found.payable_after))
    console.print(
        f"{asked}: {differ} would change. Payable CHF {amounts} ({_signed(found.difference)}); "
        f"the machine may approve {_arrow(str(found.machine_before), str(found.machine_after))}."
    )
    if with_table and found.without_risk:
        console.print(f"Nothing to ask the risk table with: {_count(found.without_risk, 'case')}; export them anew.")
    if found.without_answer:
        console.print(f"Without an answer to compare with: {_count(found.without_answer, 'case')}; --save writes one.")
    if saved:
        console.print(f"The answers of now are written into {_count(found.cases, 'file')}.")


def _show_positions(console: Console, found: Comparison) -> None:
    from rich.table import Table

    from pulse.base.money import format_amount

    table = Table("Case", "Line", "Article", "Outcome", "Payable", "CHF", "Reasons")
    for column in (1, 4, 5):
        table.columns[column].justify = "right"
    for change in found.changes[:_MOST_SHOWN]:
        then, now = change.before, change.after
        table.add_row(
            change.case,
            str(change.line),
            change.name or "-",
            _arrow(then.outcome, now.outcome),
            _arrow(format_amount(then.payable), format_amount(now.payable)),
            _signed(change.difference),
            _arrow(" ".join(then.reasons) or "-", " ".join(now.reasons) or "-"),
        )
    _show_table(console, table, len(found.changes), "positions")


def _show_risk(console: Console, found: Comparison) -> None:
    from rich.table import Table

    table = Table("Case", "Who decides", "Risk rules")
    for change in found.risk_changes[:_MOST_SHOWN]:
        rules = "\n".join(f"line {line}: {_arrow(then, now)}" for line, then, now in change.rules)
        table.add_row(change.case, _arrow(_WHO[change.before], _WHO[change.after]), rules or "-")
    _show_table(console, table, len(found.risk_changes), "cases of another risk")


def _show_table(console: Console, table: Table, count: int, what: str) -> None:
    if count:
        console.print(table)
    if count > _MOST_SHOWN:
        console.print(f"… and {count - _MOST_SHOWN} more {what}: --json has them all.")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _arrow(before: str, after: str) -> str:
    return after if before == after else f"{before} → {after}"


def _signed(amount: Decimal) -> str:
    from pulse.base.money import format_amount

    return f"{'+' if amount > 0 else ''}{format_amount(amount)}"
