"""Does the number name a pack, and was the pack on the Spezialitätenliste on the day of treatment?"""

from __future__ import annotations

from pulse.base.reasons import Reason
from pulse.claims.rules.billed import is_article, pharmacode_of
from pulse.claims.rules.facts import ListStatus, PositionFacts
from pulse.claims.rules.objection import Objection

_NOT_LISTED: dict[ListStatus, Reason] = {
    "unknown": Reason.NOT_LISTED,
    "not_yet": Reason.NOT_YET_LISTED,
    "delisted": Reason.DELISTED,
}


def number(facts: PositionFacts) -> Objection | None:
    """The invoice names each medication by its number (Art. 59 Abs. 1 lit. b KVV): a GTIN whose GS1 check digit fits,
    or a Pharmacode that the table knows."""
    if not is_article(facts.position) or facts.gtin is not None:
        return None
    if pharmacode_of(facts.position) is not None:
        return Objection(reason=Reason.PHARMACODE_UNKNOWN, effect="refuse")
    given = (facts.position.code or "").strip()
    return Objection(reason=Reason.GTIN_INVALID if given else Reason.GTIN_MISSING, effect="refuse")


def on_the_list(facts: PositionFacts) -> Objection | None:
    """Only what is on the Spezialitätenliste on the day is paid (Art. 52 Abs. 1 lit. b KVG)."""
    if not is_article(facts.position) or facts.gtin is None or facts.day is None:
        return None
    status = facts.pack.status if facts.pack else "unknown"
    return None if status == "listed" else Objection(reason=_NOT_LISTED[status], effect="refuse")
