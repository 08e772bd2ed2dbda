"""Scripts of `medication-invoice`: a step of a worker or a person, and what waits after it, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contract_looks import histories, live
from contract_pair import Call, Pair
from process_start import START
from process_walk import TOPICS, typed

KEY = "medication-invoice"
WORKER = "worker-1"
LOCK_MS = 3_600_000


@dataclass(frozen=True)
class Step:
    """What happens next: `verb` with the activity it is about."""

    verb: str
    activity: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in {**self.more, **self.values}.items())
        return f"{self.verb} {self.activity}({told})"


Line = tuple[Step, str]
"""A step, and what waits then: activities, a task of people as `decide@controllers`, `-` where all is over."""


def start(**values: Any) -> Step:
    """The message InvoiceReceived, as usual but for these variables."""
    return Step("start", values=values)


def answer(**values: Any) -> Step:
    """The message ProviderAnswered, with what the process starts with but for these variables."""
    return Step("answer", values=values)


def work(activity: str, **values: Any) -> Step:
    """A worker fetches and completes."""
    return Step("work", activity, values)


def refuse(activity: str, code: str, message: str = "why", **values: Any) -> Step:
    """A worker fetches and reports a business error."""
    return Step("refuse", activity, values, {"code": code, "message": message})


def fail(activity: str, retries: int, wait_ms: int = 0) -> Step:
    """A worker fetches and reports a failure."""
    return Step("fail", activity, more={"retries": retries, "wait_ms": wait_ms})


def retry(activity: str, retries: int = 1) -> Step:
    """An operator gives the task new retries."""
    return Step("retry", activity, more={"retries": retries})


def do(activity: str, **values: Any) -> Step:
    """A person claims the task, looks at its form and completes it."""
    return Step("do", activity, values)


def fire(activity: str) -> Step:
    """The timer of this event."""
    return Step("fire", activity)


class Teller:
    """Plays scripts on both engines; after each step they are in the same state, which is the one the script says."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._number = 0

    def play(self, script: list[Line]) -> set[str]:
        """The ids of the activities that were reached."""
        self._number += 1
        try:
            for step, expected in script:
                self._take(step)
                waiting = self._look()
                assert waiting == set(expected.split()) - {"-"}, f"after {step}: {sorted(waiting)}"
                if expected == "-":
                    state = self._pair.play(Call("GET", "/history/process-instance/<invoice#1>")).body["state"]
                    assert state == "COMPLETED", f"after {step}: {state}"
            return self._end()
        finally:
            for side in self._pair.sides:
                side.ask(Call("DELETE", "/process-instance/<invoice#1>?skipIoMappings=true"))

    def _look(self) -> set[str]:
        """What waits, with all that both engines tell of the instance being the same."""
        seen = self._pair.look(KEY)
        for call in live("<invoice#1>"):
            self._pair.play(call)
        groups = set()
        for task in seen["task"]:
            links = self._pair.play(Call("GET", f"/task/{task['id']}/identity-links")).body
            self._pair.play(Call("GET", f"/task/{task['id']}/form-variables?deserializeValues=false"))
            groups |= {f"{task['taskDefinitionKey']}@{link['groupId']}" for link in links if link["groupId"]}
        return groups | {task["activityId"] for task in seen["external-task"]} | {
            job["id"].partition("#")[0].split()[1] for job in seen["job"]
        }  # fmt: skip

    def _end(self) -> set[str]:
        self._pair.each(histories("<invoice#1>"))
        passed = self._pair.play(Call("GET", "/history/activity-instance?processInstanceId=<invoice#1>")).body
        return {activity["activityId"] for activity in passed}

    def _take(self, step: Step) -> None:
        for call in getattr(self, f"_{step.verb}")(step):
            answer = self._pair.play(call)
            assert answer.status < 300, f"{call!r}: {answer}"

    def _start(self, step: Step) -> Iterator[Call]:
        yield Call("POST", "/message", self._message("InvoiceReceived", step), gives="invoice")

    def _answer(self, step: Step) -> Iterator[Call]:
        waiting = "processInstanceId=<invoice#1>&messageEventSubscriptionName=ProviderAnswered"
        yield Call("GET", f"/execution?{waiting}")
        yield Call("POST", "/message", self._message("ProviderAnswered", step))
        yield Call("GET", f"/execution?{waiting}")

    def _message(self, name: str, step: Step) -> dict[str, Any]:
        values = {name: {"type": kind, "value": step.values.get(name, value)} for name, (kind, value) in START.items()}
        message = {"messageName": name, "businessKey": f"invoice-{self._number}", "resultEnabled": True}
        return message | {"processVariables": values}

    def _one(self, kind: str, field_name: str, activity: str) -> str:
        (found,) = [row["id"] for row in self._pair.open[kind] if row[field_name] == activity]
        return str(found)

    def _fetch(self, activity: str) -> Iterator[Call]:
        topic = {"topicName": TOPICS[activity], "lockDuration": LOCK_MS, "businessKey": f"invoice-{self._number}"}
        yield Call("POST", "/external-task/fetchAndLock", {"workerId": WORKER, "maxTasks": 10, "topics": [topic]})
        for other in self._pair.open["external-task"]:
            if other["topicName"] == TOPICS[activity] and other["activityId"] != activity:
                yield Call("POST", f"/external-task/{other['id']}/unlock", {})

    def _report(self, step: Step, name: str, **body: Any) -> Iterator[Call]:
        yield from self._fetch(step.activity)
        task = self._one("external-task", "activityId", step.activity)
        variables = {"variables": typed(step.values)} if step.values else {}
        yield Call("POST", f"/external-task/{task}/{name}", {"workerId": WORKER} | variables | body)

    def _work(self, step: Step) -> Iterator[Call]:
        yield from self._report(step, "complete")

    def _refuse(self, step: Step) -> Iterator[Call]:
        yield from self._report(step, "bpmnError", errorCode=step.more["code"], errorMessage=step.more["message"])

    def _fail(self, step: Step) -> Iterator[Call]:
        told = {"errorMessage": "no list of the day", "errorDetails": "Traceback", "retries": step.more["retries"]}
        yield from self._report(step, "failure", retryTimeout=step.more["wait_ms"], **told)

    def _retry(self, step: Step) -> Iterator[Call]:
        task = self._one("external-task", "activityId", step.activity)
        yield Call("PUT", f"/external-task/{task}/retries", {"retries": step.more["retries"]})

    def _do(self, step: Step) -> Iterator[Call]:
        task = self._one("task", "taskDefinitionKey", step.activity)
        yield Call("POST", f"/task/{task}/claim", {"userId": "mary"})
        yield Call("GET", f"/task/{task}/deployed-form")
        yield Call("POST", f"/task/{task}/complete", {"variables": typed(step.values)})

    def _fire(self, step: Step) -> Iterator[Call]:
        (job,) = [row["id"] for row in self._pair.open["job"] if step.activity in row["id"]]
        yield Call("POST", f"/job/{job}/execute", {})
