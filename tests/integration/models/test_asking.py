"""The paths of a question to the provider, on a running engine: the answer, the reminder, and none at all."""

from __future__ import annotations

import pytest
from process_walk import Engine, Start, Walk, ends_with_letters, letter_goes_out, to_route


@pytest.fixture
def asked(start: Start) -> Walk:
    """A case whose question has left."""
    walk = start()
    to_route(walk, outcome="partial")
    walk.do("decide", decision="ask", reason_code="P821", comment="Which pack?")
    walk.work("check_decision")
    letter_goes_out(walk, "provider", "question")
    assert (walk.open(), walk.ended()) == (set(), False)
    return walk


def job(walk: Walk, event: str) -> str:
    (found,) = [job["id"] for job in walk.jobs() if job["dueDate"].startswith(event)]
    return str(found)


def test_an_answer_leads_back_to_the_reading(asked: Walk) -> None:
    asked.hear()
    assert asked.open() == {"check_client"}
    assert (asked.variable("decision"), asked.variable("letter_kind"), asked.jobs()) == ("", "", [])


@pytest.mark.parametrize(
    ("reading", "then"), [("doubtful", "correct_reading"), ("incomplete", "write_letter_provider")]
)
def test_an_answer_is_read_as_any_invoice(asked: Walk, reading: str, then: str) -> None:
    asked.hear(reading=reading)
    assert asked.open() == {then}


def test_the_reminder_leaves_the_question_open(asked: Walk, engine: Engine) -> None:
    engine.post(f"/job/{job(asked, '2099-06-17')}/execute", {})
    assert asked.work("remind_provider")["kind"] == "question_reminder"
    assert len(asked.jobs()) == 1
    asked.hear()
    assert asked.open() == {"check_client"}


def test_an_answer_before_the_reminder_is_written_leaves_both_on_their_way(asked: Walk, engine: Engine) -> None:
    engine.post(f"/job/{job(asked, '2099-06-17')}/execute", {})
    asked.hear()
    assert asked.open() == {"check_client", "remind_provider"}


def test_a_question_without_an_answer_ends_as_returned(asked: Walk, engine: Engine) -> None:
    engine.post(f"/job/{job(asked, '2099-07-10')}/execute", {})
    ends_with_letters(asked, "returned", "provider")


def test_a_letter_that_asks_nothing_is_not_waited_for(start: Start) -> None:
    walk = start(reading="incomplete")
    ends_with_letters(walk, "returned", "provider")
