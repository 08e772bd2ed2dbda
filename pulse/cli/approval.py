"""`pulse approval`: approvals given beforehand, of costs (Kostengutsprache) or of the usual co-payment."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer

from pulse.cli.house import actor, open_database
from pulse.cli.reference import JSON

app = typer.Typer(help="Approvals given beforehand: of costs, or of the usual co-payment.", no_args_is_help=True)

CLIENT = Annotated[str, typer.Option("--client", help="Insured, AHV or card number.")]
_DAY = ["%Y-%m-%d"]


@app.command()
def add(
    *,
    client: CLIENT,
    valid_from: Annotated[datetime, typer.Option("--from", formats=_DAY, help="First day.")],
    gtin: Annotated[str | None, typer.Option(help="The pack; or give --atc.")] = None,
    atc: Annotated[str | None, typer.Option(help="The group: the start of its ATC code.")] = None,
    copayment: Annotated[
        bool,
        typer.Option("--copayment", help="Of a co-payment of 10 % where the list raises it: needed medically."),
    ] = False,
    indication: Annotated[str | None, typer.Option(help="Indikationscode such as 12345.01.")] = None,
    packs: Annotated[int | None, typer.Option(min=1, help="Most packs; default: no bound.")] = None,
    valid_until: Annotated[
        datetime | None, typer.Option("--until", formats=_DAY, help="Last day; default: it goes on.")
    ] = None,
    reference: Annotated[str, typer.Option(help="The insurer's own number of the approval.")] = "",
) -> None:
    """Put an approval on file and print its id."""
    from pulse.base.clock import SystemClock
    from pulse.claims.approvals import add as run

    values = {
        "insurance_number": client,
        "kind": "copayment" if copayment else "costs",
        "gtin": gtin,
        "atc": atc,
        "indication_code": indication,
        "packs": packs,
        "valid_from": valid_from.date(),
        "valid_until": valid_until.date() if valid_until else None,
        "reference": reference,
    }
    with open_database() as database:
        typer.echo(run(database, values, at=SystemClock().now(), by=actor()))


@app.command("list")
def list_(
    *,
    client: Annotated[str | None, typer.Option("--client", help="Insured number; default: the newest of all.")] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show the approvals on file that were not taken back."""
    from pulse.claims.approvals import shown

    with open_database() as database, database.read() as connection:
        found = shown(connection, client)
    if as_json:
        typer.echo(json.dumps([one.as_json() for one in found], ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("id", "client", "of", "for", "indication", "packs", "from", "until", "reference", box=None)
    for one in found:
        until = str(one.approval.valid_until or "goes on")
        bound = str(one.approval.packs or "no bound")
        approval = one.approval
        table.add_row(
            str(approval.id),
            one.insurance_number,
            approval.kind,
            approval.gtin or f"ATC {approval.atc}",
            approval.indication_code or "",
            bound,
            str(approval.valid_from),
            until,
            approval.reference,
        )
    Console(width=None if Console().is_terminal else 160).print(table if found else "No approvals on file.")


@app.command()
def end(approval_id: Annotated[int, typer.Argument(help="The approval's id.")]) -> None:
    """Take an approval back: it counts no more, and stays on record."""
    from pulse.base.clock import SystemClock
    from pulse.claims.approvals import end as run

    with open_database() as database:
        run(database, approval_id, at=SystemClock().now(), by=actor())
    typer.echo("Taken back.")
