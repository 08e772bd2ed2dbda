"""A span for each task, in one trace a case: whoever knows the case's key finds the trace, and nothing is handed on.

Needs `opentelemetry-api`: `Worker(…, around=task_spans(trace.get_tracer("my-worker")))`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from pulse.engine.client import ExternalTask
from pulse.engine.worker.topic import BpmnError


def trace_context(key: str) -> Context:
    """The trace of a key, as if a span of it had called us: both ids are drawn from the key's hash."""
    digest = sha256(f"trace of {key}".encode()).digest()
    trace_id, span_id = int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:24], "big")
    parent = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return set_span_in_context(NonRecordingSpan(parent))


def task_spans(tracer: Tracer) -> Callable[[ExternalTask], AbstractContextManager[object]]:
    """For `Worker(around=…)`. The key is the business key, else the process instance's id.

    Of an exception the span has the class alone: messages may hold somebody's data.
    """

    @contextmanager
    def around(task: ExternalTask) -> Iterator[None]:
        about = {
            "external_task.topic": task.topic,
            "external_task.id": task.id,
            "process.activity": task.activity_id,
            "process.instance": task.process_instance_id,
        }
        context = trace_context(task.business_key or task.process_instance_id)
        with recorded(tracer, task.topic, context, SpanKind.CONSUMER) as span:
            span.set_attributes(about)
            yield

    return around


@contextmanager
def recorded(tracer: Tracer, name: str, context: Context, kind: SpanKind) -> Iterator[trace.Span]:
    """A span that tells of an exception its class; a BPMN error is an answer, its code an attribute."""
    with tracer.start_as_current_span(
        name, context, kind, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BpmnError as error:
            span.set_attribute("process.bpmn_error", error.code)
            raise
        except BaseException as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
