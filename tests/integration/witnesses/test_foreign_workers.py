"""Workers of other people, unchanged, against the embedded engine: what they read, set, fail, refuse and extend.

camunda-external-task-client-js, camunda-external-task-client-python3 and operaton-tasks, each a process of its own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import pytest
from witness_models import GIVEN, SET

from pulse.engine.client import EngineClient

pytestmark = pytest.mark.xdist_group("witnesses")
T = TypeVar("T")
every_worker = pytest.mark.parametrize("worker", ["js", "python3", "operaton"], indirect=True, scope="module")
WITHIN_S = 120

#: What all of them see alike: the value in the engine's JSON.
SEEN = {
    "text": "Grüezi",
    "whole": 7,
    "big": 2**40,
    "ratio": 0.5,
    "yes": True,
    "nothing": None,
    "list": "[1,2]",
    "raw": "AP8=",
    "paper_name": "hello.txt",
}
#: What the JavaScript client reads into values of its language, and fetches: the content of a file.
SEEN_BY = {
    "js": {"at": "2026-06-10T08:00:00.250Z", "facts": {"codes": [100, 210]}, "paper": "hello"},
    "python3": {"at": "2026-06-10T08:00:00.250+0000", "facts": '{"codes":[100,210]}', "paper": None},
    "operaton": {"at": "2026-06-10T08:00:00.250+0000", "facts": '{"codes":[100,210]}', "paper": None},
}


def eventually(look: Callable[[], T | None]) -> T:
    """What `look` finds, as soon as it finds anything."""
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError("nothing has come")


def start(client: EngineClient, topic: str, **variables: object) -> str:
    return client.start_process(topic, business_key=f"witness-{topic}", variables=variables).id


def task_in(client: EngineClient, instance: str) -> Any:
    return eventually(lambda: client.tasks(process_instance_id=instance))[0]


@every_worker
def test_it_reads_every_kind_of_variable_and_sets_every_kind(client: EngineClient, worker: str) -> None:
    instance = start(client, "read", **GIVEN)
    task = task_in(client, instance)
    assert task.name == "Look"
    variables = client.get(f"/process-instance/{instance}/variables", deserialize_values=False)
    assert json.loads(variables["saw"]["value"]) == SEEN | SEEN_BY[worker]
    assert {name: (variables[name]["type"], variables[name]["value"]) for name in SET} == SET
    # Of `mimetype`, as these clients write it, an engine takes no notice: it reads `mimeType`.
    assert variables["out_paper"]["valueInfo"]["filename"] == "answer.txt"
    assert "only_here" not in variables
    content = client.transport.request("GET", f"{client.url}/process-instance/{instance}/variables/out_paper/data")
    assert content.content == b"answer"


@every_worker
def test_its_failures_use_up_the_retries_until_there_is_an_incident(client: EngineClient, worker: str) -> None:
    instance = start(client, "fail")
    (incident,) = eventually(lambda: client.incidents(instance))
    assert (incident.incident_type, incident.incident_message) == ("failedExternalTask", "tried with 1")
    (failed,) = client.external_tasks(process_instance_id=instance)
    assert failed.retries == 0
    details = client.transport.request("GET", f"{client.url}/external-task/{failed.id}/errorDetails")
    assert details.text == "where it happened"
    client.set_retries(failed.id, 2)
    again = eventually(lambda: [one for one in client.incidents(instance) if one.id != incident.id])
    assert again[0].incident_message == "tried with 1"


@every_worker
def test_its_business_error_goes_through_the_boundary_event(client: EngineClient, worker: str) -> None:
    instance = start(client, "refuse")
    task = task_in(client, instance)
    assert task.name == "Mend"
    assert client.task_variables(task.id) == {"why": "too dear"}


@pytest.mark.parametrize("worker", ["js", "operaton"], indirect=True, scope="module")
def test_it_extends_the_lock_of_a_task_it_works_on(client: EngineClient, worker: str) -> None:
    """The python3 client has no call for it. operaton-tasks extends when its poll brings another task: the second."""
    instance = start(client, "extend")
    eventually(lambda: [task for task in client.external_tasks(process_instance_id=instance) if task.worker_id])
    start(client, "refuse")
    task = task_in(client, instance)
    variables = client.task_variables(task.id)
    first, then = (datetime.fromisoformat(variables[name]) for name in ("locked_first", "locked_then"))
    assert then > first
    if worker == "js":
        assert (then - first).total_seconds() > 500
