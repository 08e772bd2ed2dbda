"""Invented insured persons as rows of the client register, with the columns of the demo's `clients.csv`."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from pulse.synthetic import numbers, population
from pulse.synthetic.distributions import LANGUAGE, RISK
from pulse.synthetic.order import LANGUAGES, STRATA, names, strata

COLUMNS = (
    "insurance_number", "ahv_number", "card_number", "first_name", "last_name", "birth_date", "sex", "street", "zip",
    "city", "canton", "email", "language", "risk_score", "covered_from", "covered_until", "iban", "family_id",
    "franchise_2025", "franchise_2026", "consent_mail", "consent_data_use",
)  # fmt: skip
_FRANCHISES = ("300", "300", "500", "1000", "1500", "2000", "2500", "2500")
_CHILDS_FRANCHISES = ("0", "0", "0", "300", "600")
_FIRST_NUMBER = 20_000_000
_OLDEST_COVER = dt.date(2005, 1, 1)


def clients(count: int, seed: int, balance: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """Rows of the register; `balance` names strata (language, sex, age) that shall be equally large.

    Raises `UnknownName` for another stratum.
    """
    each = strata(names(balance, STRATA), LANGUAGES)
    for number in range(count):
        rng = random.Random(f"{seed}/client/{number}")  # noqa: S311  no secret
        stratum = next(each)
        language = stratum.get("language") or LANGUAGE.draw(rng)
        yield _row(rng, number, language, stratum)


def write_clients(file: Path, count: int, seed: int, balance: Sequence[str] = ()) -> None:
    """The register as CSV with a line of headings, UTF-8."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(clients(count, seed, balance))


def _row(rng: random.Random, number: int, language: str, stratum: dict[str, str]) -> dict[str, str]:
    person = population.insured(rng, language, sex=stratum.get("sex"), age=stratum.get("age"))
    assert person.birth_date
    covered_from = max(person.birth_date, _OLDEST_COVER + dt.timedelta(days=rng.randrange(7_000)))
    ends = rng.random() < 0.05
    until = covered_from + dt.timedelta(days=rng.randrange(365, 5_000)) if ends else None
    return {
        "insurance_number": str(_FIRST_NUMBER + number * 37),
        "ahv_number": person.ssn or "",
        "card_number": person.card_number or "",
        "first_name": person.given_name or "",
        "last_name": person.family_name or "",
        "birth_date": person.birth_date.isoformat(),
        "sex": person.sex or "",
        "street": person.street or "",
        "zip": person.zip or "",
        "city": person.city or "",
        "canton": person.canton or "",
        "email": f"client{number + 1}@clients.example",
        "language": language,
        "risk_score": RISK.draw(rng),
        "covered_from": covered_from.isoformat(),
        "covered_until": until.isoformat() if until else "",
        "iban": numbers.account(rng, qr=False),
        "family_id": "",
        **_terms(rng, person.birth_date),
        "consent_mail": "yes",
        "consent_data_use": rng.choice(("yes", "no")),
    }


def _terms(rng: random.Random, born: dt.date) -> dict[str, str]:
    """The franchise of each year: the lowest, or one that lowers the premium (Art. 93 KVV)."""
    grown_up_choice, childs_choice = rng.choice(_FRANCHISES), rng.choice(_CHILDS_FRANCHISES)
    return {f"franchise_{year}": grown_up_choice if year - born.year > 18 else childs_choice for year in (2025, 2026)}
