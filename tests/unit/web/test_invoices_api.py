"""Invoices by REST."""

from __future__ import annotations

from io import BytesIO

import office as desk
from flask.testing import FlaskClient
from web_desk import TaskEngine

from pulse.engine import errors

PDF = "application/pdf"


def send(api: FlaskClient, document: bytes | None = None, **headers: str) -> dict:
    answer = api.post("/api/v1/invoices", data=document or desk.document(), content_type=PDF, headers=headers)
    return dict(answer.json) | {"http": answer.status_code, "location": answer.headers.get("Location")}


def test_a_document_becomes_a_case_whose_process_runs(api: FlaskClient) -> None:
    receipt = send(api)
    assert receipt["http"] == 201
    assert receipt["location"] == f"/api/v1/invoices/{receipt['id']}"
    assert receipt["result"] == "started"
    assert receipt["process_instance_id"] == "process-1"
    case = api.get(receipt["location"]).json
    assert case["state"] == "in_progress"
    assert case["invoice_number"] == "101"
    assert case["total_amount"] == "71.55"
    assert case["invoice"]["patient"]["family_name"] == "Müller"
    assert case["received_at"] == "2026-06-16T08:00:00Z"
    assert api.get(case["document"]).get_data() == desk.document()


def test_a_form_upload_and_the_invoice_as_json_work_too(api: FlaskClient) -> None:
    file = {"file": (BytesIO(desk.document()), "../../etc/passwd.pdf")}
    assert api.post("/api/v1/invoices", data=file).status_code == 201
    as_json = desk.invoice(invoice_number="102").to_json()
    assert api.post("/api/v1/invoices", json=as_json).status_code == 201
    assert api.post("/api/v1/invoices", data={"other": "x"}, content_type="multipart/form-data").status_code == 422


def test_an_unreadable_document_is_a_422_with_the_readers_code(api: FlaskClient) -> None:
    answer = api.post("/api/v1/invoices", data=b"unreadable P102", content_type=PDF)
    assert answer.status_code == 422
    assert answer.json["code"] == "P102"
    assert answer.json["type"] == "urn:pulse:problem:P102"


def test_an_invoice_that_was_here_before_is_told_so(api: FlaskClient) -> None:
    first, again = send(api), send(api)
    assert again["http"] == 200
    assert again["result"] == "already_received"
    assert again["duplicate_of"] == first["id"]
    stored = api.get(f"/api/v1/invoices/{again['id']}").json
    assert (stored["duplicate_of"], stored["process_instance_id"]) == (first["id"], None)


def test_a_file_of_several_invoices_is_answered_with_all_of_them(api: FlaskClient) -> None:
    receipt = send(
        api, b"\n".join((b"several", b"unreadable P108", desk.document(), desk.document(invoice_number="102")))
    )
    assert (receipt["http"], receipt["result"]) == (201, "started")
    assert api.get(receipt["location"]).json["invoice_number"] == "101"
    assert receipt["others"] == [
        {"id": None, "result": "returned", "reason": "P108", "pages": "1"},
        {"id": receipt["id"] + 1, "result": "started", "reason": "", "pages": "3"},
    ]


def test_the_list_goes_page_by_page_and_filters_by_state(api: FlaskClient) -> None:
    ids = [send(api, desk.document(invoice_number=str(n)))["id"] for n in range(5)]
    page = api.get("/api/v1/invoices?limit=2").json
    seen = [one["id"] for one in page["invoices"]]
    while page["next"]:
        page = api.get(page["next"]).json
        seen += [one["id"] for one in page["invoices"]]
    assert seen == sorted(ids, reverse=True)
    assert api.get("/api/v1/invoices?state=completed").json == {"invoices": [], "next": None}
    assert "state=in_progress" in api.get("/api/v1/invoices?state=in_progress&limit=2").json["next"]


