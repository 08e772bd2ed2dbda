"""Whether a decision may count, and what it pays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from pulse.base.errors import InvalidInput
from pulse.base.money import ZERO
from pulse.base.reasons import DECISION_REASONS, Reason

Choice = Literal["approve", "partial", "deny", "ask"]
#: Where a decision was taken, by the process's own mark, and what may be decided there. `straight` is the machine.
PLACES: dict[str, tuple[Choice, ...]] = {
    "straight": ("approve",),
    "confirm": ("approve",),
    "clarify_case": ("deny",),
    "decide": ("approve", "partial", "deny", "ask"),
    "review_high_risk": ("approve", "partial", "deny", "ask"),
}
MACHINE = "straight"
MOST_COMMENT = 3900


class Refused(InvalidInput):
    """This decision does not count."""

    code = Reason.DECISION_INCOMPLETE.value


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A decision as it came from a tasklist, or from the process itself; `review` are a person's amounts by line."""

    place: str
    decision: str
    reason_code: str = ""
    comment: str = ""
    review: Mapping[int, Decimal] | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the case's own records say; nothing here comes from a process variable."""

    billed: Decimal
    #: What settle worked out; None before it has.
    payable: Decimal | None
    outcome: str | None
    risk: str | None
    client_known: bool
    #: Whether identity, account or provider were in doubt on the way, the biller has cancelled the invoice, or has
    #: answered a question in words.
    was_unclear: bool
    billed_by_line: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A decision that counts."""

    decision: Choice
    reason_code: str
    payable_amount: Decimal
    automated: bool


def examine(proposal: Proposal, standing: Standing) -> Accepted:
    """The decision as it counts; raises `Refused` with a message for the person who took it.

    The machine approves what is low in risk, payable in full and was never in doubt, and nothing else: whatever is not
    full approval passes a person (Art. 21 DSG).
    """
    decision = _choice(proposal)
    _demand(standing.client_known, "No client is settled for this case: return the invoice to the provider.")
    _demand(len(proposal.comment) <= MOST_COMMENT, f"The comment is longer than {MOST_COMMENT} characters.")
    if proposal.place in (MACHINE, "confirm"):
        clear = standing.risk == "low" and standing.outcome == "full"
        _demand(clear, "Only low risk and payable in full passes here: a controller decides.")
    if proposal.place == MACHINE:
        _demand(not standing.was_unclear, "The case was in doubt on its way: a controller decides.")
    reason_code = _reason(proposal, decision)
    return Accepted(
        decision=decision,
        reason_code=reason_code,
        payable_amount=_amount(decision, proposal, standing),
        automated=proposal.place == MACHINE,
    )


def _choice(proposal: Proposal) -> Choice:
    allowed = PLACES.get(proposal.place, ())
    for choice in allowed:
        if choice == proposal.decision:
            return choice
    raise Refused("This decision cannot be taken here." if allowed else "Nobody is known to have decided.")


def _reason(proposal: Proposal, decision: Choice) -> str:
    given, fitting = proposal.reason_code.strip(), DECISION_REASONS[decision]
    if decision == "approve" and proposal.place in (MACHINE, "confirm"):
        return Reason.DECIDED_IN_ORDER.value
    _demand(bool(given), "A reason code is missing.")
    _demand(given in fitting, f"The reason does not fit: {decision} takes {', '.join(fitting)}.")
    if given in (Reason.DECIDED_OTHER, Reason.DECIDED_QUESTION) or proposal.place == "clarify_case":
        _demand(bool(proposal.comment.strip()), "This needs a comment; it stands in the letter.")
    return given


def _amount(decision: Choice, proposal: Proposal, standing: Standing) -> Decimal:
    if decision in ("deny", "ask"):
        return ZERO
    _demand(standing.payable is not None, "The amounts are not worked out yet.")
    if decision == "approve":
        _demand(standing.billed > ZERO, "There is nothing to approve: the invoice asks for no money.")
        return standing.billed
    if proposal.review is None:
        payable = standing.payable or ZERO
        _demand(standing.outcome == "partial", "No partial amount is worked out: enter amounts by position in Pulse.")
    else:
        payable = _reviewed(proposal.review, standing)
    _demand(payable > ZERO, "Partly approved means more than nothing: deny it instead.")
    _demand(payable < standing.billed, "Partly approved means less than billed: approve it instead.")
    return payable


def _reviewed(review: Mapping[int, Decimal], standing: Standing) -> Decimal:
    for line, amount in review.items():
        billed = standing.billed_by_line.get(line)
        _demand(billed is not None, "The review names a position that the invoice does not have.")
        exact = amount.is_finite() and amount == amount.quantize(Decimal("0.01"))
        within = exact and ZERO <= amount <= max(billed or ZERO, ZERO)
        _demand(within, f"The amount of position {line} lies outside what was billed.")
    return sum(review.values(), ZERO)


def _demand(holds: bool, message: str) -> None:
    if not holds:
        raise Refused(message)
