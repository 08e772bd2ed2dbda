"""Is the number of packs one that a person can get?"""

from __future__ import annotations

from pulse.base.money import ZERO
from pulse.base.reasons import Reason
from pulse.claims.rules.billed import is_article, quantity_of
from pulse.claims.rules.facts import PositionFacts
from pulse.claims.rules.objection import Objection


def plausible(facts: PositionFacts) -> Objection | None:
    """More than nothing, no more packs than the insurer's bound, and an amount above zero (Art. 56 Abs. 1 KVG: what
    goes beyond the patient's need is not paid). A line that takes money back is a person's to book."""
    amount, quantity = facts.position.amount, quantity_of(facts.position)
    too_many = is_article(facts.position) and quantity > facts.rules.most_packs
    if quantity > ZERO and not too_many and (amount is None or amount > ZERO):
        return None
    return Objection(reason=Reason.QUANTITY_IMPLAUSIBLE, effect="refuse")
