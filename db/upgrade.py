"""Brings a database to the newest schema."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from db.database import Database
from pulse.base.errors import Misconfigured

Schema = Literal["current", "older", "newer"]

_NEWER = "the database has the schema of a newer Pulse: run that one"


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file: the migrations lie beside this module."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Runs the missing migrations in one transaction; on a database that is up to date it changes nothing.

    Raises `Misconfigured` where the database has a schema that this code does not know.
    """
    try:
        with database.write() as connection:
            command.upgrade(configuration(connection), revision)
    except CommandError as error:
        if schema(database) == "newer":
            raise Misconfigured(_NEWER) from error
        raise


def downgrade(database: Database, revision: str) -> None:
    """Takes migrations back down to a revision (`base` for all)."""
    with database.write() as connection:
        command.downgrade(configuration(connection), revision)


def schema(database: Database) -> Schema:
    """The database's schema beside the one that this code expects."""
    with database.read() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    known = ScriptDirectory.from_config(configuration())
    if found == known.get_current_head():
        return "current"
    return "older" if found in {None, *(one.revision for one in known.walk_revisions())} else "newer"


def demand_current(database: Database) -> None:
    """Raises `Misconfigured`, with what to do, where the schema is another one than this code expects."""
    found = schema(database)
    if found == "older":
        raise Misconfigured("the database is not at the newest schema: run `pulse db upgrade`")
    if found == "newer":
        raise Misconfigured(_NEWER)
