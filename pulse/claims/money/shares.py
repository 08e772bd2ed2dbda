"""What a decision means for the insured person's account, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pulse.base.money import ZERO, to_five_cents
from pulse.claims.rules.cost_share import Share

NOTHING = Share(franchise=ZERO, copayment=ZERO, paid=ZERO)


@dataclass(frozen=True, kw_only=True)
class LineShare:
    """A line's parts; line 0 is the whole invoice where its lines do not tell theirs."""

    line: int
    day: date
    percent: int
    amount: Decimal
    share: Share


@dataclass(frozen=True, kw_only=True)
class Change:
    """What became different of a case that was booked before: amounts are differences, and add up to nothing unless
    the booking itself was taken back."""

    invoice_id: int
    client_id: int
    share: Share


@dataclass(frozen=True, kw_only=True)
class YearSoFar:
    """What the client bore of a year, this booking and its changes included."""

    year: int
    franchise: Decimal
    copayment: Decimal


@dataclass(frozen=True, kw_only=True)
class Shares:
    """What a decision that pays means for the client, in CHF to the centime; `changes` are of other cases, and of
    earlier rounds of this one."""

    client_id: int
    lines: tuple[LineShare, ...]
    changes: tuple[Change, ...] = ()
    years: tuple[YearSoFar, ...] = ()

    @property
    def amount(self) -> Decimal:
        return sum((one.amount for one in self.lines), ZERO)

    @property
    def franchise(self) -> Decimal:
        return sum((one.share.franchise for one in self.lines), ZERO)

    @property
    def copayment(self) -> Decimal:
        return sum((one.share.copayment for one in self.lines), ZERO)

    @property
    def borne(self) -> Decimal:
        return self.franchise + self.copayment

    @property
    def paid(self) -> Decimal:
        return self.amount - self.borne

    @property
    def paid_out(self) -> Decimal:
        """What is transferred to the client who paid the invoice (tiers garant)."""
        return to_five_cents(self.paid)

    @property
    def owed(self) -> Decimal:
        """What the client owes us where we pay the provider (tiers payant, soldant)."""
        return to_five_cents(self.borne)

    @property
    def adjustment(self) -> Decimal:
        """By how much the client's cost share of other cases changed: above zero to their cost."""
        own = (one.share for one in self.changes if one.client_id == self.client_id)
        return sum((share.borne for share in own), ZERO)
