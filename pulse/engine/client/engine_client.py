"""Everything the application asks of an engine: deploy, start, correlate, user tasks, decisions, history, repair."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import structlog
from pycamunda import decisiondef, incident, message, processdef, processinst, task, version
from pycamunda.base import RequestMethod

from pulse.engine.client import records
from pulse.engine.client.calls import ExternalTaskCalls, joined, quoted
from pulse.engine.client.requests import Deploy, Endpoint
from pulse.engine.client.variables import decode, decode_all, encode_all

log = structlog.get_logger(__name__)

#: A definition's id: `key:version:number`, or a UUID alone where that would be too long. Keys hold no colon.
DEFINITION_ID = re.compile(r".*:.*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

R = TypeVar("R", bound=records.Record)
GET, POST, PUT, DELETE = RequestMethod.GET, RequestMethod.POST, RequestMethod.PUT, RequestMethod.DELETE


class ProcessCalls(ExternalTaskCalls):
    """Models and instances."""

    def version(self) -> str:
        """The engine's release, e.g. "7.24.0"."""
        return str(self.call(version.Get(self.url)))

    def deploy(
        self,
        name: str,
        files: Mapping[str, bytes],
        *,
        source: str | None = None,
        changed_only: bool = True,
        together: bool = False,
    ) -> records.Deployment:
        """Deploy models by file name; what is deployed already and unchanged is left alone.

        `together`: if one file has changed, all are deployed again. Forms that a task binds to its own deployment
        need it: the engine looks for them nowhere else.
        """
        options = {
            "enable_duplicate_filtering": changed_only or together,
            "deploy_changed_only": changed_only and not together,
            "source": source,
        }
        dto = self.call(Deploy(self.url, name, files, **options))
        made = (dto.get(f"deployed{kind}Definitions") or {} for kind in ("Process", "Decision"))
        return records.Deployment(id=dto["id"], definitions=tuple(key for definitions in made for key in definitions))

    def start_process(
        self, key: str, *, business_key: str | None = None, variables: Mapping[str, object] | None = None
    ) -> records.ProcessInstance:
        """Start the newest version of a process. If an earlier try was lost, ask by business key first."""
        request = processdef.StartInstance(self.url, key=quoted(key), business_key=business_key)
        request.variables = encode_all(variables)
        return records.ProcessInstance.load(self.raw(request, POST).json())

    def correlate(
        self,
        message_name: str,
        *,
        business_key: str | None = None,
        variables: Mapping[str, object] | None = None,
        correlation_keys: Mapping[str, object] | None = None,
        process_instance_id: str | None = None,
    ) -> records.CorrelationResult:
        """Start the process of this message, or wake the one instance that waits for it; else `MessageNotMatched`.

        Correlation keys must match in value and type.
        """
        request = message.CorrelateSingle(
            self.url,
            message_name,
            business_key=business_key,
            process_instance_id=process_instance_id,
            result_enabled=True,
        )
        request.process_variables = encode_all(variables)
        request.correlation_keys = encode_all(correlation_keys)
        result = self.raw(request, POST).json()[0]
        started, waited = result.get("processInstance") or {}, result.get("execution") or {}
        return records.CorrelationResult(
            result_type=result["resultType"],
            process_instance_id=started.get("id") or waited.get("processInstanceId") or "",
        )

    def process_instances(self, **filters: object) -> list[records.ProcessInstance]:
        """Running instances; filters (business_key, …) as in `pycamunda.processinst.GetList`."""
        request = processinst.GetList(self.url, **joined(filters))
        return [records.ProcessInstance.load(dto) for dto in self.raw(request, GET).json()]

    def instance_variables(self, process_instance_id: str) -> dict[str, Any]:
        """The variables of a running instance."""
        request = processinst.VariablesGetList(self.url, quoted(process_instance_id), deserialize_values=False)
        return decode_all(self.raw(request, GET).json())

    def delete_process_instance(self, process_instance_id: str, reason: str) -> None:
        """End a running instance. The REST call carries no reason, so it goes into our log."""
        self.raw(processinst.Delete(self.url, quoted(process_instance_id)), DELETE)
        log.info("process instance deleted", action="delete", process_instance=process_instance_id, reason=reason)

    def decision_definition(self, key: str) -> records.DecisionDefinition:
        """The newest version of a decision."""
        return records.DecisionDefinition.load(self.raw(decisiondef.Get(self.url, key=quoted(key)), GET).json())

    def evaluate_decision(self, id_or_key: str, variables: Mapping[str, object]) -> list[dict[str, Any]]:
        """The outputs of the rules that matched, one mapping each; a variable not given counts as null."""
        by = "id_" if DEFINITION_ID.fullmatch(id_or_key) else "key"
        request = decisiondef.Evaluate(self.url, **{by: quoted(id_or_key)})
        request.variables = encode_all(variables)
        return [decode_all(rule) for rule in self.raw(request, POST).json()]


