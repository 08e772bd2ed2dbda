"""The paths of the review's reminder, of letters to approve and of unknown delivery, on a running engine."""

from __future__ import annotations

import pytest
from process_walk import BOTH, Engine, Start, Walk, ends_with_letters, letter_goes_out, to_review, to_route


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


def not_sent(start: Start, recipient: str, error: str) -> Walk:
    """An approved case of which one letter has left, and sending the other ended with this error."""
    walk = start()
    to_route(walk)
    walk.work("check_decision")
    (other,) = set(BOTH) - {recipient}
    letter_goes_out(walk, other, "approved")
    walk.work(f"write_letter_{recipient}")
    walk.refuse(f"send_letter_{recipient}", error)
    return walk


@pytest.mark.parametrize("recipient", BOTH)
class TestDelivery:
    def unknown(self, start: Start, recipient: str) -> Walk:
        walk = not_sent(start, recipient, "delivery_unknown")
        assert walk.open() == {f"settle_delivery_{recipient}"}
        return walk

    @pytest.mark.parametrize("delivery", ["sent", "post"])
    def test_an_unknown_delivery_may_be_settled_by_hand(self, start: Start, recipient: str, delivery: str) -> None:
        walk = self.unknown(start, recipient)
        filled = walk.prepared(f"settle_delivery_{recipient}")
        assert (filled["recipient"], filled["kind"], filled["delivery"]) == (recipient, "approved", "")
        walk.do(f"settle_delivery_{recipient}", delivery=delivery)
        assert walk.ended()
        assert f"send_letter_{recipient}" in walk.passed()

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


@pytest.mark.parametrize("recipient", BOTH)
class TestLetterToApprove:
    def waiting(self, start: Start, recipient: str) -> Walk:
        walk = not_sent(start, recipient, "letter_to_approve")
        assert walk.open() == {f"approve_letter_{recipient}"}
        return walk

    def test_it_waits_for_a_controller_with_its_form(self, start: Start, engine: Engine, recipient: str) -> None:
        walk = self.waiting(start, recipient)
        task = walk.task(f"approve_letter_{recipient}")
        (group,) = [link["groupId"] for link in engine.get(f"/task/{task['id']}/identity-links") if link["groupId"]]
        assert (group, task["priority"], task["due"][:11]) == ("controllers", 60, "2099-06-11T")
        assert engine.get(f"/task/{task['id']}/deployed-form")["id"] == "approve_letter"
        filled = walk.prepared(f"approve_letter_{recipient}")
        assert (filled["recipient"], filled["kind"], filled["letter_approval"]) == (recipient, "approved", "")

    @pytest.mark.parametrize("said", [{"letter_approval": "approve"}, {"letter_approval": "template"}, {}])
    def test_whatever_is_said_leads_back_to_the_sending_which_knows(
        self, start: Start, recipient: str, said: dict[str, str]
    ) -> None:
        walk = self.waiting(start, recipient)
        walk.do(f"approve_letter_{recipient}", **said)
        assert walk.open() == {f"send_letter_{recipient}"}
        walk.refuse(f"send_letter_{recipient}", "letter_to_approve")
        assert walk.prepared(f"approve_letter_{recipient}")["letter_approval"] == ""
        walk.do(f"approve_letter_{recipient}", letter_approval="approve")
        walk.work(f"send_letter_{recipient}")
        assert walk.ended()

    def test_an_approved_letter_may_be_of_unknown_delivery(self, start: Start, recipient: str) -> None:
        walk = self.waiting(start, recipient)
        walk.do(f"approve_letter_{recipient}", letter_approval="approve")
        walk.refuse(f"send_letter_{recipient}", "delivery_unknown")
        walk.do(f"settle_delivery_{recipient}", delivery="again")
        walk.refuse(f"send_letter_{recipient}", "letter_to_approve")
        assert walk.open() == {f"approve_letter_{recipient}"}


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
