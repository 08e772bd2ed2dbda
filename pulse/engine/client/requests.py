"""The endpoints that pycamunda 0.6.1 lacks, and the one it sends past its session, as requests of its own kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pycamunda.base import CamundaRequest, RequestMethod
from pycamunda.deployment import Create
from pycamunda.request import BodyParameter, PathParameter

from pulse.engine.client.variables import date_text


def camel(name: str) -> str:
    """`process_instance_id` → `processInstanceId`."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def plain(value: Any) -> Any:
    """A filter's value for a query string. Lists are joined: of a repeated key the engine reads only the first."""
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return date_text(value)
        case list() | tuple() | set() | frozenset():
            return ",".join(str(plain(item)) for item in value)
        case _:
            return value


class Get(CamundaRequest):
    """GET of what pycamunda has no class for: history, jobs, task variables, deployed forms.

    Filters are the engine's query parameters in snake case.
    """

    def __init__(self, url: str, path: str, **filters: object) -> None:
        super().__init__(url=url + path)
        self.filters = filters

    def query_parameters(self, apply: Any = None) -> dict[str, Any]:
        return {camel(name): plain(value) for name, value in self.filters.items() if value is not None}

    def __call__(self) -> Any:
        return super().__call__(RequestMethod.GET).json()


class TaskQuery(CamundaRequest):
    """POST /task: lists stay lists and variables keep their type, which the GET cannot do."""

    def __init__(self, url: str, **filters: object) -> None:
        super().__init__(url=url + "/task")
        self.page = {name: filters.pop(name, None) for name in ("first_result", "max_results")}
        self.filters = filters

    def query_parameters(self, apply: Any = None) -> dict[str, Any]:
        return {camel(name): value for name, value in self.page.items() if value is not None}

    def body_parameters(self, apply: Any = None) -> dict[str, Any]:
        return {
            camel(name): date_text(value) if isinstance(value, datetime) else value
            for name, value in self.filters.items()
            if value is not None
        }

    def __call__(self) -> Any:
        return super().__call__(RequestMethod.POST).json()


class SetJobRetries(CamundaRequest):
    """PUT /job/{id}/retries: more than 0 removes the job's incident."""

    id_ = PathParameter("id")
    retries = BodyParameter("retries")

    def __init__(self, url: str, id_: str, retries: int) -> None:
        super().__init__(url=url + "/job/{id}/retries")
        self.id_ = id_
        self.retries = retries

    def __call__(self) -> None:
        super().__call__(RequestMethod.PUT)


class ExecuteJob(CamundaRequest):
    """POST /job/{id}/execute: now, whatever its due date."""

    id_ = PathParameter("id")

    def __init__(self, url: str, id_: str) -> None:
        super().__init__(url=url + "/job/{id}/execute")
        self.id_ = id_

    def __call__(self) -> None:
        super().__call__(RequestMethod.POST)


class Deploy(Create):
    """pycamunda's own request, sent through `.session`, with the file names that the engine decides the type by."""

    def __init__(self, url: str, name: str, contents: Mapping[str, bytes], **options: Any) -> None:
        super().__init__(url, name, **options)
        for part in contents.items():
            self.add_resource(part)

    def __call__(self) -> Any:
        fields = {name: str(plain(value)) for name, value in self.body_parameters().items()}
        return self.session.request(method="POST", url=self.url, files={**fields, **self.files}).json()
