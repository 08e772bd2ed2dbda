"""One screen for one task: look, then decide."""

from __future__ import annotations

import re
from collections.abc import Callable

import office as desk
import pytest
from claim_steps import case_of, received, settled
from web_desk import Browser, TaskEngine

from db import audit, decisions
from db.database import DatabaseUnavailable
from pulse.claims.relay import relay_once

Open = Callable[..., Browser]
HOSTILE = "<script>alert(1)</script>{{7*7}}\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def invoice_id(parts: desk.TestOffice, engine: TaskEngine) -> int:
    """A case whose price is above the list, with its task "decide"."""
    over = desk.position(unit_price="80.00", amount="80.00")
    invoice_id = settled(parts, positions=[over, desk.position(2)])
    relay_once(parts.office, invoice_id=invoice_id)
    engine.add("t1", "decide", engine.instances[f"invoice-{invoice_id}"])
    engine.variables = {"facts": "Facts of the case", "refusal": "", "reason_code": "P812"}
    return invoice_id


def test_everybody_sees_the_tasks_of_their_groups_alone(browser: Open, invoice_id: int) -> None:
    assert f"/cases/{invoice_id}" in browser("carla").get("/tasks").text
    assert "Nothing to do here." in browser("anna").get("/tasks").text
    assert "Nothing to do here." in browser("gast").get("/tasks").text


def test_another_groups_task_is_not_there(browser: Open, invoice_id: int, engine: TaskEngine) -> None:
    anna = browser("anna")
    assert anna.get("/tasks/t1").status_code == 404
    for path in ("/tasks/t1", "/tasks/t1/claim", "/tasks/t1/release", "/tasks/t1/preview/client"):
        assert anna.post(path, {"v-decision": "deny", "v-reason_code": "P814"}).status_code == 404
    assert engine.completed == {}
    assert engine.open["t1"].assignee is None


def test_somebody_without_a_group_sees_no_case(browser: Open, invoice_id: int) -> None:
    guest = browser("gast")
    for path in ("/cases", f"/cases/{invoice_id}", f"/cases/{invoice_id}/document"):
        assert guest.get(path).status_code == 403


def test_the_screen_shows_case_positions_rules_and_form(browser: Open, invoice_id: int) -> None:
    page = browser("carla").get("/tasks/t1").text
    for text in ("Müller Anna", "Apotheke zum Bären", "80.00", "71.55", "P313", "risk-test", "medication_risk"):
        assert text in page
    assert "Decide on the invoice" in page
    assert '<option value="P812" selected>' in page
    assert "Refused:" not in page
    assert "Facts of the case" in page


def test_a_refused_decision_is_shown_with_its_reason(browser: Open, invoice_id: int, engine: TaskEngine) -> None:
    engine.variables["refusal"] = "A reason code is missing."
    assert "Refused: A reason code is missing." in browser("carla").get("/tasks/t1").text


def test_a_denial_goes_to_the_engine_and_names_who_decided(
    browser: Open, invoice_id: int, engine: TaskEngine, parts: desk.TestOffice
) -> None:
    values = {"v-decision": "deny", "v-reason_code": "P814", "v-comment": "one\r\ntwo"}
    answer = browser("carla").post("/tasks/t1", values)
    assert (answer.status_code, answer.location) == (302, "/tasks")
    assert engine.completed["t1"] == {"decision": "deny", "reason_code": "P814", "comment": "one\ntwo"}
    with parts.database.read() as connection:
        events = audit.of_invoice(connection, invoice_id)
    assert [(one["actor"], one["action"]) for one in events[-1:]] == [("carla", "web:task:completed")]


def test_the_second_of_two_controllers_hears_who_was_first(browser: Open, invoice_id: int) -> None:
    carla, carlo = browser("carla"), browser("carlo")
    assert carlo.get("/tasks/t1").status_code == 200
    values = {"v-decision": "deny", "v-reason_code": "P814"}
    assert carla.post("/tasks/t1", values).status_code == 302
    answer = carlo.post("/tasks/t1", values)
    assert answer.status_code == 409
    assert "by carla, on 16.06.2026, 10:00" in answer.text


