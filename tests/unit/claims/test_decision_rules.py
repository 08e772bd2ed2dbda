from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse.base.reasons import DECISION_REASONS, Reason
from pulse.claims.rules.decided import BilledLine, decided_lines
from pulse.claims.rules.decision import PLACES, Accepted, Proposal, Refused, Standing, examine

FULL = Standing(
    billed=Decimal("80.35"),
    payable=Decimal("80.35"),
    outcome="full",
    risk="low",
    client_known=True,
    was_unclear=False,
    billed_by_line={1: Decimal("71.55"), 2: Decimal("8.80")},
)


def standing(**changes: Any) -> Standing:
    return Standing(**{**vars(FULL), **changes})


PART = standing(payable=Decimal("71.55"), outcome="partial")


def decide(decision: str, case: Standing = PART, **values: Any) -> Accepted:
    own = {"place": "decide", "decision": decision, "reason_code": DECISION_REASONS.get(decision, ("",))[0]}
    return examine(Proposal(**{**own, **values}), case)


def test_the_machine_approves_low_risk_that_is_payable_in_full() -> None:
    accepted = decide("approve", FULL, place="straight", reason_code="")
    assert accepted == Accepted(decision="approve", reason_code="P801", payable_amount=Decimal("80.35"), automated=True)


@pytest.mark.parametrize("decision", ["deny", "partial", "ask", "", "DENY", "approve "])
def test_the_machine_takes_no_other_decision(decision: str) -> None:
    for code in ["", *Reason]:
        with pytest.raises(Refused):
            decide(decision, FULL, place="straight", reason_code=code, comment="because")


