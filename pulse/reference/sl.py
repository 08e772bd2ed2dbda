"""A file of the Spezialitätenliste, whatever its format: which one it is, of which day, and its packs."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Literal

from pulse.base.errors import InvalidInput, NotFound
from pulse.reference import sl_fhir, sl_xml
from pulse.reference.rows import ListedPack, NotThisList
from pulse.reference.watched import Progress, opened

Language = Literal["de", "fr", "it"]
#: The file lies in a zip; one that would unpack to more is refused.
_MOST_UNPACKED = 1 << 30
_IN_ZIP = "Preparations.xml"
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d{2})-?(\d{2})-?(\d{2})(?!\d)")
_LANGUAGE_IN_NAME = re.compile(r"[-_.](de|fr|it)(?=\.)")


class ListDayUnknown(InvalidInput):
    """The list does not say its day: give it with --date."""

    code = "list_day_unknown"


@dataclass(frozen=True, kw_only=True)
class SlFile:
    """A file of the list; `languages` are those of its texts."""

    path: Path
    format: Literal["fhir", "xml"]
    list_date: date
    languages: tuple[str, ...]
    sha256: str

    def packs(self, progress: Progress | None = None) -> Iterator[ListedPack]:
        """Every pack, in the file's order; see the readers for what is raised."""
        with _opened(self.path, progress) as file:
            if self.format == "fhir":
                yield from sl_fhir.read(file, language=self.languages[0])
            else:
                yield from sl_xml.read(file, day=self.list_date)


def recognised(
    path: Path,
    *,
    name: str | None = None,
    day: date | None = None,
    fallback: date | None = None,
    language: str | None = None,
) -> SlFile:
    """What the file is. Its day is `day`, else that in its name (`name` where it was fetched under another one), else
    what it says itself, else `fallback`. Raises `NotThisList`, `ListDayUnknown`, `NotFound`."""
    if not path.is_file():
        raise NotFound(f"there is no file {path}")
    name = name or path.name
    with _opened(path) as file:
        if _begins_as_xml(file):
            told: date | None = sl_xml.release_day(file)
            kind: Literal["fhir", "xml"] = "xml"
            languages: tuple[str, ...] = ("de", "fr", "it")
        else:
            kind = "fhir"
            told = sl_fhir.day_of(next(sl_fhir.bundles(file))[1])
            file.seek(0)
            named = _LANGUAGE_IN_NAME.search(name.lower())
            languages = (language or (named[1] if named else None) or sl_fhir.language_of(file) or "de",)
    found = day or day_in(name) or told or fallback
    if found is None:
        raise ListDayUnknown
    with path.open("rb") as whole:
        digest = hashlib.file_digest(whole, "sha256").hexdigest()
    return SlFile(path=path, format=kind, list_date=found, languages=languages, sha256=digest)


def day_in(name: str) -> date | None:
    """The day in a file's name, such as 20260601 or 2026-06-01."""
    found = _DAY_IN_NAME.search(name)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _begins_as_xml(file: IO[bytes]) -> bool:
    begin = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    file.seek(0)
    return begin.startswith(b"<")


@contextmanager
def _opened(path: Path, progress: Progress | None = None) -> Iterator[IO[bytes]]:
    """The list's bytes, out of a zip where it lies in one."""
    with opened(path, progress) as file:
        is_zip = file.read(4) == b"PK\x03\x04"
        file.seek(0)
        if not is_zip:
            yield file
            return
        try:
            with zipfile.ZipFile(file) as archive:
                inside = [one for one in archive.infolist() if Path(one.filename).name == _IN_ZIP]
                if not inside:
                    raise NotThisList(f"the zip holds no {_IN_ZIP}")
                if inside[0].file_size > _MOST_UNPACKED:
                    raise NotThisList(f"{_IN_ZIP} would unpack to {inside[0].file_size} bytes")
                with archive.open(inside[0]) as unpacked:
                    yield unpacked
        except zipfile.BadZipFile as error:
            raise NotThisList("the file is a broken zip") from error
