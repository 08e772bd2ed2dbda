"""Did the same person get the same before: on that day, or too shortly before?"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pulse.base.identifiers import compact
from pulse.base.reasons import Reason
from pulse.claims.rules.billed import is_article
from pulse.claims.rules.facts import Dispensed, PositionFacts
from pulse.claims.rules.objection import Objection


def billed_before(facts: PositionFacts) -> Objection | None:
    """One dispensing is paid once: the same pack for the same person and day by another case of the same biller is a
    duplicate. By another biller it may be two dispensings (Art. 56 KVG), which a person tells."""
    if not is_article(facts.position):
        return None
    same = [one for one in facts.history if one.gtin == facts.gtin and one.day == facts.day]
    if not same:
        return None
    billers = {compact(number) for number in (facts.invoice.biller.gln, facts.invoice.biller.zsr) if number}
    if any(one.biller in billers for one in same):
        return Objection(reason=Reason.ALREADY_BILLED, effect="refuse")
    return Objection(reason=Reason.DISPENSED_ELSEWHERE, effect="doubt")


def billed_twice(facts: PositionFacts) -> Objection | None:
    """Two lines for one pack and day may be one dispensing told twice, or more packs than one line may have (Art. 56
    Abs. 1 KVG): a person tells."""
    return Objection(reason=Reason.BILLED_TWICE, effect="doubt") if facts.again else None


def early_refill(facts: PositionFacts) -> Objection | None:
    """Supply beyond the need is not paid (Art. 56 Abs. 1 KVG): a refill comes early when less than three quarters of
    the last supply's days have passed.

    How long a pack lasts is told by the person's own earlier dispensings: the days from the first to the last, by the
    packs got before the last. Where only one day is known, a refill within a week of it is early.
    """
    day = facts.day
    if not is_article(facts.position) or day is None:
        return None
    earlier = sorted(
        (one for one in facts.history if one.gtin == facts.gtin and one.day < day), key=lambda one: one.day
    )
    if not earlier:
        return None
    passed, lasting = (day - earlier[-1].day).days, _days_of_last_supply(earlier)
    soonest = facts.rules.soonest_refill_days if lasting is None else facts.rules.refill_share * lasting
    return Objection(reason=Reason.EARLY_REFILL, effect="doubt") if passed < soonest else None


def _days_of_last_supply(earlier: Sequence[Dispensed]) -> Decimal | None:
    """`earlier` of one pack, by day; None where all are of one day."""
    first, last = earlier[0].day, earlier[-1].day
    used = sum((one.packs for one in earlier if one.day < last), Decimal(0))
    got = sum((one.packs for one in earlier if one.day == last), Decimal(0))
    return (last - first).days / used * got if used else None
