"""Refdata's article master data (`Refdata.Articles.xml`), in its present form and in the former one with Pharmacodes;
the plain list of packs of category A+; tables of Pharmacodes as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from lxml import etree

from pulse.base.identifiers import gtin_13, is_pharmacode
from pulse.reference.packages import ListedPackage, PackageList
from pulse.reference.register_rows import Refused, wrong_columns
from pulse.reference.rows import BrokenList, NotThisList
from pulse.reference.watched import Progress, opened

_CODE, _GTIN = ("pharmacode", "phar"), ("gtin", "ean")
#: Tags of an article and of what is taken from it: today's, and the former ones.
_ARTICLES = ("Article", "ITEM")
_TAGS = {
    "gtin": ("DataCarrierIdentifier", "GTIN"),
    "atc": ("Atc", "ATC"),
    "category": ("LegalStatusOfSupply", "SWMC_CATEGORY"),
    "name": ("FullName", "NAME_DE"),
    "pharmacode": ("PHAR",),
}
_CATEGORIES = frozenset(("A+", "A", "B", "C", "D", "E"))


def articles(path: Path, progress: Progress | None = None) -> PackageList:
    """The articles that have a GTIN of 13 digits. Raises `NotThisList`, `BrokenList`."""
    with path.open("rb") as file:
        day = _day_of(file)
    return PackageList(day, _packages(path, progress))


def pharmacodes(
    path: Path, progress: Progress | None = None
) -> tuple[date | None, Iterator[tuple[int, str, str] | Refused]]:
    """The list's day and (line, Pharmacode with 7 digits, GTIN), from Refdata's former XML or from a CSV with the
    columns `pharmacode` and `gtin`. Raises `NotThisList`, `BrokenList`."""
    with path.open("rb") as file:
        if file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            file.seek(0)
            return _day_of(file), _codes_in_xml(path, progress)
    return None, _codes_in_csv(path, progress)


def aplus(path: Path, progress: Progress | None = None) -> PackageList:
    """Packs of dispensing category A+ (all control measures for narcotics): one GTIN a line."""
    return PackageList(None, _aplus(path, progress))


def _aplus(path: Path, progress: Progress | None) -> Iterator[ListedPackage | Refused]:
    with TextIOWrapper(opened(path, progress), encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip() or line.startswith("#"):
                continue
            gtin = gtin_13(line.strip())
            if gtin is None and number == 1:
                raise NotThisList("the file does not begin with a GTIN")
            if gtin is None:
                yield Refused(line=number, field="gtin", code="no_gtin", why="is no GTIN")
            else:
                yield ListedPackage(line=number, gtin=gtin, category="A+")


def _day_of(file: IO[bytes]) -> date | None:
    try:
        _, root = next(_events(file, ("start",)))
    except (etree.XMLSyntaxError, StopIteration) as error:
        raise NotThisList("the file is no XML") from error
    if _tag(root) not in ("Articles", "ARTICLE"):
        raise NotThisList("the XML does not begin with Refdata's Articles")
    made = root.get("generatedOn") or root.get("CREATION_DATETIME") or ""
    try:
        return datetime.fromisoformat(made).date() if made else None
    except ValueError:
        return None


def _packages(path: Path, progress: Progress | None) -> Iterator[ListedPackage | Refused]:
    for number, told in _items(path, progress):
        gtin = gtin_13(told.get("gtin", ""))
        if gtin is not None:
            category = told.get("category")
            yield ListedPackage(
                line=number,
                gtin=gtin,
                name=told.get("name", "")[:300],
                holder=told.get("holder", "")[:200],
                atc=told.get("atc", "")[:10] or None,
                category=category if category in _CATEGORIES else None,
            )


def _codes_in_xml(path: Path, progress: Progress | None) -> Iterator[tuple[int, str, str] | Refused]:
    for number, told in _items(path, progress):
        code, gtin = told.get("pharmacode", "").strip(), gtin_13(told.get("gtin", ""))
        if code and gtin:
            yield _code(number, code, gtin)


def _codes_in_csv(path: Path, progress: Progress | None) -> Iterator[tuple[int, str, str] | Refused]:
    with TextIOWrapper(opened(path, progress), encoding="utf-8-sig", errors="replace", newline="") as lines:
        first = next(iter(lines), "")
        reader = csv.reader(lines, delimiter=";" if ";" in first else ",")
        headings = [heading.strip().strip('"').lower() for heading in first.split(reader.dialect.delimiter)]
        code_at, gtin_at = _place(headings, _CODE), _place(headings, _GTIN)
        for cells in reader:
            line = reader.line_num + 1
            if not any(cells):
                continue
            if len(cells) != len(headings):
                yield wrong_columns(line, cells, headings)
                continue
            gtin = gtin_13(cells[gtin_at])
            yield (
                _code(line, cells[code_at].strip(), gtin)
                if gtin
                else Refused(line=line, field="gtin", code="no_gtin", why="is no GTIN")
            )


def _code(line: int, code: str, gtin: str) -> tuple[int, str, str] | Refused:
    if not is_pharmacode(code):
        return Refused(line=line, field="pharmacode", code="invalid_value", why="is no Pharmacode")
    return line, code.zfill(7), gtin


def _place(headings: list[str], names: Iterable[str]) -> int:
    found = next((headings.index(name) for name in names if name in headings), None)
    if found is None:
        raise NotThisList("the CSV needs the columns pharmacode and gtin")
    return found


def _items(path: Path, progress: Progress | None) -> Iterator[tuple[int, dict[str, str]]]:
    """Each article's values with its number, one in memory at a time."""
    with opened(path, progress) as file:
        try:
            for number, (_, item) in enumerate(_events(file, ("end",), _ARTICLES), start=1):
                yield number, _told(item)
                item.clear()
                while item.getprevious() is not None:
                    del item.getparent()[0]
        except etree.XMLSyntaxError as error:
            raise BrokenList(f"the XML breaks off: {error.msg}") from error


def _told(item: Any) -> dict[str, str]:
    told: dict[str, str] = {}
    for element in item.iter(tag=etree.Element):
        name, text = _tag(element), (element.text or "").strip()
        if name == "Name" and _tag(element.getparent()) == "Holder":
            told["holder"] = text
        for value, tags in _TAGS.items():
            if name in tags and text:
                told.setdefault(value, text)
    return told


def _events(file: IO[bytes], events: tuple[str, ...], tags: Iterable[str] | None = None) -> Any:
    wanted = None if tags is None else [f"{{*}}{tag}" for tag in tags]
    return etree.iterparse(file, events=events, tag=wanted, resolve_entities=False, no_network=True, load_dtd=False)


def _tag(element: Any) -> str:
    return str(etree.QName(element).localname)
