"""The servers that the topics need, each with a question that is cheap and answers for the whole of it."""

from __future__ import annotations

from db.database import DatabaseUnavailable
from pulse.claims.office import Office
from pulse.claims.ports import DirectoryUnavailable, MailUnavailable
from pulse.engine.errors import EngineUnavailable
from pulse.engine.worker import Dependency

DATABASE, ENGINE, SMTP, CLIENTS = "database", "engine", "smtp", "client directory"


def database(office: Office) -> Dependency:
    """For writing: a locked database can be read."""

    def probe() -> None:
        with office.database.write() as connection:
            connection.exec_driver_sql("SELECT 1")

    return Dependency(DATABASE, probe)


def engine(office: Office) -> Dependency:
    """The engine, for those that ask it something beside their task."""
    return Dependency(ENGINE, office.engine.version)


def smtp(office: Office) -> Dependency:
    """The way out for letters."""
    return Dependency(SMTP, office.mail_out.check)


def client_directory(office: Office) -> list[Dependency]:
    """Where insured persons are looked up, if that is another system."""
    return [Dependency(CLIENTS, office.directory.check)] if office.directory else []


def absent(error: Exception) -> str | None:
    """Which server an error says is away; None where it says something else.

    A mail server that refuses one mail for now (4xx) is there; the mail is tried again as any failing task.
    """
    match error:
        case DatabaseUnavailable():
            return DATABASE
        case EngineUnavailable():
            return ENGINE
        case DirectoryUnavailable():
            return CLIENTS
        case MailUnavailable() if "smtp_code" not in error.details:
            return SMTP
    return None
