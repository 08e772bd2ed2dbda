"""Is the price at most the list's, and the line's amount what its parts give?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pulse.base.money import ZERO
from pulse.base.reasons import Reason
from pulse.claims.rules.billed import is_article, kind_of, pack_price, quantity_of
from pulse.claims.rules.facts import PositionFacts
from pulse.claims.rules.objection import Objection

#: The reduced rate for medication and the normal one, as they stand since 2024 (Art. 25 MWSTG).
_NEW_RATES_FROM = date(2024, 1, 1)
_REDUCED, _REDUCED_BEFORE = Decimal("2.6"), Decimal("2.5")
_NORMAL, _NORMAL_BEFORE = Decimal("8.1"), Decimal("7.7")


def amount_stated(facts: PositionFacts) -> Objection | None:
    """What is not asked for is not paid (Art. 42 Abs. 3 KVG: an understandable invoice)."""
    if facts.position.amount is not None:
        return None
    return Objection(reason=Reason.AMOUNT_UNREADABLE, effect="refuse")


def line_amount(facts: PositionFacts) -> Objection | None:
    """Quantity times price times factor is what a line can ask for (Art. 59 KVV); less is the biller's to give. Of a
    tariff by points only its own check knows the sum."""
    position = facts.position
    if not is_article(position) or position.amount is None or position.unit_price is None:
        return None
    product = quantity_of(position) * position.unit_price * position.factor
    if position.amount - product <= facts.rules.tolerance:
        return None
    return Objection(reason=Reason.LINE_AMOUNT_DIFFERS, effect="cut", payable=product)


def maximum_price(facts: PositionFacts) -> Objection | None:
    """The list's price with VAT is a maximum price: less may be asked for, more is cut to it (Art. 52 Abs. 3 KVG)."""
    pack, price = facts.listed, pack_price(facts.position)
    if pack is None or pack.maximum_price is None or price is None or price <= pack.maximum_price:
        return None
    at_most = quantity_of(facts.position) * pack.maximum_price
    return Objection(reason=Reason.PRICE_ABOVE_MAXIMUM, effect="cut", payable=at_most)


def list_price(facts: PositionFacts) -> Objection | None:
    """A pack may be listed without a public price (medical nutrition, Art. 52 Abs. 1 KVG): nothing to compare with."""
    if facts.listed is None or facts.listed.maximum_price is not None:
        return None
    return Objection(reason=Reason.NO_LIST_PRICE, effect="doubt")


def price_of_the_day(facts: PositionFacts) -> Objection | None:
    """The price in force on the day counts (Art. 67 KVV); a later one only hints at it."""
    pack, day = facts.listed, facts.day
    if pack is None or day is None or pack.price_since is None or pack.price_since <= day:
        return None
    return Objection(reason=Reason.PRICE_OF_LATER_DAY, effect="doubt")


def vat_rate(facts: PositionFacts) -> Objection | None:
    """Medication carries the reduced rate of VAT (Art. 25 Abs. 2 lit. a MWSTG), other articles that or the normal one,
    and who is not liable carries none. The maximum price holds with VAT in it, so that another rate is but remarked."""
    position, day = facts.position, facts.day
    if kind_of(position) != "article" or position.vat_rate is None or day is None:
        return None
    new = day >= _NEW_RATES_FROM
    usual = {ZERO, _REDUCED if new else _REDUCED_BEFORE}
    if position.tariff == "406":
        usual.add(_NORMAL if new else _NORMAL_BEFORE)
    return None if position.vat_rate in usual else Objection(reason=Reason.VAT_IMPLAUSIBLE, effect="note")
