"""Everything that applications and workers ask of an engine, over pycamunda's requests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self, TypeVar

import structlog
from pycamunda import decisiondef, externaltask, message, processdef, processinst, task, version
from pycamunda.base import CamundaRequest, RequestMethod

from pulse.engine import errors
from pulse.engine.client import records
from pulse.engine.client.auth import Auth
from pulse.engine.client.requests import Deploy, Endpoint, quoted
from pulse.engine.client.transport import Transport
from pulse.engine.client.variables import decode_all, encode_all

log = structlog.get_logger(__name__)

#: The engine cuts messages here (ExternalTaskEntity.MAX_EXCEPTION_MESSAGE_LENGTH).
MAX_MESSAGE = 666
#: How much later than its long poll a fetch is given up.
POLL_MARGIN_S = 10.0
#: So often a task is completed anew after a parallel branch was faster.
_RACES = 3
#: A definition's id: `key:version:number`, or a UUID alone where that would be too long. Keys hold no colon.
DEFINITION_ID = re.compile(r".*:.*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Variables = Mapping[str, object]
R = TypeVar("R", bound=records.Record)


class EngineClient:
    """One engine; threads may share it. Every call raises `pulse.engine.errors.EngineError`.

    `url` may name several nodes of it, with commas: one is used until it fails, then the next. `auth` is a user's name
    and password, or one of `pulse.engine.client.auth`.
    Filters of lists are the engine's query parameters in snake case; a list among them may be any sequence.
    """

    def __init__(
        self, url: str, *, auth: tuple[str, str] | Auth | None = None, timeout_s: float = 20.0, keep: int = 16
    ) -> None:
        self.transport = Transport(url, auth=auth, timeout_s=timeout_s, keep=keep)
        self.url = self.transport.base

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.transport.close()

    def call(self, request: Any) -> Any:
        """Send any request object of pycamunda, or of its kind, and return what calling it returns."""
        request.session = self.transport
        return request()

    def get(self, path: str, **query: object) -> Any:
        """The JSON of anything that can be read, e.g. `client.get("/job", process_instance_id=…)`."""
        return self.call(Endpoint(self.url, path, query=query))

    def _ask(self, request: Any, timeout_s: float = 0) -> Any:
        """POST a request of pycamunda, but load the answer ourselves: its loaders need every field and lose some."""
        request.session = self.transport.within(timeout_s)
        return CamundaRequest.__call__(request, RequestMethod.POST).json()

    def _act(self, request: Any, identifier: str, *arguments: object, **variables: Variables | None) -> None:
        """Send a command of pycamunda about one thing: its id is quoted, its variables are typed."""
        command = request(self.url, quoted(identifier), *arguments)
        for name, values in variables.items():
            setattr(command, name, encode_all(values))
        self.call(command)

    def _list(self, record: type[R], path: str, filters: Mapping[str, object]) -> list[R]:
        return [record.load(dto) for dto in self.get(path, **filters)]

    # Models, decisions and processes

    def version(self) -> str:
        """The engine's release, e.g. "7.24.0"."""
        return str(self.call(version.Get(self.url)))

    def deploy(
        self, name: str, files: Mapping[str, bytes], *, source: str | None = None, together: bool = False
    ) -> records.Deployment:
        """Deploy models by file name; what is deployed already and unchanged is left alone.

        `together`: if one file has changed, all are deployed again. Forms that a task binds to its own deployment
        need it: the engine looks for them nowhere else.
        """
        request = Deploy(self.url, name, source, enable_duplicate_filtering=True, deploy_changed_only=not together)
        for file in files.items():
            request.add_resource(file)
        dto = self.call(request)
        made = (dto.get(f"deployed{kind}Definitions") or {} for kind in ("Process", "Decision"))
        return records.Deployment(id=dto["id"], definitions=tuple(key for definitions in made for key in definitions))

    def decision_definition(self, key: str) -> records.DecisionDefinition:
        """The newest version of a decision."""
        return records.DecisionDefinition.load(self.get(f"/decision-definition/key/{quoted(key)}"))

    def decision_model(self, definition_id: str) -> str:
        """The DMN file that a version of a decision was deployed with."""
        return str(self.get(f"/decision-definition/{quoted(definition_id)}/xml")["dmnXml"])

    def process_model(self, definition_id: str) -> str:
        """The BPMN file that a version of a process was deployed with."""
        return str(self.get(f"/process-definition/{quoted(definition_id)}/xml")["bpmn20Xml"])

    def evaluate_decision(self, id_or_key: str, variables: Variables) -> list[dict[str, Any]]:
        """The outputs of the rules that matched, one mapping each; a variable not given counts as null."""
        by = "id_" if DEFINITION_ID.fullmatch(id_or_key) else "key"
        request = decisiondef.Evaluate(self.url, **{by: quoted(id_or_key)})
        request.variables = encode_all(variables)
        return [decode_all(rule) for rule in self._ask(request)]

    def start_process(
        self, key: str, *, business_key: str | None = None, variables: Variables | None = None
    ) -> records.ProcessInstance:
        """Start the newest version of a process. If an earlier try was lost, ask by business key first."""
        request = processdef.StartInstance(self.url, key=quoted(key), business_key=business_key)
        request.variables = encode_all(variables)
        return records.ProcessInstance.load(self._ask(request))

    def correlate(
        self,
        message_name: str,
        *,
        business_key: str | None = None,
        variables: Variables | None = None,
        process_instance_id: str | None = None,
    ) -> records.CorrelationResult:
        """Start the process of this message, or wake the one instance that waits for it; else `MessageNotMatched`."""
        addressee = {"business_key": business_key, "process_instance_id": process_instance_id}
        request = message.CorrelateSingle(self.url, message_name, **addressee, result_enabled=True)
        request.process_variables = encode_all(variables)
        result = self._ask(request)[0]
        started, waited = result.get("processInstance") or {}, result.get("execution") or {}
        instance_id = started.get("id") or waited.get("processInstanceId") or ""
        return records.CorrelationResult(result_type=result["resultType"], process_instance_id=instance_id)

    def process_instances(self, **filters: object) -> list[records.ProcessInstance]:
        """Running instances."""
        return self._list(records.ProcessInstance, "/process-instance", filters)

    def delete_process_instance(self, process_instance_id: str, reason: str) -> None:
        """End a running instance. The REST call carries no reason, so it goes into our log."""
        self._act(processinst.Delete, process_instance_id)
        log.info("process instance deleted", action="delete", process_instance=process_instance_id, reason=reason)

    # User tasks

    def tasks(self, **filters: object) -> list[records.UserTask]:
        """Open tasks; filters are those of POST /task in snake case, e.g. `candidate_groups=["controllers"]`,
        `include_assigned_tasks=True`, `process_instance_business_key="invoice-7"`, `max_results=50`."""
        page = {name: filters.pop(name, None) for name in ("first_result", "max_results")}
        query = Endpoint(self.url, "/task", method=RequestMethod.POST, query=page, body=filters)
        return [records.UserTask.load(dto) for dto in self.call(query)]

    def task(self, task_id: str) -> records.UserTask:
        """One open task; `NotFound` once it is done."""
        return records.UserTask.load(self.get(f"/task/{quoted(task_id)}"))

    def task_variables(self, task_id: str) -> dict[str, Any]:
        """All variables the task sees."""
        return decode_all(self.get(f"/task/{quoted(task_id)}/variables", deserialize_values=False))

    def deployed_form(self, task_id: str) -> dict[str, Any]:
        """The Camunda Form of a task; `BadRequest` if it has none."""
        form: dict[str, Any] = self.get(f"/task/{quoted(task_id)}/deployed-form")
        return form

    def claim(self, task_id: str, user_id: str) -> None:
        """Take a task; `ServerFault` (type TaskAlreadyClaimedException) if another has it."""
        self._act(task.Claim, task_id, user_id)

    def unclaim(self, task_id: str) -> None:
        """Put a task back."""
        self._act(task.Unclaim, task_id)

    def complete_task(self, task_id: str, variables: Variables | None = None) -> None:
        """Finish a task; the process goes on to its next wait state in this call.

        Where a parallel branch moved on at the same moment, the engine takes everything back
        (OptimisticLockingException) and is asked again; `Conflict` if it never gets through.
        """
        for left in reversed(range(_RACES + 1)):
            try:
                self._act(task.Complete, task_id, variables=variables)
            except errors.Conflict:
                if not left:
                    raise
            else:
                return

    # External tasks (reference: engine-rest, ExternalTaskResourceImpl)

    def fetch_and_lock(
        self, worker_id: str, topics: Sequence[Mapping[str, object]], *, max_tasks: int, poll_ms: int | None = None
    ) -> list[records.ExternalTask]:
        """Lock up to `max_tasks` tasks of these topics (each a topic object of the REST body) for this worker.

        Waits at the engine up to `poll_ms` for the first task. Json variables come as they were sent only where the
        topic says `deserializeValues` false.
        """
        request = externaltask.FetchAndLock(self.url, worker_id, max_tasks, poll_ms, use_priority=True)
        request.topics = list(topics)
        timeout_s = (poll_ms or 0) / 1000 + min(self.transport.timeout_s, POLL_MARGIN_S)
        return [records.ExternalTask.load(dto) for dto in self._ask(request, timeout_s)]

    def complete(
        self, task_id: str, worker_id: str, variables: Variables | None = None, local_variables: Variables | None = None
    ) -> None:
        """The work is done: set variables and go on to the next wait state, in this call."""
        self._act(externaltask.Complete, task_id, worker_id, variables=variables, local_variables=local_variables)

    def failure(
        self, task_id: str, worker_id: str, *, message: str, details: str, retries: int, retry_timeout_ms: int
    ) -> None:
        """The work failed. `retries` are those left: 0 makes an incident; the task rests for `retry_timeout_ms`."""
        outcome = (message[:MAX_MESSAGE], details, retries, retry_timeout_ms)
        self._act(externaltask.HandleFailure, task_id, worker_id, *outcome)

    def bpmn_error(
        self, task_id: str, worker_id: str, code: str, message: str | None = None, variables: Variables | None = None
    ) -> None:
        """The model decides what follows. Success means accepted: an error that nothing catches ends the path."""
        self._act(externaltask.HandleBPMNError, task_id, worker_id, code, message, variables=variables)

    def extend_lock(self, task_id: str, worker_id: str, lock_ms: int) -> None:
        """Keep the task for `lock_ms` from now. 400: it has run out or is another's; 404: no such task."""
        self._act(externaltask.ExtendLock, task_id, lock_ms, worker_id)

    def unlock(self, task_id: str) -> None:
        """Give the task back. The engine does not ask whose lock it was."""
        self._act(externaltask.Unlock, task_id)

    # For operators: what stands still, and what has been

    def set_retries(self, task_id: str, retries: int) -> None:
        """More than 0 makes a failed external task available again and removes its incident."""
        self._act(externaltask.SetRetries, task_id, retries)

    def external_tasks(self, **filters: object) -> list[records.ExternalTask]:
        """Open external tasks, without variables."""
        return self._list(records.ExternalTask, "/external-task", filters)

    def incidents(self, process_instance_id: str | None = None, **filters: object) -> list[records.Incident]:
        """What stands still and needs a person."""
        return self._list(records.Incident, "/incident", {"process_instance_id": process_instance_id, **filters})

    def history_process_instances(
        self, business_key: str | None = None, **filters: object
    ) -> list[records.ProcessInstance]:
        """Instances, running and ended."""
        filters["process_instance_business_key"] = business_key
        return self._list(records.ProcessInstance, "/history/process-instance", filters)

    def history_activities(self, process_instance_id: str, **filters: object) -> list[records.HistoricActivity]:
        """The steps an instance took."""
        filters["process_instance_id"] = process_instance_id
        return self._list(records.HistoricActivity, "/history/activity-instance", filters)

    def history_tasks(self, **filters: object) -> list[records.HistoricTask]:
        """User tasks, open and done."""
        return self._list(records.HistoricTask, "/history/task", filters)
