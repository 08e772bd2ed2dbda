"""`pulse letter`: letters in the terminal, what they are protected with on their way, and models that learn them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pulse.cli import letter_import, letter_show, letter_train
from pulse.cli.house import actor, open_database
from pulse.cli.reference import JSON

app = typer.Typer(help="Letters: read, previewed, protected on the way, worded by models.", no_args_is_help=True)
certificates = typer.Typer(help="S/MIME certificates of recipients.", no_args_is_help=True)
app.add_typer(certificates, name="certificate")
certificates.command("import")(letter_import.certificates)
app.command("show")(letter_show.show)
app.command("preview")(letter_show.preview)
app.command("train")(letter_train.train)
app.command("passwords")(letter_import.passwords)
_ENDINGS = {".pem", ".crt", ".cer", ".der"}


@certificates.command("add")
def add(
    paths: Annotated[
        list[Path], typer.Argument(help="Certificates (PEM or DER), or folders of them.", exists=True, metavar="PATH…")
    ],
) -> None:
    """Put certificates on file for the mail addresses that they name; exit code 1 where one cannot be used."""
    from pulse.base.clock import SystemClock
    from pulse.claims.mail_certificates import BadCertificate, take_certificate

    failed = False
    with open_database() as database:
        for path in _files(paths):
            try:
                found = take_certificate(database, path.read_bytes(), at=SystemClock().now(), by=actor())
            except (BadCertificate, OSError) as error:
                failed = True
                typer.echo(f"{path}: {error}", err=True)
                continue
            typer.echo(f"{path}: {', '.join(found.addresses)}, until {found.valid_until:%Y-%m-%d}")
    raise typer.Exit(1 if failed else 0)


@certificates.command("list")
def list_(*, as_json: Annotated[bool, JSON] = False) -> None:
    """Show the certificates on file, those that end first on top."""
    from db import protection
    from pulse.base.clock import SystemClock

    with open_database() as database, database.read() as connection:
        found = protection.certificates(connection)
    now = SystemClock().now()
    if as_json:
        rows = [
            {
                "address": one.address,
                "until": f"{one.valid_until:%Y-%m-%d}",
                "over": one.valid_until <= now,
                "fingerprint": one.fingerprint,
            }
            for one in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for one in found:
        over = "  OVER" if one.valid_until <= now else ""
        typer.echo(f"{one.address}  until {one.valid_until:%Y-%m-%d}{over}  {one.fingerprint[:16]}")
    if not found:
        typer.echo("No certificate on file.")


@certificates.command("remove")
def remove(address: Annotated[str, typer.Argument(help="The mail address.")]) -> None:
    """Take an address's certificate off the file."""
    from db import protection
    from pulse.claims.mail_certificates import normal

    with open_database() as database, database.write() as connection:
        gone = protection.forget_certificate(connection, normal(address))
    if not gone:
        typer.echo("No certificate on file for this address.", err=True)
        raise typer.Exit(1)


@app.command("password")
def password(
    number: Annotated[str, typer.Argument(help="Insured, AHV or card number; GLN or ZSR number of a provider.")],
    *,
    agreed: Annotated[
        bool, typer.Option("--agreed", help="Ask for the password that was agreed on, instead of making one.")
    ] = False,
) -> None:
    """Make a password that opens somebody's letters and print it alone; or put the one that was agreed on file."""
    from pulse.base.clock import SystemClock
    from pulse.claims.letter_passwords import made_password, set_for_number

    chosen = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if agreed else made_password()
    with open_database() as database, database.write() as connection:
        set_for_number(connection, number, chosen, at=SystemClock().now(), by=actor())
    typer.echo("The password is on file." if agreed else chosen)


def _files(paths: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        inside = sorted(one for one in path.iterdir() if one.suffix.lower() in _ENDINGS) if path.is_dir() else [path]
        found += inside
    return found
