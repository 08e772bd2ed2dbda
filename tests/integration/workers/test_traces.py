"""One trace a case: the mail, the start, each worker's step and each letter."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import office
import pytest
from office import fill_registers, open_office
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode, Tracer
from scripted_engine import ScriptedEngine, task_dto
from serving import serving

from pulse import wiring
from pulse.claims.deploy import deploy
from pulse.claims.ports import NoTraces
from pulse.claims.receive import receive_document
from pulse.claims.relay import relay_once
from pulse.engine.client import EngineClient, ExternalTask
from pulse.engine.embedded.server import EmbeddedServer
from pulse.engine.worker import BpmnError, Worker, topic
from pulse.engine.worker.opentelemetry import task_spans
from pulse.settings import load
from pulse.tracing import CaseTraces, provider
from workers import handlers

STEPS = {"check-client", "check-medication", "assess-risk", "settle", "check-decision", "write-letter", "send-letter"}


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter: InMemorySpanExporter) -> Iterator[Tracer]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider.get_tracer("test")
    provider.shutdown()


def test_mail_start_steps_and_letters_of_a_case_share_one_trace(
    exporter: InMemorySpanExporter, tracer: Tracer, tmp_path: Path
) -> None:
    with EmbeddedServer(f"sqlite:///{tmp_path}/engine.db") as server, EngineClient(server.url) as engine:
        deploy(engine)
        for desk in open_office(tmp_path, engine=engine):
            used = replace(desk.office, traces=CaseTraces(tracer))
            fill_registers(desk.database)
            for number, day in (("101", "2026-05-10"), ("102", "2026-06-10")):
                data = office.document(invoice_number=number, **office.treated_on(day))
                receive_document(used, data, channel="mail", actor="gateway")
            while relay_once(used):
                pass
            done = threading.Event()
            worker = Worker(engine_url=engine.url, topics=handlers(used), around=task_spans(tracer), poll_ms=200)
            thread = threading.Thread(target=worker.run)
            thread.start()
            while engine.process_instances() and not done.wait(0.05):
                assert thread.is_alive()
            worker.stop()
            thread.join(60)
    traces: dict[int, list[ReadableSpan]] = {}
    for span in exporter.get_finished_spans():
        assert span.context is not None
        traces.setdefault(span.context.trace_id, []).append(span)
    assert len(traces) == 2
    for spans in traces.values():
        assert {span.name for span in spans} == STEPS | {"receive", "start process", "send mail"}
        by_id = {span.context.span_id: span for span in spans if span.context}
        mails = [span for span in spans if span.name == "send mail"]
        assert sorted(str((span.attributes or {})["pulse.recipient"]) for span in mails) == ["client", "provider"]
        for mail in mails:  # each within the step that sent it
            assert mail.parent is not None
            assert by_id[mail.parent.span_id].name == "send-letter"
        roots = {span.parent.span_id for span in spans if span.parent and span.parent.span_id not in by_id}
        assert len(roots) == 1


def test_a_span_tells_what_went_wrong_but_nothing_about_anybody(exporter: InMemorySpanExporter, tracer: Tracer) -> None:
    @topic("work")
    def work(task: ExternalTask) -> None:
        raise BpmnError("unclear", "Erika Muster") if task.id == "task-2" else ValueError("Erika Muster")

    with ScriptedEngine() as engine:
        engine.add(task_dto(1), task_dto(2, businessKey=None))
        worker = Worker(engine_url=engine.url, topics=[work], slots=1, around=task_spans(tracer), poll_ms=100)
        thread = threading.Thread(target=worker.run)
        thread.start()
        engine.wait_for("bpmnError")
        worker.stop()
        thread.join(60)
    failed, unclear = exporter.get_finished_spans()
    assert (failed.status.status_code, failed.status.description) == (StatusCode.ERROR, "ValueError")
    assert (unclear.status.status_code, dict(unclear.attributes or {})["process.bpmn_error"]) == (
        StatusCode.UNSET,
        "unclear",
    )
    assert "Muster" not in failed.to_json() + unclear.to_json()


def test_spans_reach_a_collector() -> None:
    received: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Collector)
    with serving(server):
        endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        sending = provider(endpoint)
        with CaseTraces(sending.get_tracer("test")).span("start process", 7):
            pass
        sending.shutdown()
    (spans,) = [
        scope.spans for batch in received for resource in batch.resource_spans for scope in resource.scope_spans
    ]
    assert [span.name for span in spans] == ["start process"]


def test_traces_are_made_only_where_a_collector_is_set(tmp_path: Path) -> None:
    for endpoint, kind in (({}, NoTraces), ({"PULSE_OTLP_ENDPOINT": "http://127.0.0.1:9"}, CaseTraces)):
        used = wiring.office(load({"PULSE_DATA_DIR": str(tmp_path), **endpoint}))
        assert isinstance(used.traces, kind)
        used.database.close()
