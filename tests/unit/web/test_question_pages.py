"""Asking the provider in the browser: prepared questions, what came back, and what nobody waits for any more."""

from __future__ import annotations

from collections.abc import Callable

import office as desk
import pytest
from claim_steps import case_of, decided, received, settled
from web_desk import Browser, TaskEngine

from db import invoices, outbox, questions
from db.questions import Question
from pulse.engine.errors import EngineSilent

Open = Callable[..., Browser]
DEAR = [desk.position(unit_price="80.00", amount="80.00")]


@pytest.fixture
def invoice_id(parts: desk.TestOffice, engine: TaskEngine) -> int:
    """A case whose price is above the list, with its task "decide"."""
    found = settled(parts, positions=DEAR)
    with parts.database.write() as connection:
        invoices.process_started(connection, found, "process-1")
    engine.add("t1", "decide", "process-1")
    return found


@pytest.fixture
def asked(parts: desk.TestOffice, invoice_id: int) -> Question:
    """The same case, asked about."""
    decided(parts, invoice_id, "ask", "P821", comment="<b>Welche</b> Dosierung?")
    return newest(parts, invoice_id)


def newest(parts: desk.TestOffice, invoice_id: int) -> Question:
    with parts.database.read() as connection:
        return questions.of_invoice(connection, invoice_id)[-1]


def test_to_ask_is_a_second_step_with_prepared_questions(browser: Open, invoice_id: int, engine: TaskEngine) -> None:
    carla = browser("carla")
    page = carla.post("/tasks/t1", {"v-decision": "ask", "v-comment": "Und das Rezept?"})
    assert page.status_code == 200
    assert "Position 1 (Medikament): Der verrechnete Preis liegt über dem Höchstpreis" in page.text
    assert "Welche Dosierung wurde verordnet" in page.text
    assert "Und das Rezept?" in page.text
    assert engine.completed == {}


def test_what_is_picked_and_changed_is_asked_and_nothing_else(
    browser: Open, invoice_id: int, engine: TaskEngine
) -> None:
    form = {
        "asked": "1",
        "v-decision": "ask",
        "pick-0": "1",
        "question-0": "Warum\r\n dieser Preis?",
        "own": "\n Wozu? ",
    }
    page = browser("carla").post("/tasks/t1", form | {"question-1": "nicht gewählt"})
    assert page.status_code == 302
    assert engine.completed["t1"] == {
        "decision": "ask",
        "reason_code": "P821",
        "comment": "Warum dieser Preis?\nWozu?",
    }


def test_to_ask_nothing_is_refused_and_the_form_keeps_what_was_typed(
    browser: Open, invoice_id: int, engine: TaskEngine
) -> None:
    form = {"asked": "1", "v-decision": "ask", "question-0": "Geändert?"}
    page = browser("carla").post("/tasks/t1", form)
    assert page.status_code == 422
    assert "This needs a comment" in page.text
    assert "Geändert?" in page.text
    assert engine.completed == {}


def test_the_case_shows_what_is_asked_and_until_when(browser: Open, asked: Question) -> None:
    page = browser("anna").get(f"/cases/{asked.invoice_id}")
    assert "Question to the provider" in page.text
    assert "&lt;b&gt;Welche&lt;/b&gt; Dosierung?" in page.text
    assert "Waits for the provider to answer, until 16.07.2026" in page.text
    assert "Withdraw the question" not in page.text
    assert "Withdraw the question" in browser("carla").get(f"/cases/{asked.invoice_id}").text


def test_whoever_takes_the_call_writes_the_answer_down(browser: Open, parts: desk.TestOffice, asked: Question) -> None:
    anna = browser("anna")
    page = anna.post(f"/questions/{asked.id}/answer", {"answer": "10 mg\r\n<i>täglich</i>"})
    assert page.headers["Location"].endswith(f"/cases/{asked.invoice_id}")
    assert newest(parts, asked.invoice_id).answer == "10 mg\n<i>täglich</i>"
    assert "&lt;i&gt;täglich" in anna.get(f"/cases/{asked.invoice_id}").text
    with parts.database.read() as connection:
        assert [one.key for one in outbox.due(connection, at=parts.clock.now()) if one.kind == "correlate"] == [
            f"answer:{asked.id}"
        ]
    anna.post(f"/questions/{asked.id}/answer", {"answer": "20 mg"})
    assert "closed already" in anna.get(f"/cases/{asked.invoice_id}").text


