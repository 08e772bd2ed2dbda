"""Our REST interface, as an integrator uses it."""

from __future__ import annotations

import json
from typing import Any

import urllib3

from pulse.base.errors import PulseError

_TIMEOUT_S = 15.0


class ApiProblem(PulseError):
    """The REST interface refused a call."""

    code = "api_problem"


class Api:
    """A client with a token."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(headers={"Authorization": f"Bearer {token}"}, timeout=_TIMEOUT_S)

    def invoices(self, *, after: int) -> list[dict[str, Any]]:
        """Cases with a greater id, oldest first."""
        found: list[dict[str, Any]] = []
        path = "/api/v1/invoices?limit=100"
        while path:
            page = self._call("GET", path)
            fresh = [case for case in page["invoices"] if case["id"] > after]
            found += fresh
            path = page["next"] if page["next"] and len(fresh) == len(page["invoices"]) else ""
        return sorted(found, key=lambda case: int(case["id"]))

    def invoice(self, invoice_id: int) -> dict[str, Any]:
        """A case with its letters."""
        return dict(self._call("GET", f"/api/v1/invoices/{invoice_id}"))

    def tasks(self) -> list[dict[str, Any]]:
        """Open tasks."""
        return list(self._call("GET", "/api/v1/tasks")["tasks"])

    def claim(self, task_id: str) -> None:
        """Takes a task."""
        self._call("POST", f"/api/v1/tasks/{task_id}/claim", {})

    def complete(self, task_id: str, **body: object) -> None:
        """Decides a task."""
        self._call("POST", f"/api/v1/tasks/{task_id}/complete", body)

    def close(self) -> None:
        """Closes the connections."""
        self._pool.clear()

    def _call(self, method: str, path: str, body: object = None) -> Any:
        url = self._url + path
        answer = self._pool.request(method, url, json=body) if body is not None else self._pool.request(method, url)
        data = json.loads(answer.data) if answer.data else {}
        if answer.status >= 400:
            raise ApiProblem(
                f"{method} {path}: {answer.status} {data.get('code', '')} {data.get('detail', '')}".strip()
            )
        return data
