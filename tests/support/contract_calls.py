"""Random calls of an engine's REST interface: most of them sensible where the story stands, some of them wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contract_looks import histories
from contract_models import FAR, Model
from contract_pair import Call
from contract_story import NOBODY, Story
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Values = dict[str, Any]
Calls = SearchStrategy[Call]

HOUR_MS = 3_600_000
_USERS = st.sampled_from(["ann", "mary", "peter"])
_GROUPS = st.sampled_from(["assistants", "controllers", "nobody"])
_WORKERS = st.sampled_from(["w1", "w1", "w1", "w2"])
_DATE = FAR + ".000+0000"


# --- variables ---

_GOOD: list[Values] = [
    {"value": 5, "type": "Integer"}, {"value": 50, "type": "Integer"}, {"value": 7, "type": "Long"},
    {"value": "12", "type": "integer"}, {"value": 2.5, "type": "Double"}, {"value": "yes", "type": "String"},
    {"value": "no"}, {"value": True, "type": "Boolean"}, {"value": False}, {"value": 3}, {"value": 1.5},
    {"value": _DATE, "type": "Date"}, {"value": '{"a": [1, null]}', "type": "Json"}, {"value": None},
    {"value": None, "type": "String"}, {"value": "YWJj", "type": "Bytes"}, {"value": ["a", "b"]}, {"value": {"k": 1}},
    {"value": 2**40}, {"value": 4, "type": "Short"}, {"value": "", "type": "String"}, {"value": "äöü€ 'x' \"y\""},
]  # fmt: skip
_BAD: list[Values] = [
    {"value": "abc", "type": "Integer"}, {"value": 1.7, "type": "Integer"}, {"value": "yes", "type": "Boolean"},
    {"value": 1, "type": "Nope"}, {"value": "2026-01-01", "type": "Date"}, {"value": 2**40, "type": "Integer"},
    {"value": {"a": 1}, "type": "Json"}, {"value": "x" * 4001},
]  # fmt: skip
_NAMES = st.sampled_from(["x", "x", "decision", "answer", "found", "bad", "why", "text", "y", "level", "other"])
_VALUES = st.sampled_from(_GOOD * 3 + _BAD)


def _variables(most: int = 3) -> SearchStrategy[Values]:
    return st.dictionaries(_NAMES, _VALUES, max_size=most)


def _maybe(**fields: SearchStrategy[Any]) -> SearchStrategy[Values]:
    """Any of the fields, each present or not."""
    return st.fixed_dictionaries({}, optional=fields)


def _body(always: Values | None = None, /, **fields: SearchStrategy[Any]) -> SearchStrategy[Values]:
    return st.fixed_dictionaries({name: st.just(value) for name, value in (always or {}).items()} | fields)


def _condition(name: str, operator: str, value: object) -> Values:
    return {"name": name, "operator": operator, "value": value}


def _joined(*parts: SearchStrategy[Values]) -> SearchStrategy[Values]:
    return st.tuples(*parts).map(lambda found: {key: value for part in found for key, value in part.items()})


# --- starting ---

_USUAL: Values = {
    "x": {"value": 5, "type": "Integer"}, "why": {"value": "because"}, "answer": {"value": "none"},
    "bad": {"value": False, "type": "Boolean"}, "late": {"value": FAR}, "boss": {"value": "ann"},
    "follow": {"value": None}, "text": {"value": "t", "type": "String"},
}  # fmt: skip


def start(story: Story) -> Calls:
    """Another instance; usually with all that the model asks for."""
    number, name = story.instances + 1, story.model.key
    given = st.one_of(
        _variables().map(lambda more: _USUAL | more),
        st.just(_USUAL),
        _variables(),
    )
    key = f"case-{number}"
    if story.model.starts_by_message:
        body = {"messageName": "ContractArrived", "businessKey": key, "resultEnabled": True}
        return _body(body, processVariables=given).map(lambda body: Call("POST", "/message", body, gives="instance"))
    return st.tuples(_body({"businessKey": key}, variables=given), st.booleans()).map(
        lambda pair: Call(
            "POST", f"/process-definition/key/{name}/start", pair[0] | {"withVariablesInReturn": pair[1]},
            gives="instance",
        )
    )  # fmt: skip


# --- external tasks ---


def _fetch(story: Story, *, all_topics: bool) -> Calls:
    names = [f"contract-{topic}" for topic in story.model.topics]
    chosen = st.just(names) if all_topics else st.lists(st.sampled_from([*names, "contract-none"]), max_size=3)
    options = _maybe(
        variables=st.lists(_NAMES, max_size=2), localVariables=st.booleans(), deserializeValues=st.just(False),
        businessKey=st.sampled_from(["case-1", "case-2"]), processDefinitionKey=st.just(story.model.key),
        includeExtensionProperties=st.booleans(), processVariables=st.sampled_from([{"x": 5}, {"text": "t"}]),
        processDefinitionVersionTag=st.just("v1"), processDefinitionKeyIn=st.just([story.model.key, "none"]),
    )  # fmt: skip
    locks = st.sampled_from([HOUR_MS, HOUR_MS, HOUR_MS, 1, 0])
    plain = st.just({})

    def call(found: tuple[list[str], str, int, Values, Values]) -> Call:
        topics, worker, lock_ms, more, whole = found
        asked = [{"topicName": topic, "lockDuration": lock_ms} | more for topic in topics]
        body = {"workerId": worker, "maxTasks": 20, "topics": asked} | whole
        return Call("POST", "/external-task/fetchAndLock", body)

    wrong = _maybe(maxTasks=st.sampled_from([0, -1]), workerId=st.none(), usePriority=st.booleans())
    lock = st.just(HOUR_MS) if all_topics else locks
    return st.tuples(
        chosen,
        _WORKERS,
        lock,
        plain if all_topics else options,
        plain if all_topics else st.one_of(plain, plain, wrong),
    ).map(call)


def _external(story: Story) -> list[Calls]:
    task = story.one("external-task")

    def command(name: str, body: SearchStrategy[Values], method: str = "POST") -> Calls:
        return st.tuples(task, body).map(lambda pair: Call(method, f"/external-task/{pair[0]}/{name}", pair[1]))

    done = _maybe(variables=_variables(), localVariables=_variables(2))
    worker = _body(workerId=_WORKERS)
    complete = command("complete", _joined(worker, done))
    failure = command(
        "failure",
        _joined(worker, _maybe(
            errorMessage=st.sampled_from(["went wrong", "x" * 700, ""]),
            errorDetails=st.sampled_from(["at line 1", ""]),
            retries=st.sampled_from([0, 1, 3, -1]), retryTimeout=st.sampled_from([0, HOUR_MS, -1]),
            variables=_variables(2), localVariables=_variables(1),
        )),
    )  # fmt: skip
    error = command(
        "bpmnError",
        _joined(worker, _maybe(
            errorCode=st.sampled_from(["wrong", "wrong", "unknown", ""]), errorMessage=st.just("why not"),
            variables=_variables(2),
        )),
    )  # fmt: skip
    durations = st.sampled_from([HOUR_MS, 2 * HOUR_MS, 1, 0, -1])
    filters = _maybe(
        topicName=st.sampled_from([f"contract-{topic}" for topic in story.model.topics]), workerId=_WORKERS,
        locked=st.booleans(), notLocked=st.booleans(), withRetriesLeft=st.just(True), noRetriesLeft=st.just(True),
        active=st.just(True), suspended=st.just(True), priorityHigherThanOrEquals=st.sampled_from([5, 10]),
        activityId=st.sampled_from(story.model.topics), processInstanceId=story.instance(),
    )  # fmt: skip
    query = filters.map(lambda given: {"processDefinitionKey": story.model.key} | given)
    everything = [_fetch(story, all_topics=True)] * 3 + [_fetch(story, all_topics=False)]
    return [
        *everything, complete, complete, complete, complete, failure, failure, error, error,
        command("extendLock", _joined(worker, _maybe(newDuration=durations))),
        command("lock", _joined(worker, _maybe(lockDuration=durations))),
        command("unlock", st.just({})),
        command("retries", _maybe(retries=st.sampled_from([0, 1, 3, -1])), "PUT"),
        command("priority", _maybe(priority=st.sampled_from([0, 7, 100])), "PUT"),
        task.map(lambda one: Call("GET", f"/external-task/{one}")),
        task.map(lambda one: Call("GET", f"/external-task/{one}/errorDetails")),
        query.map(lambda given: Call("POST", "/external-task", given)),
        query.map(lambda given: Call("POST", "/external-task/count", given)),
    ]  # fmt: skip


# --- people ---


def _tasks(story: Story) -> list[Calls]:
    task = story.one("task")

    def command(name: str, body: SearchStrategy[Values]) -> Calls:
        return st.tuples(task, body).map(lambda pair: Call("POST", f"/task/{pair[0]}/{name}", pair[1]))

    def read(name: str) -> Calls:
        return task.map(lambda one: Call("GET", f"/task/{one}{name}"))

    user = _maybe(userId=_USERS)
    link = st.one_of(
        _body(userId=_USERS, type=st.sampled_from(["candidate", "assignee", "owner"])),
        _body(groupId=_GROUPS, type=st.just("candidate")),
        # With a type: another link beside one without ends in the real engine's NullPointerException.
        _joined(_maybe(userId=_USERS, groupId=_GROUPS), _body(type=st.just("candidate"))),
    )
    done = _maybe(variables=_variables(), withVariablesInReturn=st.booleans())
    complete = command("complete", done)
    query = _maybe(
        candidateUser=_USERS, candidateGroup=_GROUPS, candidateGroups=st.just(["assistants", "controllers"]),
        includeAssignedTasks=st.just(True), assignee=_USERS, unassigned=st.just(True), involvedUser=_USERS,
        owner=_USERS,
        taskDefinitionKey=st.sampled_from(["review", "ask", "repair", "fill"]), name=st.just("Review"),
        nameLike=st.just("%e%"), minPriority=st.sampled_from([50, 70]), maxPriority=st.just(60),
        processInstanceBusinessKey=st.just("case-1"), delegationState=st.sampled_from(["PENDING", "RESOLVED"]),
        withCandidateGroups=st.just(True), withoutCandidateUsers=st.just(True),
        dueBefore=st.just("2100-01-01T00:00:00.000+0000"),
        withoutDueDate=st.just(True), active=st.just(True), suspended=st.just(True),
        processVariables=st.sampled_from([[_condition("x", "gt", 3)], [_condition("text", "eq", "t")]]),
    ).map(lambda given: {"processDefinitionKey": story.model.key} | given)  # fmt: skip
    errors = _joined(_maybe(errorCode=st.sampled_from(["wrong", "wrong", "unknown"])), _maybe(variables=_variables(1)))
    return [
        complete, complete, complete, complete, complete, complete,
        command("submit-form", done), command("bpmnError", errors), command("bpmnError", errors),
        command("claim", user), command("claim", user), command("unclaim", st.just({})), command("assignee", user),
        command("delegate", user), command("resolve", _maybe(variables=_variables(1))),
        command("identity-links", link), command("identity-links/delete", link),
        command("comment/create", _maybe(message=st.sampled_from(["seen", ""]))),
        read(""), read("/identity-links"), read("/comment"), read("/form"),
        read("/form-variables?deserializeValues=false"),
        read("/deployed-form"),
        query.map(lambda given: Call("POST", "/task", given)), query.map(lambda given: Call("POST", "/task", given)),
        query.map(lambda given: Call("POST", "/task/count", given)),
    ]  # fmt: skip


# --- instances, variables, messages ---


def _holders(story: Story) -> list[Calls]:
    """Variables, of the instance, of executions and of tasks."""
    around = st.one_of(
        story.instance().map("/process-instance/{}".format), story.one("task").map("/task/{}".format),
        st.just(f"/process-instance/{NOBODY}"),
    )  # fmt: skip
    own = st.one_of(story.instance().map("/execution/{}".format), story.one("task").map("/task/{}".format))
    holder = st.one_of(
        *[around.map("{}/variables".format)] * 3, own.map("{}/localVariables".format),
    )  # fmt: skip

    def at(method: str, body: SearchStrategy[Any] | None = None) -> Calls:
        name = st.tuples(holder, _NAMES).map(lambda pair: f"{pair[0]}/{pair[1]}")
        if body is None:
            return name.map(lambda path: Call(method, path))
        return st.tuples(name, body).map(lambda pair: Call(method, *pair))

    def every(method: str, body: SearchStrategy[Any] | None = None, more: str = "") -> Calls:
        if body is None:
            return holder.map(lambda path: Call(method, path + more))
        return st.tuples(holder, body).map(lambda pair: Call(method, *pair))

    return [
        at("PUT", _VALUES), at("PUT", _VALUES), at("DELETE"), at("GET"),
        every("GET", more="?deserializeValues=false"), every("GET"),
        every("POST", _maybe(modifications=_variables(), deletions=st.lists(_NAMES, max_size=2))),
        story.instance().map(
            lambda one: Call("GET", f"/variable-instance?processInstanceIdIn={one}&deserializeValues=false")
        ),
    ]  # fmt: skip


def _instances(story: Story) -> list[Calls]:
    instance = st.one_of(story.instance(), story.instance(), story.instance(), st.just(NOBODY))

    def read(path: str) -> Calls:
        return instance.map(lambda one: Call("GET", path.format(one)))

    def suspend(path: str) -> Calls:
        return st.tuples(instance, st.booleans()).map(
            lambda pair: Call("PUT", path.format(pair[0]), {"suspended": pair[1]})
        )

    query = _maybe(
        businessKey=st.just("case-1"), active=st.just(True), suspended=st.just(True), withIncident=st.just(True),
        activityIdIn=st.just(["review", "first", "wait"]), variables=st.just([_condition("x", "eq", 5)]),
        incidentType=st.sampled_from(["failedExternalTask", "failedJob"]), businessKeyLike=st.just("case-%"),
    ).map(lambda given: {"processDefinitionKey": story.model.key} | given)  # fmt: skip
    return [
        suspend("/process-instance/{}/suspended"), suspend("/process-instance/{}/suspended"),
        st.sampled_from(["", "?failedJobs=true", "?incidents=true", "?incidentsForType=failedJob"]).map(
            lambda asked: Call("GET", f"/process-definition/key/{story.model.key}/statistics{asked}")
        ),
        st.booleans().map(lambda suspended: suspend_definition(story.model, suspended=suspended)),
        instance.map(lambda one: Call("DELETE", f"/process-instance/{one}?skipIoMappings=true")),
        read("/process-instance/{}"), read("/process-instance/{}/activity-instances"),
        read("/event-subscription?processInstanceId={}"), read("/incident?processInstanceId={}"),
        query.map(lambda given: Call("POST", "/process-instance", given)),
        query.map(lambda given: Call("POST", "/process-instance/count", given)),
    ]  # fmt: skip


def suspend_definition(model: Model, *, suspended: bool) -> Call:
    """Suspend or activate a process with its instances."""
    body = {"suspended": suspended, "includeProcessInstances": True}
    return Call("PUT", f"/process-definition/key/{model.key}/suspended", body)


def _message(story: Story) -> Calls:
    names = st.sampled_from([f"Contract{name}" for name in story.model.messages] + ["ContractUnknown"])
    keys = _maybe(
        businessKey=st.sampled_from(["case-1", "case-2"]), processInstanceId=story.instance(),
        correlationKeys=st.sampled_from([{"x": {"value": 5, "type": "Integer"}}, {"x": {"value": 5, "type": "Long"}}]),
        localCorrelationKeys=st.just({"inner_x": {"value": 5, "type": "Integer"}}), processVariables=_variables(2),
        processVariablesLocal=_variables(1), resultEnabled=st.booleans(), variablesInResultEnabled=st.booleans(),
        all=st.booleans(),
    )  # fmt: skip
    starting = {"ContractArrived"}
    return (
        st.tuples(names, keys)
        .map(lambda pair: Call("POST", "/message", {"messageName": pair[0]} | pair[1]))
        .filter(lambda call: call.body["messageName"] not in starting)
    )


# --- jobs and history ---


def _jobs(story: Story) -> list[Calls]:
    job = story.one("job")

    def read(path: str) -> Calls:
        return job.map(lambda one: Call("GET", path.format(one)))

    def put(name: str, body: SearchStrategy[Values]) -> Calls:
        return st.tuples(job, body).map(lambda pair: Call("PUT", f"/job/{pair[0]}/{name}", pair[1]))

    execute = job.map(lambda one: Call("POST", f"/job/{one}/execute", {}))
    query = _maybe(
        timers=st.just(True), messages=st.just(True), withException=st.just(True), noRetriesLeft=st.just(True),
        withRetriesLeft=st.just(True), active=st.just(True), suspended=st.just(True),
        processInstanceId=story.instance(),
    ).map(lambda given: {"processDefinitionKey": story.model.key} | given)  # fmt: skip
    return [
        execute, execute, execute, read("/job/{}"),
        put("retries", _maybe(retries=st.sampled_from([0, 1, 3, -1]))),
        put("duedate", _body(duedate=st.just("2098-01-01T00:00:00.000+0000"))),
        query.map(lambda given: Call("POST", "/job", given)),
    ]  # fmt: skip


def _history(story: Story) -> list[Calls]:
    flags = ["finished=true", "unfinished=true", "canceled=true", "completeScope=true", "activityType=userTask", ""]
    return [
        story.instance().flatmap(lambda instance: st.sampled_from(histories(instance))),
        st.tuples(story.instance(), st.sampled_from(flags)).map(
            lambda pair: Call("GET", f"/history/activity-instance?processInstanceId={pair[0]}&{pair[1]}")
        ),
    ]


def _decision() -> Calls:
    given = _maybe(x=_VALUES, y=_VALUES)
    return given.map(
        lambda values: Call("POST", "/decision-definition/key/contract-level/evaluate", {"variables": values})
    )


def calls(story: Story) -> Calls:
    """The next call of a story."""
    if not story.instances:
        return start(story)
    model, has = story.model, story.open.get
    groups: list[tuple[Callable[[Story], list[Calls]], int]] = [
        (lambda story: [start(story)], 2 if story.instances < 3 else 0),
        (_holders, 4),
        (_instances, 4),
        (_history, 2),
        (_external, 10 if has("external-task") else 3),
        (_tasks, 10 if has("task") else 3),
        (lambda story: [_message(story)], 5 if model.messages else 1),
        (_jobs, 4 if has("job") else 0),
        (lambda story: [_decision()], 2 if model.key == "contract-rules" else 0),
    ]
    # only what is chosen is built
    choices = [group for group, weight in groups for _ in range(weight)]
    return st.sampled_from(choices).flatmap(lambda group: st.one_of(group(story)))