def test_controllers_alone_withdraw_a_question(browser: Open, parts: desk.TestOffice, asked: Question) -> None:
    assert browser("anna").post(f"/questions/{asked.id}/withdraw").status_code == 403
    assert newest(parts, asked.invoice_id).state == "open"
    assert browser("carla").post(f"/questions/{asked.id}/withdraw").status_code == 302
    assert newest(parts, asked.invoice_id).state == "withdrawn"


@pytest.mark.parametrize("what", ["answer", "withdraw"])
def test_no_question_of_another_world_is_answered(browser: Open, asked: Question, what: str) -> None:
    assert browser("carla").post(f"/questions/{asked.id}x/{what}", {"answer": "x"}).status_code == 404
    assert browser("carla").post(f"/questions/{asked.id}/{what}", {"answer": "x"}, csrf=False).status_code == 400


@pytest.fixture
def contradicting(parts: desk.TestOffice, engine: TaskEngine, asked: Question) -> int:
    """A case with the number of the one that is asked about and with other content, as a person meets it."""
    found = received(parts, positions=[desk.position()])
    with parts.database.write() as connection:
        invoices.process_started(connection, found, "process-2")
    engine.add("t2", "correct_reading", "process-2")
    return found


def test_a_contradicting_case_may_be_taken_as_the_answer(
    browser: Open, parts: desk.TestOffice, engine: TaskEngine, asked: Question, contradicting: int
) -> None:
    anna = browser("anna")
    page = anna.get("/tasks/t2").text
    assert "Is this what was asked for?" in page
    assert "&lt;b&gt;Welche&lt;/b&gt; Dosierung?" in page
    assert f"This is the corrected invoice for case {asked.invoice_id}" in page
    done = anna.post("/tasks/t2/adopt", {"question": asked.id})
    assert done.headers["Location"].endswith(f"/cases/{asked.invoice_id}")
    assert "t2" not in engine.open
    now = newest(parts, asked.invoice_id)
    assert (now.state, now.answered_by, case_of(parts, contradicting).duplicate_of) == (
        "answered", "anna", asked.invoice_id
    )  # fmt: skip
    assert f"case {contradicting} is closed" in anna.get(f"/cases/{asked.invoice_id}").text
    assert "Taken as the answer to another case" in anna.get(f"/cases/{contradicting}").text


def test_an_engine_that_was_silent_hears_of_it_at_the_second_try(
    browser: Open, parts: desk.TestOffice, engine: TaskEngine, asked: Question, contradicting: int
) -> None:
    anna = browser("anna")
    engine.problems.append(EngineSilent())
    assert anna.post("/tasks/t2/adopt", {"question": asked.id}).status_code == 503
    assert newest(parts, asked.invoice_id).state == "answered"
    assert f"This is the corrected invoice for case {asked.invoice_id}" in anna.get("/tasks/t2").text
    assert anna.post("/tasks/t2/adopt", {"question": asked.id}).status_code == 302
    assert "t2" not in engine.open


def test_nothing_is_taken_as_an_answer_that_nobody_waits_for(
    browser: Open, parts: desk.TestOffice, engine: TaskEngine, asked: Question, contradicting: int
) -> None:
    carla, anna = browser("carla"), browser("anna")
    assert carla.post("/tasks/t2/adopt", {"question": asked.id}).status_code == 404
    engine.claim("t2", "otto")
    assert anna.post("/tasks/t2/adopt", {"question": asked.id}).status_code == 409
    engine.unclaim("t2")
    carla.post(f"/questions/{asked.id}/withdraw")
    assert "Is this what was asked for?" not in anna.get("/tasks/t2").text
    assert anna.post("/tasks/t2/adopt", {"question": asked.id}).status_code == 409
    assert anna.post("/tasks/t2/adopt", {"question": "x"}).status_code == 409
    assert case_of(parts, contradicting).closed_as is None
