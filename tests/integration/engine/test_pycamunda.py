"""pycamunda as it is, without a line of ours, against an engine: what its users' code would see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pycamunda
import pycamunda.decisiondef
import pycamunda.deployment
import pycamunda.externaltask
import pycamunda.incident
import pycamunda.message
import pycamunda.processdef
import pycamunda.processinst
import pycamunda.task
import pycamunda.version
import pytest
from engines import an_engine
from small_models import ALL


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with an_engine("embedded", request, tmp_path) as engine:
        url = engine.url
        create = pycamunda.deployment.Create(url, name=f"tests {tmp_path}")
        for resource in ALL.items():
            create.add_resource(resource)
        deployed = create()
        keys = {definition.key for definition in deployed.deployed_process_definitions.values()}
        assert keys == {"case", "plain", "later"}
        yield url


def start(url: str) -> str:
    correlate = pycamunda.message.CorrelateSingle(url, "CaseArrived", business_key="k", result_enabled=True)
    correlate.add_process_variable("amount", 80.35)
    (result,) = correlate()
    instance_id: str = result.process_instance.id_
    return instance_id


def fetch(url: str, worker_id: str = "w") -> list[pycamunda.externaltask.ExternalTask]:
    request = pycamunda.externaltask.FetchAndLock(url, worker_id=worker_id, max_tasks=10)
    request.add_topic("work", lock_duration=60_000)
    return list(request())


def test_a_task_is_fetched_extended_and_completed(url: str) -> None:
    instance_id = start(url)
    (task,) = fetch(url)
    assert (task.topic_name, task.process_instance_id, task.business_key) == ("work", instance_id, "k")
    assert task.variables["amount"].value == 80.35
    pycamunda.externaltask.ExtendLock(url, task.id_, new_duration=90_000, worker_id="w")()
    complete = pycamunda.externaltask.Complete(url, id_=task.id_, worker_id="w")
    complete.add_variable("found", True)
    complete()
    assert fetch(url) == []


def test_an_unlocked_task_goes_to_the_next_worker(url: str) -> None:
    start(url)
    (task,) = fetch(url, "first")
    with pytest.raises(pycamunda.BadRequest, match="cannot be completed by worker 'second'"):
        pycamunda.externaltask.Complete(url, id_=task.id_, worker_id="second")()
    pycamunda.externaltask.Unlock(url, task.id_)()
    assert [again.id_ for again in fetch(url, "second")] == [task.id_]


def test_a_failed_task_becomes_an_incident(url: str) -> None:
    instance_id = start(url)
    (task,) = fetch(url)
    pycamunda.externaltask.HandleFailure(
        url, task.id_, "w", error_message="no printer", error_details="line 3", retries=0, retry_timeout=0
    )()
    (incident,) = pycamunda.incident.GetList(url, process_instance_id=instance_id)()
    assert incident.incident_message == "no printer"
    (listed,) = pycamunda.externaltask.GetList(url, process_instance_id=instance_id)()
    assert (listed.retries, listed.error_details) == (0, "line 3")
    pycamunda.externaltask.SetRetries(url, task.id_, retries=1)()
    assert len(fetch(url)) == 1


def test_a_bpmn_error_leads_to_the_user_task_behind_it(url: str) -> None:
    start(url)
    (task,) = fetch(url)
    pycamunda.externaltask.HandleBPMNError(url, task.id_, "w", error_code="unclear", error_message="who?")()
    (clarify,) = pycamunda.task.GetList(url, task_definition_key="clarify")()
    assert clarify.name == "Clarify"


def test_a_user_task_is_found_claimed_and_completed(url: str) -> None:
    instance_id = start(url)
    (task,) = fetch(url)
    pycamunda.externaltask.Complete(url, id_=task.id_, worker_id="w")()
    (review,) = pycamunda.task.GetList(url, process_instance_id=instance_id)()
    pycamunda.task.Claim(url, review.id_, user_id="controller1")()
    assert pycamunda.task.Get(url, review.id_)().assignee == "controller1"
    complete = pycamunda.task.Complete(url, review.id_)
    complete.add_variable("decision", "approve")
    complete()
    variables = pycamunda.processinst.VariablesGetList(url, instance_id)()
    assert variables["decision"].value == "approve"


def test_instances_are_listed_by_business_key(url: str) -> None:
    instance_id = start(url)
    (instance,) = pycamunda.processinst.GetList(url, business_key="k")()
    assert instance.id_ == instance_id
    assert pycamunda.processinst.GetList(url, business_key="other")() == ()


def test_a_process_is_started_by_key(url: str) -> None:
    request = pycamunda.processdef.StartInstance(url, key="plain", business_key="b")
    request.add_variable("amount", 7, "Long")
    assert request().business_key == "b"


def test_a_decision_is_evaluated(url: str) -> None:
    request = pycamunda.decisiondef.Evaluate(url, key="risk")
    request.add_variable("amount", 250.0)
    (rule,) = request()
    assert rule["level"].value == "high"


def test_the_version_is_told(url: str) -> None:
    assert pycamunda.version.Get(url)()[0].isdigit()


def test_what_is_unknown_is_not_found(url: str) -> None:
    with pytest.raises(pycamunda.NotFound):
        pycamunda.task.Get(url, "nobody")()
