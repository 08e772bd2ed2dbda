"""`pulse reference import` of registers and of lists beside the Spezialitätenliste, and `pulse reference sync`."""

from __future__ import annotations

import json
import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pulse.cli.house import actor, open_database
from pulse.cli.reference import DAY, JSON, progress_bar
from pulse.cli.reference_show import show

if TYPE_CHECKING:
    from pulse.claims.reference.import_register import Imported, Kind
    from pulse.claims.reference.registers import RowsRefused
    from pulse.claims.reference.sync import Outcome
    from pulse.reference.register_rows import Refused
    from pulse.settings import Settings

_LISTS = {
    "swissmedic": "Swissmedic's authorised packages (xlsx): dispensing category, narcotics list, ATC.",
    "refdata": "Refdata's articles (XML): names, ATC, dispensing category.",
    "aplus": "the packs of dispensing category A+: a text file with one GTIN a line.",
    "pharmacodes": "the table from Pharmacode to GTIN, for tariff 400: CSV, or Refdata's former XML.",
}
_REGISTERS = {
    "clients": "insured persons (CSV or FHIR), with cover, franchises, account, consents.",
    "providers": "providers (CSV or FHIR), with their accounts; what changes holds from its day.",
    "approvals": "approvals of costs (CSV).",
}
SOURCE = typer.Argument(metavar="FILE|URL", help="A file, or an https address.")
SKIP_BAD_ROWS = typer.Option(
    "--skip-bad-rows", help="Take the other rows of a register all the same; default: nothing of the file."
)
_MOST_SHOWN = 20
#: With --every: so long after the database was away.
_AGAIN_S = 300.0


class Guard(StrEnum):
    """What may be told to let a list pass."""

    TOO_FEW = "too_few"
    SHRUNK = "shrunk"


def join(imports: typer.Typer, reference: typer.Typer) -> None:
    """Adds the commands."""
    for kind, what in _LISTS.items():
        imports.command(kind, help=f"Bring in {what}")(_list_command(kind))
    for kind, what in _REGISTERS.items():
        imports.command(kind, help=f"Bring in {what}")(_register_command(kind))
    reference.command("sync")(sync)
    reference.command("show")(show)


def _list_command(kind: str) -> Callable[..., None]:
    def command(
        source: Annotated[str, SOURCE],
        *,
        date: Annotated[datetime | None, DAY] = None,
        least: Annotated[int | None, typer.Option(min=1, help="Refuse fewer entries than this.")] = None,
        force: Annotated[
            list[Guard] | None, typer.Option(help="Let a list pass this guard; may be given again, is put on record.")
        ] = None,
        as_json: Annotated[bool, JSON] = False,
    ) -> None:
        overridden = [guard.value for guard in force or ()]
        _import(kind, source, date, as_json=as_json, least=least, overridden=overridden)

    return command


def _register_command(kind: str) -> Callable[..., None]:
    def command(
        source: Annotated[str, SOURCE],
        *,
        date: Annotated[
            datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From when changes hold; default: today.")
        ] = None,
        skip_bad_rows: Annotated[bool, SKIP_BAD_ROWS] = False,
        as_json: Annotated[bool, JSON] = False,
    ) -> None:
        _import(kind, source, date, as_json=as_json, skip_bad_rows=skip_bad_rows)

    return command


