"""`pulse mail ledger`: what became of the mails."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from db.mail_ledger import Entry

_AT_ONCE = 200
_FOR_PEOPLE = 50


def ledger(
    limit: Annotated[
        int | None, typer.Option(help="How many mails, newest first.", min=1, show_default="50; with --json all")
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="First day that counts.", formats=["%Y-%m-%d"])] = None,
    outcome: Annotated[str | None, typer.Option(help="Only these: invoice, returned, ignored, person, failed.")] = None,
    pending: Annotated[bool, typer.Option("--pending", help="Also mails that are not settled yet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show what became of the mails: ids, outcomes and reasons, no names or addresses."""
    import json
    import sys
    from typing import get_args

    from db import mail_ledger
    from db.mails import Outcome
    from pulse.base.clock import SWISS_TIME
    from pulse.cli.house import open_database

    known: tuple[Outcome, ...] = tuple(one for one in get_args(Outcome) if one != "pending" or pending)
    outcomes = tuple(one for one in known if outcome in (None, one))
    if not outcomes:
        raise typer.BadParameter(f"is none of {', '.join(known)}", param_hint="--outcome")
    wanted = mail_ledger.Filter(outcomes=outcomes, since=since.replace(tzinfo=SWISS_TIME) if since else None)
    left, before = limit or (sys.maxsize if as_json else _FOR_PEOPLE), None
    with open_database() as database:
        while left > 0:
            with database.read() as connection:
                found = mail_ledger.find(connection, wanted, before=before, limit=min(left, _AT_ONCE))
                entries = mail_ledger.entries(connection, found)
            for entry in entries:
                typer.echo(json.dumps(told(entry)) if as_json else _line(entry))
            if not entries:
                return
            before, left = entries[-1].mail.id, left - len(entries)


def told(entry: Entry) -> dict[str, Any]:
    """A mail as one object; `reason` is the first of the `reasons`, empty where nothing needs one."""
    mail = entry.mail
    reasons = mail.reason.split()
    return {
        "mail": mail.id,
        "message_id": mail.message_id,
        "outcome": mail.outcome,
        "reason": reasons[0] if reasons else "",
        "reasons": reasons,
        "documents": list(entry.files),
        "invoices": list(entry.invoices),
        "answered": mail.answered,
        "account": mail.account,
        "folder": mail.folder,
        "filed_to": mail.filed_to,
        "seen_at": mail.seen_at.isoformat(),
        "settled_at": mail.settled_at.isoformat() if mail.settled_at else None,
        "received_at": mail.received_at.isoformat() if mail.received_at else None,
        "same_as": mail.same_as,
        "rule": mail.rule,
        "authenticity": mail.authenticity,
        "source": mail.source_sha256,
    }


def _line(entry: Entry) -> str:
    mail = entry.mail
    where = f"{mail.outcome:<8} {mail.reason or '-':<16} {mail.filed_to or '-':<10}"
    cases = " ".join(map(str, entry.invoices))
    return f"{mail.id:>7}  {mail.seen_at:%Y-%m-%d %H:%M}  {where} {cases}".rstrip()
