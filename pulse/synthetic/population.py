"""Imaginary insured persons, pharmacies and practices of one language region."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Literal

from pulse.invoices.model import Party, Patient
from pulse.synthetic import numbers
from pulse.synthetic.distributions import AGE, SEX, whole_number

Sex = Literal["male", "female"]
Kind = Literal["pharmacy", "practice"]


@dataclass(frozen=True, kw_only=True)
class _Region:
    """Names of a language region; towns as (ZIP, town, canton)."""

    family: tuple[str, ...]
    female: tuple[str, ...]
    male: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[tuple[str, str, str], ...]
    pharmacies: tuple[str, ...]
    practices: tuple[str, ...]


_REGIONS = {
    "de": _Region(
        family=(
            "Meier", "Müller", "Müller-Lüdenscheid", "Grünenfelder", "Jäggi", "Zürcher", "Übelhart", "Rösti", "Keller",
            "Zwahlen-Rüegsegger", "von Känel", "Steiner", "Ammann", "Çelik", "Petrovic", "Nan", "Ort", "O'Neill",
        ),
        female=("Anna", "Zoë", "Käthi", "Ursula", "Maria-Magdalena", "Bojana", "Regula", "Verena", "Heidi", "Lea"),
        male=("Peter", "Jürg", "Urs", "Sören", "Röbi", "Hans-Ulrich", "Beat", "Luca", "Mehmet", "Werner"),
        streets=("Teststrasse", "Musterweg", "Grünauring", "Untere Dorfstrasse", "Hölderlinplatz", "Im Zelgli", "Bahnhofstr."),
        towns=(
            ("3011", "Bern", "BE"), ("8004", "Zürich", "ZH"), ("2502", "Biel/Bienne", "BE"), ("9472", "Grabs", "SG"),
            ("5330", "Bad Zurzach", "AG"), ("6003", "Luzern", "LU"), ("8200", "Schaffhausen", "SH"), ("7000", "Chur", "GR"),
            ("8580", "Amriswil", "TG"), ("4102", "Binningen", "BL"),
        ),
        pharmacies=("Apotheke zum Löwen AG", "Bahnhof-Apotheke Müller", "Dorfapotheke Grünau GmbH", "St. Peter Apotheke", "Apotheke & Drogerie Egger"),
        practices=("Hausarztpraxis am Bach AG", "Praxis Dr. med. R. Steiner", "Ärztezentrum Süd", "Praxis Dr. med. Käthi Jäggi"),
    ),
    "fr": _Region(
        family=(
            "Favre", "Rochat", "de la Fontaine", "D’Angelo", "Béguelin", "Perret-Gentil", "Chappuis", "Bühler",
            "Jeanneret", "Muñoz", "Da Silva", "Crausaz", "Aebischer", "Nicolet",
        ),
        female=("Françoise", "Aurélie", "Chloé", "Marie-Thérèse", "Noémie", "Geneviève", "Inès", "Léa", "Anne"),
        male=("André", "Jean-François", "Loïc", "Benoît", "Gaël", "Pierre", "Mathieu", "Joël", "Étienne"),
        streets=("Rue du Lac", "Chemin de l’Église", "Avenue de la Gare", "Route de Berne", "Rue d'Italie", "Ch. des Vignes"),
        towns=(
            ("1003", "Lausanne", "VD"), ("1700", "Fribourg", "FR"), ("1204", "Genève", "GE"), ("2000", "Neuchâtel", "NE"),
            ("1950", "Sion", "VS"), ("2800", "Delémont", "JU"), ("1588", "Cudrefin", "VD"), ("1018", "Lausanne 18", "VD"),
        ),
        pharmacies=("Pharmacie du Marché SA", "Pharmacie de l'Étoile Sàrl", "Pharmacie de la Gare", "Pharmacie Saint-François SA"),
        practices=("Cabinet médical du Lac SA", "Cabinet Dr méd. L. Rochat", "Centre médical des Vignes", "Cabinet Dresse méd. I. Favre"),
    ),
    "it": _Region(
        family=("Bianchi", "Bernasconi", "Rossi", "D'Amico", "Dell’Acqua", "Cattaneo-Pedrini", "Fontana", "Lüthi", "Nicolò"),
        female=("Chiara", "Lucia", "Anna-Maria", "Noemi", "Giulia", "Niccolina", "Francesca"),
        male=("Nicolò", "Marco", "Gian-Luca", "Ettore", "Davide", "Andrea", "Pietro"),
        streets=("Via Nassa", "Via Cantonale", "Piazza Grande", "Via alla Chiesa", "Strada di Pregassona", "Via G. Motta"),
        towns=(
            ("6900", "Lugano", "TI"), ("6500", "Bellinzona", "TI"), ("6600", "Locarno", "TI"), ("6830", "Chiasso", "TI"),
            ("7742", "Poschiavo", "GR"), ("6850", "Mendrisio", "TI"),
        ),
        pharmacies=("Farmacia al Ponte Sagl", "Farmacia San Carlo", "Farmacia Stazione SA", "Farmacia Dell’Orologio"),
        practices=("Studio medico Dr. med. L. Rossi", "Centro medico Piazza Grande SA", "Studio medico Fontana"),
    ),
}  # fmt: skip
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
    region = _REGIONS[language]
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
    region = _REGIONS[language]
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
    region = _REGIONS[language]
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
