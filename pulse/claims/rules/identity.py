"""Whether the person that an invoice names is the person whose number it carries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar

from pulse.base.identifiers import compact
from pulse.invoices.model import Patient

Match = Literal["found", "unknown", "mismatch"]

_WORDS = re.compile(r"[^\W\d_]+")
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae"})


@dataclass(frozen=True, kw_only=True)
class Person:
    """An insured person as the register knows them."""

    id: int
    insurance_number: str
    ahv_number: str | None
    card_number: str | None
    first_name: str
    last_name: str
    birth_date: date | None


P = TypeVar("P", bound=Person)


def numbers_of(patient: Patient) -> dict[str, str]:
    """The numbers that the invoice gives, compact, by the register's column; the one that counts first."""
    given = {
        "insurance_number": patient.insured_number,
        "ahv_number": patient.ssn,
        "card_number": patient.card_number,
    }
    return {column: compact(number) for column, number in given.items() if number and compact(number)}


def identify(patient: Patient, candidates: Sequence[Person]) -> tuple[Match, int | None]:
    """The match and the id of the person that the first known number names.

    `candidates` are all persons who carry one of the invoice's numbers, in any column. The short form gives one number
    without saying which; so each number is looked for in every column. Two numbers that name different persons, a
    number that the register knows otherwise, or another name or birth date are a mismatch: a person decides.
    """
    named = [person for number in numbers_of(patient).values() if (person := _carrier(number, candidates))]
    if not named:
        return "unknown", None
    first = named[0]
    if any(person.id != first.id for person in named) or _contradicts(patient, first) or not same_name(patient, first):
        return "mismatch", first.id
    return "found", first.id


def same_name(patient: Patient, person: Person) -> bool:
    """Whether names and birth date fit, as far as the invoice gives them.

    Names fit when they share a word: double names are often shortened, accents dropped and umlauts spelt out; a given
    name may be an initial.
    """
    if patient.birth_date and person.birth_date and patient.birth_date != person.birth_date:
        return False
    return _shares_word(patient.family_name, person.last_name) and _shares_word(
        patient.given_name, person.first_name, initials=True
    )


def same_person_by_name(patient: Patient, candidates: Sequence[Person]) -> int | None:
    """The one person with this full name and birth date: the number on the invoice is then likely mistyped."""
    if not (patient.family_name and patient.given_name and patient.birth_date):
        return None
    alike = [person.id for person in candidates if person.birth_date and same_name(patient, person)]
    return alike[0] if len(alike) == 1 else None


def _carrier(number: str, candidates: Sequence[Person]) -> Person | None:
    for person in candidates:
        if number in (person.insurance_number, person.ahv_number, person.card_number):
            return person
    return None


def _contradicts(patient: Patient, person: Person) -> bool:
    """An AHV number that is not the registered one; insured and card numbers change with the contract and the card."""
    ahv_number = numbers_of(patient).get("ahv_number")
    own = (person.insurance_number, person.ahv_number, person.card_number)
    return bool(ahv_number and person.ahv_number and ahv_number not in own)


def _shares_word(given: str | None, known: str, *, initials: bool = False) -> bool:
    if not given or not given.strip():
        return True
    ours, theirs = _words(known), _words(given)
    if ours & theirs:
        return True
    return initials and any(len(word) == 1 and any(own.startswith(word) for own in ours) for word in theirs)


def _words(name: str) -> set[str]:
    """The name's words, with umlauts spelt out, and also without any accent."""
    lower = name.casefold()
    plain = "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
    return set(_WORDS.findall(lower.translate(_SPELT_OUT))) | set(_WORDS.findall(plain.translate(_SPELT_OUT)))
