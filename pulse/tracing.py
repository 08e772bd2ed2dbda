"""Traces by OpenTelemetry, where the extra `observe` is installed and PULSE_OTLP_ENDPOINT is set: one trace a case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Tracer

from pulse.engine.worker.opentelemetry import recorded, trace_context

NAME = "pulse"


class CaseTraces:
    """Fills the port `Traces` of claims: spans of a case, beside those of its worker's steps."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    @contextmanager
    def span(self, name: str, case: int, **attributes: str) -> Iterator[None]:
        context = trace_context(f"invoice-{case}")
        outer = trace.get_current_span()
        if outer.get_span_context().trace_id == trace.get_current_span(context).get_span_context().trace_id:
            context = trace.set_span_in_context(outer)  # a worker's step of the same case
        with recorded(self._tracer, name, context, SpanKind.INTERNAL) as span:
            span.set_attributes({"pulse.case": case} | {f"pulse.{key}": value for key, value in attributes.items()})
            yield

    def note(self, name: str, case: int, began: datetime, ended: datetime, **attributes: str) -> None:
        about = {"pulse.case": case} | {f"pulse.{key}": value for key, value in attributes.items()}
        context = trace_context(f"invoice-{case}")
        span = self._tracer.start_span(name, context, start_time=_nanoseconds(began), attributes=about)
        span.end(_nanoseconds(ended))


def provider(endpoint: str) -> TracerProvider:
    """Makes tracers whose spans go to the collector at `endpoint`, by OTLP over HTTP; at exit what is left goes too."""
    made = TracerProvider(resource=Resource.create({"service.name": NAME}))
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces")))
    return made


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000) * 1000
