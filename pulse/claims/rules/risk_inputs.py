"""What the decision table is asked about a position, and what its answers mean for the invoice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from pulse.base.money import ZERO
from pulse.base.reasons import Reason
from pulse.claims.rules.billed import pack_price, quantity_of
from pulse.claims.rules.facts import Pack
from pulse.claims.rules.pattern import SupplyPattern
from pulse.invoices.model import Position

Level = Literal["low", "high"]


def risk_inputs(
    position: Position,
    *,
    risk_score: str,
    abuse_risk: int,
    listed: bool,
    listed_price: Decimal | None,
    total: Decimal,
    pack: Pack | None = None,
    supply: SupplyPattern | None = None,
    cost_12_months: Decimal | None = None,
) -> dict[str, Any]:
    """The input variables of `medication_risk`; amounts as doubles (the table compares, it does not calculate).

    `unit_price` is price times factor, which is what one pack costs; `listed_price` is 0 where there is none.
    `abuse_risk` is the register's own mark, 0 or 1. What is not known of pack, supply and cost is null.
    """
    amount, price = position.amount or ZERO, pack_price(position)
    return {
        "client_risk_score": risk_score,
        "atc": pack.atc if pack else None,
        "swissmedic_category": pack.category if pack else None,
        "narcotic_list": pack.narcotic_list if pack else None,
        "abuse_risk": abuse_risk,
        "listed": listed,
        "unit_price": float(amount if price is None else price),
        "listed_price": float(listed_price or 0),
        "amount": float(amount),
        "total_amount": float(total),
        "quantity": float(quantity_of(position)),
        "packs_90_days": float(supply.packs) if supply else None,
        "milligrams_90_days": float(supply.milligrams) if supply and supply.milligrams is not None else None,
        "billers_90_days": supply.billers if supply else None,
        "opioid_and_benzodiazepine": supply.opioid_and_benzodiazepine if supply else None,
        "cost_12_months": None if cost_12_months is None else float(cost_12_months),
    }


def can_be_abused(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> bool:
    """Whether a position's medication is open to abuse: marked in the register, or so judged by the table."""
    return bool(inputs.get("abuse_risk")) or outputs.get("potential_rule") not in (None, "", "potential-none")


def gravest(answers: Sequence[Mapping[str, Any]]) -> Level:
    """High as soon as one position is high."""
    return "high" if any(answer["level"] != "low" for answer in answers) else "low"


def reasons_of(answers: Sequence[Mapping[str, Any]]) -> tuple[Reason, ...]:
    """The reason codes of all positions, each once."""
    return tuple(dict.fromkeys(Reason(answer["reason"]) for answer in answers if answer.get("reason")))
