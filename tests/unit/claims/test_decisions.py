from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import office
import pytest
from claim_steps import case_of, decided, received, settled
from office import TestOffice
from sqlalchemy.exc import IntegrityError

from db import audit, decisions
from pulse.claims.check_client import check_client
from pulse.claims.check_decision import check_decision
from pulse.claims.decider import UNNAMED, Decider, decider
from pulse.claims.errors import BusinessError
from pulse.claims.review import add_review
from pulse.claims.rules.decision import Refused
from pulse.claims.steps import Step

DEAR = [office.position(1), office.position(2, date="2026-06-09", unit_price="80.00", amount="80.00")]


def stored(desk: TestOffice, invoice_id: int) -> list[decisions.Decision]:
    with desk.database.read() as connection:
        return decisions.of_invoice(connection, invoice_id)


def refused(desk: TestOffice, invoice_id: int, *args: Any, **values: Any) -> BusinessError:
    with pytest.raises(BusinessError) as error:
        decided(desk, invoice_id, *args, **values)
    assert error.value.bpmn_code == "decision-refused"
    assert stored(desk, invoice_id) == []
    return error.value


def test_the_machine_approves_and_says_that_it_was_the_machine(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    assert decided(desk, invoice_id, "approve", place="straight").reason_code == "P801"
    (decision,) = stored(desk, invoice_id)
    assert (decision.automated, decision.decided_by, decision.payable_amount) == (True, "pulse", Decimal("71.55"))


@pytest.mark.parametrize("decision", ["deny", "partial", "ask"])
def test_the_machine_decides_nothing_against_anybody(desk: TestOffice, decision: str) -> None:
    invoice_id = settled(desk)
    for code in ("", "P811", "P812", "P814", "P818", "P821"):
        refused(desk, invoice_id, decision, code, place="straight", comment="because")


def test_the_machine_does_not_approve_what_is_not_payable_in_full(desk: TestOffice) -> None:
    refused(desk, settled(desk, positions=DEAR), "approve", place="straight")


def test_the_machine_does_not_approve_high_risk(desk: TestOffice) -> None:
    desk.engine.level = "high"
    refused(desk, settled(desk), "approve", place="straight")


def test_the_machine_does_not_approve_a_case_whose_payee_was_in_doubt(desk: TestOffice) -> None:
    refused(desk, settled(desk, biller={"gln": "7601000999996", "name": "F"}), "approve", place="straight")


def test_the_database_itself_refuses_an_automated_denial(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    row = {"reason_code": "P814", "comment": "", "review_id": None, "payable_amount": Decimal(0), "decided_by": "x"}
    when = datetime(2026, 6, 16, tzinfo=UTC)
    for decision in ("deny", "partial", "ask"):
        automated = {**row, "decision": decision, "round": 1, "automated": True, "decided_at": when}
        statement = decisions.decisions.insert().values(invoice_id=invoice_id, **automated)
        with desk.database.engine.connect() as connection, pytest.raises(IntegrityError):
            connection.execute(statement)


def test_a_persons_denial_counts_with_its_name_and_reason(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    decided(desk, invoice_id, "deny", "P814", comment="  nicht nötig ")
    (decision,) = stored(desk, invoice_id)
    assert (decision.decided_by, decision.automated, decision.comment) == ("anna", False, "nicht nötig")
    assert decision.payable_amount == 0


def test_a_refused_decision_takes_its_review_with_it(desk: TestOffice) -> None:
    error = refused(desk, settled(desk), "deny", "")
    assert error.variables["review"] == ""
    assert error.message == "A reason code is missing."


def test_a_refused_decision_is_on_record(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    refused(desk, invoice_id, "deny", "")
    with desk.database.read() as connection:
        event = audit.of_invoice(connection, invoice_id)[-1]
    assert (event["action"], event["actor"]) == ("claims:decision:refused", "anna")


def test_a_case_has_one_decision_and_the_first_one_stays(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    decided(desk, invoice_id, "deny", "P814")
    assert decided(desk, invoice_id, "approve", "P801").decision == "deny"
    assert len(stored(desk, invoice_id)) == 1


def test_the_same_step_again_gives_the_same_answer(desk: TestOffice) -> None:
    invoice_id, step = settled(desk), Step(activity_instance_id="a:1", topic="check-decision")
    who = Decider(place="decide", name="anna")
    for _ in range(2):
        check = check_decision(desk.office, invoice_id, decided_by=who, decision="deny", reason_code="P814", step=step)
        assert check.decision == "deny"


def test_a_review_is_paid_line_by_line_and_belongs_to_its_case(desk: TestOffice) -> None:
    one, other = settled(desk, positions=DEAR), settled(desk, invoice_number="102", positions=DEAR)
    review = add_review(desk.office, one, {1: Decimal("71.55"), 2: Decimal("40.00")}, "anna")
    refused(desk, other, "partial", "P812", review=review)
    refused(desk, one, "partial", "P812", review="nothing")
    decided(desk, one, "partial", "P812", review=review)
    assert stored(desk, one)[0].payable_amount == Decimal("111.55")


def test_a_review_beyond_the_bill_is_not_even_stored(desk: TestOffice) -> None:
    invoice_id = settled(desk, positions=DEAR)
    with pytest.raises(Refused):
        add_review(desk.office, invoice_id, {1: Decimal("71.56")}, "anna")


def test_a_case_whose_person_is_in_doubt_cannot_be_denied(desk: TestOffice) -> None:
    invoice_id = received(desk, patient={"family_name": "Keller", "insured_number": office.CLIENT_NUMBER})
    check_client(desk.office, invoice_id)
    refused(desk, invoice_id, "deny", "P816", place="clarify_case", comment="because")


def test_a_person_who_let_a_mismatch_go_on_may_be_answered(desk: TestOffice) -> None:
    invoice_id = settled(desk, patient={"family_name": "Keller", "insured_number": office.CLIENT_NUMBER})
    refused(desk, invoice_id, "approve", place="straight")
    assert decided(desk, invoice_id, "approve", "P801").decision == "approve"
    assert case_of(desk, invoice_id).client_id == 1


def test_the_decider_is_who_completed_the_last_task(desk: TestOffice) -> None:
    desk.engine.finish("clarify_case", "otto", minute=1)
    desk.engine.finish("decide", "anna", minute=2)
    desk.engine.finish("settle_delivery_client", "eva", minute=3)
    assert decider(desk.engine, "p", "decide") == Decider(place="decide", name="anna")


def test_a_variable_alone_makes_no_persons_decision(desk: TestOffice) -> None:
    assert decider(desk.engine, "p", "decide").place == ""
    desk.engine.finish("confirm", "otto")
    assert decider(desk.engine, "p", "decide").place == ""


def test_a_task_completed_without_a_name_still_counts_as_a_persons(desk: TestOffice) -> None:
    desk.engine.finish("decide", None)
    assert decider(desk.engine, "p", "decide") == Decider(place="decide", name=UNNAMED)


def test_the_engines_log_names_who_completed_a_task_that_nobody_had_taken(desk: TestOffice) -> None:
    desk.engine.finish("decide", None, minute=1)
    desk.engine.completers = {"decide-1": "carla", "decide-0": "otto"}
    assert decider(desk.engine, "p", "decide") == Decider(place="decide", name="carla")
    desk.engine.finish("decide", "anna", minute=2)
    assert decider(desk.engine, "p", "decide").name == "anna"


def test_the_machines_mark_needs_no_history(desk: TestOffice) -> None:
    assert decider(desk.engine, "p", "straight") == Decider(place="straight", name="pulse")
