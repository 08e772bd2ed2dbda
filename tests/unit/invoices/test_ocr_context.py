"""Words of a scan that their neighbours and the page's language put right."""

from __future__ import annotations

import pytest

from pulse.invoices.text.ocr_context import in_context, language_of
from pulse.invoices.text.ocr_symbols import Symbol, Word

BASE = 127


def word(text: str, left: int = 100, ends: int = BASE) -> Word:
    boxes = [(left + index * 20, 100, left + index * 20 + 16, ends) for index in range(len(text))]
    return Word(tuple(Symbol(one, box, 0.95) for one, box in zip(text, boxes, strict=True)), 0.95)


def line(text: str) -> list[Word]:
    return [word(one, 100 + 300 * index) for index, one in enumerate(text.split())]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Fi 30 mi", "Fl 30 ml"),
        ("ZSR-Nr.(P) 8318134", "ZSR-Nr.(P) B318134"),
        ("N° GLN / N° RCC 7601546288216 / 2729384", "N° GLN / N° RCC 7601546288216 / Z729384"),
        ("Zuweiser 1601302583616", "Zuweiser 7601302583616"),
        ("l x 57:35 57:35", "1 x 57.35 57.35"),
        ("l 105.45", "1 105.45"),
        ("Im Zelgli 3la", "Im Zelgli 31a"),
        ("l 5,15", "1 5,15"),
        ("2 x 51-25 102.50", "2 x 51.25 102.50"),
        ("Cabinet Dr med. Rochat", "Cabinet Dr méd. Rochat"),
        ("Methotrexat 8-frei", "Methotrexat Ø-frei"),
        ("Tropfen F1200 ml", "Tropfen Fl 200 ml"),
        ("Salbe Tb 30 8", "Salbe Tb 30 g"),
        ("ser pr& Zo& Neuchatel", "ser prê Zoë Neuchâtel"),
        ("(ZSR-Nr. 2574184,", "(ZSR-Nr. Z574184,"),
    ],
)
def test_a_word_is_put_right_by_what_stands_beside_it(read: str, meant: str) -> None:
    assert " ".join(one.text for one in in_context(line(read), None)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "Rechnung 2729384",
        "Dr. med. Rochat",
        "Seite 51-25",
        "laktose-frei",
        "ZSR Z729384 Rechnung 2729384",
        "Druck 10:15",
        "1601302583617",
        "1 x 57.35 57.35",
        "Modell F1200 Stk",
        "Tabl 30 8",
        "Müller & Co.",
    ],
)
def test_a_word_without_such_a_neighbour_stays(text: str) -> None:
    assert " ".join(one.text for one in in_context(line(text), None)) == text


def test_what_was_put_right_is_never_sure() -> None:
    assert [one.confidence for one in in_context(line("ZSR 8318134"), None)] == [0.95, 0.5]


def test_a_sign_of_multiplication_stands_above_the_line_of_the_letter_x() -> None:
    words = [word("10"), word("x", 200, BASE - 4), word("10", 300)]
    assert [one.text for one in in_context(words, None)] == ["10", "×", "10"]


@pytest.mark.parametrize(
    ("page", "read", "meant"),
    [
        ("für Grüsse", "Lòs Arztezentrum Arztes", "Lös Ärztezentrum Arztes"),
        ("für Grüsse", "gemâss nâchste Neuchâtel Bâle", "gemäss nächste Neuchâtel Bâle"),
        ("Médecin première", "Frangoise medicaments", "Françoise médicaments"),
        ("Médecin première", "duréé Joél Neuchätel Särl", "durée Joël Neuchâtel Sàrl"),
        ("Datum", "Lòs duréé", "Lòs duréé"),
        ("Medico è ricetta Cognome Importo", "medica", "medica"),
    ],
)
def test_letters_that_a_language_never_has_are_those_that_it_has(page: str, read: str, meant: str) -> None:
    language = language_of([line(page)])
    assert " ".join(one.text for one in in_context(line(read), language)) == meant
