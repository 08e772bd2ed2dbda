"""What the embedded engine keeps when its process is killed, and what one command leaves when it fails."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded_engine import TIMEOUT_S, EngineProcess, Rest, bpmn, external, flows

from pulse.engine.embedded.server import EmbeddedServer

FORK = bpmn(
    '<startEvent id="start"/><parallelGateway id="fork"/><parallelGateway id="join"/><endEvent id="end"/>'
    + external("a")
    + external("b")
    + external("after")
    + flows("start-fork", "fork-a", "fork-b", "a-join", "b-join", "join-after", "after-end")
)
TIMED = bpmn(
    '<startEvent id="start"/><userTask id="wait"/><endEvent id="end"/>'
    '<boundaryEvent id="late" attachedToRef="wait"><timerEventDefinition>'
    "<timeDuration>PT1S</timeDuration></timerEventDefinition></boundaryEvent>"
    + external("escalate")
    + flows("start-wait", "wait-end", "late-escalate", "escalate-end"),
    key="timed",
)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[EngineProcess]:
    with EngineProcess(f"sqlite:///{tmp_path / 'engine.db'}") as running:
        yield running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(f"sqlite:///{tmp_path / 'engine.db'}") as running:
        yield running


@pytest.fixture
def rest(server: EmbeddedServer) -> Iterator[Rest]:
    with contextlib.closing(Rest(server.url)) as client:
        yield client


def test_a_lock_and_a_half_done_join_outlive_a_kill(process: EngineProcess) -> None:
    rest = process.rest
    rest.deploy(FORK)
    instance = rest.start(business_key="case-1", amount=5)
    (a,), (b,) = rest.fetch("a"), rest.fetch("b", worker="other")
    rest.complete(a["id"], found=True)

    rest = process.kill_and_restart()

    assert rest.fetch("a", "b", "after") == []  # b stays locked, the join waits
    rest.complete(b["id"], worker="w", status=400)
    rest.complete(b["id"], worker="other")
    (after,) = rest.fetch("after")
    seen = {name: value["value"] for name, value in after["variables"].items()}
    assert (after["businessKey"], seen) == ("case-1", {"amount": 5, "found": True})

    rest = process.kill_and_restart()

    rest.complete(after["id"])
    assert rest.history(instance)["state"] == "COMPLETED"


def test_a_timer_that_fell_due_while_the_engine_was_dead_fires_after_the_restart(process: EngineProcess) -> None:
    process.rest.deploy(TIMED)
    instance = process.rest.start("timed")

    rest = process.kill_and_restart()

    (task,) = rest.fetch("escalate", wait_ms=60_000)
    assert task["processInstanceId"] == instance
    assert rest.get(f"/task?processInstanceId={instance}") == []


def test_the_server_ends_cleanly_on_sigterm_though_a_poll_is_parked(process: EngineProcess) -> None:
    process.rest.deploy(FORK)
    with parked_poll(process.rest, topic="nothing") as poll:
        assert process.end(kill=False) == 0
        assert poll.recv(1000).startswith(b"HTTP/1.1 500 ")


@contextlib.contextmanager
def parked_poll(rest: Rest, *, topic: str) -> Iterator[socket.socket]:
    """A connection whose poll the server has read."""
    host, port = rest.url.removeprefix("http://").removesuffix("/engine-rest").split(":")
    wanted = f'{{"topicName":"{topic}","lockDuration":60000}}'
    body = f'{{"workerId":"gone","maxTasks":1,"asyncResponseTimeout":60000,"topics":[{wanted}]}}'.encode()
    head = f"POST /engine-rest/external-task/fetchAndLock HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection((host, int(port)), timeout=TIMEOUT_S) as connection:
        connection.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
        # Who comes later is answered later: on one thread requests are read in the order in which they came.
        with contextlib.closing(Rest(rest.url)) as other:
            other.get("/version")
        yield connection


def until_parked(server: EmbeddedServer, polls: int) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while server.engine.waiting.parked != polls:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_gateway_that_fails_leaves_the_task_locked_and_its_variables_unset(rest: Rest) -> None:
    rest.deploy(
        bpmn(
            '<startEvent id="start"/><exclusiveGateway id="which"/><endEvent id="end"/>'
            + external("check")
            + flows("start-check", "check-which", "which-end:${amount > 5}")
        )
    )
    instance = rest.start()
    (task,) = rest.fetch("check")

    answer = rest.complete(task["id"], status=500, amount=3)

    assert answer["type"] == "ProcessEngineException"
    assert "No outgoing sequence flow" in answer["message"]
    kept = rest.get(f"/external-task/{task['id']}")
    assert (kept["workerId"], kept["lockExpirationTime"]) == ("w", task["lockExpirationTime"])
    assert rest.get(f"/process-instance/{instance}/variables") == {}
    logged = rest.get(f"/history/external-task-log?processInstanceId={instance}")
    assert [log["creationLog"] for log in logged] == [True]
    rest.complete(task["id"], amount=6)
    assert rest.history(instance)["state"] == "COMPLETED"


def test_branches_completed_at_the_same_time_meet_in_one_join(rest: Rest) -> None:
    names = [f"t{number}" for number in range(8)]
    rest.deploy(
        bpmn(
            '<startEvent id="start"/><parallelGateway id="fork"/><parallelGateway id="join"/><endEvent id="end"/>'
            + "".join(map(external, [*names, "after"]))
            + flows("start-fork", "join-after", "after-end", *(f"fork-{name}" for name in names))
            + flows(*(f"{name}-join" for name in names))
        )
    )
    instance = rest.start()
    tasks = rest.fetch(*names)
    assert len(tasks) == len(names)

    def complete(task: dict[str, str]) -> None:
        client = Rest(rest.url)
        client.complete(task["id"], **{task["activityId"]: True})
        client.close()

    threads = [threading.Thread(target=complete, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (after,) = rest.fetch("after")
    assert after["variables"].keys() == set(names)
    rest.complete(after["id"])
    assert rest.history(instance)["state"] == "COMPLETED"


def test_no_task_goes_to_two_workers_that_fetch_at_once(rest: Rest) -> None:
    rest.deploy(bpmn('<startEvent id="start"/>' + external("work") + flows("start-work")))
    wanted = {rest.start() for _ in range(40)}
    got: list[str] = []

    def work(name: str) -> None:
        client = Rest(rest.url)
        while tasks := client.fetch("work", worker=name, most=3):
            got.extend(task["processInstanceId"] for task in tasks)
        client.close()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted(wanted)


def test_a_parked_poll_holds_nothing_that_other_calls_need(rest: Rest) -> None:
    rest.deploy(bpmn('<startEvent id="start"/>' + external("work") + flows("start-work")))
    answers: list[list[dict[str, str]]] = []

    def park() -> None:
        client = Rest(rest.url)
        answers.append(client.fetch("work", wait_ms=60_000, most=1))
        client.close()

    polls = [threading.Thread(target=park) for _ in range(60)]  # more than there are threads or connections
    for poll in polls:
        poll.start()
    for _ in range(60):
        rest.start()
    for poll in polls:
        poll.join(timeout=90)
    found = [task["id"] for tasks in answers for task in tasks]
    assert len(found) == len(set(found)) == 60


def test_a_client_that_left_its_poll_gets_no_task_locked(server: EmbeddedServer, rest: Rest) -> None:
    rest.deploy(bpmn('<startEvent id="start"/>' + external("work") + flows("start-work")))
    with parked_poll(rest, topic="work"):
        until_parked(server, 1)
    until_parked(server, 0)
    instance = rest.start()
    (task,) = rest.fetch("work", worker="here", wait_ms=20_000)
    assert task["processInstanceId"] == instance
