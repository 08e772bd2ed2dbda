"""What a reader of the Spezialitätenliste hands out, whatever the format of the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from pulse.base.errors import InvalidInput

#: The insurer's approval beforehand, as limitation texts name it in German, French and Italian.
_APPROVAL = (
    r"(?:(?:kosten)?gutsprache"
    r"|garantie\s+(?:préalable\s+)?(?:de\s+)?(?:la\s+)?prise\s+en\s+charge|accord\s+préalable"
    r"|garanzia\s+(?:preventiva\s+|preliminare\s+)?(?:di\s+|dell['’]\s*)?assunzione|approvazione\s+preventiva)"
)
#: A sentence with none of these, in lower case, asks for nothing: looking for them is quick.
_WORDS = (
    *("gutsprache", "bewilligung", "vertrauensarzt"),
    *("prise", "accord", "médecin-conseil"),
    *("assunzione", "approvazione", "fiducia"),
)
_NEEDED = re.compile(
    rf"{_APPROVAL}|bewilligung\s+(?:des|durch\s+den)\s+krankenversicherer|konsultation\s+des\s+vertrauensarzt"
    r"|consultation\s+(?:préalable\s+)?du\s+médecin-conseil|consultazione\s+(?:preliminare\s+)?del\s+medico\s+di\s+fiducia",
    re.IGNORECASE,
)
#: What says that none is needed, to the end of its line: it often goes on to one that was given before. Or what only
#: names the indications that need one.
_NOT_NEEDED = re.compile(
    rf"(?:\b(?:keiner?|ohne|aucune|sans|nessuna|senza)\s+(?:(?:neue|erneute|nouvelle|nuova)n?\s+)?{_APPROVAL}"
    rf"|{_APPROVAL}\s+(?:\S+\s+){{0,8}}?(?:nicht|n['’]est\s+pas|non\s+è)\s+"
    r"(?:erforderlich|nötig|notwendig|requise?|nécessaire|necessaria)).*"
    rf"|\b(?:die|welche)\s+einer\s+{_APPROVAL}\s+bedürfen\b",
    re.IGNORECASE,
)


class NotThisList(InvalidInput):
    """The file is not the list that was asked for."""

    code = "list_not_recognised"


class BrokenList(InvalidInput):
    """The list cannot be read whole."""

    code = "list_broken"


@dataclass(frozen=True, kw_only=True)
class ListedLimitation:
    """A condition on payment (Art. 73 KVV); `texts` by language, `points` and `packs` what may be paid in all.

    Its days are those on which it conditions the payment, both included; no first day means: since the list's day.
    """

    code: str
    texts: Mapping[str, str]
    needs_approval: bool
    indication_codes: tuple[str, ...] = ()
    packs: int | None = None
    points: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class ListedPack:
    """A pack of the list. `line` is where it stands in the file; `gtin` has 13 digits, None where the list has none
    or a wrong one. `price` is the maximum public price in CHF with VAT, valid from `price_from`.

    `listed_until` is the last day on which it is paid for, with the three months after the listing's end (Art. 68
    Abs. 2 KVV) where the list tells them. `category` is Swissmedic's, None for what is no medicine.
    """

    line: int
    gtin: str | None
    name: str
    substances: str = ""
    manufacturer: str = ""
    atc: str | None = None
    category: str | None = None
    listed_from: date | None = None
    listed_until: date | None = None
    cost_share_percent: int = 10
    price_model: bool = False
    price: Decimal | None = None
    price_from: date | None = None
    limitations: tuple[ListedLimitation, ...] = field(default=())


def asks_for_approval(text: str) -> bool:
    """Whether a limitation's text asks for the insurer's approval beforehand."""
    told = (sentence for sentence in text.lower().split(".") if any(word in sentence for word in _WORDS))
    return any(_NEEDED.search(_NOT_NEEDED.sub("", sentence)) for sentence in told)
