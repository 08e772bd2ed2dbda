"""What the random sequences have found, each once by name: the embedded engine answers as the real one does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract_calls import HOUR_MS, NOBODY, histories, live
from contract_differences import DIFFERENCES
from contract_models import FILES
from contract_pair import Call, Pair

ENGINE = Path(__file__).resolve().parents[2] / "pulse" / "engine" / "embedded"
USUAL = {
    "x": {"value": 5, "type": "Integer"},
    "why": {"value": "because"},
    "answer": {"value": "none"},
    "bad": {"value": False},
    "late": {"value": "2099-06-01T12:00:00"},
    "boss": {"value": "ann"},
    "follow": {"value": None},
}
LOCK = [{"topicName": f"contract-{topic}", "lockDuration": HOUR_MS} for topic in ("first", "right", "dig", "run")]
FETCH = Call("POST", "/external-task/fetchAndLock", {"workerId": "w", "maxTasks": 9, "topics": LOCK})

Told = str | Call
"""A call, or `METHOD path {body}` in one line."""


@pytest.fixture(scope="module")
def deployed(pair: Pair) -> Pair:
    pair.deploy(FILES)
    return pair


@pytest.fixture
def story(deployed: Pair) -> Iterator[Pair]:
    deployed.forget()
    yield deployed
    for side in deployed.sides:
        side.ask(Call("DELETE", "/process-instance/<instance#1>?skipIoMappings=true"))


def _call(told: Told) -> Call:
    if isinstance(told, Call):
        return told
    method, _, rest = told.partition(" ")
    path, has_body, body = rest.partition(" {")
    return Call(method, path, ast.literal_eval("{" + body) if has_body else None)


#: Model → what is played on it, after a start with the usual variables; a look at what waits stands between any two.
STORIES: dict[str, tuple[str, list[Told]]] = {
    "an error that ends a sub-process makes the outputs of what it cancels": (
        "scopes", ["POST /task/<ask#1>/bpmnError {'errorCode': 'wrong'}"],
    ),
    "a message that ends a sub-process makes the outputs of what it cancels": (
        "scopes", ["POST /message {'messageName': 'ContractCancelled'}"],
    ),
    "deleting an instance makes outputs, unless it is to skip them": (
        "scopes", ["DELETE /process-instance/<instance#1>"],
    ),
    "an output that fails keeps an instance from being deleted": (
        "scopes",
        ["DELETE /process-instance/<instance#1>/variables/answer", "DELETE /process-instance/<instance#1>"],
    ),
    "an error that nobody catches deletes the task": (
        "terminate", ["POST /task/<one#1>/bpmnError {'errorCode': 'unknown'}"],
    ),
    "claiming for nobody updates the task": ("people", ["POST /task/<review#1>/claim {}"]),
    "variables in return are those after the rules behind the task": (
        "rules", ["POST /task/<fill#1>/submit-form {'withVariablesInReturn': True}"],
    ),
    "a variable of the instance is set where its sub-process runs": (
        "scopes", ["PUT /process-instance/<instance#1>/variables/x {'value': 3}"],
    ),
    "a person's command has one operation in history": (
        "workers",
        [FETCH, "POST /external-task/<first#1>/complete {'workerId': 'w', 'variables': {'z': {'value': 1}}}",
         FETCH, "POST /external-task/<right#1>/failure {'workerId': 'w', 'variables': {'z': {'value': 2}}}"],
    ),
    "a fetch of several topics with conditions finds what fits": (
        "workers",
        [("POST /external-task/fetchAndLock {'workerId': 'w', 'maxTasks': 9, 'topics': ["
         "{'topicName': 'contract-first', 'lockDuration': 3600000, 'businessKey': 'case-1'}, "
         "{'topicName': 'contract-last', 'lockDuration': 3600000, 'processVariables': {'x': 5}}]}")],
    ),
    "a parameter whose expression finds no value has no type": (
        "scopes", ["PUT /process-instance/<instance#1>/variables/why {'value': None, 'type': 'String'}",
                   "POST /task/<ask#1>/complete {}"],
    ),
    "statistics count where tokens stand, and no sub-process around them": (
        "terminate", ["GET /process-definition/key/contract-terminate/statistics"],
    ),
    "statistics count no timers": ("scopes", ["GET /process-definition/key/contract-scopes/statistics"]),
    "queries that contradict themselves are refused": (
        "people",
        ["POST /task {'candidateUser': 'mary', 'candidateGroups': ['assistants']}",
         "POST /job {'timers': True, 'messages': True}"],
    ),
    "what is not there, or not said, is told alike": (
        "people",
        [f"PUT /external-task/{NOBODY}/priority {{}}", f"POST /task/{NOBODY}/bpmnError {{'errorCode': 'wrong'}}",
         "POST /task/<review#1>/bpmnError {}", f"PUT /job/{NOBODY}/duedate {{'duedate': None}}",
         f"POST /task/{NOBODY}/identity-links {{'userId': 'ann', 'type': 'candidate'}}",
         "PUT /job/<job reminder DATE#1>/retries {}"],
    ),
}  # fmt: skip


@pytest.mark.xdist_group("operaton")
@pytest.mark.parametrize("name", STORIES)
def test_a_difference_once_found_stays_away(story: Pair, name: str) -> None:
    model, told = STORIES[name]
    key = f"contract-{model}"
    body = {"businessKey": "case-1", "variables": USUAL}
    story.play(Call("POST", f"/process-definition/key/{key}/start", body, gives="instance"))
    for one in told:
        story.look(key)
        story.play(_call(one))
    story.look(key)
    story.each([*live("<instance#1>"), *histories("<instance#1>")])


def test_the_readme_lists_the_differences_that_stay() -> None:
    readme = (ENGINE / "README.md").read_text("utf-8")
    listed = readme.partition("## Differences from the real engine")[2].partition("\n## ")[0]
    told = re.findall(r"^\| `([\w-]+)` \|", listed, re.MULTILINE)
    assert told == [difference.id for difference in DIFFERENCES]
    assert len(told) <= 10
