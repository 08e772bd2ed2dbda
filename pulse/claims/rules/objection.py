"""What a check finds against a position."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pulse.base.reasons import Reason

#: `refuse`: nothing is payable. `cut`: at most `payable` is. `doubt`: the amount stands, but a person must look.
#: `note`: nothing but a remark.
Effect = Literal["refuse", "cut", "doubt", "note"]


@dataclass(frozen=True, kw_only=True)
class Objection:
    """One finding of one check; `payable` in CHF with effect `cut` alone. Against the insured it takes no effect by
    itself: whatever is not full approval passes a person."""

    reason: Reason
    effect: Effect
    payable: Decimal | None = None


#: What checks only remark: it stands against nothing, and so in no letter.
REMARKS = frozenset({Reason.LIMITATION_APPLIES, Reason.VAT_IMPLAUSIBLE})
#: What checks only doubt: in a letter it explains what a person took off, not what the rules did.
DOUBTS = frozenset(
    {
        Reason.TREATMENT_TOO_OLD,
        Reason.BY_CONTRACT,
        Reason.NO_LIST_PRICE,
        Reason.PRICE_OF_LATER_DAY,
        Reason.LIMITATION_PACKS,
        Reason.EARLY_REFILL,
        Reason.DISPENSED_ELSEWHERE,
        Reason.BILLED_TWICE,
        Reason.SERVICE_NOT_IN_TABLE,
    }
)
