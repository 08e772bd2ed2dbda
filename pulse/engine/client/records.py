"""What the engine tells us, as frozen values: as many of its fields as somebody reads.

Names are the engine's in snake case, dates are aware. A field that an engine's release does not send is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, Self

from pulse.engine.client.requests import camel
from pulse.engine.client.variables import decode_all


@dataclass(frozen=True, kw_only=True)
class Record:
    """A JSON object of the engine."""

    id: str

    @classmethod
    def load(cls, dto: Mapping[str, Any]) -> Self:
        values: dict[str, Any] = {}
        for name, key, is_date in cls._layout():
            value = dto.get(key)
            values[name] = datetime.fromisoformat(value) if is_date and value else value
        return cls(**values)

    @classmethod
    @cache
    def _layout(cls) -> list[tuple[str, str, bool]]:
        """Of each field its name, the engine's name, and whether it is a date."""
        return [(item.name, camel(item.name), "datetime" in str(item.type)) for item in fields(cls)]


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """`definitions` are the ids of the definitions that this deployment made: none if nothing has changed."""

    id: str
    definitions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CorrelationResult:
    """`result_type` is ProcessDefinition where the message started an instance, Execution where one had waited."""

    result_type: str
    process_instance_id: str


@dataclass(frozen=True, kw_only=True)
class DecisionDefinition(Record):
    version: int


@dataclass(frozen=True, kw_only=True)
class ProcessInstance(Record):
    """History alone tells more than keys.

    `state`: ACTIVE, SUSPENDED, COMPLETED, EXTERNALLY_TERMINATED (deleted by REST) or INTERNALLY_TERMINATED.
    """

    business_key: str | None
    process_definition_key: str | None
    state: str | None
    start_time: datetime | None
    end_time: datetime | None


@dataclass(frozen=True, kw_only=True)
class HistoricActivity(Record):
    activity_id: str
    start_time: datetime
    end_time: datetime | None
    canceled: bool | None


@dataclass(frozen=True, kw_only=True)
class UserTask(Record):
    name: str | None
    assignee: str | None
    created: datetime | None
    due: datetime | None
    priority: int | None
    process_instance_id: str | None
    process_definition_id: str | None
    task_definition_key: str | None


@dataclass(frozen=True, kw_only=True)
class HistoricTask(Record):
    id: str
    task_definition_key: str
    assignee: str | None
    start_time: datetime
    end_time: datetime | None
    delete_reason: str | None
    activity_instance_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Incident(Record):
    """`configuration` is the id of the external task or job that stands still."""

    incident_type: str
    activity_id: str | None
    configuration: str | None
    incident_message: str | None


@dataclass(frozen=True, kw_only=True)
class ExternalTask(Record):
    """One piece of work that the engine handed out.

    `retries` is None until the first failure. `activity_instance_id` stays the same over all attempts, so
    (`process_instance_id`, `activity_instance_id`) is the key under which a handler remembers what it has already done.
    """

    topic: str
    variables: Mapping[str, Any]
    business_key: str | None
    process_instance_id: str
    process_definition_id: str
    process_definition_key: str
    process_definition_version_tag: str | None
    activity_id: str
    activity_instance_id: str
    execution_id: str
    retries: int | None
    priority: int
    worker_id: str | None
    lock_expiration_time: datetime | None
    error_message: str | None
    extension_properties: Mapping[str, str]

    @classmethod
    def load(cls, dto: Mapping[str, Any]) -> Self:
        variables, extensions = decode_all(dto.get("variables")), dto.get("extensionProperties") or {}
        return super().load(
            {**dto, "topic": dto["topicName"], "variables": variables, "extensionProperties": extensions}
        )
