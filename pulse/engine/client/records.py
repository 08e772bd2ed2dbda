"""What the engine tells us, as frozen values. A field that an engine's release does not send is None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

from pulse.engine.client.requests import camel
from pulse.engine.client.variables import decode_all


@dataclass(frozen=True, kw_only=True)
class Record:
    """A JSON object of the engine; field names are the engine's in snake case, dates are aware."""

    id: str

    @classmethod
    def load(cls, dto: Mapping[str, Any]) -> Self:
        values: dict[str, Any] = {}
        for item in fields(cls):
            value = dto.get(camel(item.name))
            if isinstance(value, str) and "datetime" in str(item.type):
                value = datetime.fromisoformat(value)
            values[item.name] = value
        return cls(**values)


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
class ProcessInstance(Record):
    definition_id: str
    business_key: str | None
    suspended: bool
    ended: bool


@dataclass(frozen=True, kw_only=True)
class HistoricProcessInstance(Record):
    """`state`: ACTIVE, SUSPENDED, COMPLETED, EXTERNALLY_TERMINATED (deleted by REST) or INTERNALLY_TERMINATED."""

    business_key: str | None
    process_definition_id: str
    process_definition_key: str
    state: str
    start_time: datetime
    end_time: datetime | None
    duration_in_millis: int | None
    delete_reason: str | None


@dataclass(frozen=True, kw_only=True)
class UserTask(Record):
    name: str | None
    assignee: str | None
    created: datetime | None
    due: datetime | None
    follow_up: datetime | None
    delegation_state: str | None
    description: str | None
    priority: int | None
    process_definition_id: str | None
    process_instance_id: str | None
    task_definition_key: str | None
    form_key: str | None
    suspended: bool | None


@dataclass(frozen=True, kw_only=True)
class IdentityLink:
    """Who may work on a task: a user or a group; `type` is assignee, owner or candidate."""

    user_id: str | None
    group_id: str | None
    type: str


@dataclass(frozen=True, kw_only=True)
class Incident(Record):
    """`configuration` is the id of the external task or job that stands still."""

    incident_type: str
    activity_id: str | None
    process_instance_id: str
    process_definition_id: str | None
    configuration: str | None
    incident_message: str | None
    incident_timestamp: datetime | None


@dataclass(frozen=True, kw_only=True)
class Job(Record):
    process_instance_id: str | None
    due_date: datetime | None
    retries: int
    exception_message: str | None
    failed_activity_id: str | None
    suspended: bool | None


@dataclass(frozen=True, kw_only=True)
class DecisionDefinition(Record):
    key: str
    version: int
    name: str | None
    version_tag: str | None


@dataclass(frozen=True, kw_only=True)
class HistoricActivity(Record):
    activity_id: str
    activity_name: str | None
    activity_type: str
    assignee: str | None
    process_instance_id: str
    start_time: datetime
    end_time: datetime | None
    duration_in_millis: int | None
    canceled: bool | None
    complete_scope: bool | None


@dataclass(frozen=True, kw_only=True)
class HistoricTask(Record):
    name: str | None
    task_definition_key: str
    assignee: str | None
    process_instance_id: str
    start_time: datetime
    end_time: datetime | None
    due: datetime | None
    delete_reason: str | None


@dataclass(frozen=True, kw_only=True)
class HistoricIncident(Record):
    incident_type: str
    activity_id: str | None
    process_instance_id: str
    incident_message: str | None
    create_time: datetime
    end_time: datetime | None
    open: bool
    resolved: bool
    deleted: bool


@dataclass(frozen=True, kw_only=True)
class ExternalTask:
    """One piece of work that the engine handed out.

    `retries` is None until the first failure. `activity_instance_id` stays the same over all attempts, so
    (`process_instance_id`, `activity_instance_id`) is the key under which a handler remembers what it has already done.
    """

    id: str
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
        expires = dto.get("lockExpirationTime")
        return cls(
            id=dto["id"],
            topic=dto["topicName"],
            variables=decode_all(dto.get("variables")),
            business_key=dto.get("businessKey"),
            process_instance_id=dto.get("processInstanceId", ""),
            process_definition_id=dto.get("processDefinitionId", ""),
            process_definition_key=dto.get("processDefinitionKey", ""),
            process_definition_version_tag=dto.get("processDefinitionVersionTag"),
            activity_id=dto.get("activityId", ""),
            activity_instance_id=dto.get("activityInstanceId", ""),
            execution_id=dto.get("executionId", ""),
            retries=dto.get("retries"),
            priority=dto.get("priority") or 0,
            worker_id=dto.get("workerId"),
            lock_expiration_time=datetime.fromisoformat(expires) if expires else None,
            error_message=dto.get("errorMessage"),
            extension_properties=dto.get("extensionProperties") or {},
        )
