"""`pulse mail`: fetches invoices from the mailbox, answers what is none, and relays the outbox."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated

import typer

from pulse.cli.mail import authorize, care, connection, export, importing, ledger, rules

if TYPE_CHECKING:
    from mail_gateway.entrances.gateways import Gateways
    from pulse.claims.office import Office

app = typer.Typer(help="Fetch invoices from the mailbox.")
app.command("test")(connection.examine)
app.command("authorize")(authorize.authorize)
app.command("import")(importing.import_)
app.command("ledger")(ledger.ledger)
app.add_typer(rules.app, name="rules")
app.command("again")(care.again)
app.command("ignore")(care.ignore)
app.command("export")(export.export)
app.command("retain")(care.retain)


@app.callback(invoke_without_command=True)
def mail(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Look once, do what is due, and end.")] = False,
    health_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Serve /healthz, /readyz and /metrics here; 0 picks a free port."),
    ] = None,
) -> None:
    """Fetch invoices from the mailboxes until SIGTERM; also relays the outbox.

    With --health-port the first line on stdout is the address.
    """
    if context.invoked_subcommand is not None:
        return
    from pulse import wiring
    from pulse.cli.house import refuse_other_schema
    from pulse.invoices.reading import warm_up
    from pulse.settings import load
    from pulse.wiring import mail as wired

    settings = load()
    wiring.start_logs(settings)
    refuse_other_schema(settings)
    warm_up()
    office = wiring.office(settings)
    gateways = wired.gateways(settings, office)
    if once:
        _once(office, gateways)
        return
    with contextlib.ExitStack() as stack:
        if health_port is not None:
            from pulse.cli.mail.health import MailHealth
            from pulse.engine.worker.health import ProbeServer

            probes = MailHealth(gateways.health)
            server = ProbeServer(probes, host=settings.mail_health_host, port=health_port)
            typer.echo(stack.enter_context(server).url)
        _run(office, gateways)


def _once(office: Office, gateways: Gateways) -> None:
    from db import leases
    from pulse.claims.relay import relay_once
    from pulse.claims.retain_mails import retain_daily

    relayed = 0
    try:
        result, errors = gateways.poll_once()
        while done := relay_once(office):
            relayed += done
        retain_daily(office)
    finally:
        gateways.close()
        with office.database.write() as connection:
            leases.release(connection, "relay", holder=office.holder)
    if result.idle:
        typer.echo("Another process reads this mailbox.")
    typer.echo(f"{result.settled} mails, {result.answered} answers, {result.filed} moved, {relayed} errands done")
    if errors:
        raise errors[0]


def _run(office: Office, gateways: Gateways) -> None:
    import signal
    import threading

    from pulse.claims import relay, retain_mails

    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _signal, _frame: stopped.set())
    relaying = threading.Thread(target=relay.run, args=(office, stopped), name="relay", daemon=True)
    relaying.start()
    threading.Thread(target=retain_mails.run, args=(office, stopped), name="retention", daemon=True).start()
    gateways.run(stopped)
    relaying.join(timeout=10)
