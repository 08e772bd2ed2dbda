"""All commands of `pulse`, each in its own module."""

from __future__ import annotations

import typer

from pulse.cli import (
    access,
    approval,
    database,
    demo,
    doctor,
    evaluate,
    explain,
    letter,
    mail,
    payments,
    read,
    reference,
    reference_registers,
    servers,
    synthetic,
    worker,
)

app = typer.Typer(
    name="pulse",
    help="Reads emailed medication invoices, decides them in a process, and answers with a letter.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.command("demo")(demo.demo)
app.command("read")(read.read)
app.add_typer(synthetic.app, name="synthetic")
app.command("worker")(worker.worker)
app.command("web")(servers.web)
app.command("engine")(servers.engine)
app.command("deploy")(servers.deploy)
app.command("doctor")(doctor.doctor)
app.add_typer(evaluate.app, name="evaluate")
app.command("explain")(explain.explain)
app.add_typer(reference.app, name="reference")
reference_registers.join(reference.imports, reference.app)
app.add_typer(approval.app, name="approval")
app.add_typer(letter.app, name="letter")
app.add_typer(payments.app, name="payments")
app.add_typer(mail.app, name="mail")
app.add_typer(database.app, name="db")
app.add_typer(access.tokens, name="token")
app.add_typer(access.users, name="user")
