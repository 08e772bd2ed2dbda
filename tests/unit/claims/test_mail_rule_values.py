"""What makes a rule, and how rules are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import office as desk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import mail_rules as rows
from pulse.base.errors import InvalidInput
from pulse.claims import mail_rules
from pulse.claims.mail_rule import ACTIONS, AFTERWARDS, DAYS, GLOBS, Rule, RuleMistakes, read_rule
from pulse.claims.mail_rules_file import from_toml, to_toml

POLICY = desk.a_policy(sent_address="sent@insurer.example")


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[desk.TestOffice]:
    yield from desk.open_office(tmp_path)


def rule(name: str, **values: Any) -> Rule:
    return read_rule({"name": name, "action": "ignore"} | values, POLICY)


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"name": " "}, "name"),
        ({"name": "a" * 81}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": 7}, "name"),
        ({"enabled": "yes"}, "enabled"),
        ({"action": "burn"}, "action"),
        ({"action": None}, "action"),
        ({"afterwards": "shred"}, "afterwards"),
        ({"sender": ["x", 7]}, "sender"),
        ({"sender": [""]}, "sender"),
        ({"sender": "a" * 201}, "sender"),
        ({"subject": [str(number) for number in range(21)]}, "subject"),
        ({"attachment": {"a": 1}}, "attachment"),
        ({"older_than_days": 0}, "older_than_days"),
        ({"older_than_days": True}, "older_than_days"),
        ({"younger_than_days": "3"}, "younger_than_days"),
        ({"older_than_days": 3, "younger_than_days": 3}, "younger_than_days"),
        ({"action": "forward"}, "forward_to"),
        ({"action": "forward", "forward_to": "anna"}, "forward_to"),
        ({"action": "forward", "forward_to": "anna@mail.example"}, "forward_to"),
        ({"action": "forward", "forward_to": "anna@insurer.example\nBcc: x@y.example"}, "forward_to"),
        ({"action": "forward", "forward_to": "Claims@insurer.example"}, "forward_to"),
        ({"action": "forward", "forward_to": "sent@insurer.example"}, "forward_to"),
        ({"forward_to": "anna@insurer.example"}, "forward_to"),
        ({"action": "reply"}, "reply_text"),
        ({"action": "reply", "reply_text": "a\x00b"}, "reply_text"),
        ({"action": "reply", "reply_text": "a" * 4001}, "reply_text"),
        ({"reply_text": "x"}, "reply_text"),
        ({"afterwards": "move"}, "move_to"),
        ({"move_to": "x"}, "move_to"),
        ({"sendr": "x"}, "sendr"),
    ],
)
def test_each_mistake_is_named_with_its_key(values: dict[str, Any], key: str) -> None:
    with pytest.raises(RuleMistakes) as caught:
        read_rule({"name": "rule", "action": "ignore"} | values, POLICY)
    assert [mistake.key for mistake in caught.value.mistakes] == [key]


def test_all_mistakes_of_a_rule_are_told_at_once() -> None:
    with pytest.raises(RuleMistakes) as caught:
        read_rule({"colour": "red", "action": "reply"}, POLICY, place="rule 4")
    assert {str(mistake).partition(": ")[0] for mistake in caught.value.mistakes} == {"rule 4"}
    assert [mistake.key for mistake in caught.value.mistakes] == ["colour", "name", "reply_text"]


_LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1, max_size=20)
_GLOBS = st.lists(_LINE, max_size=2, unique=True).map(tuple)


@st.composite
def _rules(draw: st.DrawFn) -> Rule:
    action, afterwards = draw(st.sampled_from(ACTIONS)), draw(st.sampled_from(AFTERWARDS))
    values: dict[str, Any] = {"name": draw(_LINE), "enabled": draw(st.booleans()), "action": action}
    values |= {key: list(globs) for key in GLOBS if (globs := draw(_GLOBS))}
    days = draw(st.sampled_from([(), (1,), (3, 9)]))
    values |= dict(zip(DAYS, days, strict=False))
    if action == "forward":
        values["forward_to"] = "anna@insurer.example"
    if action == "reply":
        values["reply_text"] = "\n".join(draw(st.lists(_LINE, min_size=1, max_size=3)))
    if afterwards == "move":
        values["move_to"] = draw(_LINE)
    return read_rule(values | {"afterwards": afterwards}, POLICY)


@given(st.lists(_rules(), max_size=4))
def test_rules_come_back_from_a_file_as_they_were(several: list[Rule]) -> None:
    assert from_toml(to_toml(several), POLICY) == several


@pytest.mark.parametrize("text", ["rule = 3", "rule = [1]", "[rules]\na = 1", "[[rule]]\nname = 'x'", "[[rule"])
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        from_toml(text, POLICY)


def test_rules_keep_their_order_through_changes(parts: desk.TestOffice) -> None:
    office = parts.office
    for name in "abcd":
        mail_rules.add(office, rule(name), by="carla")
    mail_rules.remove(office, "b", by="carla")
    assert mail_rules.move(office, "d", 1, by="carla") == 1
    assert mail_rules.move(office, "a", 99, by="carla") == 3
    with parts.database.read() as connection:
        assert [(row.position, row.name) for row in rows.all_rules(connection)] == [(1, "d"), (2, "c"), (3, "a")]
    with pytest.raises(RuleMistakes):
        mail_rules.add(office, rule("a"), by="carla")
    with pytest.raises(RuleMistakes):
        mail_rules.change(office, "c", rule("a"), by="carla")
    mail_rules.change(office, "c", rule("e", subject="x"), by="carla")
    assert [one.rule.name for one in mail_rules.listed(office)] == ["d", "e", "a"]


def test_an_import_replaces_all_rules_and_leaves_what_stays_alone(parts: desk.TestOffice) -> None:
    office = parts.office
    mail_rules.replace_all(office, [rule("a"), rule("b"), rule("c")], by="carla")
    mail_rules.replace_all(office, [rule("c"), rule("b", subject="x"), rule("d")], by="carlo")
    found = [(one.rule.name, one.rule.changed_by) for one in mail_rules.listed(office)]
    assert found == [("c", "carla"), ("b", "carlo"), ("d", "carlo")]


def test_a_condition_that_is_not_known_is_never_left_out(parts: desk.TestOffice) -> None:
    mail_rules.add(parts.office, rule("a"), by="carla")
    with parts.database.write() as connection:
        rows.set_rule(connection, 1, conditions={"spam_score": 5})
    with pytest.raises(InvalidInput, match="does not know"):
        mail_rules.listed(parts.office)


def test_there_are_not_endlessly_many_rules(parts: desk.TestOffice) -> None:
    several = [rule(str(number)) for number in range(mail_rules.MAX_RULES)]
    mail_rules.replace_all(parts.office, several, by="carla")
    with pytest.raises(InvalidInput, match="already"):
        mail_rules.add(parts.office, rule("one more"), by="carla")
    with pytest.raises(InvalidInput):
        mail_rules.replace_all(parts.office, [*several, replace(several[0], name="x")], by="carla")