def test_who_comes_second_gets_back_what_they_wrote(browser: Open, invoice_id: int) -> None:
    carla, carlo = browser("carla"), browser("carlo")
    values = {"v-decision": "deny", "v-reason_code": "P814"}
    carla.post("/tasks/t1", values)
    comment = "Das Rezept fehlt.\r\n<b>Bitte nachreichen.</b>"
    page = carlo.post("/tasks/t1", {**values, "v-comment": comment, "revision": "3"}).text
    assert "It stands below, to be copied" in page
    assert "readonly>Das Rezept fehlt." in page
    assert "&lt;b&gt;Bitte nachreichen.&lt;/b&gt;</textarea>" in page
    assert "<dt>Reason code</dt><dd>P814</dd>" in page
    assert "csrf_token" not in page.partition("<section")[2].partition("</section>")[0]
    assert "Revision" not in page
    assert "stands below" not in carlo.get("/tasks/t1").text


def test_a_task_that_somebody_has_taken_can_be_seen_but_not_done(
    browser: Open, invoice_id: int, engine: TaskEngine
) -> None:
    carla, carlo = browser("carla"), browser("carlo")
    assert carla.post("/tasks/t1/claim").status_code == 302
    assert engine.open["t1"].assignee == "carla"
    assert "carla has taken this task" in carlo.get("/tasks/t1").text
    answer = carlo.post("/tasks/t1", {"v-decision": "deny", "v-reason_code": "P814"})
    assert answer.status_code == 409
    assert "by carla" in answer.text
    assert carlo.post("/tasks/t1/release").status_code == 409
    assert carla.post("/tasks/t1/release").status_code == 302
    assert engine.open["t1"].assignee is None


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"v-decision": ""}, "Decision"),
        ({"v-decision": "explode", "v-reason_code": "P814"}, "Decision"),
        ({"v-decision": "deny", "v-reason_code": "P801"}, "The reason does not fit"),
        ({"v-decision": "deny", "v-reason_code": "P818", "v-comment": " "}, "This needs a comment"),
        ({"v-decision": "deny", "v-reason_code": "P814", "v-comment": "x" * 3901}, "Comment"),
        ({"v-decision": "deny", "v-reason_code": "P814", "v-sneaked": "x"}, "sneaked"),
        ({"v-decision": "partial", "v-reason_code": "P812", "pay-1": "nonsense"}, "position 1"),
        ({"v-decision": "partial", "v-reason_code": "P812", "pay-1": "900", "pay-2": "0"}, "outside what was billed"),
    ],
)
def test_the_server_checks_every_value_again_and_keeps_what_was_typed(
    browser: Open, invoice_id: int, engine: TaskEngine, values: dict[str, str], told: str
) -> None:
    answer = browser("carla").post("/tasks/t1", {"v-comment": "typed before"} | values)
    assert answer.status_code == 422
    alert = re.search(r'<div class="notice error".*?</div>', answer.text, re.DOTALL)
    assert alert is not None
    assert told in alert[0]
    assert ("typed before" in answer.text) == ("v-comment" not in values)
    assert engine.completed == {}


def test_amounts_by_position_are_stored_as_a_review_before_the_decision(
    browser: Open, invoice_id: int, engine: TaskEngine, parts: desk.TestOffice
) -> None:
    values = {"v-decision": "partial", "v-reason_code": "P813", "pay-1": "50.00", "pay-2": "0"}
    assert browser("carla").post("/tasks/t1", values).status_code == 302
    review_id = engine.completed["t1"]["review"]
    with parts.database.read() as connection:
        review = decisions.review(connection, review_id)
    assert review is not None
    assert {line: str(amount) for line, amount in review.amounts().items()} == {1: "50.00", 2: "0"}
    assert review.made_by == "carla"


def test_amounts_left_as_worked_out_need_no_review(browser: Open, invoice_id: int, engine: TaskEngine) -> None:
    page = browser("carla").get("/tasks/t1").text
    amounts = dict(re.findall(r'name="(pay-\d+)"[^>]* value="([^"]*)"', page))
    assert amounts == {"pay-1": "71.55", "pay-2": "71.55"}
    values = {"v-decision": "partial", "v-reason_code": "P812", **amounts}
    assert browser("carla").post("/tasks/t1", values).status_code == 302
    assert "review" not in engine.completed["t1"]


@pytest.mark.parametrize("recipient", ["client", "provider"])
def test_the_letter_can_be_seen_before_the_decision(browser: Open, invoice_id: int, recipient: str) -> None:
    values = {"v-decision": "deny", "v-reason_code": "P814"}
    answer = browser("carla").post(f"/tasks/t1/preview/{recipient}", values)
    assert answer.status_code == 200
    assert answer.get_data()[:5] == b"%PDF-"
    assert browser("carla").post("/tasks/t1/preview/enemy", values).status_code == 422
    assert browser("carla").post(f"/tasks/t1/preview/{recipient}", {}).status_code == 422


