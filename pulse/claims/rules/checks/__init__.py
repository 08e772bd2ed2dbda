"""The checks of a position, in the order in which their findings are told.

A check is a function of the position's facts that returns what it finds, or None. Each looks at what it is about alone:
one that cannot say anything because another has found more (no number, so no price) stays silent.
"""

from __future__ import annotations

from collections.abc import Callable

from pulse.claims.rules.checks import article, cover, limitation, price, quantity, repetition, services, tariff
from pulse.claims.rules.facts import PositionFacts
from pulse.claims.rules.objection import Objection

Check = Callable[[PositionFacts], Objection | None]

#: What a line bills, before anything is asked about its amount.
ARTICLE_CHECKS: tuple[Check, ...] = (
    tariff.tariff_known,
    tariff.tariff_covered,
    tariff.aids_and_devices,
    article.number,
    article.on_the_list,
)
CHECKS: tuple[Check, ...] = (
    cover.identity,
    cover.law,
    cover.contract,
    cover.treatment_day,
    cover.covered,
    cover.claimed_in_time,
    *ARTICLE_CHECKS,
    price.amount_stated,
    quantity.plausible,
    repetition.billed_before,
    repetition.billed_twice,
    limitation.approval_on_file,
    limitation.indication_code_given,
    limitation.indication_code_known,
    price.line_amount,
    price.maximum_price,
    price.list_price,
    price.price_of_the_day,
    services.beside_a_drug,
    services.in_the_table,
    services.within_the_tariff,
    limitation.packs_allowed,
    repetition.early_refill,
    limitation.conditions,
    price.vat_rate,
)
