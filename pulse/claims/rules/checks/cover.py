"""Is the person insured with us for this, on that day, under this law?"""

from __future__ import annotations

from datetime import date

from pulse.base.reasons import Reason
from pulse.claims.rules.facts import PositionFacts
from pulse.claims.rules.objection import Objection

_MONTHS_TO_CLAIM = 5 * 12


def identity(facts: PositionFacts) -> Objection | None:
    """The number must be that of the person named (Art. 42a KVG: the insured card carries both)."""
    if facts.match == "unknown":
        return Objection(reason=Reason.NOT_INSURED, effect="refuse")
    if facts.match == "mismatch":
        return Objection(reason=Reason.CLIENT_MISMATCH, effect="refuse")
    return None


def law(facts: PositionFacts) -> Objection | None:
    """Accident, military and invalidity insurance pay by their own law, and before ours (Art. 1a Abs. 2 lit. b KVG,
    Art. 64 ATSG); an invoice that names no law is judged by the person's own."""
    if facts.invoice.law is None or facts.invoice.law == facts.cover.law:
        return None
    return Objection(reason=Reason.LAW_DIFFERS, effect="refuse")


def contract(facts: PositionFacts) -> Objection | None:
    """Supplementary insurance pays by its contract, which we do not know, and not by the Spezialitätenliste (Art. 2
    Abs. 2 KVAG, VVG): the amount stands, a person looks."""
    is_supplementary = facts.cover.law == "VVG" and facts.invoice.law in (None, "VVG")
    return Objection(reason=Reason.BY_CONTRACT, effect="doubt") if is_supplementary else None


def treatment_day(facts: PositionFacts) -> Objection | None:
    """Without a day of treatment neither cover nor price can be told (Art. 59 Abs. 1 KVV)."""
    return Objection(reason=Reason.TREATMENT_DATE_MISSING, effect="refuse") if facts.day is None else None


def claimed_in_time(facts: PositionFacts) -> Objection | None:
    """A claim lapses five years after the end of the month that it was due for (Art. 24 Abs. 1 ATSG). Whether it was
    made in time before this invoice, a person finds out."""
    day, billed = facts.day, facts.invoice.invoice_date
    if day is None or billed is None or _months(billed) - _months(day) <= _MONTHS_TO_CLAIM:
        return None
    return Objection(reason=Reason.TREATMENT_TOO_OLD, effect="doubt")


def covered(facts: PositionFacts) -> Objection | None:
    """Cover counts on the day of treatment, not of the invoice; both its days are covered (Art. 5 KVG)."""
    if facts.day is None:
        return None
    begun = facts.cover.begins <= facts.day
    ended = facts.cover.ends is not None and facts.cover.ends < facts.day
    return None if begun and not ended else Objection(reason=Reason.NO_COVER_ON_DATE, effect="refuse")


def _months(day: date) -> int:
    return day.year * 12 + day.month
