"""`pulse token` and `pulse user`: who may come in."""

from __future__ import annotations

from typing import Annotated

import typer

tokens = typer.Typer(help="API tokens.", no_args_is_help=True)
users = typer.Typer(help="People who log in.", no_args_is_help=True)


@tokens.command("create")
def create_token(
    name: Annotated[str, typer.Option(help="What the token is for.")],
    scope: Annotated[list[str], typer.Option(help="A scope such as invoices:write, or all; may be given again.")],
) -> None:
    """Make a token and print it alone: it is shown this once."""
    from db import tokens as table
    from pulse.base.clock import SystemClock, random_id, random_secret
    from pulse.cli.house import open_database

    unknown = [one for one in scope if one not in table.SCOPES]
    if unknown:
        raise typer.BadParameter(f"unknown scope {unknown[0]}; known: {', '.join(table.SCOPES)}", param_hint="--scope")
    secret = random_secret()
    with open_database() as database, database.write() as connection:
        table.add(connection, random_id(), name=name, secret=secret, scopes=scope, at=SystemClock().now())
    typer.echo(secret)


@users.command("create")
def create_user(
    login: Annotated[str, typer.Argument(help="Letters and digits.")],
    group: Annotated[list[str], typer.Option(help="assistants or controllers; may be given again.")],
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)],
) -> None:
    """Add a person who decides tasks in the browser."""
    from werkzeug.security import generate_password_hash

    from db import users as table
    from pulse.base.clock import SystemClock
    from pulse.cli.house import open_database

    unknown = [one for one in group if one not in ("assistants", "controllers")]
    if unknown:
        raise typer.BadParameter(f"unknown group {unknown[0]}", param_hint="--group")
    hashed = generate_password_hash(password)
    with open_database() as database, database.write() as connection:
        table.add(connection, login=login, password_hash=hashed, groups=" ".join(group), at=SystemClock().now())
    typer.echo(f"{login} may log in.")
