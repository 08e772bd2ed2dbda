"""Brings every list up to date from where it comes: only what changed, and a list that fails leaves the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import file_digest
from pathlib import Path
from typing import Literal

import structlog

from db import lists
from db.database import Database
from pulse.base.clock import Clock
from pulse.base.errors import InvalidInput, NotFound, PulseError
from pulse.claims.reference.import_list import Tell, import_sl
from pulse.claims.reference.import_register import KINDS, REGISTERS, How, Imported, Kind, import_register
from pulse.claims.reference.registers import RowsRefused
from pulse.claims.reference.sources import sl_from
from pulse.reference.download import fetch, is_address
from pulse.reference.guards import Bounds
from pulse.reference.register_rows import Refused
from pulse.reference.sl import day_in

log = structlog.get_logger(__name__)

AnyKind = Literal["sl"] | Kind
ANY_KIND: tuple[AnyKind, ...] = ("sl", *KINDS)
#: How files are named by those who publish them; any file may begin with its kind's name instead.
_PUBLISHED: tuple[tuple[re.Pattern[str], AnyKind], ...] = (
    (re.compile(r"foph-sl-|preparations\.xml|xmlpublications"), "sl"),
    (re.compile(r"zugelassene.?(verpackungen|packungen).*\.xlsx"), "swissmedic"),
    (re.compile(r"refdata.*articles.*\.xml"), "refdata"),
)
#: A list's kind before those that need it: approvals name clients.
_ORDER = {kind: place for place, kind in enumerate(ANY_KIND)}


@dataclass(frozen=True, kw_only=True)
class ListSource:
    """A list's kind, and the file or address it comes from."""

    kind: AnyKind
    source: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one source; `code` and `message` say why where it failed. `counts` say by what happened how many
    entries it brought. `refused` are bad rows: left out where it was imported, the reason where it failed."""

    kind: AnyKind
    source: str
    status: Literal["imported", "unchanged", "older", "failed"]
    code: str = ""
    message: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()


def named(text: str) -> list[ListSource]:
    """Sources as the settings name them: `sl=https://… clients=/data/clients.csv`, with blanks between. Raises
    `InvalidInput` naming the word that is none."""
    return [_named(word) for word in text.split()]


def found_in(folder: Path) -> list[ListSource]:
    """The lists in a folder, oldest day first; files of no known name are left alone. Raises `NotFound`."""
    if not folder.is_dir():
        raise NotFound(f"there is no folder {folder}")
    files = [(kind, path) for path in folder.iterdir() if path.is_file() and (kind := kind_of(path.name))]
    files.sort(key=lambda found: (_ORDER[found[0]], str(day_in(found[1].name) or ""), found[1].name))
    return [ListSource(kind=kind, source=str(path)) for kind, path in files]


def kind_of(name: str) -> AnyKind | None:
    """Which list a file holds, by its name: `clients-2026-11-01.csv`, `foph-sl-publication-latest-de.ndjson`."""
    low = name.lower()
    first = re.split(r"[-_.]", low, maxsplit=1)[0]
    return next((kind for kind in ANY_KIND if kind == first), None) or next(
        (kind for pattern, kind in _PUBLISHED if pattern.search(low)), None
    )


class Synchronisation:
    """Imports from many sources; `folder` keeps what is fetched, `least_packs` is the bound of the Spezialitätenliste.

    `how` goes for every import; `tell` hears what is done with which list, how many bytes of it, and of how many.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        how: How,
        folder: Path,
        least_packs: int,
        tell: Tell = lambda _what, _done, _of: None,
    ) -> None:
        self._database, self._clock, self._how = database, clock, how
        self._folder, self._least_packs, self._tell = folder, least_packs, tell

    def run(self, sources: Sequence[ListSource], told: Callable[[Outcome], None] = lambda _one: None) -> list[Outcome]:
        """Every source once; `told` hears of each as it is done."""
        return list(self._each(sources, told))

    def _each(self, sources: Sequence[ListSource], told: Callable[[Outcome], None]) -> Iterator[Outcome]:
        for source in sources:
            try:
                outcome = self._one(source)
            except PulseError as error:
                status: Literal["older", "failed"] = "older" if error.reason == "list_older" else "failed"
                outcome = Outcome(
                    kind=source.kind,
                    source=source.source,
                    status=status,
                    code=error.reason,
                    message=error.message,
                    refused=error.refused if isinstance(error, RowsRefused) else (),
                )
            except Exception as error:  # noqa: BLE001  whatever one list does, the others come
                log.error("list failed", action="sync", kind=source.kind, error=type(error).__name__)
                outcome = Outcome(
                    kind=source.kind,
                    source=source.source,
                    status="failed",
                    code="unexpected",
                    message=type(error).__name__,
                )
            told(outcome)
            yield outcome

    def _one(self, source: ListSource) -> Outcome:
        if not is_address(source.source) and self._is_known(source, Path(source.source)):
            return Outcome(kind=source.kind, source=source.source, status="unchanged")
        if source.kind == "sl":
            return self._sl(source)
        done = self.bring(source.kind, source.source)
        if done is None or done.status == "unchanged":
            return Outcome(kind=source.kind, source=source.source, status="unchanged")
        counts = {name: getattr(done, name) for name in ("added", "changed", "unchanged", "gone")}
        return Outcome(kind=source.kind, source=source.source, status="imported", counts=counts, refused=done.refused)

    def bring(self, kind: Kind, source: str) -> Imported | None:
        """One list or register from a file or address; None where its publisher did not change it."""
        if not is_address(source):
            return self._register(kind, Path(source), self._how, source=source)
        before = self._settled_import_of(kind, source)
        etag = before.etag if before else None
        fetched = fetch(source, self._folder, etag=etag, progress=partial(self._tell, f"{kind}: fetching"))
        if fetched is None:
            return None
        how = replace(self._how, etag=fetched.etag)
        try:
            if before is not None and before.sha256 == _digest(fetched.path):
                return None
            return self._register(kind, fetched.path, how, source=source, name=fetched.name)
        finally:
            if kind in REGISTERS:  # persons lie nowhere but in the register
                fetched.path.unlink()

    def _register(self, kind: Kind, path: Path, how: How, *, source: str, name: str | None = None) -> Imported:
        progress = partial(self._tell, f"{kind}: importing")
        return import_register(
            self._database, self._clock, kind, path, how, source=source, name=name, progress=progress
        )

    def _sl(self, source: ListSource) -> Outcome:
        fetching = partial(self._tell, "sl: fetching")
        found = sl_from(self._database, source.source, folder=self._folder, day=self._how.day, progress=fetching)
        if found is None:
            return Outcome(kind="sl", source=source.source, status="unchanged")
        done = import_sl(
            self._database,
            self._clock,
            found.file,
            source=source.source,
            actor=self._how.actor,
            bounds=Bounds(least=self._least_packs),
            etag=found.etag,
            tell=lambda what, done, of: self._tell(f"sl: {what}", done, of),
        )
        status: Literal["imported", "unchanged"] = "unchanged" if done.status == "unchanged" else "imported"
        return Outcome(kind="sl", source=source.source, status=status, counts=done.counts)

    def _is_known(self, source: ListSource, path: Path) -> bool:
        """Whether this very file was imported from there last."""
        if not path.is_file():
            raise NotFound(f"there is no file {path}")
        before = self._settled_import_of(source.kind, source.source)
        return before is not None and before.sha256 == _digest(path)

    def _settled_import_of(self, kind: AnyKind, source: str) -> lists.ListImport | None:
        """The last import from there; none where it left out approvals: whom they name may be known by now."""
        with self._database.read() as connection:
            before = lists.last_from(connection, source)
        open_ = before is not None and kind == "approvals" and before.details.get("refused")
        return None if open_ else before


def _named(word: str) -> ListSource:
    name, separator, source = word.partition("=")
    kind = next((one for one in ANY_KIND if one == name), None)
    if kind is None or not separator or not source:
        raise InvalidInput(f"{name[:40]!r} names no list: say one of {', '.join(ANY_KIND)}, then = and a file or URL")
    return ListSource(kind=kind, source=source)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
