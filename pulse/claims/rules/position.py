"""What is payable of one position, and why not more."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pulse.base.identifiers import gtin_13, is_pharmacode
from pulse.base.money import ZERO, to_cents
from pulse.base.reasons import Reason
from pulse.invoices.model import Position

Outcome = Literal["full", "partial", "none"]

#: Tariffs that bill articles by their number: 402 drugs by GTIN, 400 drugs by Pharmacode, 406 other articles by GTIN.
#: The short form names none.
ARTICLE_TARIFFS = frozenset({"402", "400", "406"})
#: More packs of one medication than this on one line are not paid without a person's look.
MOST_PACKS = 100


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What the list says about a pack on the day of treatment; `maximum_price` is None where it has no public price."""

    listed: bool
    maximum_price: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What becomes of a line: `payable` in CHF, never negative and never above the billed amount."""

    line: int
    outcome: Outcome
    payable: Decimal
    reasons: tuple[Reason, ...] = ()


def is_article(position: Position) -> bool:
    """Whether the position bills an article by number; others are services of a tariff that we do not pay yet."""
    return position.tariff is None or position.tariff in ARTICLE_TARIFFS


def gtin_of(position: Position) -> str | None:
    """The position's valid GTIN, 13 digits."""
    return gtin_13(position.code or "") if is_article(position) else None


def judge(position: Position, *, covered: bool, listing: Listing, tolerance: Decimal) -> Judgement:
    """What is payable: nothing where the position is not ours to pay, else up to the maximum price of the day.

    Paid is what was billed, unless unit price times factor is above the list's maximum (Art. 52 KVG: then quantity
    times maximum) or the line says more than quantity times price. `tolerance` in CHF is what a printed line may differ
    by rounding.
    """
    refusal = _refusal(position, covered=covered, listing=listing)
    amount = position.amount
    if refusal is not None or amount is None or listing.maximum_price is None:
        return Judgement(line=position.line, outcome="none", payable=ZERO, reasons=(refusal or Reason.NOT_LISTED,))
    quantity = Decimal(1) if position.quantity is None else position.quantity
    price = amount / quantity if position.unit_price is None else position.unit_price * position.factor
    payable, reasons = amount, []
    if amount - quantity * price > tolerance:
        payable = quantity * price
        reasons.append(Reason.LINE_AMOUNT_DIFFERS)
    if price > listing.maximum_price:
        payable = min(payable, quantity * listing.maximum_price)
        reasons.append(Reason.PRICE_ABOVE_MAXIMUM)
    payable = max(min(to_cents(payable), amount), ZERO)  # a negative price on a positive line pays nothing
    outcome: Outcome = "full" if payable == amount and not reasons else "partial" if payable > ZERO else "none"
    return Judgement(line=position.line, outcome=outcome, payable=payable, reasons=tuple(reasons))


def article_reason(position: Position) -> Reason | None:
    """Why the position's article cannot be looked up, if it cannot."""
    if not is_article(position):
        return Reason.TARIFF_NOT_COVERED
    code = (position.code or "").strip()
    if not code or (position.tariff == "400" and is_pharmacode(code)):
        return Reason.GTIN_MISSING
    return None if gtin_of(position) else Reason.GTIN_INVALID


def _refusal(position: Position, *, covered: bool, listing: Listing) -> Reason | None:
    unusable = article_reason(position)
    if unusable is not None:
        return unusable
    if not covered:
        return Reason.NO_COVER_ON_DATE
    if not listing.listed:
        return Reason.NOT_LISTED
    quantity = Decimal(1) if position.quantity is None else position.quantity
    if not ZERO < quantity <= MOST_PACKS or (position.amount is not None and position.amount <= ZERO):
        return Reason.QUANTITY_IMPLAUSIBLE
    return None
