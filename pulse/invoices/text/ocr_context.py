"""Words put right by what stands beside them and by the page's language: what no letter alone tells.

All of it is a guess from what invoices print, so such a word is never sure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from pulse.base.identifiers import is_gln
from pulse.invoices.text.ocr_identifiers import with_identifiers
from pulse.invoices.text.ocr_symbols import Symbol, Word, base_of

Language = Literal["de", "fr"]

_CONFIDENCE = 0.5
#: Abbreviations of packs (flacon, millilitre) that no language's model knows, as they are misread: anywhere, before a
#: number, behind one.
_PACKS = {"FI": "Fl", "F1": "Fl", "mI": "ml", "m1": "ml", "m!": "ml"}
_JOINED_PACK, _MILLILITRES = re.compile(r"F[1lI]\d{2,3}"), frozenset({"ml", "mI", "m1", "mi", "dl"})
#: What grams are misread as at the end of a tube's size.
_TUBES, _GRAMS = frozenset({"Tb", "Tube", "tube"}), frozenset({"8", "9", "(", "q", "&"})
_BEFORE_NUMBER, _BEHIND_NUMBER = {"Fi": "Fl"}, {"mi": "ml"}
#: A ZSR number is a letter and six digits: what its letter is misread as, behind its label.
_ZSR_LABEL, _ZSR_MISREAD = re.compile(r"ZSR|RCC|K-Nr"), re.compile(r"[2568]\d{6}[,;)]*")
_LETTERS = {"2": "Z", "5": "S", "6": "G", "8": "B"}
#: What no model knows stands alone before it (`Ø-frei`, without); titles with a short form behind them in French.
_FREE_OF, _FRENCH_TITLES = re.compile(r"\S-frei"), frozenset({"Dr", "Dresse"})
#: A GLN of Switzerland begins with these digits, and its first one looks like a 1.
_GLN_MISREAD = re.compile(r"1601\d{9}")
#: A price with another mark for its point, in a line with another one; a house number with a letter among its digits.
_PRICE, _WRONG_POINT = re.compile(r"\d+[.,:]\d\d"), re.compile(r"\d{1,4}[:;-]\d\d")
_HOUSE_NUMBER = re.compile(r"\d+[lI][a-c]")
#: Of a digit's height: how far a sign of multiplication ends above the line that the letter x stands on.
_ABOVE_BASE = 0.03
#: Letters that tell a language, and what its words never have, as pattern and what is meant, of the same length.
_TELLING: dict[Language, frozenset[str]] = {"de": frozenset("äöüÄÖÜ"), "fr": frozenset("éèêàçÉÈÊÀ")}
#: Words that only Italian has, and how many of them a page in French may have as names.
_ITALIAN, _FEW = (
    frozenset(
        ["della", "delle", "degli", "Data", "Medico", "medica", "Cognome", "Importo", "Totale", "ricetta", "Prezzo"]
    ),
    3,
)
_UNREAD = (
    (re.compile("(?<=pr)&$"), "ê"),
    (re.compile("(?<=[Zz]o)&$"), "ë"),
    (re.compile("(?<=[Nn]euch)[aàä](?=tel)"), "â"),
)
_NEVER: dict[Language, tuple[tuple[re.Pattern[str], str], ...]] = {
    "de": (
        (re.compile("[òô]"), "ö"),
        (re.compile("[ùû]"), "ü"),
        (re.compile(r"(?<=[^\W\d_])[àâ](?=[^\W\d_tlp])"), "ä"),
        (re.compile("^A(?=rzte[^s]|rztl)"), "Ä"),
        (re.compile("^[àâ](?=rztl)"), "ä"),
    ),
    "fr": (
        (re.compile("éé"), "ée"),
        (re.compile("(?<=[ao])é(?=l)"), "ë"),
        (re.compile("[àä](?=te)"), "â"),
        (re.compile("^Särl"), "Sàrl"),
        (re.compile("^medica"), "médica"),
        (re.compile("(?<=^Fran)g(?=ois)"), "ç"),
    ),
}


def language_of(rows: Iterable[Sequence[Word]]) -> Language | None:
    """German or French, by the letters that only one of them has; None where they say nothing, or the words Italian."""
    texts = [word.text for row in rows for word in row]
    letters = Counter("".join(texts))
    german, french = (sum(letters[one] for one in _TELLING[name]) for name in ("de", "fr"))
    if german == french or (french > german and sum(text.strip(".,:()") in _ITALIAN for text in texts) > _FEW):
        return None
    return "de" if german > french else "fr"


def in_context(words: Sequence[Word], language: Language | None) -> list[Word]:
    """The words of a line as their neighbours and their language let them be."""
    return [_spelled(word, language) for word in _by_neighbours(_packs_apart(with_identifiers(words)))]


def _packs_apart(words: Sequence[Word]) -> list[Word]:
    """Words with the abbreviation of a bottle apart from the millilitres that it was joined to (`F1200 ml`)."""
    found: list[Word] = []
    for word, behind in pairwise([*words, None]):
        if word and behind and _JOINED_PACK.fullmatch(word.text) and behind.text in _MILLILITRES:
            symbols = (word.symbols[0], replace(word.symbols[1], text="l"))
            found += [Word(part, min(word.confidence, _CONFIDENCE)) for part in (symbols, word.symbols[2:])]
        elif word:
            found.append(word)
    return found


def _by_neighbours(words: Sequence[Word]) -> Iterator[Word]:
    prices = sum(bool(_PRICE.fullmatch(word.text)) for word in words)
    label = ""
    for index, word in enumerate(words):
        before, behind = words[index - 1 : index], words[index + 1 : index + 2]
        text = _meant(word.text, before[0].text if before else "", behind[0].text if behind else "")
        if prices > bool(_PRICE.fullmatch(text)) and _WRONG_POINT.fullmatch(text):
            text = re.sub("[:;-]", ".", text)
        elif _ZSR_LABEL.search(label) and _ZSR_MISREAD.fullmatch(text):
            text = _LETTERS[text[0]] + text[1:]
        elif text in _GRAMS and index > 1 and words[index - 2].text in _TUBES and words[index - 1].text.isdigit():
            text = "g"
        elif text in "xX" and before and behind and _is_times(word.symbols[0], behind[0]):
            text = "×"
        yield _written(word, text)
        label = word.text if any(one.isalpha() for one in word.text) else label


def _meant(text: str, before: str, behind: str) -> str:
    if text in _PACKS:
        return _PACKS[text]
    if text in _BEFORE_NUMBER and behind[:1].isdigit():
        return _BEFORE_NUMBER[text]
    if text in _BEHIND_NUMBER and before[-1:].isdigit():
        return _BEHIND_NUMBER[text]
    if text in {"l", "I"} and (behind == "x" or _PRICE.fullmatch(behind)):
        return "1"
    if text == "med." and before in _FRENCH_TITLES:
        return "méd."
    if _FREE_OF.fullmatch(text):
        return f"Ø{text[1:]}"
    if _HOUSE_NUMBER.fullmatch(text):
        return re.sub("[lI]", "1", text)
    if _GLN_MISREAD.fullmatch(text) and is_gln(f"7{text[1:]}"):
        return f"7{text[1:]}"
    return text


def _is_times(symbol: Symbol, behind: Word) -> bool:
    """Whether this is no letter, by where it ends: above the line that the number behind it stands on."""
    base = base_of(behind)
    if base is None or not behind.text[:1].isdigit():
        return False
    return base - symbol.box[3] > _ABOVE_BASE * behind.symbols[0].height


def _spelled(word: Word, language: Language | None) -> Word:
    text = word.text
    for never, meant in (*_UNREAD, *(_NEVER[language] if language else ())):
        text = never.sub(meant, text)
    return _written(word, text)


def _written(word: Word, text: str) -> Word:
    """The word with this text, a character for each of its symbols; unchanged where these are not as many."""
    if text == word.text or len(text) != len(word.symbols):
        return word
    pairs = zip(word.symbols, text, strict=True)
    symbols = tuple(replace(symbol, text=character) for symbol, character in pairs)
    return Word(symbols, min(word.confidence, _CONFIDENCE))
