"""When each folder of a mailbox was last looked into: written by who reads it, read by who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from db.rows import first, insert_if_new, update_rows
from db.tables import mailbox_looks

_LOOK = select(mailbox_looks.c.looked_at, mailbox_looks.c.failed_at, mailbox_looks.c.reason).where(
    mailbox_looks.c.account == bindparam("account"), mailbox_looks.c.folder == bindparam("folder")
)


@dataclass(frozen=True, kw_only=True)
class Look:
    """The last look that found everything well, the last that failed, and why if that was the later one."""

    looked_at: datetime | None = None
    failed_at: datetime | None = None
    reason: str = ""


def worked(connection: Connection, account: str, folder: str, *, at: datetime) -> None:
    """Everything that was there has been looked at."""
    _keep(connection, account, folder, {"looked_at": at, "reason": ""})


def failed(connection: Connection, account: str, folder: str, *, at: datetime, reason: str) -> None:
    """Something was in the way; `reason` is an error's code."""
    _keep(connection, account, folder, {"failed_at": at, "reason": reason[:40]})


def last(connection: Connection, account: str, folder: str) -> Look:
    """What is known of a folder; empty for one that nobody has looked into."""
    return first(connection, _LOOK, Look, account=account, folder=folder) or Look()


def _keep(connection: Connection, account: str, folder: str, values: dict[str, object]) -> None:
    place = {"account": account, "folder": folder}
    if not update_rows(connection, mailbox_looks, place, values):
        insert_if_new(connection, mailbox_looks, place | values)
