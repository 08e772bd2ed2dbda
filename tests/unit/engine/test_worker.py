"""A worker fetches tasks, runs their handlers, keeps their locks and stops: against an engine that follows a script."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from scripted_engine import DROP, Answer, ScriptedEngine, task_dto
from scripted_work import LOST, counted, engine, running, short_waits

from pulse.engine.worker import Counters, ExternalTask, Worker, topic

__all__ = ["engine", "short_waits"]


def test_a_handler_gets_its_task_and_its_answer_completes_it(engine: ScriptedEngine) -> None:
    @topic("work", lock_ms=30_000, variables=["invoice_id"], filters={"localVariables": True})
    def work(task: ExternalTask) -> dict[str, object]:
        return {"found": task.variables["invoice_id"] == 7}

    engine.add(task_dto(variables={"invoice_id": {"type": "Long", "value": 7, "valueInfo": {}}}))
    with running(engine, work, worker_id="me") as worker:
        (complete,) = engine.wait_for("/external-task/task-1/complete")
        counted(engine, worker, "completed")
    assert complete.body["variables"] == {"found": {"value": True, "type": "Boolean", "valueInfo": {}}}
    fetch = engine.requests("fetchAndLock")[0].body
    assert (fetch["workerId"], fetch["maxTasks"], fetch["asyncResponseTimeout"]) == ("me", 2, 200)
    assert fetch["topics"] == [
        {
            "topicName": "work",
            "lockDuration": 30_000,
            "variables": ["invoice_id"],
            "localVariables": True,
            "deserializeValues": False,
        }
    ]


def test_only_as_many_tasks_are_fetched_as_slots_are_free(engine: ScriptedEngine) -> None:
    release = threading.Event()
    engine.add(task_dto(1))
    with running(engine, topic("work")(lambda _: release.wait(60) and None), slots=3):
        engine.wait_until(lambda: any(seen.body["maxTasks"] == 2 for seen in engine.requests("fetchAndLock")))
        engine.add(task_dto(2), task_dto(3))
        polls = len(engine.requests("fetchAndLock"))
        engine.wait_until(lambda: engine.parked == 0)
        assert len(engine.requests("fetchAndLock")) <= polls + 1  # all slots are busy: no more polls
        release.set()
        engine.wait_for("complete", 3)


def test_handlers_run_side_by_side_over_as_many_connections(engine: ScriptedEngine) -> None:
    together = threading.Barrier(4)
    engine.add(*(task_dto(number) for number in range(4)))
    with running(engine, topic("work")(lambda _: together.wait(60) and None), slots=4) as worker:
        counted(engine, worker, "completed", 4)
    assert engine.connections <= 4 + 2  # slots, poll, renewal


def test_a_lock_is_renewed_after_each_third_while_the_handler_runs(engine: ScriptedEngine) -> None:
    release = threading.Event()
    engine.add(task_dto())
    with running(engine, topic("work", lock_ms=3_000)(lambda _: release.wait(60) and None)):
        first, second, third = engine.wait_for("/external-task/task-1/extendLock", 3)[:3]
        release.set()
        engine.wait_for("complete")
    assert first.body["newDuration"] == 3_000
    assert 0.9 < second.at - first.at < 3.0
    assert 0.9 < third.at - second.at < 3.0


def test_a_refused_renewal_is_not_repeated_and_the_work_is_still_reported(engine: ScriptedEngine) -> None:
    release = threading.Event()
    engine.on("extendLock", (400, {"type": "RestException", "message": "Cannot extend a lock that expired"}))
    engine.add(task_dto())
    with running(engine, topic("work", lock_ms=60)(lambda _: release.wait(60) and None)) as worker:
        engine.wait_for("extendLock")
        engine.wait_for("fetchAndLock", 3)
        release.set()
        counted(engine, worker, "completed")
    assert len(engine.requests("extendLock")) == 1


def test_a_renewal_without_a_verdict_is_tried_again_before_the_lock_ends(engine: ScriptedEngine) -> None:
    release = threading.Event()
    engine.on("extendLock", (503, None), (500, {"message": "no connection left"}), (204, None))
    engine.add(task_dto())
    with running(engine, topic("work", lock_ms=6_000)(lambda _: release.wait(60) and None)):
        first, _, third = engine.wait_for("extendLock", 3)[:3]
        release.set()
    assert third.at - first.at < 4.0


def test_a_task_that_came_back_while_its_handler_runs_is_not_run_twice(engine: ScriptedEngine) -> None:
    release, runs = threading.Event(), []

    @topic("work")
    def work(task: ExternalTask) -> None:
        runs.append(task.id)
        release.wait(60)

    engine.add(task_dto())
    with running(engine, work) as worker:
        engine.wait_until(lambda: len(runs) == 1)
        engine.add(task_dto())
        counted(engine, worker, "fetched", 2)
        release.set()
        counted(engine, worker, "completed")
    assert runs == ["task-1"]
    assert len(engine.requests("complete")) == 1


def test_a_handler_that_exits_or_returns_nonsense_costs_no_slot(engine: ScriptedEngine) -> None:
    def work(task: ExternalTask) -> Any:
        if task.id == "task-1":
            raise SystemExit(3)
        return "no mapping" if task.id == "task-2" else None

    engine.add(*(task_dto(number) for number in (1, 2, 3)))
    with running(engine, topic("work")(work), slots=1) as worker:
        counted(engine, worker, "completed")
    assert worker.handled["failed"] == 2


def test_a_topic_that_always_fails_does_not_stop_another(engine: ScriptedEngine) -> None:
    def poison(_: ExternalTask) -> None:
        raise RuntimeError

    engine.add(*(task_dto(number, "poison") for number in range(20)), *(task_dto(100 + n) for n in range(5)))
    with running(engine, topic("poison")(poison), topic("work")(lambda _: None)) as worker:
        counted(engine, worker, "completed", 5)
        counted(engine, worker, "failed", 20)


def test_an_engine_that_is_away_at_the_start_is_waited_for(free_port: int) -> None:
    worker = Worker(
        engine_url=f"http://127.0.0.1:{free_port}/engine-rest", topics=[topic("work")(lambda _: None)], poll_ms=100
    )
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        assert worker.connected is not True
        with ScriptedEngine(free_port) as engine:
            engine.wait_until(lambda: worker.connected is True)
            worker.stop()
            thread.join(60)
    finally:
        worker.stop()
        thread.join(60)
    assert not thread.is_alive()


@pytest.mark.parametrize("answer", [(502, b"<html>Bad Gateway</html>"), (503, []), (500, {"message": "boom"}), DROP])
def test_a_poll_that_fails_is_repeated(engine: ScriptedEngine, answer: Answer) -> None:
    engine.on("fetchAndLock", answer, answer, (200, [task_dto()]), (200, []))
    with running(engine, topic("work")(lambda _: None)) as worker:
        counted(engine, worker, "completed")
        assert worker.handled["unreachable"] == 2
        assert worker.connected


def test_an_engine_that_parks_no_polls_is_not_hammered(engine: ScriptedEngine) -> None:
    engine.on("fetchAndLock", (200, []))
    with running(engine, topic("work")(lambda _: None), poll_ms=5_000):
        polls = engine.wait_for("fetchAndLock", 5)
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(polls)]
    assert gaps[0] > 0.02
    assert gaps[3] > 0.15


def test_a_stop_waits_for_the_open_poll_and_gives_back_what_it_brings(engine: ScriptedEngine) -> None:
    ran: list[str] = []
    with running(engine, topic("work")(lambda task: ran.append(task.id)), poll_ms=60_000) as worker:
        engine.wait_until(lambda: engine.parked == 1)
        worker.stop()
        engine.add(task_dto())
        engine.wait_for("/external-task/task-1/unlock")
    assert ran == []
    assert worker.handled["unlocked"] == 1


def test_a_stop_lets_running_handlers_end(engine: ScriptedEngine) -> None:
    release, began = threading.Event(), threading.Event()

    @topic("work")
    def work(_: ExternalTask) -> None:
        began.set()
        release.wait(60)

    engine.add(task_dto())
    with running(engine, work) as worker:
        began.wait(60)
        worker.stop()
        release.set()
    assert worker.handled["completed"] == 1
    assert engine.requests("unlock") == []


def test_a_handler_past_the_grace_period_loses_its_task_and_its_say(engine: ScriptedEngine) -> None:
    release, began, ended = threading.Event(), threading.Event(), threading.Event()

    @topic("work")
    def work(_: ExternalTask) -> None:
        began.set()
        release.wait(60)
        ended.set()

    engine.add(task_dto())
    with running(engine, work, grace_s=0.2) as worker:
        began.wait(60)
    assert [seen.path for seen in engine.requests("task-1")] == ["/external-task/task-1/unlock"]
    release.set()
    ended.wait(60)
    assert worker.handled["completed"] == 0
    assert engine.requests("complete") == []


def test_a_lock_that_has_run_out_is_not_taken_from_the_next_worker(engine: ScriptedEngine) -> None:
    release, began = threading.Event(), threading.Event()

    @topic("work", lock_ms=60)
    def work(_: ExternalTask) -> None:
        began.set()
        release.wait(60)

    engine.on("extendLock", LOST)
    engine.add(task_dto())
    with running(engine, work, grace_s=0.3):
        began.wait(60)
    release.set()
    assert engine.requests("unlock") == []


def test_a_stop_before_the_start_is_not_lost(engine: ScriptedEngine) -> None:
    worker = Worker(engine_url=engine.url, topics=[topic("work")(lambda _: None)])
    worker.stop()
    worker.run()
    assert engine.seen == []


def test_a_stop_ends_the_wait_for_an_engine_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulse.engine.worker.worker.ERROR_WAIT_S", (60.0, 60.0))
    worker = Worker(engine_url="http://127.0.0.1:9/engine-rest", topics=[topic("work")(lambda _: None)])
    thread = threading.Thread(target=worker.run)
    thread.start()
    worker.stop()
    thread.join(60)
    assert not thread.is_alive()


def test_no_two_workers_have_one_id(engine: ScriptedEngine) -> None:
    work = topic("work")(lambda _: None)
    ids = {Worker(engine_url=engine.url, topics=[work]).worker_id for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize("names", [(), ("work", "work")])
def test_a_worker_needs_topics_each_with_one_handler(names: tuple[str, ...]) -> None:
    handler: Callable[[ExternalTask], None] = lambda _: None  # noqa: E731
    with pytest.raises(ValueError, match="topics with a handler each"):
        Worker(engine_url="http://127.0.0.1:9", topics=[topic(name)(handler) for name in names])


def test_a_handler_can_be_called_without_an_engine() -> None:
    double = topic("double")(lambda task: {"n": task.variables["n"] * 2})
    task = ExternalTask.load(task_dto(variables={"n": {"type": "Long", "value": 4, "valueInfo": {}}}))
    assert double(task) == {"n": 8}


def test_counters_tell_topics_apart_and_pass_on_what_they_hear(engine: ScriptedEngine) -> None:
    engine.add(task_dto(1, "a"), task_dto(2, "b"))
    beside = Counters()
    with running(engine, topic("a")(lambda _: None), topic("b")(lambda _: None), metrics=beside) as worker:
        counted(engine, worker, "completed", 2)
    assert (worker.handled["completed", "a"], worker.handled["fetched", "b"]) == (1, 1)
    assert (beside["completed"], beside["fetched", "b"]) == (2, 1)