@pytest.mark.parametrize(
    "changes",
    [{"risk": "high"}, {"risk": None}, {"outcome": "partial"}, {"outcome": None}, {"was_unclear": True}],
)
def test_the_machine_approves_nothing_that_was_in_doubt(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        decide("approve", standing(**changes), place="straight")


def test_a_person_may_confirm_only_what_the_machine_could_approve() -> None:
    assert not decide("approve", FULL, place="confirm", reason_code="").automated
    with pytest.raises(Refused):
        decide("approve", PART, place="confirm")
    with pytest.raises(Refused):
        decide("deny", FULL, place="confirm")


def test_nobody_known_to_have_decided_means_no_decision() -> None:
    for decision in DECISION_REASONS:
        with pytest.raises(Refused):
            decide(decision, FULL, place="", comment="because")


@pytest.mark.parametrize("decision", ["approve", "partial", "deny", "ask"])
def test_a_reason_code_that_is_missing_or_of_another_decision_is_refused(decision: str) -> None:
    for code in ["", "P999", *(c for c in Reason if c not in DECISION_REASONS[decision])]:
        with pytest.raises(Refused):
            decide(decision, PART, reason_code=code, comment="because")


def test_a_question_and_the_reason_other_need_a_comment() -> None:
    for decision, code in (("ask", "P821"), ("deny", "P818"), ("partial", "P818")):
        with pytest.raises(Refused):
            decide(decision, PART, reason_code=code, comment="  ")
        decide(decision, PART, reason_code=code, comment="because")


def test_clarifying_may_only_deny_and_only_with_a_comment() -> None:
    assert decide("deny", PART, place="clarify_case", comment="because").decision == "deny"
    for decision in ("approve", "partial", "ask"):
        with pytest.raises(Refused):
            decide(decision, FULL, place="clarify_case", comment="because")
    with pytest.raises(Refused):
        decide("deny", PART, place="clarify_case")


def test_partial_without_a_review_pays_what_settle_worked_out() -> None:
    assert decide("partial").payable_amount == Decimal("71.55")


@pytest.mark.parametrize("case", [FULL, standing(payable=Decimal(0), outcome="none"), standing(payable=None)])
def test_partial_needs_settles_amounts_or_a_review(case: Standing) -> None:
    with pytest.raises(Refused):
        decide("partial", case)


def test_a_review_sets_the_amount_line_by_line() -> None:
    review = {1: Decimal("50.00"), 2: Decimal("8.80")}
    assert decide("partial", FULL, review=review).payable_amount == Decimal("58.80")


@pytest.mark.parametrize(
    "review",
    [
        {},
        {1: Decimal(0)},
        {1: Decimal("71.55"), 2: Decimal("8.80")},
        {1: Decimal("71.56")},
        {1: Decimal("-1")},
        {3: Decimal("1")},
        {1: Decimal("1.005")},
        {1: Decimal("NaN")},
        {1: Decimal("Infinity")},
    ],
)
def test_a_review_of_nothing_of_everything_or_beyond_the_bill_is_refused(review: dict[int, Decimal]) -> None:
    with pytest.raises(Refused):
        decide("partial", FULL, review=review)


def test_nothing_is_decided_about_a_case_without_a_client() -> None:
    for decision in DECISION_REASONS:
        with pytest.raises(Refused):
            decide(decision, standing(client_known=False), comment="because")


def test_an_overlong_comment_is_refused() -> None:
    with pytest.raises(Refused):
        decide("deny", comment="x" * 3901)


def test_approving_pays_what_was_billed_even_above_what_settle_worked_out() -> None:
    assert decide("approve", PART).payable_amount == Decimal("80.35")


def test_approving_before_the_amounts_are_worked_out_is_refused() -> None:
    with pytest.raises(Refused):
        decide("approve", standing(payable=None, outcome=None, risk=None))


@given(
    place=st.sampled_from([*PLACES, "", "correct_reading", "settle_delivery_client"]),
    decision=st.sampled_from(["approve", "partial", "deny", "ask", "", "reject"]),
    code=st.sampled_from(["", *Reason]),
    comment=st.sampled_from(["", "because"]),
    risk=st.sampled_from([None, "low", "high"]),
    outcome=st.sampled_from([None, "full", "partial", "none"]),
    client=st.booleans(),
    doubt=st.booleans(),
)
def test_whatever_comes_in_only_full_approval_is_ever_automated(client: bool, doubt: bool, **drawn: Any) -> None:
    place, decision, risk, outcome = (drawn[name] for name in ("place", "decision", "risk", "outcome"))
    code, comment = drawn["code"], drawn["comment"]
    case = standing(risk=risk, outcome=outcome, client_known=client, was_unclear=doubt)
    try:
        accepted = decide(decision, case, place=place, reason_code=code, comment=comment)
    except Refused:
        return
    assert accepted.automated == (place == "straight")
    assert accepted.decision in PLACES[place]
    if accepted.automated:
        assert (accepted.decision, risk, outcome, doubt) == ("approve", "low", "full", False)
    assert accepted.reason_code in DECISION_REASONS[accepted.decision]


LINES = [
    BilledLine(line=1, billed=Decimal("71.55"), payable=Decimal("71.55")),
    BilledLine(line=2, billed=Decimal("8.80"), payable=Decimal("0.00"), reasons=(Reason.NOT_LISTED,)),
]


def test_lines_of_an_approval_are_paid_as_billed_and_carry_no_reason() -> None:
    lines = decided_lines("approve", Decimal("80.35"), LINES, None)
    assert [(one.approved, one.reasons) for one in lines] == [(Decimal("71.55"), ()), (Decimal("8.80"), ())]


def test_lines_of_a_partial_approval_follow_the_review_else_settle() -> None:
    by_settle = decided_lines("partial", Decimal("71.55"), LINES, None)
    assert [one.approved for one in by_settle] == [Decimal("71.55"), Decimal("0.00")]
    assert by_settle[1].reasons == (Reason.NOT_LISTED,)
    by_review = decided_lines("partial", Decimal("28.80"), LINES, {1: Decimal("20.00"), 2: Decimal("8.80")})
    assert [one.approved for one in by_review] == [Decimal("20.00"), Decimal("8.80")]
    assert by_review[1].reasons == ()


def test_lines_that_do_not_add_up_to_the_total_tell_no_parts() -> None:
    assert [one.approved for one in decided_lines("approve", Decimal("100.00"), LINES, None)] == [None, None]
