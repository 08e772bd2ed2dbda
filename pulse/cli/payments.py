"""`pulse payments`: what is to be paid, the runs that pay it, what the bank says, and what comes in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from db.payments import Payment
    from pulse.claims.office import Office

app = typer.Typer(
    help="Pay what was decided, by two controllers and one file for the bank; collect what is owed.",
    no_args_is_help=True,
)

Login = Annotated[str, typer.Option("--login", help="Your login; you must be a controller.")]
Password = Annotated[str, typer.Option("--password", prompt=True, hide_input=True, help="Asked for if not given.")]
RunId = Annotated[int, typer.Argument(metavar="RUN", help="The run's number.")]


@app.command("list")
def list_payments(
    state: Annotated[str | None, typer.Option(help="Only payments in this state, such as waiting.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show the payments and why some wait: ids, amounts and masked accounts, no names."""
    import json

    from db import payments
    from pulse.base.money import ZERO, format_amount
    from pulse.cli.house import open_database

    wanted = tuple(one for one in payments.STATES if state in (None, one))
    if not wanted:
        raise typer.BadParameter(f"unknown; known: {', '.join(payments.STATES)}", param_hint="--state")
    with open_database() as database, database.read() as connection:
        found = payments.in_states(connection, wanted)
    if as_json:
        for one in found:
            typer.echo(json.dumps(_told(one)))
        return
    if found:
        typer.echo(f"{'id':>7}  {'case':>9}  {'payee':<8}  {'CHF':>12}  {'account':<13}  {'run':>5}  state")
    for one in found:
        told = _told(one)
        why = f" ({one.reason})" if one.reason else ""
        typer.echo(
            f"{one.id:>7}  {one.invoice_id:>9}  {one.payee:<8}  {format_amount(one.amount):>12}  "
            f"{told['account'] or '-':<13}  {one.run_id or '-':>5}  {one.state}{why}"
        )
    typer.echo(f"{len(found)} payments, CHF {format_amount(sum((one.amount for one in found), ZERO))}")


@app.command()
def propose(
    login: Login,
    password: Password,
    execute_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When the bank pays; default: the next weekday.")
    ] = None,
) -> None:
    """Put all payments that can go into a run; another controller releases it."""
    from pulse.base.money import format_amount
    from pulse.claims.money import runs

    with _at_work(login, password) as office:
        run = runs.make_run(office, by=login, execute_on=execute_on.date() if execute_on else None)
    typer.echo(
        f"Run {run.id}: {run.payments} payments, CHF {format_amount(run.total)}, on {run.execute_on:%d.%m.%Y}. "
        f"Somebody else releases it: pulse payments release {run.id}"
    )


@app.command()
def release(run_id: RunId, login: Login, password: Password) -> None:
    """Let a run go that another controller made; its file can be taken to the bank then."""
    from pulse.claims.money import runs

    with _at_work(login, password) as office:
        run = runs.release(office, run_id, by=login)
    typer.echo(f"Run {run.id} is released. Its file: pulse payments file {run.id} --output {run.message_id}.xml")


@app.command()
def withdraw(run_id: RunId, login: Login, password: Password) -> None:
    """Take back a run that is not released; its payments can go into another."""
    from pulse.claims.money import runs

    with _at_work(login, password) as office:
        runs.withdraw(office, run_id, by=login)
    typer.echo(f"Run {run_id} is withdrawn.")


@app.command("file")
def write_file(
    run_id: RunId,
    login: Login,
    password: Password,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write the file; an older one must be equal.")
    ],
) -> None:
    """Write a released run's pain.001 for the bank; again it is the same file."""
    from pulse.base.errors import Conflict
    from pulse.claims.money import runs

    with _at_work(login, password) as office:
        data = runs.file_of(office, run_id)
        if output.exists():
            if output.read_bytes() != data:
                raise Conflict(f"{output} is there already and differs.", code="file_exists")
        else:
            draft = output.with_name(f"{output.name}.part")
            draft.write_bytes(data)
            draft.replace(output)
        first = runs.handed_out(office, run_id, by=login)
    typer.echo(f"{output}: {len(data)} bytes.")
    if not first:
        typer.echo("This file was taken before: do not give it to the bank twice.", err=True)


