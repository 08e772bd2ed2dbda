"""Values as a letter prints them: one line of clean text, Swiss amounts, written-out dates, masked AHV numbers."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files

from pulse.base.clock import SWISS_TIME
from pulse.base.identifiers import compact, is_ahv_number, is_qr_reference
from pulse.base.money import format_amount
from pulse.base.reasons import Language

_BLANKS = re.compile(r"\s+")
#: Categories that print nothing, or change how others print: control, format (bidi, zero width, tags), surrogates.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})


def tag(language: Language) -> str:
    """The language's tag (BCP 47) as it is written here: `de-CH`; of English there is no Swiss form."""
    return language if language == "en" else f"{language}-CH"


@cache
def labels(language: Language) -> dict[str, str]:
    """The fixed words of the page: headings, table, footer, and the patterns of dates."""
    return {key: value for key, value in _file(language).items() if isinstance(value, str)}


@cache
def _file(language: Language) -> dict[str, str | list[str]]:
    source = files("letters").joinpath("templates", language, "labels.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


def clean(text: str) -> str:
    """One line: composed (NFC), blanks collapsed, nothing invisible, nothing that turns the reading direction."""
    composed = unicodedata.normalize("NFC", _BLANKS.sub(" ", text))
    if composed.isprintable():
        return composed.strip()
    return "".join(sign for sign in composed if unicodedata.category(sign) not in _INVISIBLE).strip()


def clean_lines(text: str) -> tuple[str, ...]:
    """The lines of a longer text, each cleaned; empty ones fall away."""
    return tuple(line for line in (clean(part) for part in text.splitlines()) if line)


def amount(value: Decimal) -> str:
    """`CHF 1'234.50`."""
    return f"CHF {format_amount(value)}"


def quantity(value: Decimal) -> str:
    """`1.00` → `1`, `2.50` → `2.5`."""
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def long_date(value: date, language: Language) -> str:
    """`16. Juni 2026`, `16 June 2026`; the first of a month may be written its own way: `1er juin 2026`."""
    words = labels(language)
    first = words.get("first") if value.day == 1 else None
    month = _file(language)["months"][value.month - 1]
    return words["date"].format(day=first or value.day, month=month, year=value.year)


def short_date(value: date) -> str:
    """`16.06.2026`, as tables print it in Switzerland."""
    return f"{value:%d.%m.%Y}"


def moment(value: datetime, language: Language) -> str:
    """An aware moment in Swiss time: `17. Juni 2026, 08:00 Uhr`."""
    local = value.astimezone(SWISS_TIME)
    return labels(language)["moment"].format(date=long_date(local.date(), language), time=f"{local:%H:%M}")


def grouped_iban(iban: str) -> str:
    """`CH44 3199 9123 0008 8901 2`."""
    plain = compact(iban)
    return " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))


def grouped_reference(reference: str) -> str:
    """A QR reference in fives from the right, a creditor reference in fours from the left."""
    plain = compact(reference)
    if not is_qr_reference(plain):
        return grouped_iban(plain)
    return " ".join([plain[:2], *(plain[start : start + 5] for start in range(2, len(plain), 5))])


def masked_number(number: str) -> str:
    """The insured number as it is; of an AHV number, which a letter need not repeat, four: `756.••••.••69.85`."""
    digits = compact(number)
    return f"756.••••.••{digits[-4:-2]}.{digits[-2:]}" if is_ahv_number(number) else clean(number)
