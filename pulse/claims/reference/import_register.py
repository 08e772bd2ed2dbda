"""Imports a list or a register of any kind but the Spezialitätenliste: in one transaction, on record, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import file_digest
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, Literal, get_args

from sqlalchemy import Connection

from db import audit, lists, packages, pharmacodes
from db.database import Database
from db.dated import Changes
from pulse.base.clock import Clock, swiss_date
from pulse.base.errors import InvalidInput, NotFound
from pulse.claims.reference.approval_register import take_approvals
from pulse.claims.reference.client_register import take_clients
from pulse.claims.reference.provider_register import take_providers
from pulse.claims.reference.registers import Report
from pulse.reference import guards, refdata, register_csv, register_fhir, swissmedic
from pulse.reference.guards import Bounds, Counts
from pulse.reference.packages import ListedPackage, PackageList
from pulse.reference.register_rows import Refused
from pulse.reference.rows import BrokenList
from pulse.reference.sl import day_in
from pulse.reference.watched import Progress, opened

Kind = Literal["swissmedic", "refdata", "aplus", "pharmacodes", "clients", "providers", "approvals"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Registers are brought up to date by their rows; a list is replaced, and has fewer entries only where it is broken.
REGISTERS: frozenset[Kind] = frozenset(("clients", "providers", "approvals"))
#: Fewer entries than any whole list of this kind has.
LEAST: dict[Kind, int] = {"swissmedic": 9000, "refdata": 9000, "aplus": 100, "pharmacodes": 9000}


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What became of a file. `status` is `unchanged` where this very list is the one in force."""

    kind: Kind
    status: Literal["imported", "unchanged"]
    list_date: date
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    refused: tuple[Refused, ...] = ()
    overridden: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class How:
    """How a file is to be imported. `skip_bad_rows`: the other rows of a register go in all the same. `least`: how many
    entries a list must have, None for the kind's own bound."""

    actor: str
    day: date | None = None
    skip_bad_rows: bool = False
    least: int | None = None
    overridden: Collection[str] = ()
    etag: str | None = None


def import_register(
    database: Database,
    clock: Clock,
    kind: Kind,
    path: Path,
    how: How,
    *,
    source: str,
    name: str | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Takes a file in. Its day is the one asked for, else that in its name (`name` where it was fetched under
    another), else what it says itself, else today.

    Raises `ListRefused`, `RowsRefused`, `NotThisList` or `BrokenList`: then nothing was changed.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {path}")
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    today, now = swiss_date(clock.now()), clock.now()
    entries, told = (None, None) if kind in REGISTERS else _entries(kind, path, progress)
    day = how.day or day_in(name or path.name) or told or today
    with database.write() as connection:
        lists.lock(connection)
        newest = lists.in_force(connection, kind)
        if entries is not None and newest and newest.sha256 == digest and newest.list_date == day:
            return Imported(kind=kind, status="unchanged", list_date=day)
        if entries is None:
            report = _take(connection, kind, opened(path, progress), how, day=how.day or today, at=now)
            done = Imported(kind=kind, status="imported", list_date=day, **vars(report))
        else:
            guards.check_age(day, newest.list_date if newest else None)
            done = _replace(connection, kind, entries, how, day=day)
        counts = {key: getattr(done, key) for key in ("added", "changed", "unchanged", "gone")}
        counts["refused"] = len(done.refused)
        record: dict[str, Any] = {
            "kind": kind,
            "list_date": day,
            "source": source[:500],
            "sha256": digest,
            "rows": done.added + done.changed + done.unchanged,
            "overridden": " ".join(done.overridden),
        }
        lists.add(connection, **record, etag=how.etag, details=counts, imported_at=now, imported_by=how.actor)
        noted = record | {"list_date": day.isoformat(), **counts}
        audit.note(connection, "reference:list:imported", actor=how.actor, at=now, **noted)
    return done


def _take(connection: Connection, kind: Kind, file: IO[bytes], how: How, *, day: date, at: datetime) -> Report:
    """A register's rows, from CSV or FHIR."""
    skip = how.skip_bad_rows
    with TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        begin = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        file.seek(0)
        is_fhir = begin.startswith(b"{")
        try:
            match kind:
                case "clients":
                    read = (
                        register_fhir.clients(register_fhir.resources(file)) if is_fhir else register_csv.clients(text)
                    )
                    return take_clients(connection, read, today=day, skip_bad_rows=skip)
                case "providers":
                    found = (
                        register_fhir.providers(register_fhir.resources(file))
                        if is_fhir
                        else register_csv.providers(text)
                    )
                    return take_providers(connection, found, today=day, skip_bad_rows=skip)
                case _:
                    rows = register_csv.approvals(text)
                    return take_approvals(connection, rows, at=at, by=how.actor, skip_bad_rows=skip)
        except UnicodeDecodeError as error:
            raise BrokenList("the file is not UTF-8") from error


def _entries(
    kind: Kind, path: Path, progress: Progress | None
) -> tuple[Iterator[dict[str, Any] | Refused], date | None]:
    """A list's rows as the tables have them, and its own day."""
    match kind:
        case "swissmedic":
            return _packages(swissmedic.read(path, progress))
        case "refdata":
            return _packages(refdata.articles(path, progress))
        case "aplus":
            return _packages(refdata.aplus(path, progress))
        case "pharmacodes":
            day, codes = refdata.pharmacodes(path, progress)
            return (
                (code if isinstance(code, Refused) else {"pharmacode": code[1], "gtin": code[2]} for code in codes),
                day,
            )
        case _:
            raise InvalidInput(f"{kind} is no list")


def _packages(found: PackageList) -> tuple[Iterator[dict[str, Any] | Refused], date | None]:
    return (_row(pack) for pack in found.packs), found.day


def _row(pack: ListedPackage | Refused) -> dict[str, Any] | Refused:
    if isinstance(pack, Refused):
        return pack
    values = asdict(pack)
    del values["line"]
    return values


def _replace(
    connection: Connection, kind: Kind, entries: Iterator[dict[str, Any] | Refused], how: How, *, day: date
) -> Imported:
    refused: list[Refused] = []
    key = "pharmacode" if kind == "pharmacodes" else "gtin"
    rows: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if isinstance(entry, Refused):
            refused.append(entry)
        else:
            rows.setdefault(entry[key], entry)
    before = pharmacodes.count(connection) if kind == "pharmacodes" else packages.count(connection, _list(kind))
    bounds = Bounds(least=LEAST[kind] if how.least is None else how.least)
    passed = guards.check(Counts(entries=len(rows)), before=before, bounds=bounds, overridden=how.overridden)
    changes: Changes
    if kind == "pharmacodes":
        changes = pharmacodes.replace(connection, rows.values(), day=day)
    else:
        changes = packages.replace(connection, _list(kind), rows.values(), day=day)
    return Imported(
        kind=kind,
        status="imported",
        list_date=day,
        refused=tuple(refused),
        overridden=tuple(passed),
        **asdict(changes),
    )


def _list(kind: Kind) -> packages.PackageList:
    for name in get_args(packages.PackageList):
        if name == kind:
            return name  # type: ignore[no-any-return]
    raise InvalidInput(f"{kind} is no list of packs")
