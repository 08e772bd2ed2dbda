"""The form's words: what they are compared by, and that each means one thing."""

from __future__ import annotations

import pytest

from pulse.invoices.forms import labels
from pulse.invoices.forms.vocabulary import Vocabulary, key, words_of

LONG = 5
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
        ("Motifdu traitement", "reason"),
    ],
)
def test_one_wrong_letter_in_a_long_word_does_no_harm(printed: str, meaning: str | None) -> None:
    assert HEAD.meaning(printed) == meaning


SECTIONS = Vocabulary(labels.SECTIONS)


@pytest.mark.parametrize("wrong", ["replaced", "left out", "added"])
def test_a_wrong_letter_is_forgiven_wherever_it_stands(wrong: str) -> None:
    added, left_out = wrong != "left out", wrong != "added"
    for known, _ in SECTIONS:
        for at in range(len(known)):
            printed = known[:at] + ("x" if added else "") + known[at + left_out :]
            alike = {meaning for one, meaning in SECTIONS if is_one_letter_off(printed, one)}
            expected = alike.pop() if len(alike) == 1 else None
            assert SECTIONS.meaning(printed) == dict(SECTIONS).get(printed, expected), printed


def is_one_letter_off(one: str, other: str) -> bool:
    """By trying: with the same letter left out of both, or one left out of the longer one, they are the same."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < LONG or len(longer) - len(shorter) > 1:
        return False
    return any(
        longer[:at] + longer[at + 1 :] == (shorter if len(longer) > len(shorter) else shorter[:at] + shorter[at + 1 :])
        for at in range(len(longer))
    )


def test_a_word_that_may_be_two_means_nothing() -> None:
    columns = Vocabulary({"medical": {"fr": ("VPt PM",)}, "technical": {"fr": ("VPt PT",)}})
    assert columns.meaning("VPt PX") is None
    assert columns.meaning("VPt PM") == "medical"
