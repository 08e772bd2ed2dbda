"""One letter on the screen and by REST: read it, word it, approve it, call it back."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import office as desk
import pytest
from claim_steps import decided, settled
from flask.testing import FlaskClient
from web_desk import Browser, TaskEngine, text

from db import audit, letters
from db.letters import Letter
from pulse.claims.relay import relay_once
from pulse.claims.send_letter import send_letter
from pulse.claims.write_letter import write_letter

Open = Callable[..., Browser]


def stored(parts: desk.TestOffice, letter_id: str) -> Letter:
    with parts.database.read() as connection:
        letter = letters.get(connection, letter_id)
    assert letter is not None
    return letter


@pytest.fixture
def letter(parts: desk.TestOffice, engine: TaskEngine) -> Letter:
    """A denial by an assistant, which waits for a controller, with its task."""
    invoice_id = settled(parts)
    relay_once(parts.office, invoice_id=invoice_id)
    decided(parts, invoice_id, "deny", "P814", place="decide")
    with parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE decisions SET decided_in = 'clarify_case'")
    letter_id = write_letter(parts.office, invoice_id, "client", "denied").letter_id
    engine.add("t1", "approve_letter_client", engine.instances[f"invoice-{invoice_id}"])
    return stored(parts, letter_id)


def words(letter: Letter, *more: str) -> str:
    return "\n\n".join([*(letter.paragraphs or []), *more])


def test_the_task_shows_the_letter_its_wording_and_the_form(browser: Open, letter: Letter) -> None:
    page = browser("carla").get("/tasks/t1").text
    assert letter.paragraphs
    assert letter.paragraphs[0] in html.unescape(page)
    for place in ("pages/1", "text", "wording"):
        assert f"/letters/{letter.id}/{place}" in page
    assert 'name="revision" value="0"' in page
    assert browser("anna").get("/tasks/t1").status_code == 404


def test_a_wording_is_saved_shown_with_its_difference_and_back_at_the_task(
    browser: Open, letter: Letter, parts: desk.TestOffice
) -> None:
    carla = browser("carla")
    typed = words(letter, "Danke & Gruss.").replace("\n", "\r\n")
    answer = carla.post(f"/letters/{letter.id}/wording", {"text": typed, "revision": "0", "task": "t1"})
    assert (answer.status_code, answer.location) == (302, "/tasks/t1")
    now = stored(parts, letter.id)
    assert now.paragraphs == [*(letter.paragraphs or []), "Danke & Gruss."]
    assert now.pdf_sha256 != letter.pdf_sha256
    page = carla.get("/tasks/t1").text
    assert "Danke &amp; Gruss.</textarea>" in page
    assert "<ins>" in page
    assert 'name="revision" value="1"' in page


def test_a_difference_tells_what_was_added_and_removed(browser: Open, letter: Letter, parts: desk.TestOffice) -> None:
    carla = browser("carla")
    carla.post(f"/letters/{letter.id}/wording", {"text": words(letter, "Danke & Gruss."), "revision": "0"})
    carla.post(f"/letters/{letter.id}/wording", {"text": words(letter, "Freundlicher Gruss."), "revision": "1"})
    page = text(carla.get(f"/letters/{letter.id}/wording"))
    assert '<ins><span class="hidden" lang="en">added: </span> Danke &amp; Gruss.</ins>' in page
    assert '<del><span class="hidden" lang="en">removed: </span>Danke &amp;</del>' in page
    assert '<ins><span class="hidden" lang="en">added: </span>Freundlicher</ins>' in page
    assert "carla" in page
    with parts.database.read() as connection:
        assert [one["action"] for one in audit.of_invoice(connection, letter.invoice_id)][-2:] == [
            "web:letter:worded"
        ] * 2


def test_a_refused_wording_is_named_and_what_was_typed_stays(
    browser: Open, letter: Letter, parts: desk.TestOffice
) -> None:
    typed = words(letter, "Zahlen Sie CHF 99.95 bis am 1. Juli 2027. <b>Danke</b>")
    answer = browser("carla").post(f"/letters/{letter.id}/wording", {"text": typed, "revision": "0", "task": "t1"})
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    for what in ("99.95", "2027"):
        assert f"“{what}” is no number" in page
    assert "bis am 1. Juli 2027. <b>Danke</b></textarea>" in page
    assert "<b>Danke</b></textarea>" not in answer.text
    assert 'href="/tasks/t1"' in answer.text
    assert stored(parts, letter.id) == letter

    answer = browser("carla").post(f"/letters/{letter.id}/wording", {"text": "Nein.", "revision": "0"})
    assert "The text must name" in answer.text


def test_whoever_comes_second_hears_so_and_keeps_what_they_typed(browser: Open, letter: Letter) -> None:
    for typed, status in (("Danke.", 302), ("Merci.", 409)):
        answer = browser("carla").post(f"/letters/{letter.id}/wording", {"text": words(letter, typed), "revision": "0"})
        assert answer.status_code == status
    assert "The wording has changed meanwhile" in answer.text
    assert "Merci." in answer.text
    assert browser("carlo").post("/tasks/t1", {"v-letter_approval": "approve", "revision": "0"}).status_code in (
        409,
        422,
    )


def test_a_wording_that_comes_after_the_approval_is_shown_back(browser: Open, letter: Letter) -> None:
    carlo = browser("carlo")
    browser("carla").post(f"/letters/{letter.id}/approve", {"revision": "0"})
    answer = carlo.post(f"/letters/{letter.id}/wording", {"text": words(letter, "Merci."), "revision": "0"})
    assert answer.status_code == 409
    page = answer.text.partition("What you wrote; it is not saved")[2]
    assert "readonly" in page
    assert "Merci.</textarea>" in page
    assert "<textarea" not in carlo.get(f"/letters/{letter.id}/wording").text


def test_the_case_shows_the_first_page_of_each_letter(browser: Open, letter: Letter) -> None:
    page = browser("anna").get(f"/cases/{letter.invoice_id}").text
    assert f'src="/letters/{letter.id}/pages/1?of={letter.pdf_sha256}"' in page
    assert page.count("<details open>") == 1
    assert "First page of the letter to the client" in page


def test_an_approval_beside_the_task_completes_it(
    browser: Open, letter: Letter, engine: TaskEngine, parts: desk.TestOffice
) -> None:
    answer = browser("carla").post(f"/letters/{letter.id}/approve", {"revision": "0"})
    assert answer.status_code == 302
    assert stored(parts, letter.id).approved_by == "carla"
    assert engine.completed == {"t1": {}}
    again = browser("carlo").post(f"/letters/{letter.id}/approve", {"revision": "0"})
    assert (again.status_code, "does not wait" in again.text) == (409, True)


def test_undo_calls_it_back_until_it_has_left(browser: Open, letter: Letter, parts: desk.TestOffice) -> None:
    carla, anna = browser("carla"), browser("anna")
    carla.post(f"/letters/{letter.id}/approve", {"revision": "0"})
    assert "Undo" in anna.get(f"/cases/{letter.invoice_id}").text
    assert anna.post(f"/letters/{letter.id}/undo").status_code == 302
    assert stored(parts, letter.id).state == "waiting_for_approval"
    carla.post(f"/letters/{letter.id}/approve", {"revision": "0"})
    send_letter(parts.office, letter.invoice_id, "client", "denied")
    answer = anna.post(f"/letters/{letter.id}/undo")
    assert (answer.status_code, "has left" in answer.text) == (409, True)
    assert "Undo" not in anna.get(f"/cases/{letter.invoice_id}").text


def test_only_controllers_word_and_approve(browser: Open, letter: Letter, parts: desk.TestOffice) -> None:
    for path in ("wording", "template", "approve"):
        assert browser("anna").post(f"/letters/{letter.id}/{path}", {"text": "x", "revision": "0"}).status_code == 403
    for path in ("wording", "text", "pages/1"):
        assert browser("gast").get(f"/letters/{letter.id}/{path}").status_code == 403
    page = browser("anna").get(f"/letters/{letter.id}/wording").text
    assert "<textarea" not in page
    assert stored(parts, letter.id) == letter
    assert browser("carla").get("/letters/nothing/wording").status_code == 404


def test_the_letter_as_a_web_page_may_use_its_own_styles_alone(browser: Open, letter: Letter) -> None:
    answer = browser("anna").get(f"/letters/{letter.id}/text")
    assert letter.paragraphs
    assert letter.paragraphs[0] in html.unescape(answer.text)
    policy = answer.headers["Content-Security-Policy"]
    assert "sha256-" in policy
    assert "unsafe" not in policy


class TestRest:
    def test_read_word_approve_and_undo(
        self, api: FlaskClient, letter: Letter, parts: desk.TestOffice, engine: TaskEngine
    ) -> None:
        place = f"/api/v1/letters/{letter.id}"
        read: Any = api.get(f"{place}/wording").json
        assert (read["paragraphs"], read["revision"], read["state"]) == (letter.paragraphs, 0, "waiting_for_approval")
        body = {"paragraphs": [*read["paragraphs"], "Danke."], "revision": 0}
        new: Any = api.put(f"{place}/wording", json=body).json
        assert (new["paragraphs"][-1], new["revision"], new["worded_by"]) == ("Danke.", 1, "person")
        assert api.put(f"{place}/wording", json=body).json["code"] == "wording_changed"
        assert api.post(f"{place}/approve", json={"revision": 0}).json["code"] == "wording_changed"
        assert api.post(f"{place}/approve", json={"revision": 1}).json["state"] == "written"
        assert (stored(parts, letter.id).approved_by or "").startswith("tokentest")
        assert api.put(f"{place}/wording", json=body | {"revision": 1}).status_code == 409
        assert api.post(f"{place}/undo").json["state"] == "waiting_for_approval"
        back: Any = api.put(f"{place}/wording", json={"revision": 1}).json
        assert (back["paragraphs"], back["worded_by"], back["revision"]) == (letter.paragraphs, "template", 2)
        listed: Any = api.get(f"/api/v1/invoices/{letter.invoice_id}/letters").json
        assert listed["letters"][0]["worded_by"] == "template"

    def test_what_is_no_fact_is_refused_by_name(self, api: FlaskClient, letter: Letter) -> None:
        body = {"paragraphs": [*(letter.paragraphs or []), "Konto CH93 0076 2011 6238 5295 7"], "revision": 0}
        answer: Any = api.put(f"/api/v1/letters/{letter.id}/wording", json=body)
        assert (answer.status_code, answer.json["code"]) == (422, "wording_refused")
        assert "“CH93”" in answer.json["detail"]

    def test_it_takes_the_scope_letters_send(
        self, api: FlaskClient, app: Any, letter: Letter, bearer: Callable[..., dict[str, str]]
    ) -> None:
        other = bearer("invoices:read", "tasks:write")
        for method, path in (("get", "wording"), ("put", "wording"), ("post", "approve"), ("post", "undo")):
            answer = getattr(app.test_client(), method)(f"/api/v1/letters/{letter.id}/{path}", headers=other)
            assert (answer.status_code, answer.json["code"]) == (403, "scope_missing")

    def test_the_template_comes_back_by_the_task_which_stays(
        self, api: FlaskClient, letter: Letter, engine: TaskEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        select = {"type": "select", "key": "letter_approval", "label": "?", "validate": {"required": True}}
        select["values"] = [{"label": one, "value": one} for one in ("approve", "template")]  # type: ignore[assignment]
        monkeypatch.setattr(engine, "deployed_form", lambda _: {"components": [select]})
        values = {"values": {"letter_approval": "template"}}
        assert api.post("/api/v1/tasks/t1/complete", json=values).json["completed"] is False
        assert "t1" in engine.open
        values = {"values": {"letter_approval": "approve"}}
        assert api.post("/api/v1/tasks/t1/complete", json=values).json["completed"] is True
        assert engine.completed == {"t1": {"letter_approval": "approve"}}
