"""Imaginary insured persons, pharmacies and practices of one language region."""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from pulse.invoices.model import Party, Patient
from pulse.synthetic import numbers
from pulse.synthetic.distributions import AGE, SEX, whole_number

Sex = Literal["male", "female"]
Kind = Literal["pharmacy", "practice"]


@dataclass(frozen=True, kw_only=True)
class _Region:
    """Names of a language region; towns as (ZIP, town, canton)."""

    family: list[str]
    female: list[str]
    male: list[str]
    streets: list[str]
    towns: list[tuple[str, str, str]]
    pharmacies: list[str]
    practices: list[str]


@cache
def _regions() -> dict[str, _Region]:
    text = resources.files("pulse.synthetic").joinpath("data/regions.toml").read_text(encoding="utf-8")
    return {language: _Region(**names) for language, names in tomllib.loads(text).items()}


_AMBIGUOUS = frozenset({"Untere Dorfstrasse", "Im Zelgli"})
#: The day that ages are counted at.
TODAY = dt.date(2026, 6, 30)


def insured(
    rng: random.Random,
    language: str,
    *,
    sex: str | None = None,
    age: str | None = None,
    plain_names: bool = False,
) -> Patient:
    """An insured person of the region; `sex` and `age` (a span of `distributions.AGE`) are drawn unless given.

    With `plain_names` the given name is one word and the family name too, so that a line `given family` can be told
    apart.
    """
    region = _regions()[language]
    chosen: Sex = "female" if (sex or SEX.draw(rng)) == "female" else "male"
    days = rng.randrange(365) + 365 * whole_number(rng, age or AGE.draw(rng))
    family = rng.choice([name for name in region.family if not plain_names or " " not in name])
    zip_code, city, canton = rng.choice(region.towns)
    return Patient(
        family_name=family,
        given_name=rng.choice(region.female if chosen == "female" else region.male),
        birth_date=TODAY - dt.timedelta(days=max(days, 90)),
        sex=chosen,
        street=_street(rng, region),
        zip=zip_code,
        city=city,
        canton=canton,
        ssn=numbers.ahv_number(rng),
        card_number=numbers.card_number(rng) if rng.random() < 0.7 else None,
        insured_number=numbers.digits(rng, 9) if rng.random() < 0.9 else None,
    )


def party(rng: random.Random, language: str, kind: Kind) -> Party:
    """Who bills: a pharmacy (ZSR P…) or a practice."""
    region = _regions()[language]
    zip_code, city, _ = rng.choice(region.towns)
    name = rng.choice(region.pharmacies if kind == "pharmacy" else region.practices)
    host = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalpha())[:16]
    return Party(
        gln=numbers.gln(rng),
        zsr=numbers.zsr(rng, "P" if kind == "pharmacy" else rng.choice("ABDKZ")),
        name=name,
        street=_street(rng, region),
        zip=zip_code,
        city=city,
        email=f"info@{host}.example",
        vat_number=numbers.vat_number(rng),
    )


def physician(rng: random.Random, language: str) -> Party:
    """Who prescribed."""
    region = _regions()[language]
    zip_code, city, _ = rng.choice(region.towns)
    given = rng.choice(rng.choice((region.female, region.male)))
    return Party(
        gln=numbers.gln(rng),
        zsr=numbers.zsr(rng, rng.choice("ABDKZ")),
        name=f"Dr. med. {given} {rng.choice(region.family)}",
        street=_street(rng, region, told_apart=True),
        zip=zip_code,
        city=city,
    )


def _street(rng: random.Random, region: _Region, *, told_apart: bool = False) -> str:
    """`told_apart`: only streets that a reader can tell from the name before them, as forms 4.x print both in a row."""
    streets = [one for one in region.streets if not told_apart or one not in _AMBIGUOUS]
    return f"{rng.choice(streets)} {rng.randrange(1, 180)}{rng.choice(('', '', '', 'a', 'b'))}"
