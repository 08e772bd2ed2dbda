"""Imports the Spezialitätenliste: checked whole, then written in one transaction as a version of its day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import groupby, islice
from typing import Any, Literal

from sqlalchemy import Connection

from db import audit, lists, medication_lists
from db.database import Database
from db.medication_lists import Kind, Row
from pulse.base.clock import Clock
from pulse.claims.reference.sl_rows import Import, Known, Rows, pack_changes, text_changes
from pulse.reference import guards
from pulse.reference.guards import Bounds, Counts
from pulse.reference.rows import BrokenList, ListedPack
from pulse.reference.sl import SlFile
from pulse.reference.watched import Progress

SL = "sl"
_BATCH = 500

#: Told what is done, and how many of how many bytes were read for it.
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What became of a list. `status`: `imported`; `texts`: another language of the list in force; `unchanged`: this
    very file was imported before. The counts are packs; `left_out` have no valid GTIN, `repeated` stand there twice."""

    status: Literal["imported", "texts", "unchanged"]
    list_date: date
    languages: tuple[str, ...]
    packs: int
    counts: Mapping[str, int] = field(default_factory=dict)
    left_out_lines: tuple[int, ...] = ()
    overridden: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Looked:
    """A list that was read once: in numbers, and what is left out of it."""

    counts: Counts
    left_out: tuple[int, ...]
    repeated: int


def import_sl(
    database: Database,
    clock: Clock,
    file: SlFile,
    *,
    source: str,
    actor: str,
    bounds: Bounds,
    overridden: Collection[str] = (),
    etag: str | None = None,
    tell: Tell = lambda _what, _done, _of: None,
) -> Imported:
    """Makes the list the one in force from its day on; the days before keep what they had.

    Raises `ListRefused` (its code names the guard), `NotThisList` or `BrokenList` (naming the line): then nothing was
    changed. `overridden` names guards that may not refuse; those that would have are on record.
    """
    looked = _looked_through(file, partial(tell, "checking"))
    with database.write() as connection:
        lists.lock(connection)
        newest = lists.in_force(connection, SL)
        same_day = lists.of_day(connection, SL, file.list_date)
        if any(one.sha256 == file.sha256 for one in same_day):
            return Imported(
                status="unchanged",
                list_date=file.list_date,
                languages=file.languages,
                packs=looked.counts.entries,
            )
        guards.check_age(file.list_date, newest.list_date if newest else None)
        before = newest.rows if newest else None
        passed = guards.check(looked.counts, before=before, bounds=bounds, overridden=overridden)
        writing = _Writing(connection, file, _import_of(connection, file))
        others = {language for one in same_day for language in one.language.split()}
        adds_texts = bool(others) and others.isdisjoint(file.languages)
        progress = partial(tell, "importing")
        counts = writing.add_texts(progress) if adds_texts else writing.replace_all(progress)
        counts |= {"left_out": len(looked.left_out), "repeated": looked.repeated}
        record: dict[str, Any] = {
            "kind": SL,
            "list_date": file.list_date,
            "language": " ".join(file.languages),
            "source": source[:500],
            "sha256": file.sha256,
            "rows": looked.counts.entries,
            "overridden": " ".join(passed),
        }
        now = clock.now()
        lists.add(connection, **record, etag=etag, details=counts, imported_at=now, imported_by=actor)
        noted = record | {"list_date": file.list_date.isoformat(), **counts}
        audit.note(connection, "reference:list:imported", actor=actor, at=now, **noted)
    return Imported(
        status="texts" if adds_texts else "imported",
        list_date=file.list_date,
        languages=file.languages,
        packs=looked.counts.entries,
        counts=counts,
        left_out_lines=looked.left_out,
        overridden=tuple(passed),
    )


