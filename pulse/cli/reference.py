"""`pulse reference`: lists and registers brought in, compared and looked up."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulse.cli.house import actor, open_database

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from pulse.claims.reference.import_list import Imported

app = typer.Typer(help="Public lists and registers: what is paid, by whom, to whom.", no_args_is_help=True)
imports = typer.Typer(help="Bring a list or register in, as a version of its day.", no_args_is_help=True)
app.add_typer(imports, name="import")


class Guard(StrEnum):
    """What may be told to let a list pass."""

    TOO_FEW = "too_few"
    SHRUNK = "shrunk"
    PRICES_MISSING = "prices_missing"


class Language(StrEnum):
    """Of a list's texts."""

    DE = "de"
    FR = "fr"
    IT = "it"


DAY = typer.Option("--date", formats=["%Y-%m-%d"], help="The list's own day; default: that in its name or contents.")
JSON = typer.Option("--json", help="One JSON object on stdout.")


@imports.command("sl")
def import_sl(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="NDJSON (FHIR), Preparations.xml, or its zip.")],
    *,
    date: Annotated[datetime | None, DAY] = None,
    language: Annotated[
        Language | None, typer.Option(help="Of a FHIR file's texts; default: as its name or its texts say.")
    ] = None,
    least: Annotated[
        int | None, typer.Option(min=1, help="Refuse fewer packs than this; default: PULSE_SL_LEAST_PACKS.")
    ] = None,
    force: Annotated[
        list[Guard] | None, typer.Option(help="Let a list pass this guard; may be given again, is put on record.")
    ] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Bring in the Spezialitätenliste; each language of a day is a file, the first one counts for all but texts."""
    from pulse.base.clock import SystemClock
    from pulse.claims.reference.import_list import import_sl as run
    from pulse.claims.reference.sources import sl_from
    from pulse.reference.guards import Bounds
    from pulse.settings import load

    settings = load()
    with open_database(settings) as database, progress_bar() as tell:
        found = sl_from(
            database,
            source,
            folder=settings.data_dir / "lists",
            day=date.date() if date else None,
            language=language,
            progress=lambda done, of: tell("fetching", done, of),
        )
        result = (
            None
            if found is None
            else run(
                database,
                SystemClock(),
                found.file,
                source=source,
                actor=actor(),
                bounds=Bounds(least=least or settings.sl_least_packs),
                overridden=[one.value for one in force or ()],
                etag=found.etag,
                tell=tell,
            )
        )
    _tell_import(result, as_json=as_json)


@app.command()
def status(*, as_json: Annotated[bool, JSON] = False) -> None:
    """Show which lists are in force: of which day, with how many entries, brought in when and by whom."""
    from pulse.base.clock import SystemClock, swiss_date
    from pulse.claims.reference.status import in_force
    from pulse.cli import reference_tables

    with open_database() as database, database.read() as connection:
        found = in_force(connection, swiss_date(SystemClock().now()))
    if as_json:
        typer.echo(json.dumps({"lists": [one.as_json() for one in found]}, ensure_ascii=False))
    else:
        reference_tables.show_status(found)


@app.command()
def diff(
    file: Annotated[Path | None, typer.Argument(help="A list that is not imported; default: two days.")] = None,
    *,
    old: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Default: the last list but one.")
    ] = None,
    new: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Default: the list in force.")
    ] = None,
    date: Annotated[datetime | None, DAY] = None,
    rows: Annotated[int, typer.Option(min=1, help="Most lines of each table.")] = 50,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show what changed in the Spezialitätenliste between two days, or would change by a file."""
    from pulse.claims.reference.diff import against, between
    from pulse.cli import reference_tables
    from pulse.reference.sl import recognised

    if file is not None and (old or new):
        raise typer.BadParameter("give a file, or two days", param_hint="--from/--to")
    with open_database() as database, database.read() as connection:
        if file is not None:
            found = against(connection, recognised(file, day=date.date() if date else None))
        else:
            found = between(connection, *_days(connection, old, new))
    if as_json:
        typer.echo(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        reference_tables.show_diff(found, most=rows)


@contextlib.contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr, where somebody looks: told what is done, how many bytes of it, and of how many (0: unknown)."""
    import sys

    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    is_watched = console.is_terminal and sys.stdout.isatty()
    with Progress(*columns, console=console, transient=True, disable=not is_watched) as bar:
        tasks = {}

        def tell(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=of or None)
            bar.update(tasks[what], completed=done, visible=not of or done < of)

        yield tell


def _days(connection: Connection, old: datetime | None, new: datetime | None) -> tuple[date, date]:
    from db import lists
    from pulse.base.errors import NotFound

    days = lists.days(connection, "sl")
    to = new.date() if new else days[0] if days else None
    since = old.date() if old else next((day for day in days if to is not None and day < to), None)
    if to is None or since is None:
        raise NotFound("there are no two lists to compare: give --from and --to, or a file")
    return since, to


def _tell_import(result: Imported | None, *, as_json: bool) -> None:
    from pulse.cli import reference_tables

    if as_json:
        typer.echo(json.dumps(reference_tables.import_json(result), ensure_ascii=False))
    else:
        reference_tables.show_import(result)
