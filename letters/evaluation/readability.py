"""How easy a text is to read, by the formula that is usual for its language: higher is easier.

- German: Amstad (1978), 180 - words a sentence - 58.5 x syllables a word.
- French: Kandel and Moles (1958), 207 - 1.015 x words a sentence - 73.6 x syllables a word.
- Italian: Gulpease (Lucisano and Piemontese 1988), 89 + (300 x sentences - 10 x letters) / words.
- English: Flesch (1948), 206.835 - 1.015 x words a sentence - 84.6 x syllables a word.

Above 60 a text counts as plain (Gulpease: for whoever left school at 14). Syllables are counted as groups of vowels,
which is off by a few in a hundred; values in the text (amounts, numbers) are no words.
"""

from __future__ import annotations

import re

from pulse.base.reasons import Language

FORMULAS: dict[Language, str] = {"de": "Amstad", "fr": "Kandel-Moles", "it": "Gulpease", "en": "Flesch"}
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE = re.compile(r"[.!?]+(?=\s|$)")
_VOWELS = {
    "de": re.compile(r"ei|ai|au|eu|äu|ie|[aeiouyäöü]"),
    "fr": re.compile(r"[aeiouyàâæéèêëîïôœùûü]+"),
    "it": re.compile(r"[aeiouàèéìíòóùú]+"),
    "en": re.compile(r"[aeiouy]+"),
}
_SILENT = {"fr": re.compile(r"(?<=[^aeiouyé])(?:e|es|ent)$"), "en": re.compile(r"(?<=[^aeiouyl])e$|(?<=[^aeioutd])ed$")}


def words_of(text: str) -> list[str]:
    """The words, without numbers."""
    return _WORD.findall(text)


def ease(text: str, language: Language) -> float:
    """The reading ease of a text of at least one word; 0 without any."""
    words = words_of(text)
    if not words:
        return 0.0
    sentences = max(1, len(_SENTENCE.findall(text)))
    length = len(words) / sentences
    if language == "it":
        return round(89 + (300 * sentences - 10 * sum(map(len, words))) / len(words), 1)
    syllables = sum(_syllables(word.casefold(), language) for word in words) / len(words)
    match language:
        case "de":
            found = 180 - length - 58.5 * syllables
        case "fr":
            found = 207 - 1.015 * length - 73.6 * syllables
        case _:
            found = 206.835 - 1.015 * length - 84.6 * syllables
    return round(found, 1)


def _syllables(word: str, language: Language) -> int:
    silent = _SILENT.get(language)
    spoken = silent.sub("", word) if silent and len(word) > 3 else word
    return max(1, len(_VOWELS[language].findall(spoken)))