def _looked_through(file: SlFile, progress: Progress) -> _Looked:
    """Reads the whole list before anything is locked: what cannot be read is refused here, by its line."""
    seen: dict[str, tuple[int, int]] = {}
    left_out: list[int] = []
    repeated = priceable = priced = 0
    for pack in file.packs(progress):
        if pack.gtin is None:
            left_out.append(pack.line)
            continue
        content = hash(repr(replace(pack, line=0)))
        line, before = seen.setdefault(pack.gtin, (pack.line, content))
        if before != content:
            message = f"line {pack.line}: pack {pack.gtin} stands in line {line} too, with other content"
            raise BrokenList(message, line=pack.line)
        if line != pack.line:
            repeated += 1
            continue
        if pack.category is not None:
            priceable += 1
            priced += pack.price is not None
    counts = Counts(entries=len(seen), priceable=priceable, priced=priced)
    return _Looked(counts, tuple(left_out), repeated)


def _import_of(connection: Connection, file: SlFile) -> Import:
    earlier = [day for day in lists.days(connection, SL) if day < file.list_date]
    return Import(day=file.list_date, previous_day=earlier[0] if earlier else None, languages=file.languages)


class _Writing:
    """Brings the list into the tables, some hundred packs at a time."""

    def __init__(self, connection: Connection, file: SlFile, new: Import) -> None:
        self._connection, self._file, self._new = connection, file, new
        self._seen: set[str] = set()

    def replace_all(self, progress: Progress) -> dict[str, int]:
        """Every pack as the list has it; what it no longer has is gone."""
        counts = dict.fromkeys(("new", "terms", "price", "limitations", "gone"), 0)
        for batch in self._batches(progress):
            rows = Rows()
            for pack, known in self._with_known(batch):
                changes = pack_changes(pack, known, self._new, rows)
                for what in ("new",) if "new" in changes else changes:
                    counts[what] += 1
            self._write(rows)
        gone = [gtin for gtin in medication_lists.running_on(self._connection, self._new.day) if gtin not in self._seen]
        medication_lists.delist(self._connection, gone, self._new.day)
        return counts | {"gone": len(gone)}

    def add_texts(self, progress: Progress) -> dict[str, int]:
        """The texts of another language; nothing else changes."""
        counts = {"texts": 0}
        for batch in self._batches(progress):
            rows = Rows()
            known = medication_lists.rows_of(self._connection, "limitations", [str(pack.gtin) for pack in batch])
            for pack in batch:
                counts["texts"] += text_changes(pack, known.get(str(pack.gtin), []), self._new, rows)
            self._write(rows)
        return counts

    def _batches(self, progress: Progress) -> Iterator[list[ListedPack]]:
        packs = self._once(self._file.packs(progress))
        while batch := list(islice(packs, _BATCH)):
            yield batch

    def _once(self, packs: Iterator[ListedPack]) -> Iterator[ListedPack]:
        for pack in packs:
            if pack.gtin is not None and pack.gtin not in self._seen:
                self._seen.add(pack.gtin)
                yield pack

    def _with_known(self, batch: list[ListedPack]) -> Iterator[tuple[ListedPack, Known]]:
        gtins = [str(pack.gtin) for pack in batch]
        kinds: tuple[Kind, ...] = ("medications", "terms", "prices", "limitations")
        found = {kind: medication_lists.rows_of(self._connection, kind, gtins) for kind in kinds}
        for pack, gtin in zip(batch, gtins, strict=True):
            medication = found["medications"].get(gtin)
            yield (
                pack,
                Known(
                    medication=medication[0] if medication else None,
                    terms=found["terms"].get(gtin, []),
                    prices=found["prices"].get(gtin, []),
                    limitations=found["limitations"].get(gtin, []),
                ),
            )

    def _write(self, rows: Rows) -> None:
        for kind, removed in rows.removed.items():
            medication_lists.delete_rows(self._connection, kind, removed)
        for kind, changed in rows.changed.items():
            for alike in _alike(changed):
                medication_lists.update_rows(self._connection, kind, alike)
        for kind, begun in sorted(rows.begun.items(), key=lambda item: item[0] != "medications"):
            medication_lists.insert_rows(self._connection, kind, begun)


def _alike(rows: list[Row]) -> Iterator[list[Row]]:
    """Rows with the same columns together: they are written by one statement."""
    for _, group in groupby(sorted(rows, key=tuple), key=tuple):
        yield list(group)
