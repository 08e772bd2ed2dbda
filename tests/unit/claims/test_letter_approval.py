"""Which letters wait for a person."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from letter_samples import all_facts

from db.decisions import Decision
from letters.facts import Facts
from letters.occasions import Kind, Recipient
from letters.writer import Wording
from pulse.claims.letter_approval import needs_approval
from pulse.claims.tasks import CONTROLLERS, GROUPS

EVERY = all_facts("de")
BY_TEMPLATE, BY_MODEL = Wording(paragraphs=("x",)), Wording(paragraphs=("x",), worded_by="model")


def decision(choice: Any = "deny", place: str = "decide") -> Decision:
    return Decision(
        id=1,
        invoice_id=1,
        round=1,
        decision=choice,
        reason_code="P814",
        comment="",
        review_id=None,
        payable_amount=Decimal(0),
        decided_by="anna",
        automated=False,
        decided_at=datetime(2026, 6, 16, tzinfo=UTC),
        decided_in=place,
    )


def of_kind(kind: Kind) -> list[Facts]:
    return [facts for facts in EVERY if facts.kind is kind]


def outside(facts: Facts) -> bool:
    return facts.recipient is not Recipient.CONTROLLER


@pytest.mark.parametrize("facts", EVERY, ids=lambda facts: f"{facts.kind}-{facts.recipient}")
def test_all_means_every_letter_that_leaves_the_house_and_none_means_none(facts: Facts) -> None:
    assert needs_approval("all", facts, BY_TEMPLATE, None) == outside(facts)
    assert not needs_approval("none", facts, BY_MODEL, None)
    assert not needs_approval("model", facts, BY_TEMPLATE, None)
    assert needs_approval("model", facts, BY_MODEL, None) == outside(facts)


@pytest.mark.parametrize("place", ["decide", "review_high_risk"])
def test_a_denial_that_a_controller_has_taken_on_this_case_is_confirmed(place: str) -> None:
    for facts in of_kind(Kind.DENIED):
        assert not needs_approval("denials", facts, BY_MODEL, decision(place=place))


def test_the_places_that_confirm_are_tasks_of_controllers() -> None:
    confirming = {
        place
        for place in GROUPS
        if not needs_approval("denials", of_kind(Kind.DENIED)[0], BY_TEMPLATE, decision(place=place))
    }
    assert confirming == {"decide", "review_high_risk"}
    assert {GROUPS[place] for place in confirming} == {CONTROLLERS}


@pytest.mark.parametrize(
    "decided", [None, decision(place="clarify_case"), decision(place=""), decision("approve"), decision("ask")]
)
def test_any_other_denial_waits(decided: Decision | None) -> None:
    for facts in of_kind(Kind.DENIED):
        assert needs_approval("denials", facts, BY_TEMPLATE, decided)


def test_what_denies_nothing_does_not_wait_by_default() -> None:
    for facts in EVERY:
        if facts.kind is not Kind.DENIED:
            assert not needs_approval("denials", facts, BY_MODEL, decision(place="clarify_case"))
