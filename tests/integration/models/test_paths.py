"""Every path of the process, on a running engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from process_walk import Engine, Walk

Start = Callable[..., Walk]
SETTLED = {
    "facts": "1 position",
    "case_url": "https://pulse.example/cases/101",
    "client_last_name": "Muster",
    "abuse_risk": 0,
}


def to_settle(walk: Walk, *, risk: str = "low", listed: bool = True) -> None:
    walk.work("check_client", client_found=True, client_match="found", client_risk_score="low")
    walk.work("check_medication", positions_valid=True, medication_found=listed)
    walk.work("assess_risk", risk=risk, reasons="", sl_decision=listed)


def to_route(walk: Walk, *, risk: str = "low", outcome: str = "full", listed: bool = True) -> None:
    to_settle(walk, risk=risk, listed=listed)
    walk.work("settle", payable_amount="80.35" if outcome == "full" else "0.00", outcome=outcome, **SETTLED)


def to_review(walk: Walk) -> None:
    to_route(walk, risk="high")
    assert walk.work("notify_controllers")["kind"] == "controller_notice"


def letter_goes_out(walk: Walk, recipient: str, kind: str) -> None:
    for step in ("write_letter", "send_letter"):
        given = walk.work(f"{step}_{recipient}")
        assert (given["recipient"], given["kind"]) == (recipient, kind)


def ends_with_letters(walk: Walk, kind: str, *recipients: str) -> None:
    assert walk.open() == {f"write_letter_{recipient}" for recipient in recipients}
    for recipient in recipients:
        assert not walk.ended()
        letter_goes_out(walk, recipient, kind)
    assert walk.ended()


BOTH = ("client", "provider")


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
            ("ask", "returned", ("provider",)),
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


class TestReview:
    def test_the_review_is_offered_to_the_controllers_and_due_in_time(self, start: Start, engine: Engine) -> None:
        walk = start()
        to_review(walk)
        task = walk.task("review_high_risk")
        assert task["due"].startswith("2099-06-11T")
        assert task["priority"] == 80
        (group,) = [link["groupId"] for link in engine.get(f"/task/{task['id']}/identity-links") if link["groupId"]]
        assert group == "controllers"
        assert engine.get(f"/task/{task['id']}/deployed-form")["id"] == "decision"

    def test_the_reminder_escalates_once_and_leaves_the_review_open(self, start: Start, engine: Engine) -> None:
        walk = start()
        to_review(walk)
        (reminder,) = walk.jobs()
        assert reminder["dueDate"].startswith("2099-06-11T0")
        engine.post(f"/job/{reminder['id']}/execute", {})
        assert walk.open() == {"review_high_risk", "notify_escalation"}
        assert walk.work("notify_escalation")["kind"] == "escalation"
        assert walk.open() == {"review_high_risk"}

        walk.do("review_high_risk", decision="approve")
        walk.refuse("check_decision", "decision-refused")
        (second,) = walk.jobs()
        engine.post(f"/job/{second['id']}/execute", {})
        assert walk.open() == {"review_high_risk"}
        assert walk.passed().count("notify_escalation") == 1

        walk.do("review_high_risk", decision="approve")
        assert walk.jobs() == []
        walk.work("check_decision")
        ends_with_letters(walk, "approved", *BOTH)

    def test_a_reminder_whose_time_has_come_fires_by_itself(self, start: Start) -> None:
        walk = start(remind_at="2001-06-11T02:00:00.000+0000")
        to_review(walk)
        assert walk.fetch("notify_escalation", wait_ms=40_000)["variables"]["kind"]["value"] == "escalation"

    def test_a_decision_before_the_reminder_takes_the_reminder_away(self, start: Start) -> None:
        walk = start()
        to_review(walk)
        assert len(walk.jobs()) == 1
        walk.do("review_high_risk", decision="approve")
        assert walk.jobs() == []

    def test_a_case_decided_while_the_escalation_is_under_way_ends_after_both(
        self, start: Start, engine: Engine
    ) -> None:
        walk = start()
        to_review(walk)
        engine.post(f"/job/{walk.jobs()[0]['id']}/execute", {})
        walk.do("review_high_risk", decision="approve")
        walk.work("check_decision")
        for recipient in BOTH:
            letter_goes_out(walk, recipient, "approved")
        assert not walk.ended()
        walk.work("notify_escalation")
        assert walk.ended()


@pytest.mark.parametrize("recipient", BOTH)
class TestDelivery:
    def unknown(self, start: Start, recipient: str) -> Walk:
        walk = start()
        to_route(walk)
        walk.work("check_decision")
        (other,) = set(BOTH) - {recipient}
        letter_goes_out(walk, other, "approved")
        walk.work(f"write_letter_{recipient}")
        walk.refuse(f"send_letter_{recipient}", "delivery_unknown")
        assert walk.open() == {f"settle_delivery_{recipient}"}
        return walk

    @pytest.mark.parametrize("delivery", ["sent", "post"])
    def test_an_unknown_delivery_may_be_settled_by_hand(self, start: Start, recipient: str, delivery: str) -> None:
        walk = self.unknown(start, recipient)
        filled = walk.prepared(f"settle_delivery_{recipient}")
        assert (filled["recipient"], filled["kind"], filled["delivery"]) == (recipient, "approved", "")
        walk.do(f"settle_delivery_{recipient}", delivery=delivery)
        assert walk.ended()
        assert f"{recipient}_letter_settled_by_hand" in walk.passed()

    def test_an_unknown_delivery_may_be_sent_again(self, start: Start, recipient: str) -> None:
        walk = self.unknown(start, recipient)
        walk.do(f"settle_delivery_{recipient}", delivery="again")
        assert walk.open() == {f"send_letter_{recipient}"}
        walk.work(f"send_letter_{recipient}")
        assert walk.ended()

    def test_an_answer_that_says_nothing_leaves_the_delivery_open(self, start: Start, recipient: str) -> None:
        walk = self.unknown(start, recipient)
        walk.do(f"settle_delivery_{recipient}")
        assert walk.open() == {f"settle_delivery_{recipient}"}

    def test_one_letter_waits_for_a_person_while_the_other_leaves(self, start: Start, recipient: str) -> None:
        walk = start()
        to_route(walk)
        walk.work("check_decision")
        walk.work(f"write_letter_{recipient}")
        walk.refuse(f"send_letter_{recipient}", "delivery_unknown")
        (other,) = set(BOTH) - {recipient}
        letter_goes_out(walk, other, "approved")
        assert not walk.ended()

    def test_an_answer_for_one_letter_settles_no_other(self, start: Start, recipient: str) -> None:
        walk = start()
        to_route(walk)
        walk.work("check_decision")
        for who in BOTH:
            walk.work(f"write_letter_{who}")
            walk.refuse(f"send_letter_{who}", "delivery_unknown")
        (other,) = set(BOTH) - {recipient}
        walk.do(f"settle_delivery_{other}", delivery="sent")
        walk.do(f"settle_delivery_{recipient}")
        assert walk.open() == {f"settle_delivery_{recipient}"}


def test_a_letter_to_the_provider_alone_may_be_of_unknown_delivery(start: Start) -> None:
    walk = start(reading="incomplete")
    walk.work("write_letter_provider")
    walk.refuse("send_letter_provider", "delivery_unknown")
    walk.do("settle_delivery_provider", delivery="post")
    assert walk.ended()


def test_every_user_task_shows_its_form(start: Start, engine: Engine) -> None:
    walk = start(reading="doubtful")
    form = engine.get(f"/task/{walk.task('correct_reading')['id']}/deployed-form")
    assert form["id"] == "correct_reading"


def test_the_risk_decision_answers_on_the_engine(engine: Engine) -> None:
    values: dict[str, tuple[str, object]] = {
        "client_risk_score": ("String", "medium"),
        "abuse_risk": ("Long", 1),
        "listed": ("Boolean", True),
        "unit_price": ("Double", 4.4),
        "listed_price": ("Double", 4.4),
        "amount": ("Double", 8.8),
        "total_amount": ("Double", 80.35),
        "quantity": ("Double", 2.0),
    }
    body = {"variables": {name: {"type": kind, "value": value} for name, (kind, value) in values.items()}}
    (row,) = engine.post("/decision-definition/key/medication_risk/evaluate", body)
    assert {name: output["value"] for name, output in row.items()} == {
        "rule": "risk-abuse",
        "level": "high",
        "route": "review",
        "reason": "P702",
        "price_rule": "price-within-list",
        "price_level": "low",
        "abuse_rule": "abuse-client",
        "abuse_level": "high",
        "cost_rule": "cost-ordinary",
        "cost_level": "low",
        "client_rule": "client-medium",
        "client_level": "medium",
    }
