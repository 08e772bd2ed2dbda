"""Imaginary insured persons and prescribers: umlauts, apostrophes, hyphens, long names."""

from __future__ import annotations

import datetime as dt
import random
from typing import Literal

from pulse.invoices.model import Party, Patient
from pulse.synthetic import numbers

Sex = Literal["male", "female"]

_FAMILY_NAMES = (
    "Beispiel",
    "Müller-Lüdenscheid",
    "D’Angelo",
    "O'Neill",
    "Grünenfelder",
    "Jäggi",
    "von Känel-Zürcher",
    "Übelhart",
    "Çelik",
    "Muñoz",
    "Nan",
    "Ort",
    "Zwahlen-Rüegsegger-Hürlimann",
    "de la Fontaine",
    "Bianchi",
    "Rösti",
)
_GIVEN_NAMES: dict[Sex, tuple[str, ...]] = {
    "female": ("Anna", "Zoë", "Françoise", "Maria-Magdalena Elisabeth", "Käthi", "Nan", "Aurélie", "Bojana"),
    "male": ("Peter", "Jürg", "André", "Maximilian-Alexander Friedrich", "Röbi", "Nicolò", "Sören", "Urs"),
}
_STREETS = ("Teststrasse", "Musterweg", "Grünauring", "Chemin de l’Église", "Untere Dorfstrasse", "Hölderlinplatz")
_TOWNS = (
    ("3011", "Bern", "BE"),
    ("8004", "Zürich", "ZH"),
    ("1700", "Fribourg", "FR"),
    ("2500", "Biel/Bienne", "BE"),
    ("9472", "Grabs", "SG"),
    ("6900", "Lugano", "TI"),
    ("1588", "Cudrefin", "VD"),
    ("5330", "Bad Zurzach", "AG"),
)
_FIRST_BIRTHDAY = dt.date(1931, 1, 1)


def person(rng: random.Random) -> Patient:
    """An insured person with a valid AHV number; some have no card, a few no insured number."""
    sex: Sex = rng.choice(("male", "female"))
    zip_code, city, canton = rng.choice(_TOWNS)
    return Patient(
        family_name=rng.choice(_FAMILY_NAMES),
        given_name=rng.choice(_GIVEN_NAMES[sex]),
        birth_date=_FIRST_BIRTHDAY + dt.timedelta(days=rng.randrange(34_000)),
        sex=sex,
        street=f"{rng.choice(_STREETS)} {rng.randrange(1, 180)}{rng.choice(('', '', 'a', 'b'))}",
        zip=zip_code,
        city=city,
        canton=canton,
        ssn=numbers.ahv_number(rng),
        card_number=numbers.card_number(rng) if rng.random() < 0.7 else None,
        insured_number=numbers.digits(rng, 9) if rng.random() < 0.9 else None,
    )


def prescriber(rng: random.Random) -> Party:
    """A physician with GLN and ZSR number."""
    sex: Sex = rng.choice(("male", "female"))
    zip_code, city, _ = rng.choice(_TOWNS)
    given = rng.choice(_GIVEN_NAMES[sex]).split()[0]
    return Party(
        gln=numbers.gln(rng),
        zsr=numbers.zsr(rng, "D"),
        name=f"Dr. med. {given} {rng.choice(_FAMILY_NAMES)}",
        street=f"{rng.choice(_STREETS)} {rng.randrange(1, 90)}",
        zip=zip_code,
        city=city,
    )
