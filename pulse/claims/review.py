"""A person's amounts by position, stored before the decision that names them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from db import decisions
from pulse.base.reasons import Reason
from pulse.claims.check_decision import standing_of
from pulse.claims.office import Office
from pulse.claims.rules.decision import Proposal, examine


def add_review(office: Office, invoice_id: int, amounts: Mapping[int, Decimal], user: str) -> str:
    """Stores the amounts and returns the review's id, for the variable `review` of a decision `partial`.

    Raises `Refused` where a line or an amount lies outside of what was billed, or the sum is nothing or everything.
    """
    review_id, now = office.new_id(), office.clock.now()
    with office.database.write() as connection:
        code = Reason.DECIDED_PRICE_CUT.value
        proposal = Proposal(place="decide", decision="partial", reason_code=code, review=dict(amounts))
        examine(proposal, standing_of(connection, invoice_id))
        decisions.add_review(
            connection, review_id, invoice_id=invoice_id, payable=dict(amounts), made_by=user, made_at=now
        )
    return review_id