def test_with_the_engine_away_the_invoice_is_taken_and_waits(api: FlaskClient, engine: TaskEngine) -> None:
    engine.problems = [errors.EngineUnavailable()]
    receipt = send(api)
    assert receipt["http"] == 202
    assert receipt["state"] == "in_queue"
    assert receipt["process_instance_id"] is None


def test_the_same_key_with_the_same_body_gets_the_same_answer_once(api: FlaskClient) -> None:
    key = {"Idempotency-Key": "a1"}
    first = send(api, **key)
    again = api.post("/api/v1/invoices", data=desk.document(), content_type=PDF, headers=key)
    assert (again.status_code, again.json["id"]) == (201, first["id"])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(api.get("/api/v1/invoices").json["invoices"]) == 1


def test_the_same_key_with_another_body_is_refused(api: FlaskClient) -> None:
    key = {"Idempotency-Key": "a1"}
    send(api, **key)
    other = desk.document(invoice_number="102")
    answer = api.post("/api/v1/invoices", data=other, content_type=PDF, headers=key)
    assert answer.status_code == 422
    assert answer.json["code"] == "idempotency_key_reused"


def test_a_key_that_is_still_being_worked_on_is_a_conflict(api: FlaskClient, parts: desk.TestOffice) -> None:
    from db import idempotency, tokens

    with parts.database.write() as connection:
        (token,) = tokens.everyone(connection)
    seen = []

    def look(data: bytes) -> object:
        seen.append(api.post("/api/v1/invoices", data=data, content_type=PDF, headers={"Idempotency-Key": "k"}))
        return desk.StubReader.read(reader, data)

    reader = parts.office.reader
    reader.read = look  # type: ignore[method-assign]
    answer = api.post("/api/v1/invoices", data=desk.document(), content_type=PDF, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 201
    assert [one.status_code for one in seen] == [409]
    assert seen[0].json["code"] == "idempotency_key_in_use"
    with parts.database.write() as connection:
        known = idempotency.reserve(connection, caller=token.id, key="k", request_digest="", at=desk.NOW)
    assert known is not None
    assert known.status == 201


def test_a_request_that_failed_frees_its_key(api: FlaskClient) -> None:
    key = {"Idempotency-Key": "a1"}
    failed = api.post("/api/v1/invoices", data=b"unreadable P103", content_type=PDF, headers=key)
    assert failed.status_code == 422
    assert send(api, **key)["http"] == 201


def test_letters_and_documents_of_strangers_are_not_found(api: FlaskClient) -> None:
    assert api.get("/api/v1/invoices/5/letters").status_code == 404
    assert api.get("/api/v1/invoices/5/document").status_code == 404
    taken = api.post("/api/v1/invoices", json=desk.invoice().to_json()).json
    assert api.get(f"/api/v1/invoices/{taken['id']}/document").status_code == 404
    assert api.get(f"/api/v1/invoices/{taken['id']}/letters").json == {"letters": []}


def test_a_document_is_named_by_its_case_and_never_shown_as_a_page(api: FlaskClient, parts: desk.TestOffice) -> None:
    receipt = send(api)
    answer = api.get(f"/api/v1/invoices/{receipt['id']}/document")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="invoice-{receipt["id"]}"'
    assert answer.content_type == "application/octet-stream"
    again = api.get(f"/api/v1/invoices/{receipt['id']}/document", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_case_names_the_cases_that_it_belongs_to_in_both_directions(api: FlaskClient) -> None:
    first, reminder = send(api)["id"], send(api, desk.document(request_type="reminder"))["id"]
    storno = send(api, desk.document(subtype="storno", invoice_number="S-1", refers_to="101"))["id"]
    assert api.get(f"/api/v1/invoices/{reminder}").json["related"] == [{"kind": "reminds", "case_id": first}]
    assert api.get(f"/api/v1/invoices/{storno}").json["related"] == [{"kind": "cancels", "case_id": first}]
    assert api.get(f"/api/v1/invoices/{first}").json["related"] == [
        {"kind": "reminded_by", "case_id": reminder},
        {"kind": "cancelled_by", "case_id": storno},
    ]
