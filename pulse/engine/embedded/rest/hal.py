"""The task list as application/hal+json (draft-kelly-json-hal): tasks with links to what they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

HAL: Final = "application/hal+json"
LINKS: Final = {
    "assignee": ("/user/{}", "assignee"),
    "execution": ("/execution/{}", "executionId"),
    "identityLink": ("/task/{}/identity-links", "id"),
    "processDefinition": ("/process-definition/{}", "processDefinitionId"),
    "processInstance": ("/process-instance/{}", "processInstanceId"),
    "self": ("/task/{}", "id"),
}


def told(tasks: list[dict[str, Any]], count: int) -> dict[str, Any]:
    """A page of tasks; `count` is how many there are in all."""
    embedded = {"task": [task | _framed(_links(task), None) for task in tasks]}
    return _framed({"self": {"href": "/task"}}, embedded) | {"count": count}


def _links(task: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"href": path.format(task[key])} for name, (path, key) in LINKS.items() if task[key]}


def _framed(links: object, embedded: object) -> dict[str, Any]:
    """Operaton says both twice, once without the underscore."""
    return {"_links": links, "_embedded": embedded, "links": links, "embedded": embedded}
