"""Trying the cost share of a year without an account: which part of each claim the insured person would bear."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pulse.base.errors import InvalidInput
from pulse.base.money import to_cents
from pulse.claims.rules.cost_share import RATES, Cost, Share, Terms, shares

_MOST = Decimal(10) ** 12


class NotAYear(InvalidInput):
    """The input is not a year of claims."""

    code = "not_a_year"


def _plain(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("a number, or text such as 12.30")
    return value


def _in_centimes(value: Decimal) -> Decimal:
    if value != to_cents(value):
        raise ValueError("whole centimes")
    return to_cents(value)


def _as_fraction(value: Decimal) -> Decimal:
    """`40` and `0.4` mean the same."""
    rate = value if value < 1 else value / 100
    if rate not in RATES:
        raise ValueError("10, 20 or 40 percent (or 0.1, 0.2, 0.4), or 0 where nothing is borne")
    return rate


def _as_text(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("a day such as 2026-06-10")
    return value


_Number = Annotated[Decimal, BeforeValidator(_plain), Field(ge=0, lt=_MOST)]
_Francs = Annotated[_Number, AfterValidator(_in_centimes)]
_Rate = Annotated[_Number, AfterValidator(_as_fraction)]
_Day = Annotated[date, BeforeValidator(_as_text)]


class _Input(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Claim(_Input):
    """An approved amount of a day, and the rate of its co-payment."""

    date: _Day
    amount: _Francs
    rate: _Rate


class Year(_Input):
    """A person's claims of one calendar year, in any order; amounts in CHF."""

    franchise: _Francs
    cap: _Francs
    claims: tuple[Claim, ...]

    def shares(self) -> tuple[Share, ...]:
        """Each claim's parts, in the order given. Raises `InvalidCost` where the claims are of several years."""
        costs = [Cost(day=claim.date, amount=claim.amount, rate=claim.rate) for claim in self.claims]
        return shares(costs, Terms(franchise=self.franchise, cap=self.cap))


def year_of(text: str) -> Year:
    """Reads a year from JSON; amounts and rates are numbers or text. Raises `NotAYear`, with what is wrong where."""
    try:
        data = json.loads(text, parse_float=Decimal, parse_constant=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise NotAYear(f"This is not JSON: {error}.") from error
    try:
        return Year.model_validate(data)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, one['loc'])) or 'input'}: {one['msg']}" for one in error.errors()[:10])
        raise NotAYear("; ".join(problems)) from error


def as_json(found: tuple[Share, ...]) -> dict[str, Any]:
    """`{"claims": [{"franchise", "copayment", "paid"}]}`, amounts as text with two decimals."""
    names = ("franchise", "copayment", "paid")
    return {"claims": [{name: f"{getattr(share, name):.2f}" for name in names} for share in found]}