def test_hostile_texts_are_shown_inert_on_every_page(browser: Open, parts: desk.TestOffice, engine: TaskEngine) -> None:
    bad = {"name": HOSTILE, "street": HOSTILE, "city": HOSTILE, "zip": HOSTILE, "email": HOSTILE}
    invoice_id = received(
        parts,
        invoice_number=HOSTILE,
        biller={"gln": desk.PROVIDER_GLN, **bad},
        patient={"family_name": HOSTILE, "given_name": HOSTILE, "insured_number": HOSTILE},
        positions=[desk.position(name=HOSTILE, code=HOSTILE, remark=HOSTILE, tariff=HOSTILE)],
        findings=[{"code": "P236", "severity": "error", "field": HOSTILE, "message": HOSTILE}],
        fields={HOSTILE: {"confidence": 0.5, "page": 1, "box": [1, 2, 3, 4]}},
    )
    relay_once(parts.office, invoice_id=invoice_id)
    process = engine.instances[f"invoice-{invoice_id}"]
    engine.add("t1", "correct_reading", process, name=HOSTILE, assignee=HOSTILE)
    engine.add("t2", "clarify_case", process, name=HOSTILE)
    engine.variables = dict.fromkeys(("facts", "refusal", "comment", "decision", "reason_code"), HOSTILE)
    anna = browser("anna")
    seen = 0
    for path in ("/tasks", "/tasks/t1", "/tasks/t2", "/cases", f"/cases/{invoice_id}", f"/cases?q={HOSTILE}"):
        page = anna.get(path)
        assert page.status_code == 200, path
        assert "<script" not in page.text.replace('<script src="/static/check.js" defer></script>', "")
        assert "<img src=x" not in page.text
        seen += page.text.count("&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}")
    assert seen > 20


def test_cases_are_found_by_state_and_by_number(browser: Open, invoice_id: int, parts: desk.TestOffice) -> None:
    carla = browser("carla")
    link = f'href="/cases/{invoice_id}"'
    assert link in carla.get("/cases").text
    assert link in carla.get("/cases?state=in_progress").text
    assert link not in carla.get("/cases?state=completed").text
    assert link in carla.get("/cases?q=101").text
    assert link in carla.get(f"/cases?q={invoice_id}").text
    assert link not in carla.get("/cases?q=102").text
    assert carla.get("/cases?q=99999999999999999999").status_code == 200
    assert carla.get("/cases/77").status_code == 404
    assert case_of(parts, invoice_id).state == "in_progress"


def test_an_engine_that_is_away_is_said_in_words(browser: Open, engine: TaskEngine) -> None:
    engine.away = True
    answer = browser("carla").get("/tasks")
    assert answer.status_code == 503
    assert "The process engine does not answer" in answer.text


def test_a_database_that_is_away_is_said_in_words(
    browser: Open, parts: desk.TestOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    carla = browser("carla")

    def away() -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(parts.database, "read", away)
    answer = carla.get("/tasks")
    assert answer.status_code == 503
    assert "The database does not answer" in answer.text


def test_a_page_image_is_rendered_once(browser: Open, parts: desk.TestOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    invoice_id = received(parts)
    rendered = []

    def page_image(_data: bytes, page: int) -> bytes:
        rendered.append(page)
        return b"\x89PNG\r\n\x1a\n" + bytes(8) + (100).to_bytes(4, "big") + (200).to_bytes(4, "big") + bytes(20)

    monkeypatch.setattr(parts.office.reader, "page_image", page_image)
    carla = browser("carla")
    for _ in range(2):
        assert (
            f'href="/cases/{invoice_id}/pages/1" width="65.45" height="130.91"'
            in carla.get(f"/cases/{invoice_id}").text
        )
        answer = carla.get(f"/cases/{invoice_id}/pages/1")
        assert (answer.status_code, answer.content_type) == (200, "image/png")
        assert answer.headers["Cache-Control"] == "no-store"
    assert rendered == [1]


def test_a_page_that_is_no_picture_is_said_and_not_shown(browser: Open, parts: desk.TestOffice) -> None:
    invoice_id = received(parts)
    carla = browser("carla")
    assert "This page cannot be shown" in carla.get(f"/cases/{invoice_id}").text
    assert carla.get(f"/cases/{invoice_id}/pages/1").status_code == 404
    assert carla.get(f"/cases/{invoice_id}/pages/999999999999999999999").status_code == 404
    assert carla.get(f"/cases/{invoice_id}?page=999999999999999999999").status_code == 200
