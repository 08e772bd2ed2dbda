"""What a question is made of, whose answer counts, and which invoice is the one that was asked about."""

from __future__ import annotations

from typing import Any

import office
import pytest
from claim_steps import decided, settled
from hypothesis import given
from hypothesis import strategies as st
from office import TestOffice

from db import questions
from pulse.base import reason_texts
from pulse.base.reasons import LANGUAGES, Reason
from pulse.claims.ask import mark_of, questions_in, token_hashes_in
from pulse.claims.prepare_questions import prepared
from pulse.claims.put_right import comes_from_the_asked, is_of
from pulse.engine.errors import NotFound, Unauthorized

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("comment", "asked"),
    [
        ("Welche Dosierung?", ("Welche Dosierung?",)),
        ("- Eins?\n\n * Zwei?\r\n3. Drei?\n12) Vier?", ("Eins?", "Zwei?", "Drei?", "Vier?")),
        ("10 mg oder 20 mg?", ("10 mg oder 20 mg?",)),
        ("\n \n", ()),
    ],
)
def test_each_line_of_a_comment_is_a_question(comment: str, asked: tuple[str, ...]) -> None:
    assert questions_in(comment) == asked


@given(st.text(alphabet="ab ?\n", max_size=300))
def test_no_word_of_a_comment_is_lost(comment: str) -> None:
    asked = questions_in(comment)
    assert len(asked) <= 20
    assert " ".join(asked).split() == comment.split()


@pytest.mark.parametrize(
    "text", [f"[P-{TOKEN}]", f"AW: Rückfrage [P-{TOKEN.upper()}]", f"Ihre Kennung P-{TOKEN}.", f"x\n> [p-{TOKEN}]\n"]
)
def test_a_token_is_found_wherever_it_is_quoted(text: str) -> None:
    assert token_hashes_in(text) == token_hashes_in(f"P-{TOKEN}") != ()


@pytest.mark.parametrize("text", ["", f"P-{TOKEN[:-1]}", f"P-{TOKEN}0", f"XP-{TOKEN}", TOKEN])
def test_what_only_looks_like_a_token_is_none(text: str) -> None:
    assert token_hashes_in(text) == ()


def test_the_mark_leads_back_to_its_question(desk: TestOffice) -> None:
    question = asked(desk)
    assert token_hashes_in(mark_of(desk.office, question)) == (question.token_hash,)


@pytest.mark.parametrize(
    ("registered", "sender", "counts"),
    [
        ("apotheke@provider.example", "apotheke@provider.example", True),
        ("Apotheke@Provider.example", "praxis@provider.example", True),
        ("apotheke@provider.example", "apotheke@sub.provider.example", False),
        ("apotheke@provider.example", "apotheke@provider.example.evil.example", False),
        ("praxis.meier@hin.ch", "praxis.meier@hin.ch", True),
        ("praxis.meier@hin.ch", "praxis.huber@hin.ch", False),
        (None, "apotheke@provider.example", False),
        ("apotheke@provider.example", None, False),
    ],
)
def test_an_answer_counts_from_the_provider_alone(
    desk: TestOffice, registered: str | None, sender: str | None, counts: bool
) -> None:
    question = asked(desk)
    with desk.database.write() as connection:
        connection.exec_driver_sql("UPDATE providers SET email = ?", (registered,))
    with desk.database.read() as connection:
        assert comes_from_the_asked(connection, question.invoice_id, sender) is counts


OTHER = {"gln": "7601000000002", "name": "Andere"}


@pytest.mark.parametrize(
    ("theirs", "same"),
    [
        ({}, True),
        ({"positions": [office.position(quantity="2", amount="143.10")]}, True),
        ({"biller": OTHER}, False),
        ({"invoice_number": "102"}, False),
        ({"invoice_number": "102", "refers_to": "101"}, True),
        ({"invoice_number": "102", "refers_to": "101", "biller": OTHER}, False),
        ({"subtype": "storno", "refers_to": "101"}, False),
        ({"request_type": "reminder"}, False),
    ],
)
def test_an_invoice_is_put_right_by_its_own_biller_and_number(theirs: dict[str, Any], same: bool) -> None:
    assert is_of(office.invoice(), office.invoice(**theirs)) is same


def test_every_question_has_its_four_languages_and_a_reason_that_exists() -> None:
    codes = {code.value for code in Reason}
    for topic in reason_texts._questions():
        assert topic in codes or topic in reason_texts.QUESTIONS_OF_ANY
        assert all(reason_texts.question(topic, language) for language in LANGUAGES), topic
    assert reason_texts.question("P701", "de") is None


def test_questions_are_prepared_from_what_was_found_in_the_providers_language(desk: TestOffice) -> None:
    invoice_id = settled(desk, language="fr", positions=[office.position(unit_price="80.00", amount="80.00")])
    offered = prepared(desk.office, invoice_id)
    assert offered[0].about == "P313"
    assert offered[0].text.startswith("Position 1 (Medikament): Le prix facturé dépasse")
    assert [one.about for one in offered[-3:]] == list(reason_texts.QUESTIONS_OF_ANY)


@pytest.mark.parametrize("problem", [NotFound(), Unauthorized()], ids=["unknown", "not shown"])
def test_an_engine_that_shows_no_model_lets_the_provider_be_asked(desk: TestOffice, problem: Exception) -> None:
    def hidden(_definition_id: str) -> str:
        raise problem

    desk.engine.process_model = hidden
    invoice_id = settled(desk)
    decided(desk, invoice_id, "ask", "P821", comment="Welche Dosierung?", definition_id="medication-invoice:1:a")
    with desk.database.read() as connection:
        assert questions.of_invoice(connection, invoice_id)


def asked(desk: TestOffice) -> questions.Question:
    invoice_id = settled(desk)
    decided(desk, invoice_id, "ask", "P821", comment="Welche Dosierung?")
    with desk.database.read() as connection:
        return questions.of_invoice(connection, invoice_id)[-1]
