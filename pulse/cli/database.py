"""`pulse db`: the schema."""

from __future__ import annotations

import typer

app = typer.Typer(help="The database.", no_args_is_help=True)

_SCHEMAS = {
    "current": "current",
    "older": "not current: run `pulse db upgrade`",
    "newer": "not current: of a newer Pulse",
}


@app.command()
def upgrade() -> None:
    """Bring the database to the newest schema."""
    from db.database import Database
    from db.upgrade import upgrade as run
    from pulse.settings import load

    database = Database(load().database)
    run(database)
    database.close()
    typer.echo("The database is up to date.")


@app.command()
def check() -> None:
    """Say whether the audit trail is unbroken and the schema current; exit code 1 if not."""
    from db import audit
    from db.database import Database
    from db.upgrade import schema
    from pulse.settings import load

    database = Database(load().database)
    found = schema(database)
    typer.echo(f"schema: {_SCHEMAS[found]}")
    current = found == "current"
    broken = None
    if current:
        with database.read() as connection:
            broken = audit.first_broken(connection)
        typer.echo("audit trail: unbroken" if broken is None else f"audit trail: row {broken} was changed")
    database.close()
    raise typer.Exit(0 if current and broken is None else 1)
