"""What the random sequences have found, each once by name: the embedded engine answers as the real one does."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract_calls import HOUR_MS
from contract_differences import DIFFERENCES
from contract_looks import histories, live
from contract_models import FILES, MODELS
from contract_pair import Call, Pair
from contract_story import NOBODY

ENGINE = Path(__file__).resolve().parents[2] / "pulse" / "engine" / "embedded"
KEYS = {model.key for model in MODELS}
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
#: White space, a repeated name, escapes, numbers of all sizes, and something behind it.
JSON_AS_PEOPLE_WRITE_IT = (
    r'{"b": 1, "a": 1.50, "c": [1e3, 1E400, 0.1e-7, -0, 123456789.5, 12345678901234567890, {}], '
    r'"d": "\u00e9\/", "b": 2} x'
)
FETCH = Call("POST", "/external-task/fetchAndLock", {"workerId": "w", "maxTasks": 9, "topics": LOCK})

LONG = {"x": {"value": "x" * 4001}}
NO_TYPE = {"x": {"value": 1, "type": "Nope"}}
NO_NUMBER = {"value": "abc", "type": "Integer"}
EVALUATE = "POST /decision-definition/key/contract-level/evaluate"

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
         "POST /task {'candidateGroup': 'assistants', 'candidateGroups': ['controllers', 'assistants']}",
         "POST /task {'candidateGroup': 'nobody', 'candidateGroups': ['controllers', 'assistants']}",
         "POST /job {'timers': True, 'messages': True}"],
    ),
    "what is not there, or not said, is told alike": (
        "people",
        [f"PUT /external-task/{NOBODY}/priority {{}}", f"POST /task/{NOBODY}/bpmnError {{'errorCode': 'wrong'}}",
         "POST /task/<review#1>/bpmnError {}", f"PUT /job/{NOBODY}/duedate {{'duedate': None}}",
         f"POST /task/{NOBODY}/identity-links {{'userId': 'ann', 'type': 'candidate'}}",
         f"POST /task/{NOBODY}/identity-links/delete {{'userId': 'ann', 'type': 'candidate'}}",
         "PUT /job/<job reminder DATE#1>/retries {}"],
    ),
    "no retries left opens an incident of a job, some resolve it": (
        "people",
        [f"PUT /job/<job reminder DATE#1>/retries {{'retries': {retries}}}" for retries in (0, 2)],
    ),
    "an error that nobody catches deletes the incident of its task": (
        "jobs",
        [("POST /external-task/fetchAndLock {'workerId': 'w', 'maxTasks': 9,"
          " 'topics': [{'topicName': 'contract-apply', 'lockDuration': 3600000}]}"),
         "POST /external-task/<apply#1>/failure {'workerId': 'w'}",
         "POST /external-task/<apply#1>/bpmnError {'workerId': 'w', 'errorCode': 'wrong'}"],
    ),
    "a comment updates its task, and one on a task that is over knows no instance": (
        "people",
        ["POST /task/<review#1>/comment/create {'message': 'seen'}", "POST /task/<review#1>/complete {}",
         "POST /task/<review#1>/comment/create {'message': 'late'}", "GET /task/<review#1>/comment"],
    ),
    "a job tells the activity that failed, not the one that it began at": (
        "scopes",
        ["DELETE /process-instance/<instance#1>/variables/answer", "POST /job/<job expired DATE#1>/execute {}",
         "PUT /job/<job expired DATE#1>/retries {'retries': 1}", "POST /job/<job expired DATE#1>/execute {}"],
    ),
    "a variable around a task is removed where the task stands": (
        "scopes",
        [f"DELETE /task/<ask#1>/variables/{name}" for name in ("bad", "inner_x", "question")],
    ),
    "of a list that is removed its format stays in history": (
        "people",
        ["PUT /process-instance/<instance#1>/variables/x {'value': ['a']}",
         "DELETE /process-instance/<instance#1>/variables/x"],
    ),
    "a decision is not evaluated with what is no number": (
        "rules",
        [f"{EVALUATE} {{'variables': {{'x': {{'type': 'Json', 'value': {value!r}}}}}}}"
         for value in ('{"a": [1, null]}', "[1]", "{}", "true", '"abc"', "5", "7.0", "null", "no json", "", None)]
        + [f"{EVALUATE} {{'variables': {{'x': {{'type': 'Nope', 'value': 1}}}}}}"],
    ),
    "a task behind which a decision fails stays": (
        "rules",
        [f"POST /task/<fill#1>/{ending} {{'variables': {{'x': {{'type': {kind!r}, 'value': {value!r}}}}}}}"
         for ending in ("complete", "submit-form")
         for kind, value in (("Bytes", "YWJj"), ("Json", "[1]"), ("Json", "no json"), ("Long", 7), ("String", ""))],
    ),
    "a text that is too long is found out last": (
        "scopes",
        [Call("POST", "/message", {"messageName": "ContractNote", "processVariables": LONG}),
         Call("POST", "/message", {"messageName": "ContractCancelled", "processVariablesLocal": LONG}),
         Call("POST", "/message", {"messageName": "ContractNote", "correlationKeys": LONG}),
         Call("POST", "/message", {"messageName": "ContractUnknown", "processVariables": LONG}),
         Call("POST", "/message", {"messageName": "ContractNote", "processVariables": LONG | {"y": NO_NUMBER}}),
         Call("PUT", "/process-instance/<instance#1>/variables/x", LONG["x"]),
         Call("PUT", "/task/<ask#1>/variables/x", LONG["x"]),
         Call("POST", "/task/<ask#1>/variables", {"modifications": LONG}),
         Call("POST", "/task/<ask#1>/variables", {"modifications": LONG | {"y": NO_NUMBER}}),
         *(Call("POST", f"/task/<ask#1>/{doing}", {"variables": LONG})
           for doing in ("complete", "submit-form", "resolve")),
         Call("POST", "/task/<ask#1>/bpmnError", {"errorCode": "wrong", "variables": LONG}),
         Call("POST", f"/task/{NOBODY}/complete", {"variables": LONG}),
         Call("POST", f"/process-instance/{NOBODY}/variables", {"modifications": LONG}),
         Call("POST", "/process-definition/key/contract-scopes/start", {"variables": LONG}),
         Call("POST", "/process-definition/key/contract-people/start", {"variables": LONG})],
    ),
    "a worker's text that is too long is found out last": (
        "workers",
        [FETCH,
         *(Call("POST", f"/external-task/<first#1>/{doing}", {"workerId": "w", "errorCode": "e", "variables": LONG})
           for doing in ("complete", "failure", "bpmnError")),
         Call("POST", "/external-task/<first#1>/complete", {"workerId": "w", "localVariables": LONG}),
         Call("POST", "/external-task/<first#1>/complete", {"workerId": "other", "variables": LONG}),
         Call("POST", "/external-task/<first#1>/complete", {"workerId": "w", "variables": LONG | {"y": NO_NUMBER}}),
         Call("POST", f"/external-task/{NOBODY}/complete", {"workerId": "w", "variables": LONG})],
    ),
    "a type that nobody knows is told as each resource does": (
        "workers",
        [Call("POST", "/external-task/<first#1>/complete", {"workerId": "w", "variables": NO_TYPE}),
         Call("POST", f"/task/{NOBODY}/complete", {"variables": NO_TYPE}),
         Call("POST", f"/task/{NOBODY}/bpmnError", {"errorCode": "wrong", "variables": NO_TYPE}),
         Call("POST", "/message", {"messageName": "ContractNote", "processVariables": NO_TYPE})],
    ),
    "an error needs a code, and an activity that ends the process has no place for its outputs": (
        "workers",
        [FETCH, "POST /external-task/<first#1>/bpmnError {'workerId': 'w', 'errorCode': ''}",
         "POST /external-task/<first#1>/bpmnError {'workerId': 'w', 'errorCode': 'unknown'}",
         "POST /external-task/<first#1>/complete {'workerId': 'w'}", FETCH,
         "POST /external-task/<left#1>/bpmnError {'workerId': 'w', 'errorCode': 'unknown'}"],
    ),
    "a Json that an expression reads is written anew": (
        "workers",
        [f"PUT /process-instance/<instance#1>/variables/x {{'type': 'Json', 'value': {JSON_AS_PEOPLE_WRITE_IT!r}}}",
         FETCH, "POST /external-task/<first#1>/complete {'workerId': 'w'}", FETCH,
         "POST /external-task/<left#1>/complete {'workerId': 'w'}"],
    ),
    "what is no JSON stops the expression that reads it": (
        "workers",
        ["PUT /process-instance/<instance#1>/variables/x {'type': 'Json', 'value': '{a: 1}'}",
         FETCH, "POST /external-task/<first#1>/complete {'workerId': 'w'}"],
    ),
    "of a suspended process the variables are read first": (
        "people",
        ["PUT /process-definition/key/contract-people/suspended {'suspended': True}",
         *(Call("POST", f"/process-definition/key/contract-people/{doing}", {"variables": given})
           for doing in ("start", "submit-form") for given in (NO_TYPE, {"y": NO_NUMBER}, LONG, {})),
         "PUT /process-definition/key/contract-people/suspended {'suspended': False}"],
    ),
    "texts submitted with a form stand in history": (
        "people",
        ["POST /process-definition/key/contract-people/submit-form {'variables': {'t': {'value': 'a'}}}",
         ("POST /task/<review#1>/submit-form {'variables': {'x': {'type': 'String', 'value': 'yes'},"
          " 'n': {'type': 'Integer', 'value': 1}, 'z': {'type': 'String', 'value': None}}}")],
    ),
    "a link is removed from a task by its type": (
        "people",
        ["POST /task/<review#1>/identity-links {'groupId': 'assistants'}",
         "POST /task/<review#1>/identity-links/delete {'groupId': 'assistants'}"],
    ),
    "a message starts no suspended process": (
        "messages",
        ["PUT /process-definition/key/contract-messages/suspended {'suspended': True}",
         "POST /message {'messageName': 'ContractArrived', 'resultEnabled': True}",
         "POST /message {'messageName': 'ContractArrived', 'all': True}",
         "PUT /process-definition/key/contract-messages/suspended {'suspended': False}"],
    ),
    "a suspended task is kept from each command as its resource tells it": (
        "people",
        ["PUT /process-instance/<instance#1>/suspended {'suspended': True}",
         *(f"POST /task/<review#1>/{doing} {{'errorCode': 'wrong', 'userId': 'ann', 'type': 'candidate'}}"
           for doing in ("complete", "submit-form", "bpmnError", "claim", "unclaim", "assignee", "delegate", "resolve",
                         "identity-links", "identity-links/delete", "comment/create"))],
    ),
    "variables in return are told as they are stored": (
        "people",
        ["PUT /process-instance/<instance#1>/variables/x {'value': {'k': 1}}",
         "PUT /process-instance/<instance#1>/variables/y {'type': 'Json', 'value': '[1]'}",
         "POST /task/<review#1>/complete {'withVariablesInReturn': True, 'variables': {'z': {'value': ['a']}}}"],
    ),
    "a message that ends the process tells its last variables": (
        "scopes",
        [Call("POST", "/message", {"messageName": "ContractCancelled", "businessKey": "case-1", "resultEnabled": True,
                                   "variablesInResultEnabled": True, "processVariables": {"n": {"value": 1}},
                                   "processVariablesLocal": {"here": {"value": 1}}})],
    ),
    "a job of a suspended process fails": (
        "scopes",
        ["PUT /process-instance/<instance#1>/suspended {'suspended': True}",
         *["POST /job/<job expired DATE#1>/execute {}"] * 4,
         "PUT /process-instance/<instance#1>/suspended {'suspended': False}"],
    ),
    "a continuation of a suspended process fails in its activity": (
        "jobs",
        ["PUT /process-instance/<instance#1>/suspended {'suspended': True}",
         "POST /job/<job compute async-before#1>/execute {}",
         "PUT /process-instance/<instance#1>/suspended {'suspended': False}"],
    ),
    "a value that cannot be read is told with what was being done to the task": (
        "people",
        [f"POST /task/<review#1>/{doing} {{'variables': {{'x': {{'value': 1, 'type': 'Nope'}}}}}}"
         for doing in ("complete", "submit-form", "resolve")],
    ),
    "a form of a delegated task resolves it": (
        "people",
        ["POST /task/<review#1>/claim {'userId': 'ann'}", "POST /task/<review#1>/delegate {'userId': 'ann'}",
         "POST /task/<review#1>/submit-form {'withVariablesInReturn': True, 'variables': {'x': {'value': 1}}}",
         "POST /task/<review#1>/submit-form {}"],
    ),
    "a variable of its own updates a task": (
        "people",
        ["PUT /task/<review#1>/variables/x {'value': 1}", "PUT /task/<review#1>/localVariables/own {'value': 1}",
         "PUT /task/<review#1>/variables/own {'value': 2}", "DELETE /task/<review#1>/localVariables/own"],
    ),
    "due dates are asked for or ruled out, not both": (
        "people", ["POST /task {'dueBefore': '2100-01-01T00:00:00.000+0000', 'withoutDueDate': True}"],
    ),
    "a truth is no number": (
        "jobs",
        ["PUT /process-instance/<instance#1>/variables/y {'value': True, 'type': 'Boolean'}",
         "POST /external-task/<apply#1>/lock {'workerId': 'w1', 'lockDuration': 3600000}",
         "POST /external-task/<apply#1>/complete {'workerId': 'w1'}"],
    ),
    "a task is done whose timer lost its retries": (
        "people", ["PUT /job/<job reminder DATE#1>/retries {'retries': 0}", "POST /task/<review#1>/complete {}"],
    ),
    "what began first comes first": (
        "rules",
        ["POST /task/<fill#1>/complete {}",
         Call("GET", "/history/activity-instance?processInstanceId=<instance#1>&sortBy=occurrence&sortOrder=asc",
              ordered=True)],
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


@pytest.mark.xdist_group("operaton")
def test_statistics_of_processes_count_instances_failed_jobs_and_incidents(story: Pair) -> None:
    story.play(Call("POST", "/process-definition/key/contract-people/start", {"variables": USUAL}, gives="instance"))
    story.look("contract-people")
    story.play(_call("PUT /job/<job reminder DATE#1>/retries {'retries': 0}"))
    for query in ("", "?failedJobs=true", "?incidents=true", "?rootIncidents=true&failedJobs=true",
                  "?incidentsForType=failedJob", "?incidentsForType=failedExternalTask"):  # fmt: skip
        found = [side.ask(Call("GET", f"/process-definition/statistics{query}"))[1] for side in story.sides]
        ours, real = ([_counts(row) for row in rows if row["definition"]["key"] in KEYS] for rows in found)
        assert sorted(ours) == sorted(real), query
    story.play(Call("GET", "/process-definition/statistics?incidents=true&rootIncidents=true"))
    story.play(Call("GET", "/process-definition/statistics?incidents=true&incidentsForType=failedJob"))


def _counts(row: dict[str, Any]) -> str:
    """A row without the ids of what was deployed."""
    definition = {key: row["definition"][key] for key in row["definition"].keys() - {"id", "version", "deploymentId"}}
    told = row | {"id": None, "@class": row["@class"].rpartition(".")[2], "definition": definition}
    return json.dumps(told, sort_keys=True)


def test_the_readme_lists_the_differences_that_stay() -> None:
    readme = (ENGINE / "README.md").read_text("utf-8")
    listed = readme.partition("## Differences from the real engine")[2].partition("\n## ")[0]
    told = re.findall(r"^\| `([\w-]+)` \|", listed, re.MULTILINE)
    assert told == [difference.id for difference in DIFFERENCES]
    assert len(told) <= 10
