"""What a command changes in the store: rows to insert, update and delete, gathered and written at once."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


class Changes:
    """Row changes by table and id. A row that comes and goes within one command is never written."""

    def __init__(self) -> None:
        self.inserts: dict[str, dict[str, Row]] = {}
        self.updates: dict[str, dict[str, Row]] = {}
        self.deletes: dict[str, list[str]] = {}
        self.topics: set[str] = set()
        """Topics of external tasks that can be fetched from now on."""
        self.jobs = False
        """Whether there is a new job."""

    def insert(self, table: str, row: Row) -> None:
        self.inserts.setdefault(table, {})[row["id"]] = row

    def update(self, table: str, identifier: str, **values: Any) -> None:
        fresh = self.inserts.get(table, {}).get(identifier)
        if fresh is not None:
            fresh.update(values)
        else:
            self.updates.setdefault(table, {}).setdefault(identifier, {}).update(values)

    def delete(self, table: str, identifier: str) -> None:
        if self.inserts.get(table, {}).pop(identifier, None) is None:
            self.updates.get(table, {}).pop(identifier, None)
            self.deletes.setdefault(table, []).append(identifier)
