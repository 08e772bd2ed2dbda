"""Which mails a rule takes, over values alone."""

from __future__ import annotations

import fnmatch
import time
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulse.claims.mail_rule import Rule
from pulse.claims.rules.mail import Conditions, MailFacts, first_that_takes, matches, never_reached, takes, takes_all_of

MAIL = MailFacts(
    accounts=("invoices", "claims@imap.insurer.example"),
    folder="INBOX",
    senders=("anna@apotheke.example", "bounce@mta.example"),
    subject="Rechnung 101 [dringend]",
    attachments=("Rechnung.PDF", "logo.png"),
    age=timedelta(days=3),
)


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({}, True),
        ({"account": ("invoices",)}, True),
        ({"account": ("claims@*",)}, True),
        ({"account": ("other",)}, False),
        ({"folder": ("inbox",)}, True),
        ({"folder": ("Archive/*",)}, False),
        ({"sender": ("apotheke.example",)}, True),
        ({"sender": ("*.example",)}, True),
        ({"sender": ("example",)}, False),
        ({"sender": ("ANNA@apotheke.example",)}, True),
        ({"sender": ("beat@apotheke.example",)}, False),
        ({"sender": ("mta.example",)}, True),
        ({"subject": ("rechnung*",)}, True),
        ({"subject": ("rechnung",)}, False),
        ({"subject": ("nothing", "*[DRINGEND]")}, True),
        ({"subject": ("*[d]",)}, False),
        ({"subject": ("Rechnung ??? *",)}, True),
        ({"attachment": ("*.pdf",)}, True),
        ({"attachment": ("*.zip",)}, False),
        ({"without_attachment": ("*.zip",)}, True),
        ({"without_attachment": ("*.zip", "*.png")}, False),
        ({"attachment": ("*.pdf",), "without_attachment": ("*.exe",)}, True),
        ({"older_than_days": 2}, True),
        ({"older_than_days": 3}, False),
        ({"younger_than_days": 4}, True),
        ({"younger_than_days": 3}, False),
        ({"older_than_days": 2, "younger_than_days": 4}, True),
        ({"subject": ("rechnung*",), "sender": ("nobody@nowhere.example",)}, False),
    ],
)
def test_all_conditions_must_hold_and_of_several_patterns_one(conditions: dict[str, Any], holds: bool) -> None:
    assert takes(Conditions(**conditions), MAIL) is holds


@pytest.mark.parametrize("conditions", [{"attachment": ("*",)}, {"without_attachment": ("*.exe",)}])
def test_nothing_is_said_about_attachments_that_nobody_knows(conditions: dict[str, Any]) -> None:
    unknown = MailFacts(**{**MAIL.__dict__, "attachments": None})
    assert not takes(Conditions(**conditions), unknown)
    assert takes(Conditions(), unknown)


def test_the_first_enabled_rule_takes_the_mail() -> None:
    off = Rule(name="off", enabled=False)
    other = Rule(name="other", conditions=Conditions(subject=("other",)))
    mine = Rule(name="mine", conditions=Conditions(subject=("*101*",)))
    every = Rule(name="every")
    assert first_that_takes([off, other, mine, every], MAIL) is mine
    assert first_that_takes([off, other], MAIL) is None


@given(st.text(alphabet="ab*?[].", max_size=8), st.text(alphabet="aAbB*[].", max_size=8))
def test_a_pattern_fits_what_the_standard_librarys_fits_with_brackets_taken_as_they_are(glob: str, text: str) -> None:
    expected = fnmatch.fnmatchcase(text.lower(), glob.lower().replace("[", "[[]"))
    assert matches(glob, text) is expected


def test_a_pattern_full_of_stars_takes_no_time() -> None:
    began = time.process_time()
    assert not matches("*a" * 100, "a" * 99 + "b" * 900)
    assert not matches("*" * 200 + "x", "a" * 1000)
    assert time.process_time() - began < 1


