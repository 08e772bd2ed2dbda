"""The amounts that a letter states: positions, the client's cost share, a bill. Exact, and written as text."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict

from pulse.base.money import ZERO
from pulse.base.reasons import Reason

EXACT = ConfigDict(extra="forbid")


def _from_text(value: object) -> object:
    if isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value):
        return Decimal(value)
    raise ValueError("an amount is written as text: a float has lost digits already")


#: An amount or quantity; in JSON text, never a number.
_PLAIN_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?")
Exact = Annotated[Decimal, BeforeValidator(_from_text)]


@dataclass(frozen=True, kw_only=True)
class PositionFact:
    """One billed line and what became of it; amounts in CHF, `approved` None where nothing was decided."""

    __pydantic_config__: ClassVar[ConfigDict] = EXACT

    line: int
    date: dt.date | None = None
    code: str | None = None
    name: str | None = None
    quantity: Exact | None = None
    billed: Exact | None = None
    approved: Exact | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CostShare:
    """What the insured person bears of the approved amount, in CHF (Art. 64 KVG).

    `settled` is what is transferred to them, or claimed from them where the provider is paid, rounded to five centimes.
    `year_franchise` and `year_copayment` are what they bore of the year so far, with this invoice; `adjustment` is by
    how much their share of other invoices changed through this one, above zero to their cost.
    """

    __pydantic_config__: ClassVar[ConfigDict] = EXACT

    franchise: Exact
    copayment: Exact
    settled: Exact
    year: int | None = None
    year_franchise: Exact = ZERO
    year_copayment: Exact = ZERO
    adjustment: Exact = ZERO

    @property
    def borne(self) -> Decimal:
        return self.franchise + self.copayment


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What the recipient owes us of a case, in CHF: their cost share, or money that they are to pay back.

    `iban` is our account, with a QR reference where it is a QR-IBAN, else a creditor reference; without it the payment
    part follows by itself.
    """

    __pydantic_config__: ClassVar[ConfigDict] = EXACT

    case_id: int
    purpose: Literal["cost_share", "repayment"]
    amount: Exact
    due_on: dt.date
    iban: str | None = None
    reference: str | None = None
