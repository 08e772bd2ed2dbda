"""The form's words: what they are compared by, and that each means one thing."""

from __future__ import annotations

import pytest

from pulse.invoices.forms import labels
from pulse.invoices.forms.vocabulary import Vocabulary, key, words_of

TABLES = {name: table for name, table in vars(labels).items() if name.isupper() and isinstance(table, dict)}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_word_has_one_meaning(name: str) -> None:
    spelled = {(key(word), meaning) for meaning, by_language in TABLES[name].items() for word in words_of(by_language)}
    assert len(spelled) == len({word for word, _ in spelled})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("N° d'assuré", "No assuré"),
        ("N° d’assuré", "N°  d'ASSURÉ:"),
        ("AHV-Nr.", "AHV Nr"),
        ("Date/N° de facture", "Date/No facture"),
        ("Straße", "Strasse"),
        ("GLN-Nr.(B)", "N° GLN (B)"),
    ],
)
def test_words_are_compared_without_case_accents_marks_and_articles(one: str, other: str) -> None:
    assert key(one) == key(other)


def test_an_article_with_an_accent_is_a_word() -> None:
    assert key("Montant dû") != key("Montant")


HEAD = Vocabulary(labels.HEAD)


@pytest.mark.parametrize(
    ("printed", "meaning"),
    [
        ("Vergütungsarl", "tiers"),
        ("Versicherten-Nr", "patient.insured_number"),
        ("Dale de naissance", "patient.birth_date"),
        ("Cognorne", None),
        ("Nane", None),
        ("Fall", "case_number"),
    ],
)
def test_one_wrong_letter_in_a_long_word_does_no_harm(printed: str, meaning: str | None) -> None:
    assert HEAD.meaning(printed) == meaning


def test_a_word_that_may_be_two_means_nothing() -> None:
    columns = Vocabulary({"medical": {"fr": ("VPt PM",)}, "technical": {"fr": ("VPt PT",)}})
    assert columns.meaning("VPt PX") is None
    assert columns.meaning("VPt PM") == "medical"
