"""Each handler translates: variables in, one use case, variables or an error out."""

from __future__ import annotations

import sqlite3
from typing import Any

import office
import pytest
from claim_steps import case_of, received, settled
from office import TestOffice

from pulse.claims.ports import DeliveryUnknown, MailUnavailable, SentUnavailable
from pulse.claims.start import start_variables
from pulse.engine.client import ExternalTask
from pulse.engine.errors import EngineUnavailable
from pulse.engine.worker import BpmnError, DependencyDown, Fatal, Postpone, Topic
from workers import handlers

CHECKS = ["check-client", "check-medication", "assess-risk", "settle"]
TOPICS = [*CHECKS, "check-decision", "write-letter", "send-letter", "notify"]


def task(topic: str, invoice_id: object, activity: str = "a:1", **variables: Any) -> ExternalTask:
    key = f"invoice-{invoice_id}"
    return ExternalTask(
        id="t",
        topic=topic,
        variables={"invoice_id": invoice_id, **variables},
        business_key=key,
        process_instance_id="p",
        process_definition_id="d",
        process_definition_key="medication-invoice",
        process_definition_version_tag=None,
        activity_id="a",
        activity_instance_id=activity,
        execution_id="e",
        retries=None,
        priority=0,
        worker_id="w",
        lock_expiration_time=None,
        error_message=None,
        extension_properties={},
    )


def by_topic(desk: TestOffice) -> dict[str, Topic]:
    return {handler.name: handler for handler in handlers(desk.office)}


def test_there_is_one_handler_a_topic(desk: TestOffice) -> None:
    assert sorted(by_topic(desk)) == sorted(TOPICS)


def test_a_case_goes_from_topic_to_topic_with_the_variables_of_the_contract(desk: TestOffice) -> None:
    handle, invoice_id = by_topic(desk), received(desk)
    known = start_variables(case_of(desk, invoice_id), desk.office.policy)
    written: dict[str, object] = {}
    for topic in CHECKS:
        answer = handle[topic](task(topic, invoice_id))
        assert isinstance(answer, dict)
        written |= answer
    assert written.keys() <= known.keys()
    assert {name: type(value) for name, value in written.items()} == {name: type(known[name]) for name in written}
    assert (written["client_match"], written["risk"], written["outcome"]) == ("found", "low", "full")
    decided = handle["check-decision"](task("check-decision", invoice_id, decision="approve", decided_in="straight"))
    assert decided == {"decision": "approve", "reason_code": "P801"}
    for recipient in ("client", "provider"):
        values = {"recipient": recipient, "kind": "approved"}
        assert handle["write-letter"](task("write-letter", invoice_id, **values)) is None
        assert handle["send-letter"](task("send-letter", invoice_id, recipient, **values)) is None
    assert case_of(desk, invoice_id).closed_as == "approved"
    assert handle["notify"](task("notify", invoice_id, kind="controller_notice")) is None


@pytest.mark.parametrize("topic", TOPICS)
def test_a_task_without_a_fitting_case_is_an_incident_at_once(desk: TestOffice, topic: str) -> None:
    handle = by_topic(desk)[topic]
    given = {"recipient": "client", "kind": "approved", "decided_in": "straight"}
    wrong = task(topic, 7, **given)
    for broken in (task(topic, "seven", **given), task(topic, None, **given), wrong):
        with pytest.raises(Fatal):
            handle(broken)
    other = ExternalTask(**{**vars(wrong), "business_key": "invoice-8"})
    with pytest.raises(Fatal):
        handle(other)


def test_a_business_error_is_the_models_to_catch(desk: TestOffice) -> None:
    invoice_id = settled(desk, biller={"gln": "7601000999993", "name": "Fremd"})
    with pytest.raises(BpmnError) as error:
        by_topic(desk)["settle"](task("settle", invoice_id))
    assert error.value.code == "payee_unclear"
    assert error.value.variables["clarify_reason"] == "P602"
    assert error.value.variables["payable_amount"] == "71.55"
    assert "Fremd" not in str(error.value)


