"""The store's tables. Moments are milliseconds since 1970, ids UUIDs in time order (a definition's: key:version:id).

Running and finished rows share a table: an instance, a task, a variable or an incident that is over stays as history.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
import sqlalchemy as sa

SCHEMA_VERSION: Final = 2
"""2: people, the logs of jobs, links and operations, suspended job definitions, comments of instances."""
metadata: Final = sa.MetaData()


class Json(sa.TypeDecorator[Any]):
    """JSON-able data as text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else orjson.loads(value)


_TYPES: Final[Mapping[str, Any]] = {
    "": sa.String(255),
    "text": sa.Text,
    "json": Json,
    "bytes": sa.LargeBinary,
    "whole": sa.Integer,
    "real": sa.Double,
    "moment": sa.BigInteger,
    "flag": sa.Boolean,
}


def _table(name: str, spec: str) -> sa.Table:
    """A table `engine_…` with an id. `spec` lists columns as `name` or `name:type`; a star asks for an index."""
    columns = [sa.Column("id", sa.String(255), primary_key=True)]
    for word in spec.split():
        column, _, kind = word.rstrip("*").partition(":")
        flag: dict[str, Any] = {"nullable": False, "default": False} if kind == "flag" else {}
        columns.append(sa.Column(column, _TYPES[kind], index=word.endswith("*"), **flag))
    return sa.Table(f"engine_{name}", metadata, *columns)


_PLACE: Final = " instance_id* execution_id activity_id definition_id definition_key"
_DEFINITION: Final = " name category deployment_id resource version_tag version:whole"
_EXTERNAL: Final = " topic* worker_id retries:whole priority:whole activity_instance_id"
_JOB: Final = " kind config due:moment retries:whole priority:whole"
_ERROR: Final = " error_message:text error_details:text"

schema = sa.Table("engine_schema", metadata, sa.Column("version", sa.Integer, primary_key=True))
deployment = _table("deployment", "name source time:moment")
resource = _table("resource", "deployment_id* name data:bytes")
process_definition = _table("process_definition", "key* ttl:whole suspended:flag startable:flag" + _DEFINITION)
decision_definition = _table("decision_definition", "key* ttl:whole graph_id graph_key" + _DEFINITION)
decision_graph = _table("decision_graph", "key" + _DEFINITION)
subscription = _table("subscription", "event_name* created:moment" + _PLACE)
instance = _table(
    "instance",
    "definition_id definition_key* business_key* start_activity start_user state delete_reason:text executions:json "
    "version:whole suspended:flag start_time:moment end_time:moment removal_time:moment",
)
variable = _table(
    "variable",
    "instance_id* definition_id execution_id activity_instance_id task_id name type value:json text_value:text "
    "number_value:real revision:whole live:flag state created:moment",
)
detail = _table(
    "detail",
    "instance_id* definition_id execution_id activity_instance_id task_id variable_id name type value:json "
    "revision:whole initial:flag operation_id time:moment",
)
activity = _table(
    "activity",
    "parent_id activity_id name type execution_id instance_id* definition_id task_id start_time:moment "
    "end_time:moment canceled:flag complete_scope:flag",
)
external_task = _table(
    "external_task",
    "lock_until:moment business_key scopes:json suspended:flag created:moment" + _EXTERNAL + _ERROR + _PLACE,
)
external_log = _table("external_log", "task_id kind time:moment" + _EXTERNAL.replace("*", "") + _ERROR + _PLACE)
task = _table(
    "task",
    "name description:text assignee owner delegation priority:whole due:moment follow_up:moment created:moment "
    "updated:moment end_time:moment* delete_reason state suspended:flag form_key form_ref:json activity_instance_id"
    + _PLACE,
)
identity_link = _table("identity_link", "task_id* type user_id group_id")
link_log = _table(
    "link_log",
    "task_id* instance_id* definition_id definition_key type user_id group_id operation assigner_id time:moment",
)
comment = _table("comment", "task_id* instance_id user_id time:moment message:text process_id")
job = _table(
    "job",
    "exception_message:text exception_details:text failed_activity_id suspended:flag created:moment"
    + _JOB.replace("due:moment", "due:moment*")
    + _PLACE,
)
suspended_job = _table("suspended_job", "definition_id")  # ids of job definitions
job_log = _table(
    "job_log",
    "job_id outcome time:moment failed_activity_id exception_message:text exception_details:text" + _JOB + _PLACE,
)
incident = _table(
    "incident",
    "type time:moment end_time:moment state message:text configuration log_id job_definition_id failed_activity_id"
    + _PLACE,
)
decision_instance = _table(
    "decision_instance",
    "definition_id definition_key name graph_id graph_key user_id time:moment removal_time:moment inputs:json "
    "outputs:json instance_id* activity_id activity_instance_id process_definition_id process_definition_key",
)
operation = _table(
    "operation",
    "operation_id kind entity category property original:text value:text time:moment user_id task_id job_id "
    "external_task_id" + _PLACE,
)
user = _table("user", "first_name last_name email password:text")
group = _table("group", "name type")
membership = _table("membership", "user_id* group_id*")

_RUNNING: Final = instance.c.end_time.is_(None)
sa.Index("engine_instance_running", instance.c.id, sqlite_where=_RUNNING, postgresql_where=_RUNNING)

BY_NAME: Final = {name.removeprefix("engine_"): table for name, table in metadata.tables.items()}


def _names(spec: str) -> tuple[str, ...]:
    return tuple(word.rstrip("*").partition(":")[0] for word in spec.split())


LOGS: Final = {
    "external_log": ("external_task", "task_id", _names(_EXTERNAL + _PLACE)),
    "job_log": ("job", "job_id", _names(_JOB + _PLACE)),
}
"""What the history of an external task or job is about: its table, the reference to it, what is kept of its row."""
