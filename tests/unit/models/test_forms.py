"""The forms show what a person needs, ask for values that the process knows, and change no fact."""

from __future__ import annotations

import re
from typing import Any

import pytest
from process_start import START

from pulse.base.reasons import DECISION_REASONS

Forms = dict[str, dict[str, Any]]
#: Variables a form reads that steps of the process make.
MADE_ON_THE_WAY = {"refusal", "clarify_message", "recipient", "kind", "letter_approval"}
#: Form → what a person says there.
ANSWERS = {
    "correct_reading": {"correction"},
    "clarify_case": {"clarification", "reason_code", "comment"},
    "confirm": {"decision"},
    "decision": {"decision", "reason_code", "comment"},
    "settle_delivery": {"delivery"},
    "approve_letter": {"letter_approval"},
}


def fields(form: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {component["key"]: component for component in form["components"] if "key" in component}


def choices(form: dict[str, Any], key: str) -> list[str]:
    return [item["value"] for item in fields(form)[key]["values"]]


def test_a_person_answers_only_what_the_form_asks(forms: Forms) -> None:
    for name, form in forms.items():
        assert {key for key, field in fields(form).items() if not field.get("disabled")} == ANSWERS[name]


def test_every_fact_is_a_variable_of_the_process(forms: Forms) -> None:
    for form in forms.values():
        texts = " ".join(component.get("text", "") for component in form["components"])
        read = set(fields(form)) | set(re.findall(r"{{(\w+)}}", texts))
        assert read <= set(START) | MADE_ON_THE_WAY


def test_component_ids_are_unique_within_a_form(forms: Forms) -> None:
    for form in forms.values():
        ids = [component["id"] for component in form["components"]]
        assert len(ids) == len(set(ids))


def test_a_controller_sees_the_facts_of_the_case(forms: Forms) -> None:
    facts = {
        "client_last_name",
        "client_risk_score",
        "abuse_risk",
        "reasons",
        "facts",
        "payable_amount",
        "total_amount",
    }
    assert facts <= set(fields(forms["decision"]))


def test_every_form_leads_to_the_case(forms: Forms) -> None:
    for form in forms.values():
        assert any("{{case_url}}" in component.get("text", "") for component in form["components"])


@pytest.mark.parametrize(
    ("form", "key", "values"),
    [
        ("correct_reading", "correction", ["done", "return"]),
        ("clarify_case", "clarification", ["go_on", "return", "deny"]),
        ("confirm", "decision", ["approve", "controller"]),
        ("decision", "decision", ["approve", "partial", "deny", "ask"]),
        ("settle_delivery", "delivery", ["sent", "again", "post"]),
        ("approve_letter", "letter_approval", ["approve", "template"]),
    ],
)
def test_the_answers_are_those_that_the_process_knows(forms: Forms, form: str, key: str, values: list[str]) -> None:
    assert choices(forms[form], key) == values
    assert fields(forms[form])[key]["validate"] == {"required": True}


def test_the_reason_codes_are_those_of_the_code_table(forms: Forms) -> None:
    every = {reason.value for reasons in DECISION_REASONS.values() for reason in reasons}
    assert choices(forms["decision"], "reason_code") == sorted(every)
    assert choices(forms["clarify_case"], "reason_code") == sorted(reason.value for reason in DECISION_REASONS["deny"])


def test_a_reason_is_shown_with_its_code(forms: Forms) -> None:
    for name in ("decision", "clarify_case"):
        for item in fields(forms[name])["reason_code"]["values"]:
            assert item["label"].startswith(item["value"] + " ")


def test_a_comment_fits_into_a_variable(forms: Forms) -> None:
    for name in ("decision", "clarify_case"):
        assert fields(forms[name])["comment"]["validate"]["maxLength"] == 3900
