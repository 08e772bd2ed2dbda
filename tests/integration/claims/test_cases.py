"""Whole cases on the embedded engine, with the real worker, models and letters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import office
import pytest

from db import audit
from pulse.base.errors import Conflict, InvalidInput
from pulse.claims import tasks
from pulse.claims.correct import correct
from pulse.claims.delivery import reconcile
from pulse.claims.ports import DeliveryUnknown
from pulse.claims.relay import relay_once
from pulse.claims.review import add_review

CLIENT, PROVIDER, CONTROLLERS = "anna.mueller@mail.example", "apotheke@provider.example", "controllers@insurer.example"
DEAR = [office.position(1), office.position(2, unit_price="80.00", amount="80.00")]
RISKY = [office.position(1, code=office.ABUSED, quantity="3", amount="36.90")]
MISMATCH = {"family_name": "Keller", "given_name": "Beat", "insured_number": office.CLIENT_NUMBER}
House = Any


def mails_to(house: House) -> list[str]:
    return sorted(mail.to for mail in house.desk.mail_out.mails)


def test_a_case_in_order_goes_straight_through(house: House) -> None:
    invoice_id = house.bring()
    assert house.closed(invoice_id) == "approved"
    house.ended(invoice_id)
    (decision,) = house.decisions(invoice_id)
    assert (decision.decision, decision.automated) == ("approve", True)
    assert decision.payable_amount == Decimal("71.55")
    assert mails_to(house) == [CLIENT, PROVIDER]
    with house.desk.database.read() as connection:
        assert audit.first_broken(connection) is None


def test_a_case_not_payable_in_full_is_decided_by_a_controller(house: House) -> None:
    invoice_id = house.bring(positions=DEAR)
    house.do(invoice_id, "decide", decision="partial", reason_code="P812")
    assert house.closed(invoice_id) == "partly_approved"
    (decision,) = house.decisions(invoice_id)
    assert (decision.decided_by, decision.automated, decision.payable_amount) == ("anna", False, Decimal("143.10"))
    assert mails_to(house) == [CLIENT, PROVIDER]


def test_a_controllers_own_amounts_count(house: House) -> None:
    invoice_id = house.bring(positions=DEAR)
    house.task(invoice_id, "decide")
    review = add_review(house.desk.office, invoice_id, {1: Decimal("71.55"), 2: Decimal("5.00")}, "anna")
    house.do(invoice_id, "decide", decision="partial", reason_code="P813", review=review)
    house.closed(invoice_id)
    assert house.decisions(invoice_id)[0].payable_amount == Decimal("76.55")


def test_who_is_not_insured_is_told_to_the_provider_alone(house: House) -> None:
    invoice_id = house.bring(patient={"family_name": "Fremd", "insured_number": "5555"})
    assert house.closed(invoice_id) == "not_insured"
    assert mails_to(house) == [PROVIDER]
    assert house.decisions(invoice_id) == []


def test_a_mismatch_is_clarified_and_may_be_returned(house: House) -> None:
    invoice_id = house.bring(patient=MISMATCH)
    house.do(invoice_id, "clarify_case", clarification="return", comment="Nummer und Name prüfen")
    assert house.closed(invoice_id) == "returned"
    assert mails_to(house) == [PROVIDER]


def test_a_mismatch_that_goes_on_is_decided_by_a_controller_never_by_the_machine(house: House) -> None:
    invoice_id = house.bring(patient=MISMATCH)
    house.do(invoice_id, "clarify_case", user="otto", clarification="go_on")
    house.do(invoice_id, "decide", decision="approve", reason_code="P801")
    assert house.closed(invoice_id) == "approved"
    assert house.decisions(invoice_id)[0].decided_by == "anna"


def test_a_mismatch_cannot_be_denied_while_nobody_knows_whose_it_is(house: House) -> None:
    invoice_id = house.bring(patient=MISMATCH)
    task = house.task(invoice_id, "clarify_case")
    denial = {"clarification": "deny", "reason_code": "P816", "comment": "weil"}
    with pytest.raises(InvalidInput):
        tasks.complete(house.desk.office, task.id, "otto", denial)
    house.engine.complete_task(task.id, denial)
    house.until(lambda: house.task(invoice_id, "clarify_case").id != task.id, invoice_id)
    assert house.decisions(invoice_id) == []
    assert mails_to(house) == []


def test_no_listed_pack_is_denied_only_by_a_person(house: House) -> None:
    invoice_id = house.bring(positions=[office.position(code=office.UNLISTED)])
    house.do(invoice_id, "decide", decision="deny", reason_code="P811")
    assert house.closed(invoice_id) == "denied"
    assert mails_to(house) == [CLIENT, PROVIDER]
    assert not house.decisions(invoice_id)[0].automated


def test_an_incomplete_invoice_is_returned_to_the_provider(house: House) -> None:
    invoice_id = house.bring(invoice_date=None)
    assert house.closed(invoice_id) == "returned"
    assert mails_to(house) == [PROVIDER]


def test_no_valid_gtin_is_returned_to_client_and_provider(house: House) -> None:
    invoice_id = house.bring(positions=[office.position(code="7680562090042")])
    assert house.closed(invoice_id) == "returned"
    assert mails_to(house) == [CLIENT, PROVIDER]


@pytest.mark.parametrize(
    ("decision", "reason", "closed"), [("approve", "P801", "approved"), ("deny", "P814", "denied")]
)
def test_high_risk_is_reviewed(house: House, decision: str, reason: str, closed: str) -> None:
    invoice_id = house.bring(positions=RISKY)
    house.do(invoice_id, "review_high_risk", decision=decision, reason_code=reason)
    assert house.closed(invoice_id) == closed
    assert mails_to(house) == [CLIENT, PROVIDER, CONTROLLERS]
    assert house.decisions(invoice_id)[0].decided_by == "anna"


def test_a_review_that_waits_too_long_is_escalated_once(open_house: Callable[..., Any]) -> None:
    with open_house(remind_after=timedelta(0)) as house:
        invoice_id = house.bring(positions=RISKY)
        house.until(lambda: ("controller", "escalation") in house.letters(invoice_id), invoice_id)
        house.do(invoice_id, "review_high_risk", decision="approve", reason_code="P801")
        assert house.closed(invoice_id) == "approved"
        house.ended(invoice_id)  # the escalation goes its own way, beside the decision
        assert len(house.desk.mail_out.to(CONTROLLERS)) == 2


def test_an_unclear_payee_is_clarified_and_then_decided_by_a_person(house: House) -> None:
    invoice_id = house.bring(payment={"iban": "CH5604835012345678009", "reference_type": "NON"})
    task = house.task(invoice_id, "clarify_case")
    assert house.engine.task_variables(task.id)["clarify_reason"] == "P601"
    house.do(invoice_id, "clarify_case", user="otto", clarification="go_on")
    house.do(invoice_id, "decide", decision="approve", reason_code="P801")
    assert house.closed(invoice_id) == "approved"


def test_an_unclear_payee_may_be_denied_by_the_clarifier_and_a_controller_approves_the_letters(house: House) -> None:
    invoice_id = house.bring(payment={"iban": "CH5604835012345678009", "reference_type": "NON"})
    house.do(invoice_id, "clarify_case", user="otto", clarification="deny", reason_code="P818", comment="Konto falsch")
    for recipient in ("client", "provider"):
        house.do(invoice_id, f"approve_letter_{recipient}", user="carla", letter_approval="approve")
    assert house.closed(invoice_id) == "denied"
    assert house.decisions(invoice_id)[0].decided_by == "otto"


@pytest.mark.parametrize(
    "trick",
    [
        {"decision": "deny"},
        {"decision": "deny", "reason_code": "P801"},
        {"decision": "deny", "reason_code": "P814", "decided_in": "straight", "automated": True, "review": "x"},
        {"decision": "approve", "reason_code": "P814"},
        {"decision": "partial", "reason_code": "P812", "review": "no-such-review"},
        {"decision": "partial", "reason_code": "P818"},
        {"decision": "ask", "reason_code": "P821"},
        {"decision": "pay", "reason_code": "P801"},
        {"decision": "", "reason_code": "", "outcome": "full", "risk": "low", "payable_amount": "151.55"},
    ],
)
def test_no_tasklist_gets_a_wrong_decision_past_the_check(house: House, trick: dict[str, object]) -> None:
    invoice_id = house.bring(positions=DEAR)
    task = house.task(invoice_id, "decide")
    if trick.get("decided_in"):
        trick = {**trick, "reason_code": ""}
    house.engine.complete_task(task.id, trick)
    house.until(lambda: house.task(invoice_id, "decide").id != task.id, invoice_id)
    again = house.task(invoice_id, "decide")
    assert house.engine.task_variables(again.id)["refusal"]
    assert house.decisions(invoice_id) == []
    assert mails_to(house) == []
    house.do(invoice_id, "decide", decision="partial", reason_code="P812")
    assert house.closed(invoice_id) == "partly_approved"


def test_variables_changed_in_a_tasklist_change_no_amount(house: House) -> None:
    invoice_id = house.bring(positions=DEAR)
    task = house.task(invoice_id, "decide")
    forged = {"payable_amount": "9999.00", "total_amount": "9999.00", "outcome": "full", "invoice_id": invoice_id}
    house.engine.complete_task(task.id, {"decision": "partial", "reason_code": "P812", **forged})
    assert house.closed(invoice_id) == "partly_approved"
    assert house.decisions(invoice_id)[0].payable_amount == Decimal("143.10")


def test_confirming_is_a_persons_click_where_the_insurer_wants_it(open_house: Callable[..., Any]) -> None:
    with open_house(confirm_low_risk=True) as house:
        invoice_id = house.bring()
        house.do(invoice_id, "confirm", user="otto", decision="approve")
        assert house.closed(invoice_id) == "approved"
        (decision,) = house.decisions(invoice_id)
        assert (decision.automated, decision.decided_by) == (False, "otto")


def test_a_doubtful_reading_is_corrected_and_goes_on(house: House) -> None:
    invoice_id = house.bring(total_amount="99.00")
    house.task(invoice_id, "correct_reading")
    corrected = correct(house.desk.office, invoice_id, {"total_amount": "71.55"}, "otto")
    assert [finding for finding in corrected.findings if finding.severity == "error"] == []
    house.do(invoice_id, "correct_reading", user="otto", correction="done")
    assert house.closed(invoice_id) == "approved"


def test_a_doubtful_reading_may_be_returned(house: House) -> None:
    invoice_id = house.bring(total_amount="99.00")
    house.do(invoice_id, "correct_reading", user="otto", correction="return")
    assert house.closed(invoice_id) == "returned"


def test_an_unknown_delivery_waits_for_a_person_and_goes_out_again_on_their_word(house: House) -> None:
    house.desk.mail_out.problems = [DeliveryUnknown(), DeliveryUnknown()]
    invoice_id = house.bring()
    # Both have met their problem before one goes out again: else that one could meet the other's.
    house.task(invoice_id, "settle_delivery_provider")
    house.do(invoice_id, "settle_delivery_client", user="otto", delivery="again")
    house.do(invoice_id, "settle_delivery_provider", user="otto", delivery="post")
    assert house.closed(invoice_id) == "approved"
    assert mails_to(house) == [CLIENT]
    assert house.letters(invoice_id) == {("client", "approved"): "sent", ("provider", "approved"): "by_post"}


def test_a_delivery_settled_in_the_engines_own_tasklist_closes_the_case_too(house: House) -> None:
    house.desk.mail_out.problems = [DeliveryUnknown(), DeliveryUnknown()]
    invoice_id = house.bring()
    for recipient, said in (("client", "sent"), ("provider", "again")):
        task = house.task(invoice_id, f"settle_delivery_{recipient}")
        house.engine.claim(task.id, "otto")
        house.engine.complete_task(task.id, {"delivery": said})
    house.ended(invoice_id)
    assert mails_to(house) == [PROVIDER]
    assert house.case(invoice_id).state == "in_progress"
    assert reconcile(house.desk.office) == 1
    assert house.case(invoice_id).closed_as == "approved"


def test_the_same_invoice_again_starts_no_second_process(house: House) -> None:
    first = house.bring()
    assert house.closed(first) == "approved"
    again = house.receive(reminder_level=1)
    assert again.result == "already_received"
    assert house.case(again.invoice_id).state == "in_queue"
    relay_once(house.desk.office, invoice_id=again.invoice_id)
    assert house.closed(again.invoice_id) == "already_received"
    assert house.engine.history_process_instances(f"invoice-{again.invoice_id}") == []
    assert mails_to(house) == [CLIENT, PROVIDER, PROVIDER]


def test_the_second_of_two_controllers_hears_who_was_first(house: House) -> None:
    invoice_id = house.bring(positions=DEAR)
    task = house.task(invoice_id, "decide")
    tasks.claim(house.desk.office, task.id, "anna")
    with pytest.raises(Conflict) as taken:
        tasks.claim(house.desk.office, task.id, "eva")
    assert taken.value.details["who"] == "anna"
    house.do(invoice_id, "decide", decision="deny", reason_code="P814")
    with pytest.raises(Conflict) as done:
        tasks.complete(house.desk.office, task.id, "eva", {"decision": "approve", "reason_code": "P801"})
    assert done.value.details["who"] == "anna"
    assert done.value.details["when"]
    assert house.closed(invoice_id) == "denied"


def test_the_tasklist_shows_each_group_its_tasks_with_their_cases(house: House) -> None:
    to_decide, to_clarify = house.bring(positions=DEAR), house.bring(invoice_number="102", patient=MISMATCH)
    house.task(to_decide, "decide")
    house.task(to_clarify, "clarify_case")
    controllers = tasks.open_tasks(house.desk.office, ["controllers"])
    assert [(task.kind, task.invoice_id) for task in controllers] == [("decide", to_decide)]
    assert [task.kind for task in tasks.open_tasks(house.desk.office, ["assistants"])] == ["clarify_case"]
    assert len(tasks.open_tasks(house.desk.office, ["assistants", "controllers"])) == 2
    assert tasks.open_tasks(house.desk.office, []) == []
