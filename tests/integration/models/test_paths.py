"""Every path of the process up to its letters, on a running engine."""

from __future__ import annotations

import pytest
from process_walk import BOTH, Start, ends_with_letters, to_review, to_route, to_settle


class TestReading:
    def test_an_incomplete_reading_is_returned_to_the_provider_alone(self, start: Start) -> None:
        walk = start(reading="incomplete")
        ends_with_letters(walk, "returned", "provider")

    def test_a_doubtful_reading_is_corrected_and_read_again(self, start: Start) -> None:
        walk = start(reading="doubtful")
        assert walk.open() == {"correct_reading"}
        walk.do("correct_reading", reading="complete", correction="done")
        assert walk.open() == {"check_client"}

    def test_a_correction_that_settles_nothing_stays_with_the_assistants(self, start: Start) -> None:
        walk = start(reading="doubtful")
        walk.do("correct_reading", correction="done")
        assert walk.open() == {"correct_reading"}
        walk.do("correct_reading")
        assert walk.open() == {"correct_reading"}

    def test_an_assistant_may_return_a_doubtful_reading(self, start: Start) -> None:
        walk = start(reading="doubtful")
        walk.do("correct_reading", correction="return")
        ends_with_letters(walk, "returned", "provider")

    def test_a_corrected_reading_may_turn_out_incomplete(self, start: Start) -> None:
        walk = start(reading="doubtful")
        walk.do("correct_reading", reading="incomplete", correction="done")
        ends_with_letters(walk, "returned", "provider")

    def test_a_reading_of_an_unknown_kind_goes_to_a_person(self, start: Start) -> None:
        assert start(reading="splendid").open() == {"correct_reading"}


class TestClient:
    def test_a_person_not_insured_with_us_is_answered_to_the_provider_alone(self, start: Start) -> None:
        walk = start()
        walk.work("check_client", client_found=False, client_match="unknown")
        ends_with_letters(walk, "not_insured", "provider")

    @pytest.mark.parametrize("match", ["mismatch", "perhaps"])
    def test_a_name_that_does_not_match_is_clarified_and_may_go_on(self, start: Start, match: str) -> None:
        walk = start()
        walk.work("check_client", client_found=True, client_match=match, clarify_reason="P403")
        assert walk.open() == {"clarify_case"}
        walk.do("clarify_case", clarification="go_on")
        assert walk.open() == ({"check_medication"} if match == "mismatch" else {"clarify_case"})

    def test_a_mismatch_may_be_returned(self, start: Start) -> None:
        walk = start()
        walk.work("check_client", client_found=True, client_match="mismatch")
        walk.do("clarify_case", clarification="return")
        ends_with_letters(walk, "returned", "provider")

    def test_a_mismatch_may_be_denied_by_a_person(self, start: Start) -> None:
        walk = start()
        walk.work("check_client", client_found=True, client_match="mismatch")
        walk.do("clarify_case", clarification="deny", reason_code="P816", comment="No cover.")
        given = walk.work("check_decision")
        assert (given["decision"], given["reason_code"], given["decided_in"]) == ("deny", "P816", "clarify_case")
        ends_with_letters(walk, "denied", *BOTH)

    def test_a_clarification_that_says_nothing_stays_open_even_after_an_earlier_answer(self, start: Start) -> None:
        walk = start()
        walk.refuse("check_client", "business_error", clarify_reason="P402")
        walk.do("clarify_case", clarification="go_on")
        walk.refuse("check_client", "business_error")
        walk.do("clarify_case")
        assert walk.open() == {"clarify_case"}

    def test_a_note_of_the_clarifier_goes_no_further_when_the_case_goes_on(self, start: Start) -> None:
        """It was meant for no letter: what follows has its own reason and comment."""
        walk = start()
        walk.work("check_client", client_found=True, client_match="mismatch")
        walk.do("clarify_case", clarification="go_on", reason_code="P811", comment="Called her: it is her maiden name.")
        assert (walk.variable("reason_code"), walk.variable("comment")) == ("", "")


