"""`pulse mail`: fetches invoices from the mailbox, answers what is none, and relays the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pulse.cli.mail import connection, ledger

if TYPE_CHECKING:
    from mail_gateway.gateway import Gateway
    from pulse.claims.office import Office

app = typer.Typer(help="Fetch invoices from the mailbox.")
app.command("test")(connection.test)
app.command("ledger")(ledger.ledger)


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
    from pulse.wiring import mail as wired

    settings = load()
    wiring.start_logs(settings)
    warm_up()
    office = wiring.office(settings)
    gateway = wired.gateway(settings, office)
    if once:
        _once(office, gateway)
    else:
        _run(office, gateway)


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