_GLOBS = st.lists(st.text(alphabet="ab*?@", min_size=1, max_size=5), max_size=2).map(tuple)
_DAYS = st.none() | st.integers(1, 4)
_CONDITIONS = st.builds(
    Conditions,
    folder=_GLOBS,
    sender=_GLOBS,
    subject=_GLOBS,
    attachment=_GLOBS,
    without_attachment=_GLOBS,
    older_than_days=_DAYS,
    younger_than_days=_DAYS,
)
_TEXT = st.text(alphabet="ab*?", max_size=4)
_MAILS = st.builds(
    MailFacts,
    accounts=st.just(("x",)),
    folder=_TEXT,
    senders=st.lists(st.builds("{}@{}".format, _TEXT, _TEXT), max_size=2).map(tuple),
    subject=_TEXT,
    attachments=st.none() | st.lists(_TEXT, max_size=2).map(tuple),
    age=st.integers(0, 5).map(lambda days: timedelta(days=days, hours=1)),
)


@given(_CONDITIONS, _CONDITIONS, _MAILS)
@example(Conditions(subject=("?",)), Conditions(subject=("*",)), MailFacts(**{**MAIL.__dict__, "subject": ""}))
def test_a_rule_said_never_to_be_reached_takes_nothing_that_the_earlier_one_leaves(
    earlier: Conditions, later: Conditions, mail: MailFacts
) -> None:
    if takes_all_of(earlier, later) and takes(later, mail):
        assert takes(earlier, mail)


@given(_CONDITIONS, st.sets(st.sampled_from(["folder", "sender", "subject", "attachment", "older_than_days"])))
def test_conditions_left_out_make_a_rule_wider(conditions: Conditions, left_out: set[str]) -> None:
    empty = Conditions()
    wider = Conditions(**conditions.__dict__ | {name: getattr(empty, name) for name in left_out})
    assert takes_all_of(wider, conditions)


@pytest.mark.parametrize(
    ("earlier", "later", "covers"),
    [
        ({}, {"subject": ("x",)}, True),
        ({"sender": ("*.news.example",)}, {"sender": ("daily.news.example", "anna@b.news.example")}, True),
        ({"sender": ("news.example",)}, {"sender": ("anna@news.example",)}, True),
        ({"sender": ("anna@news.example",)}, {"sender": ("news.example",)}, False),
        ({"subject": ("*rechnung*",)}, {"subject": ("Rechnung ?",)}, True),
        ({"subject": ("?",)}, {"subject": ("*",)}, False),
        ({"subject": ("a", "b")}, {"subject": ("b",)}, True),
        ({"subject": ("a",)}, {}, False),
        ({"without_attachment": ("*.pdf",)}, {"without_attachment": ("*",)}, True),
        ({"without_attachment": ("*",)}, {"without_attachment": ("*.pdf",)}, False),
        ({"older_than_days": 10}, {"older_than_days": 20}, True),
        ({"older_than_days": 20}, {"older_than_days": 10}, False),
        ({"younger_than_days": 10}, {"younger_than_days": 5, "folder": ("x",)}, True),
    ],
)
def test_what_one_rule_takes_of_another(earlier: dict[str, Any], later: dict[str, Any], covers: bool) -> None:
    assert takes_all_of(Conditions(**earlier), Conditions(**later)) is covers


def test_a_rule_behind_one_that_takes_everything_is_named_with_it() -> None:
    narrow = Rule(name="narrow", conditions=Conditions(subject=("a*",)))
    all_off = Rule(name="all, off", enabled=False)
    everything = Rule(name="everything")
    behind, behind_off = Rule(name="behind"), Rule(name="behind, off", enabled=False)
    found = never_reached([narrow, all_off, everything, behind, behind_off])
    assert [(rule.name, before.name) for rule, before in found] == [("behind", "everything")]
    assert never_reached([narrow, all_off, everything]) == []
