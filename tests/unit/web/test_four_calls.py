"""The four calls that integrators knew first."""

from __future__ import annotations

import office as desk
import pytest
from flask.testing import FlaskClient
from web_desk import TaskEngine

from pulse.engine import errors

SHORT = {
    "insurance_number": 123456789,
    "gtin": int(desk.LISTED),
    "total_amount": 71.55,
    "date": "2026-06-10",
    "biller_mail": "apotheke@provider.example",
}


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
@pytest.mark.parametrize("body", [SHORT, desk.invoice().to_json()], ids=["short form", "invoice"])
def test_create_invoice_starts_the_process(api: FlaskClient, engine: TaskEngine, prefix: str, body: dict) -> None:
    answer = api.post(f"{prefix}/create_invoice", json=body)
    assert answer.status_code == 200
    assert answer.json == {
        "status": "success",
        "message": "Invoice created and process started",
        "process_instance_id": "process-1",
        "invoice_id": 10000001,
    }
    assert engine.started[0]["total_amount"] == "71.55"


def test_create_invoice_with_the_engine_away_is_a_202(api: FlaskClient, engine: TaskEngine) -> None:
    engine.problems = [errors.EngineUnavailable()]
    answer = api.post("/create_invoice", json=SHORT)
    assert answer.status_code == 202
    assert answer.json["status"] == "success"
    assert answer.json["process_instance_id"] is None
    assert answer.json["invoice_id"] == 10000001


def test_create_invoice_tells_of_an_invoice_that_was_here_before(api: FlaskClient) -> None:
    body = desk.invoice().to_json()
    api.post("/create_invoice", json=body)
    answer = api.post("/create_invoice", json=body)
    assert answer.status_code == 200
    assert answer.json["status"] == "already_received"
    assert answer.json["process_instance_id"] is None


@pytest.mark.parametrize(
    "change", [{"gtin": None}, {"total_amount": "x"}, {"date": "31.02.2026"}, {"biller_mail": "nobody"}, {"more": 1}]
)
def test_a_short_form_that_is_wrong_is_refused(api: FlaskClient, change: dict) -> None:
    answer = api.post("/create_invoice", json=SHORT | change)
    assert answer.status_code == 422
    assert answer.json["code"] == "invalid_request"
    assert answer.json["errors"]


@pytest.mark.parametrize("number", [123456789, "123456789", "123 456 789", desk.CLIENT_AHV])
def test_check_client_takes_numbers_and_texts(api: FlaskClient, number: object) -> None:
    answer = api.post("/check_client", json={"insurance_number": number})
    assert answer.status_code == 200
    assert answer.json["found"] is True
    client = answer.json["client"]
    assert (client["insurance_number"], client["last_name"], client["risk_score"]) == ("123456789", "Müller", "low")
    named = {"insurance_number", "first_name", "last_name", "street", "zip", "city", "email", "risk_score"}
    assert named <= set(client)


def test_check_client_of_nobody(api: FlaskClient) -> None:
    answer = api.post("/check_client", json={"insurance_number": 1})
    assert (answer.status_code, answer.json) == (200, {"found": False, "client": None})


@pytest.mark.parametrize("gtin", [int(desk.LISTED), desk.LISTED, f"0{desk.LISTED}"])
def test_check_medication_takes_numbers_and_texts(api: FlaskClient, gtin: object) -> None:
    answer = api.post("/check_medication", json={"gtin": gtin})
    medication = answer.json["medication"]
    assert (medication["gtin"], medication["public_price"], medication["abuse_risk"]) == (desk.LISTED, "71.55", 0)
    named = {"gtin", "manufacturer", "description", "substances", "public_price", "abuse_risk"}
    assert named <= set(medication)


@pytest.mark.parametrize("gtin", [desk.UNLISTED, "nonsense", 0])
def test_check_medication_of_none(api: FlaskClient, gtin: object) -> None:
    answer = api.post("/check_medication", json={"gtin": gtin})
    assert (answer.status_code, answer.json) == (200, {"found": False, "medication": None})


def test_send_email_of_a_denial_waits_and_is_the_same_letter_again(api: FlaskClient, parts: desk.TestOffice) -> None:
    from claim_steps import settled

    invoice_id = settled(parts)
    first = api.post("/send_email", json={"invoice_id": invoice_id, "reason": "P814"})
    assert first.status_code == 202
    assert first.json["status"] == "waiting_for_approval"
    again = api.post("/send_email", json={"invoice_id": invoice_id, "reason": "P814"})
    assert again.json == first.json
    (task,) = api.get("/api/v1/tasks").json["tasks"]
    assert task["kind"] == "approve_notice"
    assert task["letter_id"] == first.json["letter_id"]
    detail = api.get(f"/api/v1/tasks/{task['id']}").json
    assert [option["value"] for option in detail["fields"][0]["options"]] == ["approve", "withdraw"]
    done = api.post(f"/api/v1/tasks/{task['id']}/complete", json={"values": {"approval": "approve"}})
    assert done.json["completed"] is True
    pdf = api.get(f"/api/v1/letters/{first.json['letter_id']}/pdf")
    assert pdf.get_data()[:5] == b"%PDF-"
    assert pdf.headers["Content-Disposition"].startswith("inline; filename=")


def test_send_email_for_no_case_is_not_found(api: FlaskClient) -> None:
    answer = api.post("/send_email", json={"invoice_id": 5, "reason": "P814"})
    assert (answer.status_code, answer.json["code"]) == (404, "case_missing")
