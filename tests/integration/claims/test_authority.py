"""No decision against the insured without a person (Art. 21 DSG): forged at every door, on every engine."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import office
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycamunda.base import RequestMethod
from sqlalchemy import select

from db import letters, tokens, users
from db.tables import decisions as decision_rows
from letters.occasions import DECISIONS
from pulse.base.errors import PulseError
from pulse.claims import tasks
from pulse.claims.letter_facts import LETTER_OF
from pulse.claims.people import token_login
from pulse.engine import errors
from pulse.engine.client.requests import Endpoint

House = Any
DEAR = [office.position(1), office.position(2, unit_price="80.00", amount="80.00")]
RISKY = [office.position(1, code=office.ABUSED, quantity="3", amount="36.90")]
STRANGER = [office.position(code="7680000000015"), office.position(2, code=office.DELISTED)]
#: Our own people, by group; `gone` has left, and `eva` may look but has no group.
PEOPLE = {"carla": "controllers", "anna": "assistants", "gone": "controllers", "eva": ""}
DESKTOP, READER = "d" * 32, "r" * 32


def add_people(house: House) -> None:
    desk = house.desk
    with desk.database.write() as connection:
        for login, groups in PEOPLE.items():
            user = users.add(connection, login=login, password_hash="-", groups=groups, at=office.NOW)
            users.set_user(connection, user, active=login != "gone")
        for token_id, scope in ((DESKTOP, "tasks:write"), (READER, "tasks:read")):
            tokens.add(connection, token_id, name="desk", secret=token_id, scopes=[scope], at=office.NOW)


def logins(house: House) -> dict[str, str]:
    """The tokens as users of the engine."""
    with house.desk.database.read() as connection:
        return {token.id: token_login(token) for token in tokens.everyone(connection)}


def assert_nothing_without_a_person(house: House) -> None:
    """Over all cases: who decided what, and which letters there are."""
    with house.desk.database.read() as connection:
        found = connection.execute(select(decision_rows)).all()
        written = {row.invoice_id: letters.of_invoice(connection, row.invoice_id) for row in found}
        undecided = [
            letter
            for letter in letters.in_state(connection, ["written", "sent", "unknown", "by_post"])
            if letter.kind in DECISIONS and letter.invoice_id not in written
        ]
    assert undecided == []
    for row in found:
        if row.automated:
            assert (row.decision, row.decided_by) == ("approve", "pulse")
        else:
            assert row.decided_by in ("carla", "anna", logins(house)[DESKTOP])
        for letter in written[row.invoice_id]:
            assert letter.kind not in DECISIONS or letter.kind == LETTER_OF[row.decision]


def names() -> st.SearchStrategy[str | None]:
    """Who may have completed the task: nobody, the machine, strangers, people of another group or without one."""
    return st.sampled_from([None, "pulse", "tasklist", "demo", "mallory", "anna", "gone", "eva", "READER"])


def forgeries() -> st.SearchStrategy[dict[str, object]]:
    """What a completion may carry beside a decision: our own variables, with other values."""
    return st.fixed_dictionaries(
        {
            "decision": st.sampled_from(["deny", "partial", "ask", "approve", "pay", ""]),
            "reason_code": st.sampled_from(["P801", "P811", "P812", "P814", "P818", "P819", "P821", ""]),
        },
        optional={
            "comment": st.sampled_from(["because", ""]),
            "decided_in": st.sampled_from(["straight", "confirm", "review_high_risk", "decide", "pulse"]),
            "automated": st.booleans(),
            "outcome": st.sampled_from(["full", "none"]),
            "risk": st.sampled_from(["low", "high"]),
            "payable_amount": st.sampled_from(["0.00", "151.55", "9999.00"]),
            "review": st.sampled_from(["no-such-review", ""]),
            "clarification": st.sampled_from(["deny", "go_on"]),
            "client_match": st.sampled_from(["found", "unknown"]),
        },
    )


def complete(house: House, task_id: str, name: str | None, values: dict[str, object], *, ours: bool) -> None:
    """Completes a task in our tasklist or at the engine itself; our own may refuse, and then nothing has happened."""
    if ours:
        with contextlib.suppress(PulseError):
            tasks.complete(house.desk.office, task_id, name or "pulse", values)
        return
    if name is not None:
        house.engine.call(
            Endpoint(house.engine.url, f"/task/{task_id}/assignee", method=RequestMethod.POST, body={"userId": name})
        )
    house.engine.complete_task(task_id, values)


def attacked(
    house: House, invoice_id: int, name: str | None, values: dict[str, object], *, kind: str = "decide", ours: bool
) -> None:
    """One try at the person's task: it is open still or again, and nothing was decided."""
    task = house.task(invoice_id, kind)
    if name == "READER":
        name = logins(house)[READER]
    complete(house, task.id, name, values, ours=ours)
    if is_open(house, task.id):
        house.engine.unclaim(task.id)
    else:
        house.until(lambda: house.task(invoice_id, kind).id != task.id, invoice_id)
    assert house.decisions(invoice_id) == []
    assert set(house.letters(invoice_id)) <= {("controller", "controller_notice")}


