"""`pulse synthetic invoices|clients|report`: invented invoices with their truth, and what they were drawn from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Invented invoices and clients, the same from the same seed.", no_args_is_help=True)

_LAYOUTS = "Layouts or groups, separated by commas: all, forms, plain, pharmacy, practice, form-5.0, pharmacy-slip, …"


@app.command()
def invoices(  # noqa: PLR0917  options of the command line
    out: Annotated[Path, typer.Option(help="Folder for the files; made if need be.")],
    count: Annotated[int, typer.Option(min=1, max=100_000, help="How many invoices.")] = 10,
    seed: Annotated[int, typer.Option(help="The same seed gives the same invoices.")] = 1,
    layouts: Annotated[str, typer.Option(help=_LAYOUTS)] = "all",
    lang: Annotated[str, typer.Option(help="Languages: de, fr, it.")] = "de,fr,it",
    renderers: Annotated[str, typer.Option(help="Programs that print: reportlab, html, libreoffice.")] = "reportlab",
    balance: Annotated[str, typer.Option(help="Make these equally frequent: language, sex, age.")] = "",
    faults: Annotated[str, typer.Option(help="Faults by name, or all; see docs/reference/synthetic-sets.md.")] = "",
    fault_share: Annotated[float, typer.Option(min=0, max=1, help="Share of the invoices with a fault.")] = 0.3,
    scan: Annotated[str, typer.Option(help="Scanners, each as often: none, light, office, poor.")] = "none",
    dpi: Annotated[str, typer.Option(help="Resolutions of the scans, 100 to 600.")] = "200",
    annex: Annotated[float, typer.Option(min=0, max=1, help="Share of the forms 5.0 with their QR codes.")] = 0.25,
) -> None:
    """Write NAME.pdf with NAME.json, the truth of what it shows, and manifest.jsonl, what each file is."""
    from rich.progress import track

    from pulse.base.errors import InvalidInput
    from pulse.synthetic.collection import write
    from pulse.synthetic.order import Wishes

    wishes = Wishes(
        layouts=_listed(layouts),
        languages=_listed(lang),
        renderers=_listed(renderers),
        balance=_listed(balance),
        annex_share=annex,
        faults=_listed(faults),
        fault_share=fault_share,
        scanners=_listed(scan),
        resolutions=_resolutions(dpi),
    )
    try:
        for _ in track(write(out, count, seed, wishes), "Printing", total=count, transient=True):
            pass
    except InvalidInput as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
    typer.echo(f"{count} invoices are in {out}.")


@app.command("clients")
def write_clients(
    out: Annotated[Path, typer.Option(help="The CSV file.")],
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many clients.")] = 100,
    seed: Annotated[int, typer.Option(help="The same seed gives the same clients.")] = 1,
    balance: Annotated[str, typer.Option(help="Make these equally frequent: language, sex, age.")] = "",
) -> None:
    """Write a client register as CSV, with the columns of the demo's."""
    from pulse.base.errors import InvalidInput
    from pulse.synthetic import clients

    try:
        clients.write_clients(out, count, seed, _listed(balance))
    except InvalidInput as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
    typer.echo(f"{count} clients are in {out}.")


@app.command()
def report(folder: Annotated[Path, typer.Argument(help="A folder that `pulse synthetic invoices` wrote.")]) -> None:
    """Show what a set holds beside the distributions that it was drawn from."""
    from rich.console import Console
    from rich.table import Table

    from pulse.synthetic.distributions import DISTRIBUTIONS
    from pulse.synthetic.report import NoSet, makeup, shares

    try:
        rows, files = shares(folder), makeup(folder)
    except NoSet as nothing:
        raise typer.BadParameter(f"{nothing.message} ({folder})", param_hint="FOLDER") from nothing
    console = Console()
    for distribution in DISTRIBUTIONS:
        table = Table(title=distribution.name, caption=distribution.source, title_justify="left", min_width=60)
        for heading in ("value", "stated", "in the set", "count"):
            table.add_column(heading, justify="left" if heading == "value" else "right")
        for row in (one for one in rows if one.distribution == distribution.name):
            table.add_row(row.value, f"{row.stated:.1%}", f"{row.drawn:.1%}", str(row.count))
        console.print(table)
    for name, counter in files.items():
        console.print(f"{name}: " + ", ".join(f"{value} {count}" for value, count in sorted(counter.items())))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _resolutions(text: str) -> list[int]:
    if not all(part.isdecimal() and 100 <= int(part) <= 600 for part in _listed(text)):
        msg = "--dpi takes whole numbers from 100 to 600"
        raise typer.BadParameter(msg)
    return [int(part) for part in _listed(text)]
