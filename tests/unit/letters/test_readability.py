"""Reading ease: known formulas, plainer is higher, and our own letters are plain in each language."""

from __future__ import annotations

import pytest
from letter_samples import all_facts

from letters.evaluation.readability import ease
from letters.writer import TemplateWriter
from pulse.base.reasons import LANGUAGES, Language


def test_the_formulas_by_hand() -> None:
    assert ease("The cat sat. The dog ran.", "en") == pytest.approx(206.835 - 1.015 * 3 - 84.6, abs=0.1)
    assert ease("Der Hund bellt. Das Tor ist zu.", "de") == pytest.approx(180 - 3.5 - 58.5, abs=0.1)
    assert ease("Le chat dort. Il fait nuit.", "fr") == pytest.approx(207 - 1.015 * 3 - 73.6, abs=0.1)
    assert ease("Il cane dorme.", "it") == pytest.approx(89 + (300 - 10 * 11) / 3, abs=0.1)
    assert ease("123", "de") == 0.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_explanations_are_plain(language: Language) -> None:
    eases = [ease("\n".join(TemplateWriter().write(facts).paragraphs), language) for facts in all_facts(language)]
    assert sum(eases) / len(eases) >= 60
