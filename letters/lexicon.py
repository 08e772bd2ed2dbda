"""The words by which the guard judges a text, German and English.

All patterns are matched without regard to case unless they say otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from letters.facts import WordingLanguage


def _any(*alternatives: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), flags)


@dataclass(frozen=True)
class Lexicon:
    """One language's words.

    `cover`: we pay; `refuse`: we do not; `negation` turns either round. `gladness` (and praise of the invoice) does not
    belong into a denial, `regret` not into an approval. `numbers`: amounts, deadlines and days in words.
    """

    cover: re.Pattern[str]
    refuse: re.Pattern[str]
    negation: re.Pattern[str]
    clause: re.Pattern[str]
    gladness: re.Pattern[str]
    regret: re.Pattern[str]
    numbers: re.Pattern[str]
    banned: re.Pattern[str]
    wholly: re.Pattern[str]


GERMAN = Lexicon(
    cover=_any(r"übern(?:ehm|imm|ahm|omm)\w*", r"\w*vergüt\w*", r"\w*erstatte\w*", r"\w*bezahl\w*", r"genehmig\w*",
               r"bewillig\w*", r"gutgeheissen", r"\bzahlen\b", r"kostengutsprache"),
    refuse=_any(r"ablehn\w*", r"abgelehnt\w*", r"abzulehnen", r"\blehn\w*\b", r"verweiger\w*", r"zurückgewiesen",
                r"abgewiesen", r"weisen\b"),
    negation=_any(r"\bnicht\b", r"\bkein\w*", r"\bnie(?:mals)?\b", r"\bausserstande\b", r"\bunmöglich\b"),
    clause=_any(r"[.!?;:,]", r"\baber\b", r"\bsondern\b", r"\bund\b", r"\bdoch\b", r"\bhingegen\b"),
    gladness=_any(r"\bin ordnung\b", r"\bfreu\w*", r"\bgern\w*", r"\bglückwunsch\w*", r"\berfreu\w*"),
    regret=_any(r"\bleider\b", r"\bbedauer\w*", r"\bentschuldig\w*"),
    numbers=_any(
        r"\b(?:zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|\w*zehn|\w+zig|\w*dreissig|\w*hundert\w*|"
        r"\w*tausend\w*)\b", r"\bmillion\w*", r"\bprozent\w*",
        r"\b(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)\b",
        r"\b(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|gestern|heute|morgen)s?\b",
        r"\b(?:tag|woche|monat|jahr)(?:e|en|n)?\b",
    ),
    banned=_any(
        r"garantier\w*", r"versprech\w*", r"\bin jedem fall\b", r"\bsicherlich\b",
        r"\bihr(?:e|en)? (?:fehler|schuld)\b",
        r"\bbetrug\w*", r"\bbetrüg\w*", r"missbrauch\w*", r"\brisik\w*", r"\bdosi\w*", r"\beinnehmen\b",
        r"\bnehmen sie (?:das|ihre|die|kein)\w*", r"\babsetzen\b", r"\bdiagnose\w*", r"\bnebenwirkung\w*",
        r"\bsprachmodell\w*", r"\bals ki\b", r"künstliche intelligenz", r"\bassistent\w*", r"\bich\b",
        r"\bhier ist\b", r"\bgerne helfe\b", r"\bentwurf\b", r"\bplatzhalter\w*", r"sehr geehrte", r"guten tag",
        r"\bliebe[rs]?\b", r"\bgrüsse\b", r"\bgruss\b", r"franchise\w*", r"selbstbehalt\w*", r"kostenbeteiligung\w*",
        r"\bverfügung\w*", r"\beinsprache\w*", r"\bbeschwerde\w*",
    ),
    wholly=_any(r"\bganzen?\b", r"\bgesamten?\b", r"\bvollständig\w*", r"\bvollumfänglich\w*", r"\bkomplett\w*"),
)  # fmt: skip

ENGLISH = Lexicon(
    cover=_any(r"\bcover\w*", r"\breimburs\w*", r"\bpay(?:s|ing|ment|ments)?\b", r"\bpaid\b", r"\bapprov\w*",
               r"\brefund\w*", r"\bgrant\w*", r"\baccept\w*"),
    refuse=_any(r"\brefus\w*", r"\breject\w*", r"\bdeclin\w*", r"\bden(?:y|ies|ied|ial)\b", r"\bturn\w* down\b"),
    negation=_any(r"\bnot\b", r"\bcannot\b", r"n['’]t\b", r"\bno\b", r"\bnever\b", r"\bunable\b", r"\bimpossible\b",
                  r"\bnone\b"),
    clause=_any(r"[.!?;:,]", r"\bbut\b", r"\bhowever\b", r"\band\b", r"\bwhile\b", r"\byet\b"),
    gladness=_any(r"\bin order\b(?! to)", r"\bglad\w*",
                  r"\bhapp(?:y|ily)\b", r"\bpleas(?:ed|ure)\b", r"\bdelighted\b", r"\bcongratulat\w*"),
    regret=_any(r"\bunfortunate\w*", r"\bregret\w*", r"\bsorry\b", r"\bapolog\w*"),
    numbers=_any(
        r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|"
        r"eighty|ninety|hundreds?|thousands?|millions?|percent)\b",
        r"\b(?:january|february|april|june|july|august|september|october|november|december)\b",
        r"\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|yesterday|today|tomorrow)s?\b",
        r"\b(?:day|week|month|year)s?\b",
    ),
    banned=_any(
        r"guarante\w*", r"\bpromis\w*", r"\bin any case\b", r"\bcertainly\b", r"\byour (?:fault|mistake|error)\b",
        r"\bfraud\w*", r"\babus\w*", r"\brisk\w*", r"\bdos(?:e|es|age)\b", r"\bstop taking\b", r"\btake your\b",
        r"\bdiagnos\w*", r"\bside effects?\b", r"\blanguage model\b", r"\bas an ai\b", r"\bartificial\b",
        r"\bassistant\b", r"\bI\b", r"\bhere is\b", r"\bdraft\b", r"\bplaceholder\w*", r"\bdear\b", r"\bregards\b",
        r"\bsincerely\b", r"\bdeductible\w*", r"\bco-?pay\w*", r"\bcost share\b", r"\bruling\b", r"\bappeal\w*",
        r"\bobjection\w*",
    ),
    wholly=_any(r"\bfull\b", r"\bfully\b", r"\bwhole\b", r"\bentire\w*", r"\bcompletely\b"),
)  # fmt: skip

LEXICONS: dict[WordingLanguage, Lexicon] = {"de": GERMAN, "en": ENGLISH}

#: Currencies by name, code and sign, in any of the four languages.
CURRENCY = _any(r"\bCHF\b", r"\bSFr\b", r"\bFr\.", r"\bfranken\b", r"\brappen\b", r"\bfrancs?\b", r"\bfranchi\b",
                r"\bcentimes?\b", r"\beuros?\b", r"\bEUR\b", r"\bdollars?\b", r"[€$£¥]")  # fmt: skip
CONTACT = _any(r"@", r"https?:", r"\bwww\b", r"\b[\w-]+\.(?:ch|com|org|net|info|io|ai|eu|de|fr|it|li)\b", r"\biban\b")
#: Law is cited by code alone.
LAW = _any(r"§", r"\bArt\.", r"\bArtikel\b", r"\bAbs\.", r"\bpara\.", r"\w*gesetz\w*", r"\w*verordnung\w*", r"\bAct\b",
           r"\b(?:KVG|KVV|KLV|ATSG|DSG|ZGB|VVG|LAMal|LPGA|FADP)\b", r"\bstatut\w*", r"\bgericht\w*", r"\bcourts?\b",
           flags=0)  # fmt: skip
TITLE = re.compile(r"\b(?:Herrn?|Frau|Dr|Prof|Mr|Mrs|Ms|Miss|Monsieur|Madame|M|Mme|Signora?)\b\.?\s+(?=[A-ZÄÖÜ])")
#: German words that are written with a capital where no noun stands.
GERMAN_PRONOUNS = frozenset({"Sie", "Ihnen", "Ihr", "Ihre", "Ihrem", "Ihren", "Ihrer", "Ihres"})
ENGLISH_CAPITALS = frozenset({"GTIN", "AHV", "GLN", "ZSR", "PDF", "XML", "Swiss", "Switzerland"})
