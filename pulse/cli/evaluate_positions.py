"""`pulse evaluate positions FILE [--json]`: what would be paid of an invoice, without a case."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulse.cli import evaluate_past
from pulse.cli.house import open_office

if TYPE_CHECKING:
    from pulse.claims.evaluate import Evaluation, Question

_UNREADABLE = 3
_FILE = typer.Argument(exists=True, dir_okay=False, help='JSON: {"client": {…}, "invoice": Invoice}.')


def positions(
    file: Annotated[Path | None, _FILE] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    against: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, metavar="DIR", help="Past cases, one a file: what would change in them."
        ),
    ] = None,
    risk_table: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, metavar="FILE.dmn", help="With --against: also what this risk table would say."
        ),
    ] = None,
    save: Annotated[
        bool, typer.Option("--save", help="With --against: the answers of now become the expected ones.")
    ] = False,
) -> None:
    """What would be paid of each position, by the lists of the database and the rules as they are.

    With --against: of every past case in a folder (export-cases), compared with the answer of then. Exit code 0 where
    nothing would change, 1 where something would.
    """
    if against is not None and file is None:
        evaluate_past.against(against, table=risk_table, save=save, as_json=as_json)
    elif file is None or against is not None or save or risk_table:
        raise typer.BadParameter("give a FILE, or --against DIR (with --risk-table and --save, if wanted)")
    else:
        _one(file, as_json=as_json)


def _one(file: Path, *, as_json: bool) -> None:
    from pulse.claims.evaluate import NotAQuestion, evaluate, question_of
    from pulse.claims.settle import rules_of

    try:
        question = question_of(file.read_text(encoding="utf-8-sig"))
    except (NotAQuestion, UnicodeDecodeError) as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(_UNREADABLE) from error
    office = open_office()
    with office.database.read() as connection:
        evaluation = evaluate(connection, question, rules_of(office.policy))
    if as_json:
        sys.stdout.write(json.dumps(evaluation.to_json(), ensure_ascii=False) + "\n")
    else:
        _show(question, evaluation)


def _show(question: Question, evaluation: Evaluation) -> None:
    from rich.console import Console
    from rich.table import Table

    from pulse.base.money import format_amount
    from pulse.base.reason_texts import label

    table = Table("Line", "Article", "Billed", "Payable", "Outcome", "Why", title=None)
    for column in (2, 3):
        table.columns[column].justify = "right"
    settlement = evaluation.settlement
    for position, line in zip(question.invoice.positions, settlement.lines, strict=True):
        why = "\n".join(f"{reason} {label(reason, 'en')}" for reason in line.reasons)
        billed = "-" if position.amount is None else format_amount(position.amount)
        name = position.name or position.code or "-"
        table.add_row(str(position.line), name, billed, format_amount(line.payable), line.outcome, why)
    console = Console()
    console.print(table)
    whole = "".join(f"; {reason} {label(reason, 'en')}" for reason in settlement.reasons)
    who = "the machine may approve it" if settlement.outcome == "full" else "a person decides"
    console.print(f"Payable CHF {format_amount(settlement.payable_amount)}, {settlement.outcome}: {who}{whole}.")