class TestMedication:
    def test_no_valid_gtin_returns_the_invoice_to_both(self, start: Start) -> None:
        walk = start()
        walk.work("check_client", client_found=True, client_match="found", client_risk_score="low")
        walk.work("check_medication", positions_valid=False, medication_found=False)
        ends_with_letters(walk, "returned", *BOTH)

    def test_a_valid_gtin_that_is_not_listed_is_decided_with_a_prepared_denial(self, start: Start) -> None:
        walk = start()
        to_route(walk, outcome="none", listed=False)
        assert walk.open() == {"decide"}
        assert walk.prepared("decide")["reason_code"] == "P811"
        assert walk.prepared("decide")["decision"] == ""
        walk.do("decide", decision="deny", reason_code="P811")
        assert walk.work("check_decision")["reason_code"] == "P811"
        ends_with_letters(walk, "denied", *BOTH)

    def test_nothing_listed_at_high_risk_is_reviewed(self, start: Start) -> None:
        walk = start()
        to_route(walk, risk="high", outcome="none", listed=False)
        assert walk.open() == {"notify_controllers"}


class TestBusinessErrors:
    @pytest.mark.parametrize("step", ["check_client", "check_medication", "assess_risk", "settle"])
    def test_a_business_error_goes_to_a_person_and_on_from_the_right_step(self, start: Start, step: str) -> None:
        walk = start()
        before = ["check_client", "check_medication", "assess_risk"]
        results: list[dict[str, object]] = [
            {"client_found": True, "client_match": "found"},
            {"positions_valid": True, "medication_found": True},
            {"risk": "low"},
        ]
        for activity, result in zip(before, results, strict=True):
            if activity == step:
                break
            walk.work(activity, **result)
        walk.refuse(step, "business_error", "list of the day is missing", clarify_reason="P901")
        assert walk.open() == {"clarify_case"}
        assert (walk.variable("clarify_reason"), walk.variable("clarify_message")) == (
            "P901",
            "list of the day is missing",
        )
        walk.do("clarify_case", clarification="go_on")
        assert walk.open() == ({"check_client"} if step == "check_client" else {"check_medication"})

    @pytest.mark.parametrize(
        ("risk", "outcome", "then"),
        [("low", "full", "check_decision"), ("low", "partial", "decide"), ("high", "full", "notify_controllers")],
    )
    def test_an_unclear_payee_may_go_on_with_the_amounts_worked_out(
        self, start: Start, risk: str, outcome: str, then: str
    ) -> None:
        walk = start()
        to_settle(walk, risk=risk)
        walk.refuse("settle", "payee_unclear", clarify_reason="P601", payable_amount="80.35", outcome=outcome)
        assert walk.open() == {"clarify_case"}
        walk.do("clarify_case", clarification="go_on")
        assert walk.open() == {then}

    def test_an_unclear_payee_without_amounts_is_checked_again(self, start: Start) -> None:
        walk = start()
        to_settle(walk)
        walk.refuse("settle", "payee_unclear", clarify_reason="P602")
        walk.do("clarify_case", clarification="go_on")
        assert walk.open() == {"check_medication"}

    def test_an_unclear_payee_may_be_returned(self, start: Start) -> None:
        walk = start()
        to_settle(walk)
        walk.refuse("settle", "payee_unclear")
        walk.do("clarify_case", clarification="return")
        ends_with_letters(walk, "returned", "provider")

    def test_an_unclear_payee_may_be_denied(self, start: Start) -> None:
        walk = start()
        to_settle(walk)
        walk.refuse("settle", "payee_unclear")
        walk.do("clarify_case", clarification="deny", reason_code="P818", comment="Provider is not admitted.")
        walk.work("check_decision")
        ends_with_letters(walk, "denied", *BOTH)


