"""What is set up once on an engine, beside its models: users, groups, filters of its Tasklist, rights.

pycamunda 0.6.1 has users and groups. Its filters lack properties and sorting, and it looks for rights where no engine
keeps them (`/auth`), so those are requests of our own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from pycamunda import group, user
from pycamunda.base import RequestMethod

from pulse.engine.client.engine_client import EngineClient
from pulse.engine.client.records import Record
from pulse.engine.client.requests import Endpoint, quoted

GRANT = 1


class Resource(IntEnum):
    """What a right is about, by the engine's numbers (Resources.java)."""

    APPLICATION = 0
    FILTER = 5
    PROCESS_DEFINITION = 6
    DECISION_DEFINITION = 10


@dataclass(frozen=True, kw_only=True)
class TaskFilter(Record):
    """A saved query for tasks; `properties` are free JSON, and say how the Tasklist shows it."""

    name: str
    query: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Right(Record):
    """What a group may do; `resource_id` is `*` for everything of this kind."""

    group_id: str | None
    resource_type: int
    resource_id: str
    permissions: Sequence[str]


class Administration:
    """Users, groups, filters and rights of one engine. Every call raises `pulse.engine.errors.EngineError`.

    An engine tells a login only of what it may see; an identity service that is read-only (LDAP) answers changes with
    `Unauthorized`.
    """

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine

    def groups(self) -> set[str]:
        """The ids of all groups."""
        return {one.id_ for one in self._engine.call(group.GetList(self._engine.url))}

    def add_group(self, group_id: str, name: str) -> None:
        """Ids match `[a-zA-Z0-9]+`: the engine refuses others."""
        self._engine.call(group.Create(self._engine.url, group_id, name, "WORKFLOW"))

    def users(self) -> set[str]:
        """The ids of all users."""
        return {one.id_ for one in self._engine.call(user.GetList(self._engine.url))}

    def add_user(self, user_id: str, password: str, *, first_name: str, last_name: str) -> None:
        """A user who logs in with a password; ids match `[a-zA-Z0-9]+`."""
        self._engine.call(user.Create(self._engine.url, user_id, first_name, last_name, password=password))

    def add_member(self, group_id: str, user_id: str) -> None:
        """Put a user into a group."""
        self._engine.call(group.MemberCreate(self._engine.url, quoted(group_id), quoted(user_id)))

    def members(self, group_id: str) -> set[str]:
        """The ids of a group's users."""
        return {str(dto["id"]) for dto in self._engine.get("/user", member_of_group=group_id)}

    def filters(self) -> list[TaskFilter]:
        """The Tasklist's filters."""
        return [TaskFilter.load(dto) for dto in self._engine.get("/filter", resource_type="Task")]

    def add_filter(self, name: str, query: Mapping[str, object], properties: Mapping[str, object]) -> str:
        """A filter, by the engine's own names; returns its id. Nobody but administrators sees it without a right."""
        body = {"resource_type": "Task", "name": name, "query": query, "properties": properties}
        made = self._engine.call(Endpoint(self._engine.url, "/filter/create", method=RequestMethod.POST, body=body))
        return str(made["id"])

    def rights(self, group_ids: Iterable[str]) -> list[Right]:
        """What these groups may do."""
        found = self._engine.get("/authorization", type=GRANT, group_id_in=list(group_ids))
        return [Right.load(dto) for dto in found]

    def grant(self, group_id: str, resource: Resource, resource_id: str, permissions: Sequence[str]) -> None:
        """Give a group rights on one thing of a kind, or on all of them (`*`)."""
        body = {
            "type": GRANT,
            "group_id": group_id,
            "resource_type": int(resource),
            "resource_id": resource_id,
            "permissions": list(permissions),
        }
        self._engine.call(Endpoint(self._engine.url, "/authorization/create", method=RequestMethod.POST, body=body))
