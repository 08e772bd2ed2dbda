"""How a request object is sent, and the calls a worker makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote

from pycamunda import externaltask
from pycamunda.base import CamundaRequest, RequestMethod

from pulse.engine.client.records import ExternalTask
from pulse.engine.client.requests import plain
from pulse.engine.client.transport import Answer, Transport
from pulse.engine.client.variables import encode_all

#: The engine cuts messages here (ExternalTaskEntity.MAX_EXCEPTION_MESSAGE_LENGTH).
MAX_MESSAGE = 666
#: How much later than its long poll a fetch is given up.
POLL_MARGIN_S = 10.0


def quoted(identifier: str) -> str:
    """An id as one path segment: pycamunda puts it into the URL as it is."""
    return quote(identifier, safe="")


def joined(filters: Mapping[str, object]) -> dict[str, Any]:
    """Filters for pycamunda's lists, which would repeat the key of a list and convert only what is at the top."""
    return {name: value if isinstance(value, bool) else plain(value) for name, value in filters.items()}


class Calls:
    """One engine, spoken to through pycamunda's requests over a `Transport`. Threads may share it."""

    def __init__(
        self, url: str, *, auth: tuple[str, str] | None = None, timeout_s: float = 20.0, keep: int = 16
    ) -> None:
        self.url = url.rstrip("/")
        self.transport = Transport(self.url, auth=auth, timeout_s=timeout_s, keep=keep)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the idle connections."""
        self.transport.close()

    def call(self, request: Any) -> Any:
        """Send any request object of pycamunda, or of its kind, and return what calling it returns."""
        request.session = self.transport
        return request()

    def raw(self, request: CamundaRequest, method: RequestMethod, timeout_s: float | None = None) -> Answer:
        """Send a pycamunda request but read the answer ourselves: its loaders need every field and lose some."""
        request.session = self.transport if timeout_s is None else self.transport.within(timeout_s)
        answer: Answer = CamundaRequest.__call__(request, method)
        return answer


class ExternalTaskCalls(Calls):
    """The life of an external task (reference: engine-rest, ExternalTaskResourceImpl)."""

    def fetch_and_lock(
        self, worker_id: str, topics: Sequence[Mapping[str, object]], *, max_tasks: int, poll_ms: int | None = None
    ) -> list[ExternalTask]:
        """Lock up to `max_tasks` tasks of these topics (each a topic object of the REST body) for this worker.

        Waits at the engine up to `poll_ms` for the first task. Json variables come as they were sent only where the
        topic says `deserializeValues` false.
        """
        request = externaltask.FetchAndLock(self.url, worker_id, max_tasks, poll_ms, use_priority=True)
        request.topics = list(topics)
        timeout_s = (poll_ms or 0) / 1000 + min(self.transport.timeout_s, POLL_MARGIN_S)
        return [ExternalTask.load(dto) for dto in self.raw(request, RequestMethod.POST, timeout_s).json()]

    def complete(
        self,
        task_id: str,
        worker_id: str,
        variables: Mapping[str, object] | None = None,
        local_variables: Mapping[str, object] | None = None,
    ) -> None:
        """The work is done: set variables and go on to the next wait state, in this call."""
        request = externaltask.Complete(self.url, quoted(task_id), worker_id)
        request.variables = encode_all(variables)
        request.local_variables = encode_all(local_variables)
        self.raw(request, RequestMethod.POST)

    def failure(
        self, task_id: str, worker_id: str, *, message: str, details: str, retries: int, retry_timeout_ms: int
    ) -> None:
        """The work failed. `retries` are those left: 0 makes an incident; the task rests for `retry_timeout_ms`."""
        message = message[:MAX_MESSAGE]
        self.raw(
            externaltask.HandleFailure(
                self.url, quoted(task_id), worker_id, message, details, retries, retry_timeout_ms
            ),
            RequestMethod.POST,
        )

    def bpmn_error(
        self,
        task_id: str,
        worker_id: str,
        code: str,
        message: str | None = None,
        variables: Mapping[str, object] | None = None,
    ) -> None:
        """The model decides what follows. Success means accepted: an error that nothing catches ends the path."""
        request = externaltask.HandleBPMNError(self.url, quoted(task_id), worker_id, code, message)
        request.variables = encode_all(variables)
        self.raw(request, RequestMethod.POST)

    def extend_lock(self, task_id: str, worker_id: str, lock_ms: int) -> None:
        """Keep the task for `lock_ms` from now. 400: it has run out or is another's; 404: no such task."""
        self.raw(externaltask.ExtendLock(self.url, quoted(task_id), lock_ms, worker_id), RequestMethod.POST)

    def unlock(self, task_id: str) -> None:
        """Give the task back. The engine does not ask whose lock it was."""
        self.raw(externaltask.Unlock(self.url, quoted(task_id)), RequestMethod.POST)

    def set_retries(self, task_id: str, retries: int) -> None:
        """More than 0 makes a failed task available again and removes its incident."""
        self.raw(externaltask.SetRetries(self.url, quoted(task_id), retries), RequestMethod.PUT)

    def external_tasks(self, **filters: object) -> list[ExternalTask]:
        """Open external tasks, without variables; filters as in `pycamunda.externaltask.GetList`."""
        request = externaltask.GetList(self.url, request_error_details=False, **joined(filters))
        return [ExternalTask.load(dto) for dto in self.raw(request, RequestMethod.GET).json()]
