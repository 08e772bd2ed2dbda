"""The store's tables. Moments are milliseconds since 1970, ids UUIDs in time order (a definition's: key:version:id).

Running and finished rows share a table: an instance, a task, a variable or an incident that is over stays as history.
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

SCHEMA_VERSION: Final = 1
metadata: Final = MetaData()


class Json(TypeDecorator[Any]):
    """JSON-able data as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else orjson.loads(value)


def _table(name: str, *columns: Column[Any] | str) -> Table:
    """A table `engine_…` with an id; a column given as text is a String."""
    rest = [Column(column, String(255)) if isinstance(column, str) else column for column in columns]
    return Table(f"engine_{name}", metadata, Column("id", String(255), primary_key=True), *rest)


def _moment(name: str) -> Column[Any]:
    return Column(name, BigInteger)


def _flag(name: str) -> Column[Any]:
    return Column(name, Boolean, nullable=False)


def _number(name: str) -> Column[Any]:
    return Column(name, Integer)


schema = Table("engine_schema", metadata, Column("version", Integer, primary_key=True))
deployment = _table("deployment", "name", "source", _moment("time"))
resource = _table("resource", "deployment_id", "name", Column("data", LargeBinary, nullable=False))
_DEFINITION: Final = ("key", "name", "category", "deployment_id", "resource", "version_tag")
process_definition = _table(
    "process_definition", *_DEFINITION, _number("version"), _number("ttl"), _flag("suspended"), _flag("startable")
)
decision_definition = _table(
    "decision_definition", *_DEFINITION, _number("version"), _number("ttl"), "graph_id", "graph_key"
)
decision_graph = _table("decision_graph", *_DEFINITION, _number("version"))
subscription = _table(
    "subscription", "event_name", "activity_id", "execution_id", "instance_id", "definition_id", "definition_key",
    _moment("created"),
)  # fmt: skip
instance = _table(
    "instance", "definition_id", "definition_key", "business_key", "start_activity", "start_user", "state",
    Column("delete_reason", Text), Column("executions", Json), _number("version"), _flag("suspended"),
    _moment("start_time"), _moment("end_time"), _moment("removal_time"),
)  # fmt: skip
variable = _table(
    "variable", "instance_id", "definition_id", "execution_id", "activity_instance_id", "task_id", "name", "type",
    Column("value", Json), Column("text_value", Text), Column("number_value", Double), _number("revision"),
    _flag("live"), "state", _moment("created"),
)  # fmt: skip
detail = _table(
    "detail", "instance_id", "definition_id", "execution_id", "activity_instance_id", "variable_id", "name", "type",
    Column("value", Json), _number("revision"), _flag("initial"), "operation_id", _moment("time"),
)  # fmt: skip
activity = _table(
    "activity", "parent_id", "activity_id", "name", "type", "execution_id", "instance_id", "definition_id", "task_id",
    _moment("start_time"), _moment("end_time"), _flag("canceled"), _flag("complete_scope"),
)  # fmt: skip
external_task = _table(
    "external_task", "topic", "worker_id", _moment("lock_until"), _number("retries"), _number("priority"),
    Column("error_message", Text), Column("error_details", Text), "instance_id", "execution_id", "activity_id",
    "activity_instance_id", "definition_id", "definition_key", "business_key", Column("scopes", Json),
    _flag("suspended"), _moment("created"),
)  # fmt: skip
external_log = _table(
    "external_log", "task_id", "kind", _moment("time"), "topic", "worker_id", _number("retries"), _number("priority"),
    Column("error_message", Text), Column("error_details", Text), "instance_id", "execution_id", "activity_id",
    "activity_instance_id", "definition_id", "definition_key",
)  # fmt: skip
task = _table(
    "task", "name", Column("description", Text), "assignee", "owner", "delegation", _number("priority"),
    _moment("due"), _moment("follow_up"), _moment("created"), _moment("updated"), _moment("end_time"),
    "delete_reason", "state", _flag("suspended"), "form_key", Column("form_ref", Json), "instance_id", "execution_id",
    "activity_id", "activity_instance_id", "definition_id", "definition_key",
)  # fmt: skip
identity_link = _table("identity_link", "task_id", "type", "user_id", "group_id")
comment = _table("comment", "task_id", "instance_id", "user_id", _moment("time"), Column("message", Text))
job = _table(
    "job", "kind", "config", _moment("due"), _number("retries"), _number("priority"),
    Column("exception_message", Text), Column("exception_details", Text), "failed_activity_id",
    "instance_id", "execution_id", "activity_id", "definition_id", "definition_key", _flag("suspended"),
    _moment("created"),
)  # fmt: skip
incident = _table(
    "incident", "type", _moment("time"), _moment("end_time"), "state", Column("message", Text), "configuration",
    "log_id", "job_definition_id", "failed_activity_id", "instance_id", "execution_id", "activity_id",
    "definition_id", "definition_key",
)  # fmt: skip
decision_instance = _table(
    "decision_instance", "definition_id", "definition_key", "name", "graph_id", "graph_key", "user_id",
    _moment("time"), _moment("removal_time"), Column("inputs", Json), Column("outputs", Json),
)  # fmt: skip

for _name, _columns in (
    ("resource", "deployment_id"),
    ("process_definition", "key"),
    ("decision_definition", "key"),
    ("subscription", "event_name"),
    ("subscription", "instance_id"),
    ("instance", "business_key"),
    ("instance", "definition_key"),
    ("variable", "instance_id"),
    ("detail", "instance_id"),
    ("activity", "instance_id"),
    ("external_task", "topic"),
    ("external_task", "instance_id"),
    ("external_log", "instance_id"),
    ("task", "instance_id"),
    ("task", "end_time"),
    ("identity_link", "task_id"),
    ("comment", "task_id"),
    ("job", "due"),
    ("job", "instance_id"),
    ("incident", "instance_id"),
):
    Index(f"ix_engine_{_name}_{_columns}", metadata.tables[f"engine_{_name}"].c[_columns])

BY_NAME: Final = {name.removeprefix("engine_"): table for name, table in metadata.tables.items()}
