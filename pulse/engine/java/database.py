"""Where a Java engine keeps its state."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database as JDBC knows it."""

    url: str
    user: str
    password: str

    @classmethod
    def in_memory(cls) -> Database:
        """Ends with the engine."""
        return cls(url="jdbc:h2:mem:engine;DB_CLOSE_DELAY=-1", user="sa", password="")

    @classmethod
    def in_file(cls, path: Path) -> Database:
        """An H2 file, for one engine at a time; H2 adds `.mv.db` to the name."""
        # the engine closes it, in its own order
        return cls(url=f"jdbc:h2:file:{path.resolve()};DB_CLOSE_ON_EXIT=FALSE", user="sa", password="")

    @classmethod
    def postgresql(cls, url: str) -> Database:
        """From a URL as SQLAlchemy and libpq have it: `postgresql://user:password@host:port/name?sslmode=require`."""
        parts = urlsplit(url)
        address = parts.netloc.rpartition("@")[2]
        query = f"?{parts.query}" if parts.query else ""
        jdbc = f"jdbc:postgresql://{address}{parts.path}{query}"
        return cls(url=jdbc, user=unquote(parts.username or ""), password=unquote(parts.password or ""))
