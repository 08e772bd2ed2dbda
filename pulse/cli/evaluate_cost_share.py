"""`pulse evaluate cost-share FILE [--json]`: franchise and co-payment of a year of claims."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pulse.claims.evaluate_year import Year
    from pulse.claims.rules.cost_share import Share

_UNREADABLE = 3
_FILE = typer.Argument(
    exists=True, dir_okay=False, help='JSON: {"franchise", "cap", "claims": [{"date", "amount", "rate"}]}, one year.'
)


def cost_share(
    file: Annotated[Path, _FILE],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """What an insured person bears of a year's claims, and what is paid of each, by the rules as they are."""
    from pulse.base.errors import InvalidInput
    from pulse.claims import evaluate_year

    try:
        year = evaluate_year.year_of(file.read_text(encoding="utf-8-sig"))
        found = year.shares()
    except (InvalidInput, UnicodeDecodeError) as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(_UNREADABLE) from error
    if as_json:
        sys.stdout.write(json.dumps(evaluate_year.as_json(found)) + "\n")
    else:
        _show(year, found)


def _show(year: Year, found: tuple[Share, ...]) -> None:
    from rich.console import Console
    from rich.table import Table

    from pulse.base.money import ZERO, format_amount

    table = Table("Treated", "Amount", "Rate", "Franchise", "Co-payment", "Paid", show_footer=True)
    for column in table.columns[1:]:
        column.justify = "right"
    for claim, share in zip(year.claims, found, strict=True):
        parts = (share.franchise, share.copayment, share.paid)
        rate = f"{claim.rate * 100:.0f} %"
        table.add_row(f"{claim.date:%d.%m.%Y}", format_amount(claim.amount), rate, *map(format_amount, parts))
    sums = {
        0: "All",
        1: format_amount(sum((claim.amount for claim in year.claims), ZERO)),
        3: format_amount(sum((share.franchise for share in found), ZERO)),
        4: format_amount(sum((share.copayment for share in found), ZERO)),
        5: format_amount(sum((share.paid for share in found), ZERO)),
    }
    for number, text in sums.items():
        table.columns[number].footer = text
    console = Console()
    console.print(table)
    console.print(f"Amounts in CHF; franchise {format_amount(year.franchise)}, cap {format_amount(year.cap)}.")
