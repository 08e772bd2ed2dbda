"""The web room at a test desk: an engine with user tasks, and a browser without one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import office as desk
from flask import Flask

from pulse.claims.tasks import GROUPS
from pulse.engine import errors
from pulse.engine.client.records import UserTask

PASSWORD = "correct horse"
FORM = {
    "components": [
        {"type": "text", "id": "t", "text": "## Decide on the invoice\nWhat you decide goes into the letters."},
        {"type": "text", "id": "r", "text": "**Refused:** {{refusal}}"},
        {"type": "textarea", "key": "facts", "label": "Facts", "disabled": True},
        {
            "type": "select",
            "key": "decision",
            "label": "Decision",
            "values": [{"label": word, "value": word} for word in ("approve", "partial", "deny", "ask")],
            "validate": {"required": True},
        },
        {
            "type": "select",
            "key": "reason_code",
            "label": "Reason",
            "values": [{"label": word, "value": word} for word in ("P801", "P812", "P813", "P814", "P818", "P821")],
            "validate": {"required": True},
        },
        {"type": "textarea", "key": "comment", "label": "Comment", "validate": {"maxLength": 3900}},
    ]
}


@dataclass(eq=False)
class TaskEngine(desk.FakeEngine):
    """`FakeEngine` with user tasks: as much of `EngineClient` as the tasklist calls."""

    open: dict[str, UserTask] = field(default_factory=dict)
    completed: dict[str, dict[str, Any]] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    away: bool = False

    def add(self, task_id: str, kind: str, process_instance_id: str, **values: Any) -> None:
        """A user task that waits."""
        empty = dict.fromkeys(UserTask.__dataclass_fields__)
        own = {"id": task_id, "name": kind, "task_definition_key": kind, "process_instance_id": process_instance_id}
        self.open[task_id] = UserTask(**(empty | own | {"priority": 50, "created": desk.NOW, "due": desk.NOW} | values))

    def tasks(
        self, *, candidate_groups: list[str] | None = None, task_definition_key: str | None = None, **_: object
    ) -> list[UserTask]:
        if self.away:
            raise errors.EngineUnavailable
        return [
            task
            for task in self.open.values()
            if candidate_groups is None or GROUPS[task.task_definition_key or ""] in candidate_groups
            if task_definition_key in (None, task.task_definition_key)
        ]

    def task(self, task_id: str) -> UserTask:
        if task_id not in self.open:
            raise errors.NotFound
        return self.open[task_id]

    def deployed_form(self, task_id: str) -> dict[str, Any]:
        self.task(task_id)
        return FORM

    def task_variables(self, task_id: str) -> dict[str, Any]:
        self.task(task_id)
        return self.variables

    def claim(self, task_id: str, user: str) -> None:
        self._assign(task_id, user)

    def unclaim(self, task_id: str) -> None:
        self._assign(task_id, None)

    def _assign(self, task_id: str, user: str | None) -> None:
        self.open[task_id] = replace(self.open[task_id], assignee=user)

    def complete_task(self, task_id: str, variables: dict[str, Any]) -> None:
        done = self.open.pop(task_id)
        self.completed[task_id] = dict(variables)
        past = {"id": task_id, "assignee": done.assignee, "end_time": desk.NOW, "start_time": desk.NOW}
        self.finished_tasks.append(type("Past", (), past | {"task_definition_key": done.task_definition_key})())

    def delete_process_instance(self, process_instance_id: str, _reason: str) -> None:
        self._fail()
        ended = [one.id for one in self.open.values() if one.process_instance_id == process_instance_id]
        if not ended:
            raise errors.NotFound
        for task_id in ended:
            del self.open[task_id]

    def history_tasks(self, *, task_id: str | None = None, **_: object) -> list[Any]:
        return [past for past in self.finished_tasks if task_id in (None, getattr(past, "id", None))]

    def version(self) -> str:
        if self.away:
            raise errors.EngineUnavailable
        return "7.24.0"


def text(answer: Any) -> str:
    """A page as one line, its blanks made one."""
    return " ".join(answer.get_data(as_text=True).split())


class Browser:
    """A test client that takes the CSRF token along, as a form does."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self._base = "https://localhost"

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, base_url=self._base, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, *, csrf: bool = True) -> Any:
        form = dict(data or {})
        if csrf:
            form["csrf_token"] = self.token()
        return self.client.post(path, data=form, base_url=self._base, headers={"Referer": f"{self._base}/"})

    def token(self) -> str:
        page = self.get("/login", follow_redirects=True).get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found is not None
        return found[1]

    def log_in(self, login: str, password: str = PASSWORD, **more: Any) -> Any:
        return self.post("/login", {"login": login, "password": password} | more)
