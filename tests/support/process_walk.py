"""Walks an instance of `medication-invoice` over REST, with plain HTTP: the test plays the workers and the people."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import requests
from process_start import START

WORKER = "path-test"


class Engine:
    """An engine's REST API."""

    def __init__(self, url: str, auth: tuple[str, str] | None = None) -> None:
        self.url, self.auth = url.rstrip("/"), auth
        self.session = requests.Session()
        self.session.auth = auth

    def get(self, path: str, **parameters: object) -> Any:
        return self._read(self.session.get(self.url + path, params=parameters, timeout=120))

    def post(self, path: str, body: object) -> Any:
        return self._read(self.session.post(self.url + path, json=body, timeout=120))

    def delete(self, path: str) -> None:
        self.session.delete(self.url + path, timeout=120)

    def close(self) -> None:
        self.session.close()

    @staticmethod
    def _read(response: requests.Response) -> Any:
        assert response.ok, f"{response.request.method} {response.request.url}: {response.status_code} {response.text}"
        return response.json() if response.content else None


class Walk:
    """One instance, started by its message."""

    def __init__(self, engine: Engine, **start: object) -> None:
        self.engine = engine
        self.business_key = f"invoice-{uuid.uuid4().hex}"
        variables = {name: {"type": kind, "value": start.get(name, value)} for name, (kind, value) in START.items()}
        message = {"messageName": "InvoiceReceived", "businessKey": self.business_key, "resultEnabled": True}
        (result,) = engine.post("/message", message | {"processVariables": variables})
        self.id: str = result["processInstance"]["id"]

    # what waits

    def open(self) -> set[str]:
        """The ids of the activities that wait for a worker or a person."""
        tasks = self.engine.get("/task", processInstanceId=self.id)
        external = self.engine.get("/external-task", processInstanceId=self.id)
        return {task["taskDefinitionKey"] for task in tasks} | {task["activityId"] for task in external}

    def variable(self, name: str) -> Any:
        return self.engine.get(f"/process-instance/{self.id}/variables")[name]["value"]

    def task(self, key: str) -> dict[str, Any]:
        (task,) = self.engine.get("/task", processInstanceId=self.id, taskDefinitionKey=key)
        return dict(task)

    def prepared(self, key: str) -> dict[str, Any]:
        """The variables that a person's form is filled with."""
        variables = self.engine.get(f"/task/{self.task(key)['id']}/form-variables")
        return {name: variable["value"] for name, variable in variables.items()}

    def jobs(self) -> list[dict[str, Any]]:
        return list(self.engine.get("/job", processInstanceId=self.id))

    # steps

    def work(self, activity: str, **results: object) -> dict[str, Any]:
        """Complete an external task; returns the variables that its worker was given."""
        task = self.fetch(activity)
        self.engine.post(f"/external-task/{task['id']}/complete", {"workerId": WORKER, "variables": typed(results)})
        return {name: variable["value"] for name, variable in task["variables"].items()}

    def refuse(self, activity: str, code: str, message: str = "why", **variables: object) -> None:
        """End an external task with a BPMN error."""
        body = {"workerId": WORKER, "errorCode": code, "errorMessage": message, "variables": typed(variables)}
        self.engine.post(f"/external-task/{self.fetch(activity)['id']}/bpmnError", body)

    def fetch(self, activity: str, wait_ms: int = 0) -> dict[str, Any]:
        """Lock the external task of one activity; `wait_ms` polls for it."""
        topic = {"topicName": TOPICS[activity], "lockDuration": 60_000, "businessKey": self.business_key}
        body = {"workerId": WORKER, "maxTasks": 10, "asyncResponseTimeout": wait_ms, "topics": [topic]}
        tasks = {task["activityId"]: task for task in self.engine.post("/external-task/fetchAndLock", body)}
        for name, task in tasks.items():
            if name != activity:
                self.engine.post(f"/external-task/{task['id']}/unlock", {})
        assert activity in tasks, f"{activity} does not wait, but {sorted(self.open())}"
        assert tasks[activity]["processInstanceId"] == self.id
        return dict(tasks[activity])

    def do(self, key: str, **form: object) -> None:
        """Complete a user task with the values of its form."""
        self.engine.post(f"/task/{self.task(key)['id']}/complete", {"variables": typed(form)})

    def hear(self, **values: object) -> None:
        """The provider's answer: the message, with what the process starts with but for these variables."""
        variables = {name: {"type": kind, "value": values.get(name, value)} for name, (kind, value) in START.items()}
        message = {"messageName": "ProviderAnswered", "businessKey": self.business_key}
        self.engine.post("/message", message | {"processVariables": variables})

    # the end

    def ended(self) -> bool:
        return bool(self.engine.get(f"/history/process-instance/{self.id}")["state"] == "COMPLETED")

    def passed(self) -> list[str]:
        """The ids of the activities that were reached, each as often as it was."""
        return [item["activityId"] for item in self.engine.get("/history/activity-instance", processInstanceId=self.id)]

    def remove(self) -> None:
        self.engine.delete(f"/process-instance/{self.id}")


def typed(values: dict[str, object]) -> dict[str, dict[str, object]]:
    kinds = {bool: "Boolean", int: "Long", str: "String"}
    return {name: {"type": kinds[type(value)], "value": value} for name, value in values.items()}


#: Activity → topic.
TOPICS = {
    "check_client": "check-client",
    "check_medication": "check-medication",
    "assess_risk": "assess-risk",
    "settle": "settle",
    "check_decision": "check-decision",
    "write_letter_client": "write-letter",
    "write_letter_provider": "write-letter",
    "send_letter_client": "send-letter",
    "send_letter_provider": "send-letter",
    "notify_controllers": "notify",
    "notify_escalation": "notify",
    "remind_provider": "notify",
}

Start = Callable[..., Walk]
#: Both recipients of a decision's letters.
BOTH = ("client", "provider")
#: What `settle` puts together for the forms.
SETTLED = {
    "facts": "1 position",
    "case_url": "https://pulse.example/cases/101",
    "client_last_name": "Muster",
    "abuse_risk": 0,
}


def to_settle(walk: Walk, *, risk: str = "low", listed: bool = True) -> None:
    walk.work("check_client", client_found=True, client_match="found", client_risk_score="low")
    walk.work("check_medication", positions_valid=True, medication_found=listed)
    walk.work("assess_risk", risk=risk, reasons="", sl_decision=listed)


def to_route(walk: Walk, *, risk: str = "low", outcome: str = "full", listed: bool = True) -> None:
    to_settle(walk, risk=risk, listed=listed)
    walk.work("settle", payable_amount="80.35" if outcome == "full" else "0.00", outcome=outcome, **SETTLED)


def to_review(walk: Walk) -> None:
    to_route(walk, risk="high")
    assert walk.work("notify_controllers")["kind"] == "controller_notice"


def letter_goes_out(walk: Walk, recipient: str, kind: str) -> None:
    for step in ("write_letter", "send_letter"):
        given = walk.work(f"{step}_{recipient}")
        assert (given["recipient"], given["kind"]) == (recipient, kind)


def ends_with_letters(walk: Walk, kind: str, *recipients: str) -> None:
    assert walk.open() == {f"write_letter_{recipient}" for recipient in recipients}
    for recipient in recipients:
        assert not walk.ended()
        letter_goes_out(walk, recipient, kind)
    assert walk.ended()
