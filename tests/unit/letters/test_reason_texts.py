"""Reason codes and field names in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from pulse.base.reason_texts import field_label, label, text
from pulse.base.reasons import LANGUAGES, Language, Reason
from pulse.invoices.model import Invoice, Party, Patient, Payment, Position, Treatment

#: What no sender can leave out: how a file was read, not what it says.
_TECHNICAL = {"schema_version", "source", "request_type", "subtype", "reminder_level", "fields", "findings"}
_PARTS: dict[str, type[BaseModel]] = {
    "biller": Party, "provider": Party, "prescriber": Party, "patient": Patient, "treatment": Treatment,
    "payment": Payment,
}  # fmt: skip


def _paths() -> Iterator[str]:
    for name in Invoice.model_fields:
        if name in _PARTS:
            yield from (f"{name}.{field}" for field in _PARTS[name].model_fields)
        elif name not in _TECHNICAL:
            yield name
    yield from (f"positions.0.{field}" for field in Position.model_fields)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_label_and_one_full_sentence(reason: Reason, language: Language) -> None:
    sentence, few_words = text(reason, language), label(reason, language)
    assert sentence[0].isupper()
    assert re.fullmatch(r"[^.!?]+\.", sentence.replace("XML.", ""))
    assert 1 <= len(few_words.split()) <= 7
    assert len(few_words) <= 45
    assert not few_words.endswith(".")
    assert "ß" not in sentence + few_words


def test_no_two_languages_share_a_sentence() -> None:
    for reason in Reason:
        assert len({text(reason, language) for language in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_of_an_invoice_has_a_name(language: Language) -> None:
    unnamed = [path for path in _paths() if "." in (name := field_label(path, language)) or name == path]
    assert unnamed == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("invoice_number", "Rechnungsnummer"),
        ("patient.birth_date", "Versicherte Person: Geburtsdatum"),
        ("positions.1.quantity", "Position 2: Menge"),
        ("positions.0", "Position 1"),
        ("positions", "Leistungspositionen"),
        ("biller", "Rechnungssteller"),
        ("biller.unheard_of", "biller.unheard_of"),
    ],
)
def test_fields_are_named_as_a_person_would(path: str, name: str) -> None:
    assert field_label(path, "de") == name