@app.command()
def status(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The bank's report, pain.002.")],
    login: Login,
    password: Password,
) -> None:
    """Read what the bank says of a run; what it rejected waits for a person."""
    from pulse.claims.money.bank_report import take_report

    with _at_work(login, password) as office:
        read = take_report(office, file.read_bytes(), by=login)
    if read.known:
        typer.echo(f"Run {read.run_id}: this report was read before.")
        return
    told = ", ".join(f"{count} {state}" for state, count in sorted(read.moved.items())) or "nothing changed"
    typer.echo(f"Run {read.run_id}: {told}.")


@app.command()
def receive(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The bank's camt.054 or camt.053.")],
    login: Login,
    password: Password,
) -> None:
    """Book what came in on our bills; what does not fit one waits for a person."""
    from pulse.claims.money.collect import receive as book

    with _at_work(login, password) as office:
        read = book(office, file.read_bytes(), by=login)
    if read.known:
        typer.echo("This file was read before.")
        return
    typer.echo(f"{read.paid} bills paid in full.")
    for reason, count in read.waiting:
        typer.echo(f"{count} for a person: {reason}.")
    if read.seen:
        typer.echo(f"{read.seen} known from another file.")


@app.command("owed")
def list_owed(
    state: Annotated[str, typer.Option(help="open, paid, written_off or withdrawn.")] = "open",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show what clients and providers owe: ids, amounts and due dates, no names."""
    import json

    from db import receivables
    from pulse.base.money import ZERO, format_amount
    from pulse.cli.house import open_database

    wanted = tuple(one for one in receivables.STATES if one == state)
    if not wanted:
        raise typer.BadParameter(f"unknown; known: {', '.join(receivables.STATES)}", param_hint="--state")
    with open_database() as database, database.read() as connection:
        found = receivables.in_states(connection, wanted)
    if as_json:
        names = ["id", "invoice_id", "cause_id", "debtor", "purpose"]
        names += ["amount", "received", "due_on", "state", "reference"]
        for one in found:
            typer.echo(json.dumps({name: getattr(one, name) for name in names}, default=str))
        return
    if found:
        typer.echo(f"{'id':>7}  {'case':>9}  {'debtor':<8}  {'for':<10}  {'CHF':>12}  {'came in':>12}  due")
    for one in found:
        typer.echo(
            f"{one.id:>7}  {one.invoice_id:>9}  {one.debtor:<8}  {one.purpose:<10}  {format_amount(one.amount):>12}  "
            f"{format_amount(one.received):>12}  {one.due_on:%d.%m.%Y}"
        )
    typer.echo(f"{len(found)} receivables, CHF {format_amount(sum((one.left for one in found), ZERO))} not in yet")


@contextmanager
def _at_work(login: str, password: str) -> Iterator[Office]:
    """The office, for a controller who has said the password; the same lock after five failures as at the browser."""
    from pulse.base.errors import Forbidden
    from pulse.cli.house import open_office
    from pulse.web.pages.people import log_in, log_out

    office = open_office()
    try:
        person = log_in(office, login, password)
        try:
            if "controllers" not in person.groups:
                raise Forbidden("Payments are for controllers.", code="controllers_only")
            yield office
        finally:
            log_out(office, person)
    finally:
        office.database.close()


def _told(payment: Payment) -> dict[str, str | int | None]:
    from pulse.base.identifiers import mask_iban

    return {
        "id": payment.id,
        "invoice_id": payment.invoice_id,
        "round": payment.round,
        "attempt": payment.attempt,
        "payee": payment.payee,
        "amount": f"{payment.amount:.2f}",
        "account": mask_iban(payment.iban) if payment.iban else None,
        "state": payment.state,
        "reason": payment.reason,
        "bank_status": payment.bank_status,
        "run": payment.run_id,
        "end_to_end_id": payment.end_to_end_id,
    }
