"""The rules of the mailboxes, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from db.rows import every, update_rows
from db.tables import mail_rules


@dataclass(frozen=True, kw_only=True)
class MailRule:
    """A rule as it is kept: `conditions` by name, `argument` for the action."""

    id: int
    position: int
    name: str
    enabled: bool
    conditions: dict[str, Any]
    action: str
    argument: str
    afterwards: str
    afterwards_folder: str
    changed_by: str
    changed_at: datetime


_LOCK = 7_305_002
_ALL = select(mail_rules).order_by(mail_rules.c.position, mail_rules.c.id)


def all_rules(connection: Connection) -> list[MailRule]:
    """Every rule, in order."""
    return every(connection, _ALL, MailRule)


def lock(connection: Connection) -> None:
    """Whoever changes the order changes it alone, until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def add(connection: Connection, **values: object) -> int:
    """A new rule; its id."""
    return int(connection.execute(insert(mail_rules).values(**values).returning(mail_rules.c.id)).scalar_one())


def set_rule(connection: Connection, rule_id: int, **values: object) -> bool:
    """Changes a rule; False where it is gone."""
    return update_rows(connection, mail_rules, {"id": rule_id}, values)


def remove(connection: Connection, rule_ids: Sequence[int]) -> None:
    """Deletes rules."""
    connection.execute(delete(mail_rules).where(mail_rules.c.id.in_(rule_ids)))
