from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from scripted_engine import DROP, ScriptedEngine

from pulse.engine.client import EngineClient
from pulse.engine.client.nodes import Nodes
from pulse.engine.errors import EngineUnavailable

VERSION = (200, {"version": "7.24.0"})


class TwoNodes:
    """Two engines that play nodes of one, and a client that speaks to the first."""

    def __init__(self, stack: ExitStack) -> None:
        self.one, self.other = ScriptedEngine(), ScriptedEngine()
        for node in (self.one, self.other):
            node.on("GET /version", VERSION)
        self._closing = {node: stack.enter_context(ExitStack()) for node in (self.one, self.other)}
        for node, closing in self._closing.items():
            closing.enter_context(node)
        self.client = stack.enter_context(EngineClient(f"{self.one.url}, {self.other.url}/", timeout_s=5))
        nodes = self.client.transport._nodes
        while f"http://{nodes.current.netloc}/engine-rest" != self.one.url:
            nodes.leave(nodes.current)

    def end(self, node: ScriptedEngine) -> None:
        self._closing[node].close()

    def asked(self) -> tuple[int, int]:
        """How many requests each node saw."""
        return len(self.one.seen), len(self.other.seen)


@pytest.fixture
def nodes() -> Iterator[TwoNodes]:
    with ExitStack() as stack:
        yield TwoNodes(stack)


def test_one_node_is_spoken_to_as_long_as_it_answers(nodes: TwoNodes) -> None:
    assert [nodes.client.version() for _ in range(3)] == ["7.24.0"] * 3
    assert nodes.asked() == (3, 0)
    assert (nodes.one.connections, nodes.other.connections) == (1, 0)


def test_a_node_that_takes_no_connection_is_passed_over_within_the_call(nodes: TwoNodes) -> None:
    nodes.end(nodes.one)
    assert nodes.client.version() == "7.24.0"
    assert nodes.asked() == (0, 1)
    assert nodes.other.seen[0].headers["Host"] in nodes.other.url


def test_a_request_that_one_node_may_have_carried_out_is_never_sent_to_another(nodes: TwoNodes) -> None:
    nodes.one.on("POST /external-task/t/complete", DROP)
    with pytest.raises(EngineUnavailable):
        nodes.client.complete("t", "w")
    assert nodes.asked() == (1, 0)
    nodes.client.complete("t", "w")
    assert nodes.asked() == (1, 1)


def test_a_client_does_not_go_back_to_connections_of_a_node_that_failed(nodes: TwoNodes) -> None:
    hold = threading.Event()
    nodes.one.on("GET /version", lambda _: (hold.wait(60), VERSION)[1])
    nodes.one.on("POST /external-task/t/unlock", DROP)
    slow = threading.Thread(target=nodes.client.version)
    slow.start()
    nodes.one.wait_for("/version")
    with pytest.raises(EngineUnavailable):
        nodes.client.unlock("t")
    hold.set()
    slow.join(60)
    assert nodes.client.version() == "7.24.0"
    assert nodes.asked() == (2, 1)


def test_without_any_node_the_engine_is_unavailable(nodes: TwoNodes) -> None:
    for node in (nodes.one, nodes.other):
        nodes.end(node)
    with pytest.raises(EngineUnavailable, match="ConnectionRefusedError"):
        nodes.client.version()


def test_clients_spread_over_the_nodes() -> None:
    first = {Nodes("http://a/engine-rest,http://b/engine-rest").current.host for _ in range(64)}
    assert first == {"a", "b"}


@pytest.mark.parametrize("urls", ["http://a/engine-rest,", "http://a/x,http://b/y", "ftp://a"])
def test_addresses_that_cannot_be_nodes_of_one_engine_are_refused(urls: str) -> None:
    with pytest.raises(ValueError, match=r"engine's URL|same path"):
        Nodes(urls)


def test_a_node_that_other_threads_have_left_is_not_left_again() -> None:
    nodes = Nodes("http://a,http://b")
    failed = nodes.current
    nodes.leave(failed)
    nodes.leave(failed)
    assert nodes.current is not failed


def test_the_last_nodes_problem_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        Nodes(f"http://127.0.0.1:{port}").connect(1)
