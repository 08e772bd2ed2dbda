"""The endpoints that pycamunda 0.6.1 lacks, and the one it sends past its session, as requests of its own kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pycamunda.base import CamundaRequest, RequestMethod
from pycamunda.deployment import Create

from pulse.engine.client.variables import date_text

GET = RequestMethod.GET
Names = Mapping[str, object]


def camel(name: str) -> str:
    """`process_instance_id` → `processInstanceId`."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def quoted(identifier: str) -> str:
    """An id as one path segment: pycamunda puts it into the URL as it is."""
    return quote(identifier, safe="")


def plain(value: Any) -> Any:
    """A filter's value for a query string. Lists are joined: of a repeated key the engine reads only the first."""
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return date_text(value)
        case list() | tuple() | set() | frozenset():
            return ",".join(str(plain(item)) for item in value)
    return value


class Endpoint(CamundaRequest):
    """A call that pycamunda has no class for, or whose answer it would lose a part of.

    Names in `query` and `body` are the engine's in snake case; what is None is left out. In a body lists stay lists and
    values keep their type; in a query string neither can.
    """

    def __init__(
        self, url: str, path: str, *, method: RequestMethod = GET, query: Names | None = None, body: Names | None = None
    ) -> None:
        super().__init__(url=url + path)
        self.method, self.query, self.body = method, query or {}, body or {}

    def query_parameters(self) -> dict[str, Any]:
        return {camel(name): plain(value) for name, value in self.query.items() if value is not None}

    def body_parameters(self) -> dict[str, Any]:
        given = {camel(name): value for name, value in self.body.items() if value is not None}
        return {name: date_text(value) if isinstance(value, datetime) else value for name, value in given.items()}

    def __call__(self) -> Any:
        """The answer's JSON, None where there is none."""
        answer = super().__call__(self.method)
        return answer.json() if answer.content else None


class Deploy(Create):
    """pycamunda's own request, which it would send past its session."""

    def __call__(self) -> Any:
        fields = {name: str(plain(value)) for name, value in self.body_parameters().items()}
        return self.session.request(method="POST", url=self.url, files={**fields, **self.files}).json()
