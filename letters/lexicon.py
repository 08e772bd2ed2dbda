"""The words by which the guard judges a text: what a lexicon holds, and what counts in every language.

A language's own words stand in `letters.lexicons`. All patterns are matched without regard to case unless they say
otherwise. A lexicon errs on the side of refusal: who is refused gets the template's wording, which is always right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


def any_of(*alternatives: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """One pattern of several."""
    return re.compile("|".join(alternatives), flags)


def words(*lists: str) -> re.Pattern[str]:
    """Whole words, each written out, with blanks between them; `_` stands for the blank inside one."""
    return re.compile(rf"\b(?:{'|'.join(' '.join(lists).split()).replace('_', ' ')})\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """One language's words.

    `letters`: those beyond a to z. `openers`: words without a meaning of their own, which may open a sentence;
    `capitals`: what else may be written with a capital. Any other capital may be a name.
    """

    letters: str
    openers: re.Pattern[str]
    capitals: re.Pattern[str]

    #: We pay; we do not; and what turns either round. `clause` parts a sentence into what is said one by one.
    cover: re.Pattern[str]
    refuse: re.Pattern[str]
    negation: re.Pattern[str]
    clause: re.Pattern[str]
    #: A reason told in other words: our approval was needed before. It sounds like paying, and is not.
    approval_needed: re.Pattern[str]
    #: Somebody else pays or refuses: the reader, a third party.
    others: re.Pattern[str]
    #: A decision that hangs on something, or may come otherwise.
    conditional: re.Pattern[str]
    #: All of it; a part of it.
    wholly: re.Pattern[str]
    partly: re.Pattern[str]
    #: Gladness, and praise of the invoice, do not belong into a denial; regret not into an approval.
    gladness: re.Pattern[str]
    regret: re.Pattern[str]

    #: What was charged, as against what is paid; what must not stand right before an amount.
    billed: re.Pattern[str]
    vague: re.Pattern[str]
    #: What has to stand right before the invoice's date, number and biller.
    before_date: re.Pattern[str]
    before_number: re.Pattern[str]
    before_biller: re.Pattern[str]

    #: Amounts, shares, deadlines and days in words.
    numbers: re.Pattern[str]
    #: Law is cited by code alone.
    law: re.Pattern[str]
    #: Promises, blame, medical advice, payment, rights, a machine that speaks of itself, familiar address, salutations.
    banned: re.Pattern[str]
    #: What such a letter speaks of besides paying: the review, the reasons, the table, questions, what is missing.
    topics: re.Pattern[str]
    #: Statements that nobody has made: that it is final, paid already, wrong, an exception; what else is covered.
    claims: re.Pattern[str]
    #: A person who is said to have looked: true of no decision that may have been taken by a machine.
    people: re.Pattern[str]


#: Currencies by name, code and sign, in any of the four languages.
CURRENCY = any_of(
    r"\b(?:CHF|EUR|USD|GBP|S?Fr)\b\.?", r"\b(?:schweizer)?franken\b", r"\brappen\b", r"\bfrancs?\b",
    r"\bfranc(?:o|hi)\b", r"\bcentime?s?\b", r"\bcentesim[oi]\b", r"\beuros?\b", r"\bdoll?ar[sio]?\b", r"\bpounds?\b",
    r"[€$£¥]",
)  # fmt: skip
_ENDINGS = "ch|com|org|net|info|io|ai|eu|de|fr|it|li|swiss"
CONTACT = any_of(
    r"@", r"https?:", r"\bwww\b", rf"\b[\w-]+\.(?:{_ENDINGS})\b", rf"\b(?:punkt|dot|point|punto)\s+(?:{_ENDINGS})\b",
    r"\bQ?R?-?iban\b", r"\bbic\b", r"\bhotline\b",
)  # fmt: skip
LAW = any_of(
    r"§", r"\bart\.", r"\b(?:abs|al|cpv|lit|ziff|para)\.", r"\bet\s+seqq?\b",
    r"\b(?:KVG|KVV|KLV|KVAG|ATSG|DSG|ZGB|VVG|UVG|IVG|MVG)\b", r"\b(?:LAMal|OAMal|OPAS|OPre|LPGA|LPD|FADP|LCA|LAA)\b",
)  # fmt: skip
TITLE = re.compile(
    r"\b(?:Herrn?|Frau|Dr|Prof|Mr|Mrs|Ms|Miss|Sir|Monsieur|Madame|Mme|M|Signor[ae]?|Sig|Sig\.ra|Dott(?:or)?|Dott\.ssa)"
    r"\b\.?\s+(?=[A-ZÄÖÜÀÉÈ])"
)
#: Two and more in Roman numerals, and single ones but for I and X (X stands for a placeholder); small ones where no
#: language has such a word.
ROMAN = re.compile(
    r"\b(?=[IVXLCDM]{2})M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\b(?!['’])"
    r"|\b[VLCDM]\b(?!['’])|\b(?:iii?|iv|viii?|ix|xi{1,3}|xiv|xvi{0,3}|xix)\b"
)
