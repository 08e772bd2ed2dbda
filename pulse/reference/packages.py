"""What the lists beside the Spezialitätenliste say about a pack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from stdnum import ean

from pulse.reference.register_rows import Refused

_DAY = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.(20\d{2})(?!\d)")


@dataclass(frozen=True, kw_only=True)
class ListedPackage:
    """A pack by GTIN; `category` A+, A, B, C, D or E, `narcotic_list` a to d, both None where the list says none."""

    line: int
    gtin: str
    name: str = ""
    substances: str = ""
    holder: str = ""
    atc: str | None = None
    category: str | None = None
    narcotic_list: str | None = None


@dataclass(frozen=True)
class PackageList:
    """A list's own day, None where it does not say it, and its packs."""

    day: date | None
    packs: Iterator[ListedPackage | Refused]


def gtin_of(authorization: int, package: int) -> str | None:
    """The GTIN of a Swiss pack: 7680, five digits of the authorization, three of the package, check digit."""
    if not (0 < authorization < 100_000 and 0 <= package < 1000):
        return None
    body = f"7680{authorization:05d}{package:03d}"
    return f"{body}{ean.calc_check_digit(body)}"


def swiss_day_in(text: str) -> date | None:
    """The first day written as 31.01.2019 in a text."""
    for found in _DAY.finditer(text):
        try:
            return date(int(found[3]), int(found[2]), int(found[1]))
        except ValueError:
            continue
    return None
