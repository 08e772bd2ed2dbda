"""Versions of the risk tables that judged cases, as the engine held them: what a row said then can be told later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from db.rows import first, insert_if_new
from db.tables import risk_tables


@dataclass(frozen=True, kw_only=True)
class RiskTable:
    """One deployed version; `model` is its DMN file."""

    definition_id: str
    version: int
    model: str
    first_used_at: datetime


_GET = select(risk_tables).where(risk_tables.c.definition_id == bindparam("definition_id"))


def keep(connection: Connection, definition_id: str, *, version: int, model: str, at: datetime) -> bool:
    """Stores a version; False where it is stored already."""
    row = {"definition_id": definition_id, "version": version, "model": model, "first_used_at": at}
    return insert_if_new(connection, risk_tables, row)


def get(connection: Connection, definition_id: str) -> RiskTable | None:
    """The version with this id of the engine."""
    return first(connection, _GET, RiskTable, definition_id=definition_id)
