"""All commands of `pulse`, each in its own module."""

from __future__ import annotations

import typer

from pulse.cli import access, database, demo, doctor, evaluate, mail, read, reference, servers, synthetic, worker

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
app.add_typer(reference.app, name="reference")
app.add_typer(mail.app, name="mail")
app.add_typer(database.app, name="db")
app.add_typer(access.tokens, name="token")
app.add_typer(access.users, name="user")
