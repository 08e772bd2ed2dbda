"""Slots by topic, dependencies that are down, and tasks that nobody reports."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest
import scripted_work
from scripted_engine import ScriptedEngine, Seen, task_dto
from scripted_work import counted, engine

from pulse.engine.worker import Dependency, DependencyDown, ExternalTask, Postpone, Retry, Topic, topic
from pulse.engine.worker.demand import Demand

__all__ = ["engine"]

running = partial(scripted_work.running, slots=4, poll_ms=100)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulse.engine.worker.dependencies.PROBE_WAIT_S", (0.02, 0.05))
    monkeypatch.setattr("pulse.engine.worker.held.REPEAT_WAIT_S", (0.01, 0.05))


def polled_topics(seen: Seen) -> list[str]:
    return [subscription["topicName"] for subscription in seen.body["topics"]]


def puts_back(engine: ScriptedEngine) -> None:
    """What is unlocked may be fetched again."""

    def again(_: Seen) -> tuple[int, None]:
        engine.add(task_dto(topic="letters"))
        return 204, None

    engine.on("unlock", again)


class Server:
    """Something that handlers need and that can be away."""

    def __init__(self, up: bool) -> None:
        self.up = up
        self.probed = 0

    def probe(self) -> bool:
        self.probed += 1
        return self.up


def needing(server: Server, ran: list[str]) -> Topic:
    @topic("letters", needs=[Dependency("printer", server.probe)], retry=Retry(attempts=1))
    def letters(task: ExternalTask) -> None:
        if not server.up:
            raise DependencyDown("printer")
        ran.append(task.id)

    return letters


# Slots by topic


def test_a_slow_topic_never_takes_more_than_its_slots_and_quick_ones_go_on(engine: ScriptedEngine) -> None:
    release, together, most = threading.Event(), 0, 0
    lock = threading.Lock()

    @topic("slow", slots=1)
    def slow(_: ExternalTask) -> None:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        release.wait(60)
        with lock:
            together -= 1

    engine.add(*(task_dto(n, "slow") for n in range(5)), *(task_dto(100 + n, "quick") for n in range(20)))
    with running(engine, slow, topic("quick")(lambda _: None)) as worker:
        engine.wait_until(lambda: worker.handled["completed", "quick"] == 20)
        release.set()
        engine.wait_until(lambda: worker.handled["completed", "slow"] == 5)
    assert most == 1
    assert worker.handled["unlocked"] == 0  # never more was fetched than could run


def test_quick_topics_are_not_fetched_one_by_one_for_a_slow_ones_sake() -> None:
    demand = Demand([topic("slow", slots=1)(print), topic("quick")(print)], 8, lambda _: True)
    asked = []
    for _ in range(4):
        request = demand.request(8, dict)
        assert request is not None
        asked.append((len(request.subscriptions), request.max_tasks, request.parked))
        tasks = [ExternalTask.load(task_dto(n, "quick")) for n in range(request.max_tasks)]
        demand.answered(request, tasks)
    assert asked == [(2, 1, True), (1, 8, False), (2, 1, True), (1, 8, False)]


def test_a_topic_whose_slots_are_busy_is_left_out() -> None:
    demand = Demand([topic("slow", slots=2)(print), topic("quick")(print)], 8, lambda _: True)
    request = demand.request(6, lambda: {"slow": 2})
    assert request is not None
    assert [subscription["topicName"] for subscription in request.subscriptions] == ["quick"]
    assert (request.max_tasks, request.parked) == (6, True)
    assert Demand([topic("slow", slots=2)(print)], 8, lambda _: True).request(6, lambda: {"slow": 2}) is None


# Dependencies


def test_while_a_dependency_is_down_its_topic_rests_others_go_on_and_no_retry_is_lost(engine: ScriptedEngine) -> None:
    server, ran = Server(up=True), list[str]()
    with running(engine, needing(server, ran), topic("quick")(lambda _: None)) as worker:
        engine.wait_until(lambda: server.probed == 1)
        server.up = False
        puts_back(engine)
        engine.add(task_dto(1, "letters"))
        engine.wait_for("/external-task/task-1/unlock")
        counted(engine, worker, "given_back")
        engine.wait_until(lambda: polled_topics(engine.requests("fetchAndLock")[-1]) == ["quick"])
        assert worker.status().dependencies == {"printer": False}
        assert worker.status().missing() == ["printer"]
        engine.add(task_dto(2, "quick"))
        counted(engine, worker, "completed")
        asked = server.probed
        engine.wait_until(lambda: server.probed > asked + 3)
        assert ran == []
        server.up = True
        engine.wait_until(lambda: ran == ["task-1"])
        counted(engine, worker, "completed", 2)
        assert worker.status().missing() == []
    assert engine.requests("failure") == []


def test_a_dependency_that_is_away_at_the_start_is_known_before_any_task_fails(engine: ScriptedEngine) -> None:
    server = Server(up=False)
    with running(engine, needing(server, [])) as worker:
        engine.wait_until(lambda: worker.status().dependencies == {"printer": False})
        engine.wait_until(lambda: server.probed > 3)
        polls = len(engine.requests("fetchAndLock"))
        engine.wait_until(lambda: server.probed > 6)
        assert len(engine.requests("fetchAndLock")) == polls  # nothing may run: no poll


def test_a_probe_that_says_yes_while_tasks_say_no_is_asked_ever_less_often(
    engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulse.engine.worker.dependencies.PROBE_WAIT_S", (0.01, 10.0))
    ran: list[float] = []

    @topic("letters", needs=[Dependency("liar", lambda: True)])
    def letters(_: ExternalTask) -> None:
        ran.append(time.monotonic())
        raise DependencyDown("liar")

    puts_back(engine)
    engine.add(task_dto(topic="letters"))
    with running(engine, letters):
        engine.wait_until(lambda: len(ran) >= 6)
    assert ran[5] - ran[4] > 0.07


def test_an_unknown_dependency_rests_the_topic_that_named_it_for_a_while(engine: ScriptedEngine) -> None:
    runs: list[str] = []

    @topic("letters")
    def letters(task: ExternalTask) -> None:
        runs.append(task.id)
        if len(runs) == 1:
            raise DependencyDown("ledger")

    puts_back(engine)
    engine.add(task_dto(topic="letters"))
    with running(engine, letters) as worker:
        counted(engine, worker, "completed")
    assert runs == ["task-1", "task-1"]


def test_a_task_is_not_given_back_once_its_lock_has_run_out(engine: ScriptedEngine) -> None:
    @topic("work", lock_ms=50)
    def work(_: ExternalTask) -> None:
        time.sleep(0.12)  # the lock is real time
        raise DependencyDown("ledger")

    engine.on("extendLock", (400, {"message": "Cannot extend a lock that expired"}))
    engine.add(task_dto())
    with running(engine, work) as worker:
        engine.wait_until(lambda: worker.status().dependencies == {"ledger": False})
    assert engine.requests("unlock") == []  # it may be another worker's by now


@pytest.mark.parametrize(("retries", "told"), [(None, 4), (2, 2)])
def test_a_postponed_task_rests_and_keeps_its_retries(engine: ScriptedEngine, retries: int | None, told: int) -> None:
    @topic("work", retry=Retry(attempts=4))
    def work(_: ExternalTask) -> None:
        raise Postpone("the copy is not there yet", rest_s=60)

    engine.add(task_dto(retries=retries))
    with running(engine, work) as worker:
        counted(engine, worker, "postponed")
    (report,) = engine.requests("failure")
    assert (report.body["retries"], report.body["retryTimeout"]) == (told, 60_000)
    assert report.body["errorMessage"] == "the copy is not there yet"


# Attempts that nobody reports


def test_a_task_that_loses_its_lock_again_and_again_becomes_an_incident(engine: ScriptedEngine) -> None:
    lost = (400, {"type": "RestException", "message": "cannot be completed. It is locked by worker 'v'."})
    engine.on("complete", lost)
    ran: list[str] = []
    work = topic("work", retry=Retry(attempts=3))(lambda task: ran.append(task.id))
    with running(engine, work) as worker:
        for number in range(1, 4):
            engine.add(task_dto(1))
            counted(engine, worker, "lost", number)
        engine.add(task_dto(1))
        (failure,) = engine.wait_for("/external-task/task-1/failure")
        counted(engine, worker, "incident")
    assert ran == ["task-1"] * 3
    assert (failure.body["retries"], failure.body["errorMessage"]) == (0, "its lock was lost 3 times while it ran")


def test_a_lock_lost_now_and_then_is_forgotten_with_the_next_report(engine: ScriptedEngine) -> None:
    lost = (400, {"type": "RestException", "message": "cannot be completed. It is locked by worker 'v'."})
    engine.on("complete", lost, (204, None), lost, (204, None))
    with running(engine, topic("work", retry=Retry(attempts=2))(lambda _: None)) as worker:
        for event, times in (("lost", 1), ("completed", 1), ("lost", 2), ("completed", 2)):
            engine.add(task_dto(1))
            counted(engine, worker, event, times)
    assert engine.requests("failure") == []


@pytest.mark.parametrize(("retries", "told"), [(None, (2, "an attempt")), (2, (1, "an attempt")), (1, (1, "the last"))])
def test_a_topic_that_may_crash_counts_its_attempt_before_it_begins(
    engine: ScriptedEngine, retries: int | None, told: tuple[int, str]
) -> None:
    begun: list[int] = []
    work = topic("work", may_crash=True, lock_ms=7_000)(lambda _: begun.append(len(engine.requests("failure"))))
    engine.add(task_dto(retries=retries))
    with running(engine, work) as worker:
        counted(engine, worker, "completed")
    (mark,) = engine.requests("failure")
    assert begun == [1]
    assert (mark.body["retries"], mark.body["errorMessage"][: len(told[1])]) == told
    assert mark.body["retryTimeout"] == 7_000


def test_a_task_whose_last_attempt_nobody_reported_is_not_begun_again(engine: ScriptedEngine) -> None:
    work = topic("work", may_crash=True)(lambda _: pytest.fail("it ran"))
    message = "the last attempt has begun; nobody has reported its end"
    engine.add(task_dto(retries=1, errorMessage=message))
    with running(engine, work) as worker:
        counted(engine, worker, "incident")
    (failure,) = engine.requests("failure")
    assert (failure.body["retries"], failure.body["errorMessage"]) == (0, "its worker died during each attempt")


def test_a_task_that_may_crash_is_given_back_with_the_retries_it_had(engine: ScriptedEngine) -> None:
    @topic("work", may_crash=True, retry=Retry(attempts=5))
    def work(_: ExternalTask) -> None:
        raise DependencyDown("ledger")

    engine.add(task_dto())
    with running(engine, work) as worker:
        counted(engine, worker, "given_back")
    mark, back = engine.requests("failure")
    assert (mark.body["retries"], back.body["retries"], back.body["retryTimeout"]) == (4, 5, 0)
