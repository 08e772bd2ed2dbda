"""`pulse mail import FILE|DIR…`: mails from files take the way of those in the mailbox."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from mail_gateway.entrances.importing import Importer
    from mail_gateway.entrances.mail_files import MailFile
    from pulse.claims.office import Office

BROKEN = 3


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(help="Mails (.eml, .msg), archives (mbox), Maildirs or other folders.", metavar="FILE|DIR"),
    ],
    answer: Annotated[bool, typer.Option("--answer", help="Answer senders of what cannot be processed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a mail.")] = False,
) -> None:
    """Import mails: what they bring becomes cases; nothing happens twice, however often they are imported.

    A broken file is named and passed over; then the exit code is 3.
    """
    for path in files:
        if not path.exists():
            raise typer.BadParameter(f"there is no file or folder {path}", param_hint="FILE")
    from mail_gateway.entrances.mail_files import count, mails_in
    from pulse import wiring
    from pulse.cli.house import refuse_other_schema
    from pulse.invoices.reading import warm_up
    from pulse.settings import load
    from pulse.wiring import mail as wired

    settings = load()
    wiring.start_logs(settings)
    refuse_other_schema(settings)
    total = sum(count(path) for path in files)
    if not total:
        raise typer.BadParameter("there is no mail", param_hint="DIR")
    warm_up()
    office = wiring.office(settings)
    importer = wired.importer(settings, office, answer=answer)
    tally = {"new": 0, "known": 0, "broken": 0}
    with typer.progressbar(length=total, label="Mails", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        for path in files:
            for mail in mails_in(path, max_bytes=settings.mail_max_bytes):
                tally[_take(importer, mail, as_json=as_json)] += 1
                bar.update(1)
    _start_processes(office)
    if not as_json:
        typer.echo(f"{tally['new']} mails imported, {tally['known']} known already, {tally['broken']} broken")
    raise typer.Exit(BROKEN if tally["broken"] else 0)


def _take(importer: Importer, mail: MailFile, *, as_json: bool) -> str:
    told: dict[str, Any] = {"file": mail.name}
    if mail.content is None:
        typer.echo(
            json.dumps(told | {"problem": mail.problem}) if as_json else f"{mail.name}: {mail.problem}", err=True
        )
        return "broken"
    done = importer.take(mail)
    outcome, reason = done.row.outcome, done.row.reason
    told |= {"mail": done.row.id, "outcome": outcome, "reason": reason, "known": done.known, "answered": done.answered}
    if as_json:
        typer.echo(json.dumps(told))
    elif not done.known:
        typer.echo(f"{mail.name}: {outcome} {reason}".rstrip())
    return "known" if done.known else "new"


def _start_processes(office: Office) -> None:
    """The errands of the new cases, as far as the engine is there; `pulse mail` and `pulse worker` do the rest."""
    from db import leases
    from pulse.claims.relay import relay_once

    try:
        while relay_once(office):
            pass
    finally:
        with office.database.write() as connection:
            leases.release(connection, "relay", holder=office.holder)
