from __future__ import annotations

from postgres import database, postgres_server

__all__ = ["database", "postgres_server"]
