from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from at_work import at_work
from engines import ENGINES, EngineAddress, an_engine
from small_models import ALL

from pulse.engine.client import EngineClient
from pulse.engine.embedded.server import EmbeddedServer
from pulse.engine.worker import BpmnError, ExternalTask, Retry, Topic, Worker, topic


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EngineAddress]:
    with an_engine(request.param, request, tmp_path) as address:
        yield address


@pytest.fixture
def client(engine: EngineAddress) -> Iterator[EngineClient]:
    with engine.client() as client:
        client.deploy("tests", ALL)
        yield client


class Events:
    """Metrics that a test can wait for."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.seen: list[str] = []

    def count(self, event: str, topic: str) -> None:
        with self.changed:
            self.seen.append(event)
            self.changed.notify_all()

    def took(self, topic: str, seconds: float) -> None:
        assert seconds >= 0

    def wait_for(self, event: str, times: int = 1) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.seen.count(event) >= times, 60), self.seen


@contextmanager
def running(engine: EngineAddress, *topics: Topic, **options: Any) -> Iterator[Events]:
    events = options.setdefault("metrics", Events())
    where = {"engine_url": engine.url, "auth": engine.auth}
    with at_work(Worker(**{**where, "topics": topics, "slots": 4, "poll_ms": 500, **options})):
        yield events


def test_every_instance_is_worked_exactly_once_by_two_workers(engine: EngineAddress, client: EngineClient) -> None:
    worked: list[str] = []

    @topic("work")
    def work(task: ExternalTask) -> None:
        worked.append(task.process_instance_id)

    with running(engine, work) as events, running(engine, work, metrics=events):
        started = [client.start_process("plain", business_key=f"k{number}").id for number in range(20)]
        events.wait_for("completed", 20)
    assert sorted(worked) == sorted(started)
    assert client.process_instances() == []
    ended = client.history_process_instances(process_instance_ids=started)
    assert [instance.state for instance in ended] == ["COMPLETED"] * 20


def test_a_parked_poll_is_answered_by_the_next_task(engine: EngineAddress, client: EngineClient) -> None:
    with running(engine, topic("work")(lambda _: None), poll_ms=2_000) as events:
        client.start_process("plain")
        events.wait_for("completed")


def test_a_failing_task_is_retried_until_it_is_an_incident_and_again_when_a_person_says_so(
    engine: EngineAddress, client: EngineClient
) -> None:
    healed = threading.Event()

    @topic("work", retry=Retry(attempts=3, first_s=0.01, longest_s=0.02))
    def work(_: ExternalTask) -> None:
        if not healed.is_set():
            raise RuntimeError("no printer for 'Erika Muster'")

    instance = client.start_process("plain")
    with running(engine, work) as events:
        events.wait_for("incident")
        assert events.seen.count("failed") == 2
        (incident,) = client.incidents(instance.id)
        assert incident.incident_message == "RuntimeError: no printer for …"
        healed.set()
        client.set_retries(str(incident.configuration), 1)
        events.wait_for("completed")
    assert client.history_process_instances(process_instance_id=instance.id)[0].state == "COMPLETED"


def test_a_business_error_goes_to_a_person(engine: EngineAddress, client: EngineClient) -> None:
    @topic("work")
    def work(_: ExternalTask) -> None:
        raise BpmnError("unclear", "who?", {"reason": "P301"})

    client.correlate("CaseArrived", business_key="k")
    with running(engine, work) as events:
        events.wait_for("bpmn_error")
    (clarify,) = client.tasks(candidate_groups=["assistants"])
    assert client.task_variables(clarify.id)["reason"] == "P301"


def test_a_long_handler_keeps_its_lock(engine: EngineAddress, client: EngineClient) -> None:
    release, runs = threading.Event(), []

    @topic("work", lock_ms=3_000)
    def work(task: ExternalTask) -> None:
        runs.append(task.id)
        release.wait(3.5)

    client.start_process("plain")
    with running(engine, work) as events, running(engine, work, metrics=events):
        events.wait_for("completed")
    assert len(runs) == 1
    assert events.seen == ["fetched", "completed"]


def test_a_lock_that_was_lost_changes_nothing(engine: EngineAddress, client: EngineClient) -> None:
    began, release = threading.Event(), threading.Event()

    @topic("work")
    def work(_: ExternalTask) -> dict[str, object]:
        began.set()
        release.wait(60)
        return {"by": "the one that lost it"}

    client.correlate("CaseArrived", business_key="k")
    with running(engine, work, slots=1) as events:  # its own next poll must not take the task back
        assert began.wait(60)
        (held,) = client.external_tasks()
        client.unlock(held.id)
        subscription = {"topicName": "work", "lockDuration": 60_000}
        (taken,) = client.fetch_and_lock("another", [subscription], max_tasks=1)
        release.set()
        events.wait_for("lost")
    client.complete(taken.id, "another", {"by": "another"})
    (review,) = client.tasks()
    assert client.task_variables(review.id)["by"] == "another"


def test_an_instance_cancelled_during_the_work_is_gone(engine: EngineAddress, client: EngineClient) -> None:
    began, release = threading.Event(), threading.Event()

    @topic("work")
    def work(_: ExternalTask) -> None:
        began.set()
        release.wait(60)

    instance = client.start_process("plain")
    with running(engine, work) as events:
        assert began.wait(60)
        client.delete_process_instance(instance.id, "test")
        release.set()
        events.wait_for("gone")


def test_a_stop_gives_an_unfinished_task_to_the_next_worker(engine: EngineAddress, client: EngineClient) -> None:
    began, release = threading.Event(), threading.Event()

    @topic("work")
    def endless(_: ExternalTask) -> None:
        began.set()
        release.wait(60)

    client.start_process("plain")
    with running(engine, endless, grace_s=0.1):
        assert began.wait(60)
    with running(engine, topic("work")(lambda _: None)) as next_one:
        next_one.wait_for("completed")
    release.set()


def test_an_engine_that_restarts_loses_no_work(tmp_path: Path, free_port: int) -> None:
    store = f"sqlite:///{tmp_path}/engine.db"
    began, release = threading.Event(), threading.Event()

    @topic("work")
    def work(_: ExternalTask) -> None:
        began.set()
        release.wait(60)

    with ExitStack() as stack:
        with EmbeddedServer(store, port=free_port) as server, EngineClient(server.url) as client:
            client.deploy("tests", ALL)
            instance = client.start_process("plain")
            events = stack.enter_context(running(EngineAddress(server.url), work))
            assert began.wait(60)
        release.set()
        with EmbeddedServer(store, port=free_port) as server, EngineClient(server.url) as client:
            events.wait_for("completed")
            stack.close()
            assert client.history_process_instances(process_instance_id=instance.id)[0].state == "COMPLETED"
