"""The house that the settings describe, as commands find it: its database, its office, and who is at work."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.database import Database
    from pulse.claims.office import Office
    from pulse.settings import Settings


@contextlib.contextmanager
def open_database(settings: Settings | None = None) -> Iterator[Database]:
    """The database, where its schema is current; else exit code 1."""
    from db.database import Database
    from db.upgrade import demand_current
    from pulse.settings import load

    database = Database((settings or load()).database)
    try:
        demand_current(database)
        yield database
    finally:
        database.close()


def open_office() -> Office:
    """The office with its logs, where its database's schema is current; else exit code 1."""
    from db.upgrade import demand_current
    from pulse import wiring
    from pulse.settings import load

    settings = load()
    wiring.start_logs(settings)
    office = wiring.office(settings)
    demand_current(office.database)
    return office


def refuse_other_schema(settings: Settings) -> None:
    """For processes that start while their database is away: `Misconfigured` where it is there with another schema."""
    from pulse.base.errors import Unavailable

    with contextlib.suppress(Unavailable), open_database(settings):
        pass


def actor() -> str:
    """Who is on record: the login on this machine."""
    import getpass

    try:
        return f"cli:{getpass.getuser()}"[:100]
    except (OSError, KeyError):
        return "cli"
