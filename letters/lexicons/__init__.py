"""The guard's words in the four languages, a file each."""

from __future__ import annotations

from letters.lexicon import Lexicon
from letters.lexicons.de import GERMAN
from letters.lexicons.en import ENGLISH
from letters.lexicons.fr import FRENCH
from letters.lexicons.it import ITALIAN
from pulse.base.reasons import Language

LEXICONS: dict[Language, Lexicon] = {"de": GERMAN, "fr": FRENCH, "it": ITALIAN, "en": ENGLISH}
