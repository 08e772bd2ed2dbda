"""Kinds of values as people print them: dates, amounts, numbers with check digits, addresses."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from pulse.base.identifiers import compact, is_ahv_number
from pulse.base.money import NotAnAmount, parse_amount
from pulse.invoices.plain.sheet import plain

_MONTHS = {
    "januar": 1, "janvier": 1, "gennaio": 1, "january": 1, "jan": 1, "janner": 1, "gen": 1, "janv": 1,
    "februar": 2, "fevrier": 2, "febbraio": 2, "february": 2, "feb": 2, "febr": 2, "fevr": 2, "febb": 2,
    "marz": 3, "maerz": 3, "mars": 3, "marzo": 3, "march": 3, "mar": 3,
    "april": 4, "avril": 4, "aprile": 4, "apr": 4, "avr": 4,
    "mai": 5, "maggio": 5, "may": 5, "mag": 5,
    "juni": 6, "juin": 6, "giugno": 6, "june": 6, "jun": 6, "giu": 6,
    "juli": 7, "juillet": 7, "luglio": 7, "july": 7, "jul": 7, "juil": 7, "lug": 7,
    "august": 8, "aout": 8, "agosto": 8, "aug": 8, "ago": 8,
    "september": 9, "septembre": 9, "settembre": 9, "sep": 9, "sept": 9, "set": 9, "sett": 9,
    "oktober": 10, "octobre": 10, "ottobre": 10, "october": 10, "okt": 10, "oct": 10, "ott": 10,
    "november": 11, "novembre": 11, "nov": 11,
    "dezember": 12, "decembre": 12, "dicembre": 12, "december": 12, "dez": 12, "dec": 12, "dic": 12,
}  # fmt: skip
_DATE = re.compile(
    r"(?<![\d.])(?:"
    r"(?P<day>\d{1,2})\s?[./-]\s?(?P<month>\d{1,2})\s?[./-]\s?(?P<year>\d{4}|\d{2})"
    r"|(?P<iso>\d{4}-\d{2}-\d{2})"
    r"|(?P<d>\d{1,2})(?:\.|er|°|º)?\s?(?:de\s|d[’'])?(?P<name>[A-Za-zÀ-ÿ]{3,9})\.?\s(?P<y>\d{4})"
    r")(?![\d])"
)
#: An amount with cents (or a dash for none): what a column of money holds.
MONEY = re.compile(
    r"(?<![\d.,'’])(?:CHF|Fr\.?|SFr\.?)?\s?[-−–]?\s?"
    r"(?:\d{1,3}(?:['’ʼ′\u00a0\u202f ]\d{3})+|\d{1,3}(?:[.,]\d{3})+(?=[.,]\d{2}(?!\d))|\d+)"
    r"(?:[.,]\d{2}|[.,][-–—]{1,2})(?:\s?CHF)?(?P<minus>\s?-)?"
)
NUMBER = re.compile(r"[-−–]?\s?\d{1,3}(?:['’ʼ′ ]\d{3})*(?:[.,]\d{1,4}|[.,][-–—]{1,2})?|[-−–]?\d+(?:[.,]\d{1,4})?")
RATE = re.compile(r"(\d{1,2}(?:[.,]\d{1,2})?)\s?%")
AHV = re.compile(r"(?<![\d.])756[.\s]?\d{4}[.\s]?\d{4}[.\s]?\d{2}(?!\d)")
CARD = re.compile(r"(?<!\d)80756(?:\s?\d){15}(?!\d)")
GLN = re.compile(r"(?<!\d)\d{13}(?!\d)")
ZSR = re.compile(r"(?<![A-Za-z0-9])([A-Z])\s?(?:(\d{6})|(\d{4})[.\s](\d{2}))(?![\d])")
IBAN = re.compile(r"(?<![A-Za-z0-9])(?:CH|LI)\d{2}(?:\s?[0-9A-Z]{4}){4}\s?[0-9A-Z](?![A-Za-z0-9])")
VAT = re.compile(r"(?<![A-Za-z0-9])CHE[-\s]?\d{3}[.\s]?\d{3}[.\s]?\d{3}(?!\d)")
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
GTIN = re.compile(r"(?<!\d)0?\d{13}(?!\d)")


def find_dates(text: str) -> list[tuple[dt.date | None, str]]:
    """Every date in a text with how it is printed; None for a day that does not exist or a year of two digits
    (`26` is read as 2026 by `find_dates` only where `short_years` fits: see `as_date`)."""
    return [(as_date(match[0]), match[0]) for match in _DATE.finditer(text) if _is_date(match)]


def _is_date(match: re.Match[str]) -> bool:
    return not match["name"] or plain(match["name"]) in _MONTHS


def as_date(text: str) -> dt.date | None:
    """A day as printed (`12.03.2026`, `12. März 2026`, `2026-03-12`, `12.03.26`); None for none that exists."""
    match = _DATE.fullmatch(text.strip())
    if not match:
        return None
    if match["iso"]:
        year, month, day = (int(piece) for piece in match["iso"].split("-"))
    elif match["name"]:
        year, month, day = int(match["y"]), _MONTHS.get(plain(match["name"]), 0), int(match["d"])
    else:
        year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
        year += 2000 if len(match["year"]) == 2 else 0
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def has_short_year(printed: str) -> bool:
    """Whether the year has two digits only: no birth date can be told from it."""
    return bool(re.search(r"\D\d{2}$", printed.strip()))


def as_number(text: str) -> Decimal | None:
    """A number or an amount as printed; None where there is none. A trailing minus is a minus."""
    plain_text = text.strip().removesuffix("CHF").strip()
    if plain_text.endswith("-") and not re.search(r"[.,]-{1,2}$", plain_text):
        plain_text = "-" + plain_text[:-1].strip()
    try:
        return parse_amount(re.sub(r"^([-−–])\s+", r"\1", plain_text))
    except NotAnAmount:
        return None


def is_money(text: str) -> bool:
    """Whether a text is an amount with cents and nothing else."""
    return bool(MONEY.fullmatch(text.strip())) and as_number(text) is not None


def ahv_number(text: str) -> str | None:
    """The AHV number in a text, as 13 digits; one whose check digit is right before others."""
    found = [compact(match[0]) for match in AHV.finditer(text)]
    return next((one for one in found if is_ahv_number(one)), found[0] if found else None)


def zsr_number(text: str) -> str | None:
    """`H 1234.56`, `H123456` → `H123456`."""
    match = ZSR.search(text)
    return compact(match[0]) if match else None
