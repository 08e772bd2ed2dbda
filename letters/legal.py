"""The article of law behind a reason, as a letter cites it: `Art. 52 KVG`, `art. 52 LAMal`.

Only where one article clearly carries the reason, and only for compulsory insurance: supplementary insurance follows
its contract (VVG), accident, invalidity and military insurance their own laws.

Read against the law as published (lawbrary.ch, swissrights.ch, koordination.ch; each article by its own words):

- KVG 5 begin and end of the insurance (2024), 34 no other costs than those of the benefits (2022), 42 Abs. 3 a
  detailed and comprehensible bill (2023), 44 tariffs bind (2021), 52 Abs. 1 the lists and Abs. 3 their prices as the
  most (2025), 56 no more than patient and treatment need (2025), 89 court of arbitration (2023);
- ATSG 24 claims lapse after five years (2024), 49 and 51 Abs. 2 ruling on request, 52 objection within 30 days;
- DSG 6 Abs. 7 explicit consent, 21 automated decisions, Abs. 4 their label (2023);
- KVG 32 effective, appropriate, economical: as the Federal Supreme Court quotes it (BGE 131 V 349, 142 V 26).

KVV 73 (an entry in a list may be limited) was not at hand to be read: let whoever answers for the letters check it.
"""

from __future__ import annotations

from letters.facts import Facts
from pulse.base import reason_texts
from pulse.base.reasons import Language, Reason

_SCOPE, _COVER, _NEED, _BILL = ("KVG", 34), ("KVG", 5), ("KVG", 32), ("KVG", 42)
_TARIFF, _LISTED, _PRICE, _ECONOMY = ("KVG", 44), ("KVG", 52), ("KVG", 52), ("KVG", 56)
_LIMITS, _FIVE_YEARS = ("KVV", 73), ("ATSG", 24)

_ARTICLES: dict[Reason, tuple[str, int]] = {
    Reason.INVOICE_NUMBER_MISSING: _BILL,
    Reason.INVOICE_DATE_MISSING: _BILL,
    Reason.BILLER_MISSING: _BILL,
    Reason.PATIENT_NAME_MISSING: _BILL,
    Reason.INSURANCE_NUMBER_MISSING: _BILL,
    Reason.POSITIONS_MISSING: _BILL,
    Reason.TOTAL_MISSING: _BILL,
    Reason.BIRTH_DATE_MISSING: _BILL,
    Reason.TREATMENT_DATE_MISSING: _BILL,
    Reason.TREATMENT_TOO_OLD: _FIVE_YEARS,
    Reason.GTIN_INVALID: _BILL,
    Reason.GTIN_MISSING: _BILL,
    Reason.NOT_LISTED: _LISTED,
    Reason.PRICE_ABOVE_MAXIMUM: _PRICE,
    Reason.DELISTED: _LISTED,
    Reason.NOT_YET_LISTED: _LISTED,
    Reason.APPROVAL_MISSING: _LIMITS,
    Reason.APPROVAL_USED_UP: _LIMITS,
    Reason.LIMITATION_APPLIES: _LIMITS,
    Reason.LIMITATION_PACKS: _LIMITS,
    Reason.EARLY_REFILL: _ECONOMY,
    Reason.SERVICE_ABOVE_MAXIMUM: _TARIFF,
    Reason.NO_COVER_ON_DATE: _COVER,
    Reason.DECIDED_NOT_LISTED: _SCOPE,
    Reason.DECIDED_PRICE_CUT: _PRICE,
    Reason.DECIDED_QUANTITY: _ECONOMY,
    Reason.DECIDED_NOT_JUSTIFIED: _NEED,
    Reason.DECIDED_APPROVAL_MISSING: _LIMITS,
    Reason.DECIDED_NO_COVER: _COVER,
    Reason.DECIDED_QUESTION: _BILL,
}

_LATIN = {"KVG": "LAMal", "KVV": "OAMal", "ATSG": "LPGA"}


def citation(reason: Reason, language: Language) -> str | None:
    """The article, or None where a reason has none of its own."""
    if reason not in _ARTICLES:
        return None
    law, article = _ARTICLES[reason]
    return f"art. {article} {_LATIN[law]}" if language in ("fr", "it") else f"Art. {article} {law}"


def reason_sentence(reason: Reason, facts: Facts) -> str:
    """The reason's own sentence, with its article in brackets before the full stop."""
    sentence = reason_texts.text(reason, facts.language)
    article = citation(reason, facts.language) if facts.law == "KVG" else None
    return f"{sentence.removesuffix('.')} ({article})." if article else sentence
