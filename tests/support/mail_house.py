"""An insurer whose commands run with a database in a folder and the mailboxes of a small mail server."""

from __future__ import annotations

from pathlib import Path

from office import fill_registers, new_database

from pulse.demo.mailserver import DemoMailServer

CLAIMS, SENT = "claims@insurer.example", "sent@insurer.example"
#: Its mailboxes and their passwords.
MAILBOXES = {CLAIMS: "one", SENT: "two"}


def filled_database(folder: Path) -> None:
    """The database that commands find with this data folder: the newest schema, clients, providers and packs."""
    database = new_database(folder)
    fill_registers(database)
    database.close()


def settings(folder: Path, engine_url: str, server: DemoMailServer | None = None) -> dict[str, str]:
    """The environment variables; without a server there is no mailbox."""
    told = {"DATA_DIR": str(folder), "ENGINE_URL": engine_url, "SMTP_TLS": "none", "MAIL_FROM": CLAIMS}
    if server is not None:
        told |= {
            "IMAP_HOST": server.host,
            "IMAP_PORT": str(server.imap_port),
            "IMAP_USER": CLAIMS,
            "IMAP_PASSWORD": MAILBOXES[CLAIMS],
            "IMAP_TLS": "none",
            "SMTP_HOST": server.host,
            "SMTP_PORT": str(server.smtp_port),
            "SENT_ADDRESS": SENT,
            "SENT_USER": SENT,
            "SENT_PASSWORD": MAILBOXES[SENT],
        }
    return {f"PULSE_{name}": value for name, value in told.items()}


def engine_away(port: int) -> str:
    """Where no engine answers, on a port that nobody listens at."""
    return f"http://127.0.0.1:{port}/engine-rest"
