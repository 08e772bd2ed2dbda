"""The Spezialitätenliste in its older format: Preparations.xml, a preparation with its packs an element.

It has the texts of all three languages, and bounds in points: a limitation names the points that are paid for in all,
a pack how many it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import IO

from lxml import etree

from pulse.base.identifiers import gtin_13
from pulse.reference.rows import BrokenList, ListedLimitation, ListedPack, NotThisList, asks_for_approval

_LANGUAGES = {"de": "De", "fr": "Fr", "it": "It"}
_SAFELY = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
_TAG = re.compile(r"<[^<>]*>")
_BLANKS = re.compile(r"[ \t\xa0]+")
#: The raised cost share was 20 percent before this day, 40 since (Art. 38a KLV).
_RAISED_TO_40 = date(2024, 1, 1)


def release_day(file: IO[bytes]) -> date:
    """The day that the list names itself; raises `NotThisList` where the file does not begin as the list does."""
    try:
        _, root = next(etree.iterparse(file, events=("start",), **_SAFELY))
    except (etree.XMLSyntaxError, StopIteration) as error:
        raise NotThisList("the file is not XML") from error
    if root.tag != "Preparations":
        raise NotThisList(f"the file holds {root.tag}, not Preparations")
    day = _day(root.get("ReleaseDate"))
    if day is None:
        raise NotThisList("the list does not say its day (ReleaseDate)")
    return day


def read(file: IO[bytes], *, day: date) -> Iterator[ListedPack]:
    """The packs of the list of that day, preparation by preparation. Raises `BrokenList` naming the line."""
    try:
        for _, preparation in etree.iterparse(file, events=("end",), tag="Preparation", **_SAFELY):
            yield from _packs(preparation, day)
            preparation.clear()
            while preparation.getprevious() is not None:
                del preparation.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise BrokenList(f"line {error.lineno}: not XML ({error.msg})", line=error.lineno) from error


def _packs(preparation: etree._Element, day: date) -> Iterator[ListedPack]:
    for pack in preparation.iterfind("Packs/Pack"):
        line = int(str(pack.sourceline))
        try:
            yield _pack(preparation, pack, line, day)
        except (ValueError, ArithmeticError) as error:
            raise BrokenList(f"line {line}: not a pack of the list ({error})", line=line) from error


def _pack(preparation: etree._Element, pack: etree._Element, line: int, day: date) -> ListedPack:
    parts = (
        _text(preparation, "NameDe"),
        _text(preparation, "DescriptionDe"),
        _text(pack, "DescriptionDe"),
    )
    price = _text(pack, "Prices/PublicPrice/Price")
    raised = _text(preparation, "FlagSB") or _text(preparation, "FlagSB20")
    since, until = (_day(_text(pack, f"Status/{name}")) for name in ("ValidFromDate", "ValidThruDate"))
    return ListedPack(
        line=line,
        gtin=gtin_13(_text(pack, "GTIN")),
        name=" ".join(part for part in parts if part),
        substances=", ".join(_texts(preparation, "Substances/Substance/DescriptionLa")),
        manufacturer=next(iter(_texts(pack, "Partners/Partner/Description")), ""),
        atc=_text(preparation, "AtcCode") or None,
        category=_text(pack, "SwissmedicCategory") or None,
        listed_from=_day(_text(pack, "Status/IntegrationDate")) or since,
        listed_until=until,
        cost_share_percent=(40 if day >= _RAISED_TO_40 else 20) if raised == "Y" else 10,
        price=_positive(price),
        price_from=_day(_text(pack, "Prices/PublicPrice/ValidFromDate")),
        limitations=tuple(_limitations(preparation, pack)),
    )


def _limitations(preparation: etree._Element, pack: etree._Element) -> Iterator[ListedLimitation]:
    """Those of the pack, of the preparation, and of its therapeutic group where the preparation is flagged for it."""
    places = [pack.find("Limitations"), preparation.find("Limitations")]
    if _text(preparation, "FlagItLimitation") == "Y":
        places += preparation.findall("ItCodes/ItCode/Limitations")
    points_a_pack = _number(_text(pack, "PointLimitations/PointLimitation/Points"))
    seen: set[str] = set()
    for limitation in (one for place in places if place is not None for one in place.iterfind("Limitation")):
        code = _text(limitation, "LimitationCode")
        if code in seen:
            continue
        seen.add(code)
        texts = {language: _plain(_text(limitation, f"Description{end}")) for language, end in _LANGUAGES.items()}
        points = _number(_text(limitation, "LimitationValue")) if _text(limitation, "LimitationType") == "PKT" else None
        yield ListedLimitation(
            code=code[:64],
            texts={language: text for language, text in texts.items() if text},
            needs_approval=any(asks_for_approval(text) for text in texts.values()),
            points=points,
            packs=points // points_a_pack if points and points_a_pack else None,
            valid_from=_day(_text(limitation, "ValidFromDate")),
            valid_until=_day(_text(limitation, "ValidThruDate")),
        )


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _texts(element: etree._Element, path: str) -> list[str]:
    found = ((one.text or "").strip() for one in element.iterfind(path))
    return list(dict.fromkeys(text for text in found if text))


def _plain(text: str) -> str:
    """Without the marks of bold type and new lines that texts carry."""
    lines = (_BLANKS.sub(" ", line).strip() for line in _TAG.sub(" ", text.replace("<br>", "\n")).splitlines())
    return "\n".join(line for line in lines if line)


def _day(text: str | None) -> date | None:
    """A day as 31.12.2025; the last day of the year 9999 means none."""
    if not text:
        return None
    day = datetime.strptime(text.strip(), "%d.%m.%Y").date()  # noqa: DTZ007  a day has no time zone
    return None if day.year == 9999 else day


def _number(text: str) -> int | None:
    return int(Decimal(text)) or None if text else None


def _positive(text: str) -> Decimal | None:
    """A price of nothing is none."""
    return Decimal(text).quantize(Decimal("0.01")) if text and Decimal(text) > 0 else None
