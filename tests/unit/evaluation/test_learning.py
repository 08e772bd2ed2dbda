"""Which words the misses of a set teach."""

from __future__ import annotations

from pulse.evaluation.label_tables import LabelTable
from pulse.evaluation.learning import Proposal, telling

TOTALS = LabelTable("pulse.invoices.plain.labels", "TOTALS")


def proposal(meaning: str, word: str, *seen: str) -> Proposal:
    return Proposal(TOTALS, meaning, "de", word, seen)


def test_a_word_that_stands_there_by_chance_is_not_proposed() -> None:
    """In a and b nothing was prepaid, so the total is what is due, and both labels stand beside both amounts."""
    total = proposal("total_amount", "Endsumme", "a", "b", "c")
    due = proposal("amount_due", "Offen", "a", "b", "d")
    by_chance = [proposal("total_amount", "Offen", "a", "b"), proposal("amount_due", "Endsumme", "a", "b")]
    assert telling([total, *by_chance, due]) == [total, due]


def test_words_that_nothing_tells_apart_are_both_proposed() -> None:
    both = [proposal("total_amount", "Endsumme", "a", "b"), proposal("total_amount", "Offen", "a", "b")]
    assert telling(both) == both


def test_another_word_in_other_documents_is_no_reason_against_one() -> None:
    both = [proposal("total_amount", "Endsumme", "a", "b", "c"), proposal("total_amount", "Gesamt", "c", "d")]
    assert telling(both) == both
