"""Where a list comes from: a file, or an address that is fetched only where it changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from db import lists
from db.database import Database
from pulse.reference.download import fetch, is_address
from pulse.reference.rows import NotThisList
from pulse.reference.sl import SlFile, recognised
from pulse.reference.watched import Progress


@dataclass(frozen=True, kw_only=True)
class Source:
    """A list's file, and its ETag where it was fetched."""

    file: SlFile
    etag: str | None = None


def sl_from(
    database: Database,
    source: str,
    *,
    folder: Path,
    day: date | None = None,
    language: str | None = None,
    progress: Progress | None = None,
) -> Source | None:
    """The Spezialitätenliste from a path or URL; None where the publisher still has what was imported from there.

    `folder` keeps what is fetched. The day is `day`, else that in the name or contents, else that on which the
    publisher changed the file. Raises what reading or fetching raises.
    """
    if not is_address(source):
        return Source(file=recognised(Path(source), day=day, language=language))
    if "preliminary" in urlsplit(source).path:
        raise NotThisList("a preliminary list is not the one in force")
    with database.read() as connection:
        before = lists.last_from(connection, source)
    fetched = fetch(source, folder, etag=before.etag if before else None, progress=progress)
    if fetched is None:
        return None
    file = recognised(fetched.path, name=fetched.name, day=day, fallback=fetched.day, language=language)
    return Source(file=file, etag=fetched.etag)
