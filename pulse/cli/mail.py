"""`pulse mail`: fetches invoices from the mailbox, answers what is none, and relays the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mail_gateway.gateway import Gateway
    from pulse.claims.office import Office

app = typer.Typer(help="Fetch invoices from the mailbox.")


@app.callback(invoke_without_command=True)
def mail(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Look once, do what is due, and end.")] = False,
) -> None:
    """Fetch invoices from the mailbox until SIGTERM; also relays the outbox."""
    if context.invoked_subcommand is not None:
        return
    from pulse import wiring
    from pulse.invoices.reading import warm_up
    from pulse.settings import load

    settings = load()
    wiring.start_logs(settings)
    warm_up()
    office = wiring.office(settings)
    gateway = wiring.gateway(settings, office)
    if once:
        _once(office, gateway)
    else:
        _run(office, gateway)


@app.command("test")
def test() -> None:
    """Log in to the mailbox and list its folders; nothing is changed."""
    from pulse import wiring
    from pulse.settings import load

    settings = load()
    folders = wiring.gateway(settings, wiring.office(settings)).check()
    typer.echo(f"{settings.imap_host}:{settings.imap_port} answers; folder {settings.imap_folder} is there")
    for folder in folders:
        typer.echo(f"  {folder}")


@app.command("ledger")
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


def _once(office: Office, gateway: Gateway) -> None:
    from db import leases
    from pulse.claims.relay import relay_once

    relayed = 0
    try:
        result = gateway.poll_once()
        while done := relay_once(office):
            relayed += done
    finally:
        gateway.close()
        with office.database.write() as connection:
            leases.release(connection, "relay", holder=office.holder)
    if result.idle:
        typer.echo("Another process reads this mailbox.")
    typer.echo(f"{result.settled} mails, {result.answered} answers, {result.filed} moved, {relayed} errands done")


def _run(office: Office, gateway: Gateway) -> None:
    import signal
    import threading

    from pulse.claims import relay

    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _signal, _frame: stopped.set())
    relaying = threading.Thread(target=relay.run, args=(office, stopped), name="relay", daemon=True)
    relaying.start()
    gateway.run(stopped)
    relaying.join(timeout=10)
