"""REST before the real engine: an invoice goes its way, a task is decided, letters leave."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from web_world import BEARER, World, pdf

from pulse.synthetic import hostile


@pytest.fixture
def rest(insurer: World) -> Any:
    client = insurer.client()
    client.environ_base["HTTP_AUTHORIZATION"] = BEARER["Authorization"]
    return client


def test_a_low_risk_invoice_is_paid_without_a_person(insurer: World, rest: Any) -> None:
    document = pdf(11)
    invoice_id = insurer.send(document)
    case = insurer.wait_for_state(invoice_id, "completed")
    assert (case["closed_as"], case["risk"], case["route"], case["outcome"]) == ("approved", "low", "straight", "full")
    assert case["decision"]["automated"] is True
    assert case["payable_amount"] == case["total_amount"]
    letters = rest.get(f"/api/v1/invoices/{invoice_id}/letters").json["letters"]
    assert {(one["recipient"], one["state"], one["worded_by"]) for one in letters} == {
        ("client", "sent", "template"),
        ("provider", "sent", "template"),
    }
    for letter in letters:
        assert rest.get(letter["pdf"]).get_data()[:5] == b"%PDF-"
    original = rest.get(case["document"])
    assert original.content_type == "application/pdf"
    assert original.get_data() == document


def test_the_same_document_again_is_told_as_received_before(insurer: World, rest: Any) -> None:
    first = insurer.send(pdf(12))
    answer = rest.post("/api/v1/invoices", data=pdf(12), content_type="application/pdf")
    assert (answer.status_code, answer.json["result"]) == (200, "already_received")
    assert answer.json["duplicate_of"] == first


def test_a_stranger_file_is_refused_by_the_real_reader(rest: Any) -> None:
    for data in (b"MZ nothing", b"%PDF-1.7 broken", b"   "):
        answer = rest.post("/api/v1/invoices", data=data, content_type="application/pdf")
        assert answer.status_code == 422
        assert answer.json["code"] in {"P101", "P103", "P104"}


def test_a_task_is_decided_by_rest_and_the_second_is_told(insurer: World, rest: Any) -> None:
    invoice_id = insurer.send(pdf(13, price="160.00"))
    task = insurer.wait_for_task(invoice_id, "review_high_risk")
    assert insurer.case(invoice_id)["route"] == "review"
    detail = rest.get(f"/api/v1/tasks/{task['id']}").json
    assert [field["key"] for field in detail["fields"]] == ["decision", "reason_code", "comment"]
    assert detail["facts"]["client_last_name"] == "Müller"
    body = {"values": {"decision": "ask", "reason_code": "P821", "comment": "Which pack was it?"}}
    assert rest.post(f"/api/v1/tasks/{task['id']}/complete", json=body).json["completed"] is True
    second = rest.post(f"/api/v1/tasks/{task['id']}/complete", json=body)
    assert second.status_code == 409
    assert second.json["who"].startswith("tokentest")
    assert second.json["when"]
    case = insurer.wait_for_letter(invoice_id, "question")
    assert (case["state"], case["question"]["state"]) == ("in_progress", "open")
    assert case["question"]["questions"] == ["Which pack was it?"]
    assert case["decision"]["decided_by"].startswith("tokentest")


def test_what_is_decided_in_the_engines_own_tasklist_shows_here_too(insurer: World) -> None:
    invoice_id = insurer.send(pdf(14, price="160.00"))
    task = insurer.wait_for_task(invoice_id, "review_high_risk")
    engine = insurer.office.engine
    engine.claim(task["id"], "carlo")
    engine.complete_task(task["id"], {"decision": "deny", "reason_code": "P814", "comment": ""})
    case = insurer.wait_for_state(invoice_id, "completed")
    assert (case["closed_as"], case["decision"]["decided_by"]) == ("denied", "carlo")
    assert insurer.tasks(invoice_id) == []


def test_ready_before_a_real_engine(rest: Any) -> None:
    assert rest.get("/readyz").json["checks"] == {"database": "ok", "engine": "ok"}


def test_of_two_decisions_at_once_one_counts(insurer: World) -> None:
    invoice_id = insurer.send(pdf(15, price="160.00"))
    task = insurer.wait_for_task(invoice_id, "review_high_risk")
    body = {"values": {"decision": "deny", "reason_code": "P814"}}
    answers: list[Any] = []
    begin = threading.Barrier(4)

    def decide() -> None:
        client = insurer.client()
        begin.wait()
        answers.append(client.post(f"/api/v1/tasks/{task['id']}/complete", json=body, headers=BEARER))

    threads = [threading.Thread(target=decide) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    case = insurer.wait_for_state(invoice_id, "completed")
    assert [letter["kind"] for letter in case["letters"]].count("denied") == 2


def test_a_bomb_is_refused_and_the_next_invoice_is_read(insurer: World, rest: Any) -> None:
    bomb = hostile.flate_bomb()
    answer = rest.post("/api/v1/invoices", data=bomb, content_type="application/pdf")
    assert (answer.status_code, answer.json["code"]) == (422, "P106")
    insurer.wait_for_state(insurer.send(pdf(16, rows=1)), "completed")


def test_the_log_names_nobody(insurer: World, rest: Any, capfd: pytest.CaptureFixture[str]) -> None:
    invoice_id = insurer.send(pdf(17, rows=1))
    insurer.wait_for_state(invoice_id, "completed")
    rest.post("/check_client", json={"insurance_number": "123456789"})
    rest.post("/send_email", json={"invoice_id": invoice_id, "reason": "Frau Müller hat recht"})
    rest.post("/api/v1/invoices", json={"patient": "Müller"})
    logged = "".join(capfd.readouterr())
    assert str(invoice_id) in logged
    for personal in ("Müller", "Anna", "123456789", "756921707", "anna.mueller", "apotheke@", "test-token"):
        assert personal not in logged
