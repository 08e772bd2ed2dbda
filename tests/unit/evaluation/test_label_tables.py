"""One more word in a table of labels, as source text."""

from __future__ import annotations

import ast

import pytest

from pulse.evaluation.label_tables import ROOT, LabelTable, patched

FORMS = LabelTable("pulse.invoices.forms.labels", "HEAD")
PLAIN = LabelTable("pulse.invoices.plain.labels", "FIELDS")
SOURCE = """HEAD = {
    "city": {"de": ("Ort",), "fr": (), "it": ["Luogo"]},
    "zip": "PLZ | NPA"
    " | Code postal",
}
"""


@pytest.mark.parametrize(
    ("meaning", "language", "expected"),
    [
        ("city", "de", '("Ort", "Dörfli",)'),
        ("city", "fr", '("Dörfli",)'),
        ("city", "it", '["Luogo", "Dörfli"]'),
        ("zip", "de", '" | Code postal | Dörfli"'),
    ],
)
def test_a_word_is_added_where_it_belongs(meaning: str, language: str, expected: str) -> None:
    changed = LabelTable("any", "HEAD").with_word(SOURCE, meaning, language, "Dörfli")
    ast.parse(changed)
    assert expected in changed


def test_quotes_in_a_word_do_not_end_the_text() -> None:
    changed = LabelTable("any", "HEAD").with_word(SOURCE, "city", "de", 'Der "Ort"\\')
    table = ast.literal_eval(changed.partition("=")[2].strip())
    assert table["city"]["de"] == ("Ort", 'Der "Ort"\\')


@pytest.mark.parametrize(("table", "word"), [(FORMS, "Geburtsdatum"), (PLAIN, "N° AVS")])
def test_the_readers_tables_are_understood(table: LabelTable, word: str) -> None:
    meaning = table.meaning(word)
    assert meaning is not None
    assert table.meaning(word.upper()) == meaning
    assert table.meaning("Blumenstrauss") is None
    (source,) = patched({table: [(meaning, "de", "Blumenstrauss")]}).values()
    assert len(source) > len((ROOT / table.path).read_text("utf-8"))
    assert "Blumenstrauss" in source


def test_an_unknown_meaning_is_refused() -> None:
    with pytest.raises(KeyError):
        LabelTable("any", "HEAD").with_word(SOURCE, "moon", "de", "Mond")