class TaskCalls(ExternalTaskCalls):
    """User tasks."""

    def tasks(self, **filters: object) -> list[records.UserTask]:
        """Open tasks; filters are those of POST /task in snake case, e.g. `candidate_groups=["controllers"]`,
        `include_assigned_tasks=True`, `process_instance_business_key="invoice-7"`, `max_results=50`."""
        page = {name: filters.pop(name, None) for name in ("first_result", "max_results")}
        query = Endpoint(self.url, "/task", method=POST, query=page, body=filters)
        return [records.UserTask.load(dto) for dto in self.call(query)]

    def task(self, task_id: str) -> records.UserTask:
        """One open task; `NotFound` once it is done."""
        return records.UserTask.load(self.raw(task.Get(self.url, quoted(task_id)), GET).json())

    def task_variables(self, task_id: str) -> dict[str, Any]:
        """All variables the task sees."""
        path = f"/task/{quoted(task_id)}/variables"
        return decode_all(self.call(Endpoint(self.url, path, query={"deserialize_values": False})))

    def deployed_form(self, task_id: str) -> dict[str, Any]:
        """The Camunda Form of a task; `BadRequest` if it has none."""
        form: dict[str, Any] = self.call(Endpoint(self.url, f"/task/{quoted(task_id)}/deployed-form"))
        return form

    def task_identity_links(self, task_id: str) -> list[records.IdentityLink]:
        """Who may work on the task."""
        links = self.raw(task.IdentityLinksGetList(self.url, quoted(task_id)), GET).json()
        return [
            records.IdentityLink(user_id=link["userId"], group_id=link["groupId"], type=link["type"]) for link in links
        ]

    def claim(self, task_id: str, user_id: str) -> None:
        """Take a task; `ServerFault` (type TaskAlreadyClaimedException) if another has it."""
        self.raw(task.Claim(self.url, quoted(task_id), user_id), POST)

    def unclaim(self, task_id: str) -> None:
        """Put a task back."""
        self.raw(task.Unclaim(self.url, quoted(task_id)), POST)

    def assign(self, task_id: str, user_id: str | None) -> None:
        """Give a task to somebody, whoever has it."""
        self.raw(task.SetAssignee(self.url, quoted(task_id), user_id), POST)

    def comment(self, task_id: str, text: str) -> None:
        """Leave a note on a task."""
        self.raw(task.CommentCreate(self.url, quoted(task_id), text), POST)

    def complete_task(self, task_id: str, variables: Mapping[str, object] | None = None) -> None:
        """Finish a task; the process goes on to its next wait state in this call."""
        request = task.Complete(self.url, quoted(task_id))
        request.variables = encode_all(variables)
        self.raw(request, POST)


class EngineClient(ProcessCalls, TaskCalls):
    """Calls for the whole application, and those for operators: incidents, jobs, history. Filters are query parameters
    of the engine in snake case; lists may be any sequence."""

    def incidents(self, process_instance_id: str | None = None, **filters: object) -> list[records.Incident]:
        """What stands still and needs a person."""
        request = incident.GetList(self.url, process_instance_id=process_instance_id, **joined(filters))
        return [records.Incident.load(dto) for dto in self.raw(request, GET).json()]

    def jobs(self, **filters: object) -> list[records.Job]:
        """Timers and asynchronous continuations."""
        return self._list(records.Job, "/job", filters)

    def set_job_retries(self, job_id: str, retries: int) -> None:
        """More than 0 lets a failed job run again and removes its incident."""
        self.call(Endpoint(self.url, f"/job/{quoted(job_id)}/retries", method=PUT, body={"retries": retries}))

    def execute_job(self, job_id: str) -> None:
        """Run a job now, whatever its due date."""
        self.call(Endpoint(self.url, f"/job/{quoted(job_id)}/execute", method=POST))

    def history_process_instances(
        self, business_key: str | None = None, **filters: object
    ) -> list[records.HistoricProcessInstance]:
        """Instances, running and ended."""
        filters["process_instance_business_key"] = business_key
        return self._list(records.HistoricProcessInstance, "/history/process-instance", filters)

    def history_variables(self, process_instance_id: str) -> dict[str, Any]:
        """Last values of an instance, running or ended; of two with one name the instance's own."""
        query = {"process_instance_id": process_instance_id, "deserialize_values": False}
        dtos = self.call(Endpoint(self.url, "/history/variable-instance", query=query))
        dtos.sort(key=lambda dto: dto.get("executionId") == process_instance_id)
        return {dto["name"]: decode(dto) for dto in dtos}

    def history_activities(self, process_instance_id: str, **filters: object) -> list[records.HistoricActivity]:
        """The steps an instance took."""
        filters["process_instance_id"] = process_instance_id
        return self._list(records.HistoricActivity, "/history/activity-instance", filters)

    def history_tasks(self, **filters: object) -> list[records.HistoricTask]:
        """User tasks, open and done."""
        return self._list(records.HistoricTask, "/history/task", filters)

    def history_incidents(self, **filters: object) -> list[records.HistoricIncident]:
        """Incidents, open, resolved and deleted."""
        return self._list(records.HistoricIncident, "/history/incident", filters)

    def _list(self, record: type[R], path: str, filters: Mapping[str, object]) -> list[R]:
        return [record.load(dto) for dto in self.call(Endpoint(self.url, path, query=filters))]
