"""`pulse mail test`: do the mailboxes and the mail server work, and what is wrong where not?"""

from __future__ import annotations

from typing import Annotated

import typer


def examine(
    name: Annotated[str | None, typer.Argument(help="One of them; default: all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Log in to the mailboxes, the mail server and the mailbox of sent letters; nothing is changed.

    Says what is wrong and what to do, and lists the folders; exit code 1 if anything is wrong.
    """
    import json
    from dataclasses import asdict

    from pulse.settings import load
    from pulse.wiring import mail as wired

    known = wired.known_mailboxes(load())
    names = [facts.name for facts in known.facts()] if name is None else [name]
    failed = False
    for one in names:
        report = known.test(one)
        failed |= not report.works
        if as_json:
            typer.echo(json.dumps(asdict(report)))
            continue
        sign = "FAIL" if not report.works else "warn" if report.code else "ok  "
        typer.echo(f"{sign}  {report.name}: {report.words}" + (f" [{report.code}]" if report.code else ""))
        for folder in report.folders:
            typer.echo(f"        {folder}")
    raise typer.Exit(1 if failed else 0)
