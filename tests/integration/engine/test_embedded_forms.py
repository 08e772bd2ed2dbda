"""Generated forms: what they are filled with, and what may be submitted. The odd rules are the real engine's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from embedded_engine import Rest, bpmn, flows

from pulse.engine.embedded.server import EmbeddedServer


def field(name: str, kind: str, inner: str = "", more: str = "", **constraints: str) -> str:
    held = "".join(f'<camunda:constraint name="{one}" config="{config}"/>' for one, config in constraints.items())
    return (
        f'<camunda:formField id="{name}" label="The {name}" type="{kind}" {more}>{inner}'
        f"<camunda:validation>{held}</camunda:validation></camunda:formField>"
    )


FIELDS = (
    field("amount", "long", min="10", max="20")
    + field("reason", "string", minlength="2", maxlength="5")
    + field("code", "string", more='defaultValue="${1 + 1}"', readonly="")
    + field("day", "date", more='datePattern="yyyy-MM-dd"')
    + field("agreed", "boolean", more='defaultValue="true"')
    + field("choice", "enum", '<camunda:value id="x" name="X &amp; Y"/><camunda:value id="z" name="Z"/>')
    + '<camunda:formField id="must" type="string"><camunda:validation><camunda:constraint name="required"/>'
    + "</camunda:validation></camunda:formField>"
)
FORM = f"<extensionElements><camunda:formData>{FIELDS}</camunda:formData></extensionElements>"
TASK = f'<startEvent id="start"/><userTask id="u">{FORM}</userTask><endEvent id="end"/>' + flows("start-u", "u-end")
START = f'<startEvent id="start">{FORM}</startEvent><endEvent id="end"/>' + flows("start-end")


@pytest.fixture(scope="module")
def rest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rest]:
    folder: Path = tmp_path_factory.mktemp("forms")
    with EmbeddedServer(f"sqlite:///{folder / 'engine.db'}") as server:
        rest = Rest(server.url)
        rest.deploy(bpmn(TASK, key="task"), bpmn(START, key="begin"))
        yield rest
        rest.close()


def submit(rest: Rest, status: int = 200, **given: Any) -> dict[str, Any]:
    instance = rest.start("task")
    (task,) = rest.get(f"/task?processInstanceId={instance}")
    values = {name: {"value": value} for name, value in ({"must": "m"} | given).items()}
    body = {"variables": values, "withVariablesInReturn": True}
    return dict(rest.post(f"/task/{task['id']}/submit-form", body, status=status))


@pytest.mark.parametrize(
    "given",
    [
        {"amount": 9}, {"amount": 20}, {"amount": "15"}, {"amount": True}, {"amount": 15.5}, {"reason": "a"},
        {"reason": "abcdef"}, {"reason": 5}, {"code": "x"}, {"day": "31/12/2026"}, {"choice": "y"}, {"must": ""},
        {"must": None},
    ],
)  # fmt: skip
def test_a_value_that_a_form_does_not_allow_is_refused(rest: Rest, given: dict[str, Any]) -> None:
    submit(rest, 500, **given)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"amount": 10}, {"amount": ("Long", 10)}),
        ({"reason": "abcde"}, {"reason": ("String", "abcde")}),
        ({"day": "2026-12-31"}, {"day": ("Date", "2026-12-31T00:00:00.000+0000")}),
        ({"agreed": "yes"}, {"agreed": ("Boolean", False)}),
        ({"choice": "z", "amount": None}, {"choice": ("String", "z"), "amount": ("Long", None)}),
        ({}, {"code": ("String", "2"), "agreed": ("Boolean", True)}),
        ({"beside": 1}, {"beside": ("Integer", 1)}),
    ],
)
def test_what_is_submitted_gets_the_type_of_its_field_or_its_default(
    rest: Rest, given: dict[str, Any], kept: dict[str, Any]
) -> None:
    told = submit(rest, **given)
    assert {name: (told[name]["type"], told[name]["value"]) for name in kept} == kept


def test_completing_without_the_form_checks_nothing(rest: Rest) -> None:
    instance = rest.start("task")
    (task,) = rest.get(f"/task?processInstanceId={instance}")
    rest.post(f"/task/{task['id']}/complete", {"variables": {"amount": {"value": 5}}}, status=204)


def test_a_start_form_is_told_filled_rendered_and_checked(rest: Rest) -> None:
    path = "/process-definition/key/begin"
    assert rest.get(f"{path}/startForm")["key"].endswith("/rendered-form")
    assert rest.get(f"{path}/form-variables?variableNames=code")["code"]["value"] == "2"
    html = rest.get(f"{path}/rendered-form")
    assert '<input class="form-control" name="code"' in html
    assert "X &amp; Y" in html
    rest.post(f"{path}/submit-form", {"variables": {"amount": {"value": 5}}}, status=500)
    given = {"must": {"value": "m"}, "amount": {"value": 12}}
    instance = rest.post(f"{path}/submit-form", {"variables": given})["id"]
    kept = rest.get(f"/history/variable-instance?processInstanceId={instance}&variableName=amount")
    assert [(one["type"], one["value"]) for one in kept] == [("Long", 12)]