class TestLowRisk:
    def test_low_risk_payable_in_full_is_approved_straight(self, start: Start) -> None:
        walk = start()
        to_route(walk)
        given = walk.work("check_decision")
        assert (given["decision"], given["reason_code"], given["decided_in"]) == ("approve", "P801", "straight")
        ends_with_letters(walk, "approved", *BOTH)

    def test_the_letters_may_leave_in_either_order(self, start: Start) -> None:
        walk = start()
        to_route(walk)
        walk.work("check_decision")
        ends_with_letters(walk, "approved", *reversed(BOTH))

    def test_low_risk_in_full_is_confirmed_where_the_insurer_wants_it(self, start: Start) -> None:
        walk = start(confirm_required=True)
        to_route(walk)
        assert walk.open() == {"confirm"}
        walk.do("confirm", decision="approve")
        given = walk.work("check_decision")
        assert (given["decision"], given["reason_code"], given["decided_in"]) == ("approve", "P801", "confirm")
        ends_with_letters(walk, "approved", *BOTH)

    @pytest.mark.parametrize("form", [{"decision": "controller"}, {"decision": "deny"}, {}])
    def test_what_is_not_confirmed_goes_to_a_controller(self, start: Start, form: dict[str, object]) -> None:
        walk = start(confirm_required=True)
        to_route(walk)
        walk.do("confirm", **form)
        assert walk.open() == {"decide"}
        assert walk.prepared("decide")["decision"] == ""

    @pytest.mark.parametrize("outcome", ["partial", "none", "", "more than full"])
    def test_low_risk_not_in_full_is_decided_by_a_controller(self, start: Start, outcome: str) -> None:
        walk = start()
        to_route(walk, outcome=outcome)
        assert walk.open() == {"decide"}

    def test_a_risk_of_an_unknown_kind_is_decided_by_a_controller(self, start: Start) -> None:
        walk = start()
        to_route(walk, risk="tiny")
        assert walk.open() == {"decide"}


class TestDecisions:
    @pytest.mark.parametrize(
        ("decision", "kind", "recipients"),
        [
            ("approve", "approved", BOTH),
            ("partial", "partly_approved", BOTH),
            ("deny", "denied", BOTH),
        ],
    )
    @pytest.mark.parametrize("risk", ["low", "high"])
    def test_each_decision_has_its_letters(
        self, start: Start, risk: str, decision: str, kind: str, recipients: tuple[str, ...]
    ) -> None:
        walk = start()
        if risk == "high":
            to_review(walk)
        else:
            to_route(walk, outcome="partial")
        walk.do("review_high_risk" if risk == "high" else "decide", decision=decision, reason_code="P818", comment="c")
        assert walk.work("check_decision")["decision"] == decision
        ends_with_letters(walk, kind, *recipients)

    @pytest.mark.parametrize("task", ["decide", "review_high_risk", "confirm", "clarify_case"])
    def test_a_refused_decision_leads_back_to_the_task_it_came_from(self, start: Start, task: str) -> None:
        walk = start(confirm_required=task == "confirm")
        if task == "clarify_case":
            walk.work("check_client", client_found=True, client_match="mismatch")
            walk.do(task, clarification="deny", comment="kept")
        else:
            if task == "review_high_risk":
                to_review(walk)
            else:
                to_route(walk, outcome="full" if task == "confirm" else "partial")
            walk.do(task, decision="approve", comment="kept")
        walk.refuse("check_decision", "decision-refused", "the reason code does not fit")
        assert walk.open() == {task}
        filled = walk.prepared(task)
        assert (filled["refusal"], filled["comment"]) == ("the reason code does not fit", "kept")

    def test_a_refusal_is_told_to_nobody_but_the_person_refused(self, start: Start) -> None:
        walk = start(confirm_required=True)
        to_route(walk)
        walk.do("confirm", decision="approve")
        walk.refuse("check_decision", "decision-refused", "not here")
        assert walk.prepared("confirm")["refusal"] == "not here"
        walk.do("confirm", decision="controller")
        assert walk.prepared("decide")["refusal"] == ""

    def test_a_refused_straight_approval_goes_to_a_controller(self, start: Start) -> None:
        walk = start()
        to_route(walk)
        walk.refuse("check_decision", "decision-refused")
        assert walk.open() == {"decide"}

    def test_each_decision_is_taken_anew(self, start: Start) -> None:
        """A task completed without a decision repeats none that was taken before."""
        walk = start()
        to_route(walk, outcome="partial")
        walk.do("decide", decision="deny")
        walk.refuse("check_decision", "decision-refused")
        assert walk.prepared("decide")["decision"] == ""
        walk.do("decide")
        assert walk.work("check_decision")["decision"] == ""
        assert walk.open() == {"decide"}

    def test_a_decision_that_nobody_knows_goes_to_a_controller(self, start: Start) -> None:
        walk = start()
        to_review(walk)
        walk.do("review_high_risk", decision="perhaps")
        walk.work("check_decision")
        assert walk.open() == {"decide"}
