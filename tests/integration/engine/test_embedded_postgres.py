"""The embedded engine over PostgreSQL."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from embedded_engine import Rest, bpmn, external, flows

from pulse.engine.embedded.server import EmbeddedServer

FORK = bpmn(
    '<startEvent id="start"/><parallelGateway id="fork"/><parallelGateway id="join"/>'
    + "".join(external(name) for name in ("a", "b", "c", "after"))
    + flows("start-fork", "fork-a", "fork-b", "fork-c", "a-join", "b-join", "c-join", "join-after")
)


@pytest.fixture
def database(need: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory, free_port: int) -> Iterator[str]:
    """The URL of an empty database: a private server's, or PULSE_TEST_PG."""
    if "PULSE_TEST_PG" in os.environ:
        yield os.environ["PULSE_TEST_PG"]
        return
    initdb, control = Path(need("initdb")), Path(need("pg_ctl"))
    folder = Path("/tmp") / f"pulse-engine-pg-{os.getpid()}-{free_port}"
    user, prefix = getpass.getuser(), []
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        user = "postgres"  # the server refuses to run as root
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
        prefix = [need("runuser"), "-u", user, "--"]
    data, options = folder / "data", f"-p {free_port} -c listen_addresses=127.0.0.1 -k {folder} -F"

    def run(*command: object) -> None:
        arguments = [*prefix, *map(str, command)]
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    run(initdb, "-D", data, "-U", user, "-A", "trust")
    run(control, "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
    try:
        yield f"postgresql+psycopg://{user}@127.0.0.1:{free_port}/postgres"
    finally:
        run(control, "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def test_two_nodes_on_one_database_share_work_and_meet_in_a_join(database: str) -> None:
    with EmbeddedServer(database) as one, EmbeddedServer(database) as two:
        nodes = [Rest(one.url), Rest(two.url)]
        nodes[0].deploy(FORK)
        instances = [nodes[number % 2].start(amount=number) for number in range(10)]
        done: list[str] = []

        def work(number: int) -> None:
            client = Rest(nodes[number % 2].url)
            while tasks := client.fetch("a", "b", "c", worker=f"w{number}", most=2):
                for task in tasks:
                    client.complete(task["id"], worker=f"w{number}", **{task["activityId"]: number})
                    done.append(task["id"])
            client.close()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(done) == len(set(done)) == 30
        after = nodes[1].fetch("after", most=50, wait_ms=60_000)
        assert sorted(task["processInstanceId"] for task in after) == sorted(instances)
        assert all({"a", "b", "c", "amount"} <= task["variables"].keys() for task in after)
        for node in nodes:
            node.close()


def test_a_poll_parked_on_one_node_gets_a_task_made_on_another(database: str) -> None:
    with EmbeddedServer(database) as one, EmbeddedServer(database) as two:
        first, second = Rest(one.url), Rest(two.url)
        first.deploy(FORK)
        found: list[object] = []
        poll = threading.Thread(target=lambda: found.extend(first.fetch("a", wait_ms=60_000)))
        poll.start()
        second.start()
        poll.join()
        assert len(found) == 1
        first.close()
        second.close()
