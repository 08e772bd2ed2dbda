from __future__ import annotations

import pytest

from pulse.reference.rows import asks_for_approval


@pytest.mark.parametrize(
    "text",
    [
        "Nach Kostengutsprache durch den Krankenversicherer.",
        "Kostenübernahme nur auf besondere Gutsprache des Krankenversicherers.",
        "Bedarf der Bewilligung des Krankenversicherers nach vorgängiger Konsultation des Vertrauensarztes.",
        "Le traitement exige une garantie préalable de prise en charge des frais par l'assureur-maladie.",
        "Uniquement après accord préalable de l'assureur.",
        "La terapia richiede la garanzia di assunzione dei costi da parte dell'assicuratore.",
        "Bedarf der Kostengutsprache. Für den Wechsel ist keine neue Kostengutsprache nötig.",
        "Nicht bei Kindern; nach\nKostengutsprache.",
    ],
)
def test_these_limitations_ask_for_the_insurers_approval(text: str) -> None:
    assert asks_for_approval(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Gesamthaft zugelassen 240 Punkte innerhalb von drei Monaten.",
        "Folgender Indikationscode ist an den Krankenversicherer zu übermitteln: 20403.01",
        "Eine Kostengutsprache ist nicht erforderlich.",
        "Für die Behandlung ist keine neue Kostengutsprache nötig, wenn bereits eine Kostengutsprache besteht.",
        "Für Indikationen, die einer Kostengutsprache bedürfen, ist keine neue Kostengutsprache nötig.",
        "Aucune nouvelle garantie de prise en charge n'est nécessaire.",
        "Una garanzia di assunzione dei costi non è necessaria.",
        "Erfolgt keine Kostenübernahme durch die obligatorische Krankenpflegeversicherung.",
    ],
)
def test_these_do_not(text: str) -> None:
    assert not asks_for_approval(text)