def test_a_refused_decision_names_what_is_wrong(desk: TestOffice) -> None:
    desk.engine.finish("decide")
    with pytest.raises(BpmnError) as error:
        by_topic(desk)["check-decision"](task("check-decision", settled(desk), decision="deny", decided_in="decide"))
    assert (error.value.code, str(error.value)) == ("decision-refused", "A reason code is missing.")


def test_an_unknown_delivery_is_a_business_error_and_an_absent_server_is_tried_again(desk: TestOffice) -> None:
    handle, invoice_id = by_topic(desk), settled(desk)
    handle["check-decision"](task("check-decision", invoice_id, decision="approve", decided_in="straight"))
    values = {"recipient": "client", "kind": "approved"}
    handle["write-letter"](task("write-letter", invoice_id, **values))
    desk.mail_out.problems = [MailUnavailable(), DeliveryUnknown()]
    with pytest.raises(DependencyDown, match="smtp"):
        handle["send-letter"](task("send-letter", invoice_id, **values))
    with pytest.raises(BpmnError) as error:
        handle["send-letter"](task("send-letter", invoice_id, **values))
    assert error.value.code == "delivery_unknown"


def test_a_mail_that_is_put_off_is_no_outage(desk: TestOffice) -> None:
    handle = by_topic(desk)["notify"]
    desk.mail_out.problems = [MailUnavailable(stage="recipient", smtp_code=450)]
    with pytest.raises(MailUnavailable):
        handle(task("notify", settled(desk), kind="escalation"))


def test_a_letter_to_be_looked_up_waits_for_the_sent_mailbox_alone(desk: TestOffice) -> None:
    handle, invoice_id = by_topic(desk)["notify"], settled(desk)
    desk.mail_out.problems = [DeliveryUnknown()]
    desk.sent.problem = SentUnavailable()
    with pytest.raises(Postpone, match="Sent mailbox"):
        handle(task("notify", invoice_id, kind="escalation"))
    with pytest.raises(Postpone, match="Another process"):  # its claim is young
        handle(task("notify", invoice_id, kind="escalation"))


def test_a_database_that_is_away_gives_the_task_back(desk: TestOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    invoice_id = received(desk)
    desk.database.close()  # its connections were told to wait longer
    monkeypatch.setattr(desk.database.engine.dialect, "connect", lambda *_, **__: _locked())
    with pytest.raises(DependencyDown, match="database"):
        by_topic(desk)["check-client"](task("check-client", invoice_id))


def _locked() -> None:
    raise sqlite3.OperationalError("database is locked")


def test_an_engine_that_is_away_is_tried_again(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    desk.engine.problems = [EngineUnavailable()]
    with pytest.raises(DependencyDown, match="engine"):
        by_topic(desk)["assess-risk"](task("assess-risk", invoice_id))


def test_the_same_activity_handed_out_twice_is_answered_once(desk: TestOffice) -> None:
    handle, invoice_id = by_topic(desk)["check-client"], received(desk)
    first = handle(task("check-client", invoice_id))
    with desk.database.write() as connection:
        connection.exec_driver_sql("UPDATE clients SET risk_score = 'high'")
    assert handle(task("check-client", invoice_id)) == first
    assert handle(task("check-client", invoice_id, "a:2")) != first


def test_an_engine_set_up_anew_does_not_answer_for_another_case(desk: TestOffice) -> None:
    handle = by_topic(desk)["check-client"]
    one = received(desk)
    other = received(desk, invoice_number="102", patient={"family_name": "X", "insured_number": "5555"})
    assert handle(task("check-client", one)) != handle(task("check-client", other))


def test_a_person_clarifies_only_what_a_person_completed(desk: TestOffice) -> None:
    handle, invoice_id = by_topic(desk)["check-decision"], settled(desk)
    denial = {"decision": "deny", "reason_code": "P818", "comment": "x", "decided_in": "clarify_case"}
    with pytest.raises(BpmnError):
        handle(task("check-decision", invoice_id, **denial))
    desk.engine.finish("clarify_case", "otto")
    assert handle(task("check-decision", invoice_id, **denial)) == {"decision": "deny", "reason_code": "P818"}
    assert office.CLIENT_NUMBER not in str(denial)
