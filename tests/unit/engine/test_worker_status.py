"""What a worker says of itself: to its supervisor, to an orchestrator, to Prometheus, to a person."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from scripted_engine import ScriptedEngine, task_dto

from pulse.cli.progress import Line
from pulse.engine.worker import BpmnError, ExternalTask, Status, Worker, topic
from pulse.engine.worker.health import STUCK_S, HealthServer
from pulse.engine.worker.prometheus import exposition
from pulse.engine.worker.status import together

ROOT = Path(__file__).resolve().parents[3]
ONE = Status(
    counts={"a": {"fetched": 3, "completed": 2}, "": {"unreachable": 1}},
    durations={"a": ([1, 1] + [0] * 13, 0.012)},
    figures={"cups_filled": {"tea": 2}},
    active={"a": 1},
    slots=4,
    connected=True,
    dependencies={"database": True, "smtp": True},
    overdue_s=0.5,
)
OTHER = Status(
    counts={"a": {"fetched": 1, "failed": 1}, "b": {"fetched": 1}},
    durations={"a": ([0, 1] + [0] * 13, 0.01)},
    figures={"cups_filled": {"tea": 1, "coffee": 1}},
    active={"b": 1},
    slots=4,
    connected=True,
    dependencies={"database": False},
    overdue_s=2.0,
)


def samples(status: Status) -> dict[tuple[str, tuple[str, ...]], float]:
    """Name and label values → value, as a scraper reads them."""
    families = text_string_to_metric_families(exposition(lambda: status).decode())
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_a_status_goes_over_a_pipe_and_comes_back_the_same() -> None:
    assert Status.from_json(ONE.to_json()).to_json() == ONE.to_json()
    assert b"\n" not in ONE.to_json()


def test_processes_add_up_and_the_weakest_speaks_for_all() -> None:
    both = together([ONE, OTHER])
    assert both.counts == {
        "a": {"fetched": 4, "completed": 2, "failed": 1},
        "": {"unreachable": 1},
        "b": {"fetched": 1},
    }
    assert both.durations["a"] == ([1, 2] + [0] * 13, pytest.approx(0.022))
    assert (both.active, both.slots, both.overdue_s) == ({"a": 1, "b": 1}, 8, 2.0)
    assert (both.connected, both.missing()) == (True, ["database"])
    assert together([ONE, dataclasses.replace(OTHER, connected=False)]).missing() == ["engine", "database"]
    assert together([ONE, Status()]).connected is True  # one that has just begun knows nothing
    assert together([Status()]).missing() == ["engine"]


def test_of_a_dead_process_only_the_counts_remain() -> None:
    both = together([ONE.ended(), OTHER])
    assert both.total("fetched") == 5
    assert (both.active, both.slots) == ({"b": 1}, 4)


def test_what_handlers_count_themselves_is_added_up_and_told() -> None:
    seen = samples(together([ONE.ended(), OTHER]))
    assert seen["cups_filled_total", ("tea",)] == 3
    assert seen["cups_filled_total", ("coffee",)] == 1


def test_prometheus_reads_every_figure_by_topic() -> None:
    seen = samples(together([ONE, OTHER]))
    assert seen["worker_tasks_total", ("fetched", "a")] == 4
    assert seen["worker_tasks_total", ("lost", "b")] == 0  # there from the start, so that rates can be told
    assert seen["worker_tasks_active", ("b",)] == 1
    assert seen["worker_handler_seconds_bucket", ("0.005", "a")] == 1
    assert seen["worker_handler_seconds_bucket", ("+Inf", "a")] == 3
    assert seen["worker_handler_seconds_sum", ("a",)] == pytest.approx(0.022)
    assert seen["worker_poll_seconds_count", ()] == 0
    assert seen["worker_polls_failed_total", ()] == 1
    assert (seen["worker_engine_connected", ()], seen["worker_slots", ()]) == (1, 8)
    assert (seen["worker_dependency_up", ("database",)], seen["worker_dependency_up", ("smtp",)]) == (0, 1)


def test_a_running_worker_tells_its_figures() -> None:
    began, release = threading.Event(), threading.Event()

    @topic("work")
    def work(task: ExternalTask) -> None:
        if task.id == "task-1":
            raise BpmnError("no")
        began.set()
        release.wait(10)

    with ScriptedEngine() as engine:
        engine.add(task_dto(1), task_dto(2))
        worker = Worker(engine_url=engine.url, topics=[work], slots=2, poll_ms=100)
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            assert began.wait(10)
            engine.wait_until(lambda: worker.handled["bpmn_error"] == 1)
            assert worker.status().active == {"work": 1}
            release.set()
            engine.wait_until(lambda: worker.handled["completed"] == 1)
        finally:
            release.set()
            worker.stop()
            thread.join(10)
    status = worker.status()
    assert status.counts["work"] == {"fetched": 2, "bpmn_error": 1, "completed": 1}
    assert sum(status.durations["work"][0]) == 1
    assert sum(status.polls[0]) >= 1
    assert (status.active, status.slots, status.connected) == ({}, 2, True)


@pytest.mark.parametrize(
    ("status", "answers"),
    [
        (ONE, {"/healthz": 200, "/readyz": 200}),
        (OTHER, {"/healthz": 200, "/readyz": 503}),
        (dataclasses.replace(ONE, connected=None), {"/healthz": 200, "/readyz": 503}),
        (dataclasses.replace(ONE, overdue_s=STUCK_S + 1), {"/healthz": 503, "/readyz": 200}),
    ],
)
def test_health_says_whether_it_lives_and_whether_it_can_work(status: Status, answers: dict[str, int]) -> None:
    with HealthServer(lambda: status) as server:
        assert {path: requests.get(server.url + path, timeout=5).status_code for path in answers} == answers
        assert (
            requests.get(server.url + "/metrics", timeout=5).headers["Content-Type"].startswith("text/plain; version")
        )


def test_a_person_reads_one_line_with_the_rate_of_the_last_seconds() -> None:
    now, done = [0.0], [0]
    line = Line(lambda: dataclasses.replace(ONE, counts={"a": {"completed": done[0], "failed": 3}}), lambda: now[0])
    for at, count in ((0.0, 100), (5.0, 150), (10.0, 200), (15.0, 230)):
        now[0], done[0] = at, count
        text = line.text().plain
    assert text == "done 230 · failed 3 · active 1/4 · 8.0/s · engine: connected"
    assert Line(lambda: OTHER).text().plain.endswith("engine: connected · database: down")


def test_a_worker_loads_neither_prometheus_nor_opentelemetry_nor_pydantic() -> None:
    program = (
        "import sys, pulse.engine.worker\n"
        "heavy = ('prometheus_client', 'opentelemetry', 'pydantic', 'http.server')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"
