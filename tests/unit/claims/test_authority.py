"""Who may decide, and that letters say what was decided and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import office
import pytest
from claim_steps import decided, received, settled
from office import TestOffice
from sqlalchemy.exc import IntegrityError

from db import decisions, letters, tokens, users
from letters.facts import Facts, InvalidFacts
from letters.occasions import DECISIONS, Kind
from letters.writer import TemplateWriter
from pulse.claims.check_decision import check_decision
from pulse.claims.decider import UNNAMED, Decider
from pulse.claims.errors import BusinessError
from pulse.claims.people import confirmed, token_login
from pulse.claims.write_letter import write_letter
from pulse.engine.errors import EngineUnavailable, NotFound, Unauthorized

DEAR = [office.position(1), office.position(2, unit_price="80.00", amount="80.00")]
TOKEN = "d" * 32


def known(desk: TestOffice, name: str, place: str = "decide") -> bool:
    return confirmed(desk.office, Decider(place=place, name=name)).known


def add_user(desk: TestOffice, login: str, groups: str, *, active: bool = True) -> None:
    with desk.database.write() as connection:
        user = users.add(connection, login=login, password_hash="-", groups=groups, at=office.NOW)
        users.set_user(connection, user, active=active)


def add_token(desk: TestOffice, *scopes: str) -> str:
    with desk.database.write() as connection:
        tokens.add(connection, TOKEN, name="the desk", secret="s", scopes=list(scopes), at=office.NOW)
        (token,) = tokens.everyone(connection)
    return token_login(token)


def test_a_person_of_the_tasks_group_may_decide(desk: TestOffice) -> None:
    add_user(desk, "carla", "controllers")
    add_user(desk, "both", "assistants controllers")
    for place in ("decide", "review_high_risk"):
        assert known(desk, "carla", place)
        assert known(desk, "both", place)
    assert known(desk, "both", "confirm")


@pytest.mark.parametrize("name", ["anna", "gone", "eva", "mallory", "pulse", UNNAMED, "", "CARLA"])
def test_nobody_else_may(desk: TestOffice, name: str) -> None:
    add_user(desk, "carla", "controllers")
    add_user(desk, "anna", "assistants")
    add_user(desk, "gone", "controllers", active=False)
    add_user(desk, "eva", "")
    assert not known(desk, name)


def test_a_login_that_looks_like_no_name_does_not_speak_for_the_unnamed(desk: TestOffice) -> None:
    add_user(desk, UNNAMED, "controllers")
    assert not known(desk, UNNAMED)


def test_the_engines_own_people_count_by_their_group_there(desk: TestOffice) -> None:
    desk.engine.members = {"controllers": ["clara"], "assistants": ["otto"]}
    assert known(desk, "clara")
    assert known(desk, "otto", "clarify_case")
    assert not known(desk, "otto")
    assert not known(desk, UNNAMED)


def test_who_has_left_us_is_not_let_in_by_the_engine(desk: TestOffice) -> None:
    add_user(desk, "clara", "controllers", active=False)
    desk.engine.members = {"controllers": ["clara"]}
    assert not known(desk, "clara")


def test_where_no_directory_has_anybody_the_engines_login_is_all_there_is(desk: TestOffice) -> None:
    assert known(desk, "demo")
    assert known(desk, UNNAMED)


@pytest.mark.parametrize("groups", ["controllers", "assistants", ""])
def test_as_soon_as_pulse_knows_anybody_no_strangers_name_counts_in_any_group(desk: TestOffice, groups: str) -> None:
    add_user(desk, "carla", groups)
    for place in ("decide", "review_high_risk", "confirm", "clarify_case"):
        assert not known(desk, "demo", place)
        assert not known(desk, UNNAMED, place)


def test_whom_the_engine_has_in_one_group_closes_the_other_to_strangers(desk: TestOffice) -> None:
    desk.engine.members = {"assistants": ["otto"]}
    assert not known(desk, "mallory")
    assert not known(desk, UNNAMED)


@pytest.mark.parametrize(("scope", "expected"), [("tasks:write", True), ("all", True), ("tasks:read", False)])
def test_a_token_stands_for_the_desktop_that_may_do_tasks(desk: TestOffice, scope: str, expected: bool) -> None:
    add_user(desk, "carla", "controllers")
    login = add_token(desk, scope)
    assert known(desk, login) is expected
    with desk.database.write() as connection:
        tokens.revoke(connection, TOKEN, at=office.NOW)
    assert not known(desk, login)


@pytest.mark.parametrize("problem", [NotFound, Unauthorized])
def test_an_engine_that_shows_no_users_leaves_ours(
    desk: TestOffice, problem: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_user(desk, "carla", "controllers")
    monkeypatch.setattr(desk.engine, "get", failing(problem))
    assert known(desk, "carla")
    assert not known(desk, "mallory")


def test_an_engine_that_is_away_is_asked_again(desk: TestOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.engine, "get", failing(EngineUnavailable))
    with pytest.raises(EngineUnavailable):
        known(desk, "clara")


def failing(problem: type[Exception]) -> Callable[..., Any]:
    def get(*_: object, **__: object) -> Any:
        raise problem

    return get


def test_the_machine_needs_no_directory_and_gets_no_place_of_a_person(desk: TestOffice) -> None:
    add_user(desk, "pulse", "controllers")
    assert confirmed(desk.office, Decider(place="straight", name="pulse")).known
    invoice_id = settled(desk, positions=DEAR)
    with pytest.raises(BusinessError):
        decided(desk, invoice_id, "deny", "P814", place="straight")


@pytest.mark.parametrize(("decision", "code"), [("approve", "P801"), ("partial", "P812"), ("deny", "P814")])
def test_a_decision_of_somebody_unknown_does_not_count_whatever_it_is(
    desk: TestOffice, decision: str, code: str
) -> None:
    invoice_id = settled(desk, positions=DEAR)
    nobody = Decider(place="decide", name="mallory", known=False)
    with pytest.raises(BusinessError) as error:
        check_decision(desk.office, invoice_id, decided_by=nobody, decision=decision, reason_code=code)
    assert error.value.bpmn_code == "decision-refused"
    with desk.database.read() as connection:
        assert decisions.of_invoice(connection, invoice_id) == []


CHOICES = {"approve": "P801", "partial": "P812", "deny": "P814", "ask": "P821"}
LETTER = {"approve": "approved", "partial": "partly_approved", "deny": "denied", "ask": "question"}


@pytest.mark.parametrize("kind", ["approved", "partly_approved", "denied", "returned", "not_insured"])
@pytest.mark.parametrize("decision", list(CHOICES))
def test_a_letter_says_what_was_decided_whatever_the_process_asks_for(
    desk: TestOffice, decision: str, kind: str
) -> None:
    invoice_id = settled(desk, positions=DEAR)
    decided(desk, invoice_id, decision, CHOICES[decision], comment="Welche Dosierung?")
    if kind == LETTER[decision]:
        write_letter(desk.office, invoice_id, "provider", kind)
        return
    with pytest.raises(InvalidFacts):
        write_letter(desk.office, invoice_id, "provider", kind)


@pytest.mark.parametrize("kind", sorted(DECISIONS))
def test_without_a_decision_no_letter_tells_one(desk: TestOffice, kind: Kind) -> None:
    invoice_id = settled(desk)
    for recipient in ("client", "provider"):
        with pytest.raises(InvalidFacts):
            write_letter(desk.office, invoice_id, recipient, kind)


def test_nobody_is_told_to_be_not_insured_whom_nobody_has_looked_up(desk: TestOffice) -> None:
    for invoice_id in (received(desk), settled(desk, invoice_number="102")):
        with pytest.raises(InvalidFacts):
            write_letter(desk.office, invoice_id, "provider", "not_insured")


class Liar(TemplateWriter):
    """A writer whose every letter promises the whole amount, as a model might that was told to."""

    def write(self, facts: Facts) -> Any:
        lie = "We have approved everything and pay CHF 9999.00. decision=approve"
        return dataclasses.replace(super().write(facts), paragraphs=(lie,))


@pytest.mark.parametrize("decision", ["approve", "partial", "deny"])
def test_no_wording_changes_what_was_decided(desk: TestOffice, decision: str) -> None:
    invoice_id = settled(desk, positions=DEAR)
    decided(desk, invoice_id, decision, CHOICES[decision])
    with desk.database.read() as connection:
        before = decisions.of_invoice(connection, invoice_id)
    lying = dataclasses.replace(desk.office, writer=Liar())
    for recipient in ("client", "provider"):
        write_letter(lying, invoice_id, recipient, LETTER[decision])
    with desk.database.read() as connection:
        assert decisions.of_invoice(connection, invoice_id) == before
        told = [Facts.from_json(letter.facts) for letter in letters.of_invoice(connection, invoice_id)]
    for facts in told:
        assert (facts.kind, facts.automated) == (LETTER[decision], False)
        assert facts.approved_total == before[0].payable_amount


@pytest.mark.parametrize("decision", ["partial", "deny", "ask"])
def test_the_table_refuses_a_decision_of_the_machine_that_is_turned_against_somebody(
    desk: TestOffice, decision: str
) -> None:
    invoice_id = settled(desk)
    decided(desk, invoice_id, "approve", place="straight")
    statement = decisions.decisions.update().values(decision=decision)
    with desk.database.engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(statement)
