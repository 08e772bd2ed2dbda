"""What the insured person bears of the costs: franchise and co-payment (Art. 64 KVG, Art. 103 KVV).

The day of treatment decides the calendar year and the order within it. Costs of one day count with the higher rate
first, then the larger amount, so that the order in which they are told changes nothing. Amounts are CHF; each cost's
co-payment is rounded half up to the centime, so that a person can work it out from the letter in hand, and its parts
add up. The cap is used up by exact amounts: a year's sum may lie beside it by half a centime a cost, far less than what
rounding each payout to five centimes moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pulse.base.errors import InvalidInput
from pulse.base.money import ZERO, to_cents

#: The co-payment (Art. 64 Abs. 2 KVG), the raised one (Art. 38a KLV: 40 % since 2024, 20 % before), and none.
USUAL, RAISED, EXEMPT = Decimal("0.10"), Decimal("0.40"), Decimal("0.00")
RATES = frozenset({EXEMPT, USUAL, Decimal("0.20"), RAISED})
#: Franchises that can be chosen; the first is the ordinary one (Art. 103 Abs. 1, Art. 93 Abs. 1 KVV).
ADULT_FRANCHISES = tuple(Decimal(one) for one in ("300", "500", "1000", "1500", "2000", "2500"))
CHILD_FRANCHISES = tuple(Decimal(one) for one in ("0", "100", "200", "300", "400", "500", "600"))
#: The most a person bears by the co-payment in a year (Art. 103 Abs. 2 KVV); children half (Art. 64 Abs. 4 KVG).
ADULT_CAP, CHILD_CAP = Decimal("700.00"), Decimal("350.00")
_LAST_YEAR_OF_CHILDHOOD = 18


class InvalidCost(InvalidInput):
    """A cost is an amount in whole centimes, not negative, at a rate of 10, 20 or 40 percent."""

    code = "invalid_cost"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What one person, or the children of a family together, bear at most in a year: `franchise` first, then the
    co-payment up to `cap`."""

    franchise: Decimal
    cap: Decimal


@dataclass(frozen=True, kw_only=True)
class Cost:
    """An approved amount: `rate` is a fraction of `RATES`, `EXEMPT` where the person bears nothing. `person` tells the
    children of a family apart. Raises `InvalidCost`."""

    day: date
    amount: Decimal
    rate: Decimal = USUAL
    person: int = 0

    def __post_init__(self) -> None:
        exact = self.amount.is_finite() and self.amount == to_cents(self.amount)
        if not exact or self.amount < ZERO or self.rate not in RATES:
            raise InvalidCost


@dataclass(frozen=True, kw_only=True)
class Share:
    """The parts of one cost; together they are its amount, and none is negative."""

    franchise: Decimal
    copayment: Decimal
    paid: Decimal

    @property
    def borne(self) -> Decimal:
        """The insured person's part."""
        return self.franchise + self.copayment

    def plus(self, other: Share) -> Share:
        """Both together."""
        return Share(
            franchise=self.franchise + other.franchise,
            copayment=self.copayment + other.copayment,
            paid=self.paid + other.paid,
        )

    def less(self, other: Share) -> Share:
        """What this has more than the other; the parts of a difference may be negative."""
        return Share(
            franchise=self.franchise - other.franchise,
            copayment=self.copayment - other.copayment,
            paid=self.paid - other.paid,
        )


@dataclass
class _Left:
    """What is left of the year's franchise and cap."""

    franchise: Decimal
    cap: Decimal


def shares(
    costs: Sequence[Cost], terms: Mapping[int, Terms] | Terms, together: Terms | None = None
) -> tuple[Share, ...]:
    """Each cost's parts, in the order given, for the costs of one calendar year.

    `terms` are each person's own; `together` bounds the children of a family jointly. Raises `InvalidCost` where the
    costs are of several years.
    """
    if len({cost.day.year for cost in costs}) > 1:
        raise InvalidCost("The costs are of more than one calendar year.")
    own = terms if isinstance(terms, Mapping) else {cost.person: terms for cost in costs}
    left = {person: _Left(bounds.franchise, bounds.cap) for person, bounds in own.items()}
    family = [_Left(together.franchise, together.cap)] if together else []
    found: dict[int, Share] = {}
    for number in sorted(range(len(costs)), key=lambda one: _in_order(costs[one])):
        cost = costs[number]
        bounds = [left[cost.person], *family]
        franchise, copayment = _of_one(cost, bounds)
        found[number] = Share(franchise=franchise, copayment=copayment, paid=cost.amount - franchise - copayment)
    return tuple(found[number] for number in range(len(costs)))


def _in_order(cost: Cost) -> tuple[date, Decimal, Decimal, int]:
    return cost.day, -cost.rate, -cost.amount, cost.person


def _of_one(cost: Cost, bounds: Sequence[_Left]) -> tuple[Decimal, Decimal]:
    """Franchise and co-payment of one cost, taken off what is left.

    Of a raised rate's extra points only half count towards the cap: at 40 % a person bears at most 1.6 times the cap.
    """
    if cost.rate == EXEMPT:
        return ZERO, ZERO
    franchise = min(cost.amount, *(one.franchise for one in bounds))
    base = cost.amount - franchise
    counting = USUAL + (cost.rate - USUAL) / 2
    counted = min(base * counting, *(one.cap for one in bounds))
    for one in bounds:
        one.franchise -= franchise
        one.cap -= counted
    return franchise, to_cents(counted * cost.rate / counting)


def is_child(birth_date: date | None, year: int) -> bool:
    """Whether a person's terms are a child's (Art. 61 Abs. 3, Art. 64 Abs. 4 KVG): until the end of the year in which
    they turn 18, since franchise and cap are amounts of a calendar year. Unknown: an adult."""
    return birth_date is not None and year - birth_date.year <= _LAST_YEAR_OF_CHILDHOOD


def terms_of(birth_date: date | None, year: int, franchise: Decimal | None = None) -> Terms:
    """A person's terms in a year; `franchise` is the chosen one, None the ordinary one (adults 300, children none)."""
    if is_child(birth_date, year):
        return Terms(franchise=CHILD_FRANCHISES[0] if franchise is None else franchise, cap=CHILD_CAP)
    return Terms(franchise=ADULT_FRANCHISES[0] if franchise is None else franchise, cap=ADULT_CAP)


def together(children: Sequence[Terms]) -> Terms | None:
    """The joint bounds of several children of a family: an adult's cap (Art. 64 Abs. 4 KVG), and twice the highest
    franchise chosen for one of them (Art. 93 Abs. 3 KVV). None for an only child."""
    if len(children) < 2:
        return None
    return Terms(franchise=2 * max(child.franchise for child in children), cap=ADULT_CAP)


def is_free(law: str | None, reason: str | None) -> bool:
    """Whether the person bears nothing of an invoice: accident, invalidity and military insurance know no cost share
    (UVG, IVG, MVG), nor do benefits of maternity (Art. 64 Abs. 7 KVG). A contract's (VVG) is not ours to work out."""
    return law not in (None, "KVG") or reason == "maternity"
