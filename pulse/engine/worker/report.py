"""Telling the engine how a task ended, until it has heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from pulse.engine import errors
from pulse.engine.client.calls import ExternalTaskCalls
from pulse.engine.worker.backoff import Backoff
from pulse.engine.worker.held import Held, Holder
from pulse.engine.worker.metrics import Metrics
from pulse.engine.worker.outcome import BpmnError, Fatal, Result, describe, frames

log = structlog.get_logger(__name__)

#: Of the engine's words for 400 (HandleExternalTaskCmd.validateWorkerViolation).
ANOTHERS = "It is locked by worker"
#: First and longest wait before a report is repeated.
REPEAT_WAIT_S = (0.2, 30.0)


class Reporter:
    """Complete, failure and BPMN error with the patience they need.

    No answer, a lost race and a refused login are tried again for as long as we hold the task: the work is done, only
    its report is missing. A 404 after an unanswered report means that it had arrived.
    """

    def __init__(
        self,
        client: ExternalTaskCalls,
        worker_id: str,
        holder: Holder,
        metrics: Metrics,
        describe: Callable[[BaseException], str] = describe,
    ) -> None:
        self._client = client
        self._worker_id = worker_id
        self._holder = holder
        self._metrics = metrics
        self._describe = describe

    def complete(self, held: Held, result: Result | Mapping[str, object] | None) -> None:
        """Done. If the engine cannot digest that (bad variable, failing expression behind it), it is a failure."""
        done = result if isinstance(result, Result) else Result(result or {})
        self._send(
            held,
            "completed",
            lambda: self._client.complete(held.id, self._worker_id, done.variables, done.local_variables),
        )

    def bpmn_error(self, held: Held, error: BpmnError) -> None:
        """For the model to handle."""
        message, variables = str(error), error.variables
        self._send(
            held,
            "bpmn_error",
            lambda: self._client.bpmn_error(held.id, self._worker_id, error.code, message, variables),
        )

    def failure(self, held: Held, error: BaseException) -> None:
        """Failed: one retry less and a rest, or an incident."""
        held.failed = True
        retry, task = held.topic.retry, held.task
        left = 0 if isinstance(error, Fatal) else retry.left(task.retries)
        log.warning(
            "task failed",
            action="fail",
            topic=task.topic,
            task=task.id,
            case=task.business_key,
            error=type(error).__name__,
            retries=left,
        )
        message, details = self._describe(error), frames(error)
        rest_ms = retry.rest_ms(left)
        self._send(
            held,
            "failed" if left else "incident",
            lambda: self._client.failure(
                held.id, self._worker_id, message=message, details=details, retries=left, retry_timeout_ms=rest_ms
            ),
            last_word=True,
        )

    def _send(self, held: Held, event: str, send: Callable[[], None], *, last_word: bool = False) -> None:
        backoff, unanswered = Backoff(*REPEAT_WAIT_S), False
        while not held.released:
            try:
                send()
            except (errors.EngineUnavailable, errors.Conflict, errors.Unauthorized) as error:
                unanswered = unanswered or isinstance(error, errors.EngineUnavailable)
                self._holder.pause(backoff.next_s())
                continue
            except errors.NotFound:
                event = event if unanswered else "gone"
            except errors.EngineError as error:
                if ANOTHERS in str(error):
                    event = "lost"
                elif last_word:
                    event = "refused"
                    log.warning("report refused", action="report", task=held.id, error=type(error).__name__)
                else:
                    return self.failure(held, error)
            return self._metrics.count(event, held.task.topic)
        return None