def is_open(house: House, task_id: str) -> bool:
    try:
        house.engine.task(task_id)
    except errors.NotFound:
        return False
    return True


@pytest.mark.parametrize(
    ("positions", "kind"),
    [(DEAR, "decide"), (STRANGER, "decide"), (RISKY, "review_high_risk")],
    ids=["too dear", "not listed", "high risk"],
)
def test_no_forged_completion_decides_anything(open_house: Callable[..., Any], positions: Any, kind: str) -> None:
    with open_house() as house:
        add_people(house)
        invoice_id = house.bring(positions=positions)

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(names(), forgeries(), st.booleans())
        def attack(name: str | None, values: dict[str, object], ours: bool) -> None:
            attacked(house, invoice_id, name, values, kind=kind, ours=ours)
            assert_nothing_without_a_person(house)

        attack()
        house.do(invoice_id, kind, user="carla", decision="deny", reason_code="P814")
        assert house.closed(invoice_id) == "denied"
        assert [one.decided_by for one in house.decisions(invoice_id)] == ["carla"]
        assert_nothing_without_a_person(house)


@pytest.fixture
def peopled(open_house_anywhere: Callable[..., Any]) -> Iterator[House]:
    with open_house_anywhere() as house:
        add_people(house)
        yield house


DENIAL: dict[str, object] = {"decision": "deny", "reason_code": "P814", "comment": "x"}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (None, DENIAL),
        ("mallory", DENIAL),
        ("anna", DENIAL),
        ("gone", DENIAL),
        ("pulse", DENIAL | {"decided_in": "straight", "automated": True}),
        (None, {"decision": "partial", "reason_code": "P812", "payable_amount": "1.00", "outcome": "partial"}),
        ("carla", {"decision": "approve", "reason_code": "P814", "decided_in": "straight", "risk": "low"}),
    ],
    ids=["nobody", "a stranger", "another group", "who has left", "the machine", "a cut by nobody", "a wrong reason"],
)
def test_what_is_forged_at_a_task_comes_back_to_a_person(
    peopled: House, name: str | None, values: dict[str, object]
) -> None:
    invoice_id = peopled.bring(positions=DEAR)
    attacked(peopled, invoice_id, name, values, ours=False)
    complete(peopled, peopled.task(invoice_id, "decide").id, "carla", DENIAL, ours=False)
    assert peopled.closed(invoice_id) == "denied"
    assert_nothing_without_a_person(peopled)


def test_a_token_of_the_insurers_desktop_stands_for_its_people(peopled: House) -> None:
    invoice_id = peopled.bring(positions=DEAR)
    complete(peopled, peopled.task(invoice_id, "decide").id, logins(peopled)[DESKTOP], DENIAL, ours=True)
    assert peopled.closed(invoice_id) == "denied"
    assert_nothing_without_a_person(peopled)


@pytest.mark.parametrize("answer", [DENIAL, DENIAL | {"decision": "partial"}], ids=["denied", "cut"])
def test_a_forged_worker_writes_no_letter_against_anybody(
    open_house_anywhere: Callable[..., Any], answer: dict[str, object]
) -> None:
    """Somebody else answers for `check-decision`: the letter finds no decision on record, and an operator is told."""
    others = ["check-client", "check-medication", "assess-risk", "settle", "write-letter"]
    with open_house_anywhere(topics=others) as house:
        invoice_id = house.bring()
        forge(house, invoice_id, "check-decision", answer)
        assert "This is not what was decided." in trouble(house, invoice_id)
        assert house.decisions(invoice_id) == []
        assert house.letters(invoice_id) == {}
        assert_nothing_without_a_person(house)


def test_a_forged_answer_calls_nobody_not_insured(open_house_anywhere: Callable[..., Any]) -> None:
    with open_house_anywhere(topics=["write-letter"]) as house:
        invoice_id = house.bring()
        forge(house, invoice_id, "check-client", {"client_match": "unknown", "client_found": False})
        assert "Nobody has found that the person is not insured." in trouble(house, invoice_id)
        assert house.letters(invoice_id) == {}


def forge(house: House, invoice_id: int, topic: str, answer: dict[str, object]) -> None:
    """Somebody takes a worker's task and answers it."""
    wanted = {"topicName": topic, "lockDuration": 60_000, "businessKey": f"invoice-{invoice_id}"}
    (task,) = house.engine.fetch_and_lock("mallory", [wanted], max_tasks=1, poll_ms=100_000)
    house.engine.complete(task.id, "mallory", answer)


def trouble(house: House, invoice_id: int) -> str:
    """What an operator is told once the process cannot go on."""
    with pytest.raises(AssertionError) as error:
        house.until(lambda: False, invoice_id)
    return str(error.value)