def sync(
    *,
    every_h: Annotated[
        float | None, typer.Option("--every", min=0.01, help="Again after so many hours, until stopped; default: once.")
    ] = None,
    skip_bad_rows: Annotated[bool, SKIP_BAD_ROWS] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Bring in what changed, from PULSE_REFERENCE_FOLDER and PULSE_REFERENCE_SOURCES.

    A list that fails leaves the others and the one in force; exit code 1 says that one did.
    """
    from pulse.base.errors import Misconfigured, Unavailable
    from pulse.settings import load

    settings = load()
    if settings.reference_folder is None and not settings.reference_sources:
        raise Misconfigured("set PULSE_REFERENCE_FOLDER or PULSE_REFERENCE_SOURCES", key="PULSE_REFERENCE_SOURCES")
    ended = threading.Event()
    if every_h is not None:
        signal.signal(signal.SIGTERM, lambda _signal, _frame: ended.set())
    while True:
        wait_s = 0.0 if every_h is None else every_h * 3600
        try:
            outcomes = _synchronised(settings, skip_bad_rows=skip_bad_rows, told=_tell_json if as_json else _tell_line)
        except Unavailable as error:
            if every_h is None:
                raise
            wait_s = min(wait_s, _AGAIN_S)
            typer.echo(f"{error} Tried again in {wait_s:g} s.", err=True)
        else:
            if every_h is None:
                raise typer.Exit(1 if any(one.status == "failed" for one in outcomes) else 0)
        if ended.wait(wait_s):
            return


def _synchronised(settings: Settings, *, skip_bad_rows: bool, told: Callable[[Outcome], None]) -> list[Outcome]:
    from pulse.base.clock import SystemClock
    from pulse.claims.reference.import_register import How
    from pulse.claims.reference.sync import Synchronisation, found_in, named

    with open_database(settings) as database, progress_bar() as tell:
        work = Synchronisation(
            database,
            SystemClock(),
            how=How(actor="sync", skip_bad_rows=skip_bad_rows),
            folder=settings.data_dir / "lists",
            least_packs=settings.sl_least_packs,
            tell=tell,
        )
        sources = found_in(settings.reference_folder) if settings.reference_folder else []
        return work.run([*sources, *named(settings.reference_sources)], told)


def _import(kind: str, source: str, date: datetime | None, *, as_json: bool, **how: Any) -> None:
    from pulse.base.clock import SystemClock
    from pulse.claims.reference.import_register import KINDS, How
    from pulse.claims.reference.registers import RowsRefused
    from pulse.claims.reference.sync import Synchronisation
    from pulse.settings import load

    settings = load()
    known: Kind = next(one for one in KINDS if one == kind)
    done: Imported | RowsRefused | None
    with open_database(settings) as database, progress_bar() as tell:
        work = Synchronisation(
            database,
            SystemClock(),
            how=How(actor=actor(), day=date.date() if date else None, **how),
            folder=settings.data_dir / "lists",
            least_packs=settings.sl_least_packs,
            tell=tell,
        )
        try:
            done = work.bring(known, source)
        except RowsRefused as error:
            done = error
    if isinstance(done, RowsRefused):
        _tell_refused(kind, done, as_json=as_json)
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps(_as_json(kind, done), ensure_ascii=False))
    else:
        _show(kind, done)


def _tell_refused(kind: str, problem: RowsRefused, *, as_json: bool) -> None:
    if as_json:
        told = {"kind": kind, "status": "refused", "refused": [asdict(one) for one in problem.refused]}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    typer.echo(f"{kind}: {_count(problem.refused)}, nothing of the file was taken", err=True)
    _show_rows(problem.refused, err=True)
    typer.echo("  Correct them, or take the other rows with --skip-bad-rows.", err=True)


def _as_json(kind: str, done: Imported | None) -> dict[str, Any]:
    if done is None:
        return {"kind": kind, "status": "unchanged"}
    counts = {name: getattr(done, name) for name in ("added", "changed", "unchanged", "gone")}
    return {
        "kind": kind,
        "status": done.status,
        "list_date": done.list_date.isoformat(),
        **counts,
        "refused": [asdict(one) for one in done.refused],
        "overridden": list(done.overridden),
    }


def _show(kind: str, done: Imported | None) -> None:
    if done is None or done.status == "unchanged":
        typer.echo(f"{kind}: nothing changed since the last import.")
        return
    gone = f", {done.gone} gone" if done.gone else ""
    bad = f", {_count(done.refused)} left out" if done.refused else ""
    typer.echo(
        f"{kind} of {done.list_date}: {done.added} added, {done.changed} changed, {done.unchanged} unchanged{gone}{bad}"
    )
    _show_rows(done.refused)
    for guard in done.overridden:
        typer.echo(f"  let pass by --force {guard}")


def _show_rows(rows: Sequence[Refused], *, err: bool = False) -> None:
    """The first rows one by one, then all by field and code."""
    for one in rows[:_MOST_SHOWN]:
        typer.echo(f"  {one}", err=err)
    if len(rows) > _MOST_SHOWN:
        alike = Counter((one.field, one.code) for one in rows).most_common()
        told = ", ".join(f"{field or 'row'} {code} {count}" for (field, code), count in alike)
        typer.echo(f"  … of {len(rows)} in all: {told}; each line with --json", err=err)


def _count(rows: Sequence[Refused]) -> str:
    return f"{len(rows)} bad row{'' if len(rows) == 1 else 's'}"


def _tell_line(one: Outcome) -> None:
    counts = ", ".join(f"{name} {count}" for name, count in one.counts.items() if count)
    rows = f": {counts}" if counts else ""
    rows += f", {_count(one.refused)} left out" if one.refused and one.status == "imported" else ""
    why = f": {one.message} [{one.code}]" if one.status in ("failed", "older") else ""
    typer.echo(f"{one.kind:<12}{one.status}{rows}{why}  ({one.source})")
    _show_rows(one.refused)


def _tell_json(one: Outcome) -> None:
    typer.echo(json.dumps(asdict(one), ensure_ascii=False))
