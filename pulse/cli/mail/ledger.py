"""`pulse mail ledger`: what became of the mails."""

from __future__ import annotations

from typing import Annotated

import typer


def ledger(
    limit: Annotated[int, typer.Option(help="How many mails, newest first.", min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show what became of the mails: ids, outcomes and reasons, no names or addresses."""
    import json

    from db import mails
    from db.database import Database
    from pulse.settings import load

    with Database(load().database).read() as connection:
        rows = mails.page(connection, limit=limit)
        cases = {row.id: [d.invoice_id for d in mails.documents_of(connection, row.id)] for row in rows}
    for row in rows:
        known = [case for case in cases[row.id] if case is not None]
        if as_json:
            values = {"mail": row.id, "seen_at": row.seen_at.isoformat(), "outcome": row.outcome, "reason": row.reason}
            typer.echo(json.dumps(values | {"answered": row.answered, "filed_to": row.filed_to, "cases": known}))
        else:
            where = f"{row.outcome:<8} {row.reason or '-':<16} {row.filed_to or '-':<10}"
            typer.echo(f"{row.id:>7}  {row.seen_at:%Y-%m-%d %H:%M}  {where} {' '.join(map(str, known))}".rstrip())
