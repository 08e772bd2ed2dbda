from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pulse.claims.rules.identity import Person, identify, same_name, same_person_by_name
from pulse.invoices.model import Patient

ANNA = Person(
    id=1,
    insurance_number="123456789",
    ahv_number="7569217076985",
    card_number="80756000000000000001",
    first_name="Anna Maria",
    last_name="Müller-Meier",
    birth_date=date(1979, 5, 14),
)
BEAT = Person(
    id=2,
    insurance_number="987654321",
    ahv_number="7561234567897",
    card_number=None,
    first_name="Beat",
    last_name="Keller",
    birth_date=date(1960, 1, 2),
)


def patient(**values: Any) -> Patient:
    own = {"family_name": "Müller-Meier", "given_name": "Anna", "insured_number": "123456789"}
    return Patient.model_validate(own | values)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"insured_number": None, "ssn": "756.9217.0769.85"},
        {"insured_number": None, "card_number": "80756000000000000001"},
        {"insured_number": "7569217076985"},
        {"ssn": "7569217076985", "birth_date": "1979-05-14"},
        {"family_name": "MUELLER MEIER"},
        {"family_name": "Muller"},
        {"family_name": "Meier", "given_name": "A."},
        {"family_name": None, "given_name": None},
    ],
)
def test_a_known_number_with_a_name_that_fits_is_found(values: dict[str, Any]) -> None:
    assert identify(patient(**values), [ANNA, BEAT]) == ("found", 1)


@pytest.mark.parametrize(
    "values",
    [
        {"family_name": "Keller", "given_name": "Beat"},
        {"given_name": "Beat"},
        {"birth_date": "1980-05-14"},
        {"ssn": "7561234567897"},
        {"ssn": "7560000000002"},
    ],
)
def test_a_number_of_one_person_and_the_marks_of_another_are_a_mismatch(values: dict[str, Any]) -> None:
    assert identify(patient(**values), [ANNA, BEAT]) == ("mismatch", 1)


def test_a_card_that_was_replaced_is_no_mismatch() -> None:
    assert identify(patient(card_number="80756000000000000009"), [ANNA]) == ("found", 1)


def test_a_number_that_nobody_carries_is_unknown() -> None:
    assert identify(patient(insured_number="5555"), [ANNA, BEAT]) == ("unknown", None)


def test_a_mistyped_number_is_found_out_by_full_name_and_birth_date() -> None:
    mistyped = patient(insured_number="5555", birth_date="1979-05-14")
    assert same_person_by_name(mistyped, [ANNA]) == 1
    assert same_person_by_name(patient(insured_number="5555"), [ANNA]) is None


def test_twins_with_one_name_each_are_told_apart() -> None:
    assert not same_name(patient(given_name="Berta"), ANNA)
