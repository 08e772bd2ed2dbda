"""generic-camunda-client, made from the engine's official API description, reads our answers as strictly as it can:
unknown enum values and missing required fields are errors, times and numbers are parsed.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import generic_camunda_client as generic
import pytest
from witness_models import GIVEN, SET

from pulse.engine.client import EngineClient
from pulse.engine.client.variables import encode_all

pytestmark = pytest.mark.xdist_group("witnesses")
TABLES = Path(__file__).resolve().parents[3] / "dmn" / "medication_risk.dmn"


@pytest.fixture(scope="module")
def api(client: EngineClient) -> Iterator[generic.ApiClient]:
    with generic.ApiClient(generic.Configuration(host=client.url)) as api:
        yield api


@dataclass(frozen=True)
class World:
    """One of everything: an instance at a person, an incident, an ended instance, a locked task, a decision."""

    api: generic.ApiClient
    waiting: str
    failed: str
    ended: str
    task: str
    external_task: str
    incident: str
    deployment: str
    definition: str
    comment: str


@pytest.fixture(scope="module")
def world(client: EngineClient, api: generic.ApiClient) -> World:
    """Made by the generic client alone, but for the models."""
    deployed = client.deploy("tables", {"medication_risk.dmn": TABLES.read_bytes()})
    definitions, external = generic.ProcessDefinitionApi(api), generic.ExternalTaskApi(api)

    def started(topic: str) -> str:
        variables = {name: _dto(dto) for name, dto in encode_all(GIVEN).items()}
        body = generic.StartProcessInstanceDto(business_key=f"generic-{topic}", variables=variables)
        return str(definitions.start_process_instance_by_key(topic, start_process_instance_dto=body).id)

    waiting, failed, ended = started("read"), started("fail"), started("refuse")
    for task in fetched(external):
        match task.topic_name:
            case "read":
                values = {name: generic.VariableValueDto(type=kind, value=value) for name, (kind, value) in SET.items()}
                values["out_paper"] = generic.VariableValueDto(
                    type="File", value="YW5zd2Vy", value_info={"filename": "answer.txt"}
                )
                external.extend_lock(
                    task.id,
                    extend_lock_on_external_task_dto=generic.ExtendLockOnExternalTaskDto(
                        worker_id="generic", new_duration=60_000
                    ),
                )
                external.complete_external_task_resource(
                    task.id,
                    complete_external_task_dto=generic.CompleteExternalTaskDto(worker_id="generic", variables=values),
                )
            case "fail":
                failure = generic.ExternalTaskFailureDto(
                    worker_id="generic", error_message="broken", error_details="where", retries=0, retry_timeout=0
                )
                external.handle_failure(task.id, external_task_failure_dto=failure)
            case "refuse":
                refused = generic.ExternalTaskBpmnError(
                    worker_id="generic", error_code="refused", variables={"why": generic.VariableValueDto(value="dear")}
                )
                external.handle_external_task_bpmn_error(task.id, external_task_bpmn_error=refused)
    tasks = generic.TaskApi(api)
    for task in tasks.get_tasks(process_instance_id=ended):
        # Without the variables the answer is empty, which this client cannot read from any engine.
        tasks.complete(task.id, complete_task_dto=generic.CompleteTaskDto(with_variables_in_return=True))
    (task,) = tasks.get_tasks(process_instance_id=waiting)
    tasks.claim(task.id, user_id_dto=generic.UserIdDto(user_id="demo"))
    comment = generic.TaskCommentApi(api).create_comment(task.id, comment_dto=generic.CommentDto(message="seen"))
    (incident,) = generic.IncidentApi(api).get_incidents(process_instance_id=failed)
    (broken,) = external.get_external_tasks(process_instance_id=failed)
    definition = definitions.get_process_definition_by_key("read").id
    return World(api, waiting, failed, ended, task.id, broken.id, incident.id, deployed.id, definition, str(comment.id))


def _dto(dto: dict[str, Any]) -> generic.VariableValueDto:
    return generic.VariableValueDto(value=dto["value"], type=dto["type"], value_info=dto["valueInfo"])


def fetched(external: generic.ExternalTaskApi) -> list[Any]:
    topics = [
        generic.FetchExternalTaskTopicDto(topic_name=topic, lock_duration=30_000)
        for topic in ("read", "fail", "refuse")
    ]
    body = generic.FetchExternalTasksDto(worker_id="generic", max_tasks=10, topics=topics)
    tasks = external.fetch_and_lock(fetch_external_tasks_dto=body)
    assert len(tasks) == 3
    return list(tasks)


Read = Callable[[World], Any]
#: Every reading call of an operator's or a tasklist's day; each answer must be readable and hold something.
READS: dict[str, Read] = {
    "version": lambda w: generic.VersionApi(w.api).get_rest_api_version().version,
    "engines": lambda w: generic.EngineApi(w.api).get_process_engine_names(),
    "deployments": lambda w: generic.DeploymentApi(w.api).get_deployments(),
    "deployment count": lambda w: generic.DeploymentApi(w.api).get_deployments_count().count,
    "deployment": lambda w: generic.DeploymentApi(w.api).get_deployment(w.deployment).deployment_time,
    "resources": lambda w: generic.DeploymentApi(w.api).get_deployment_resources(w.deployment),
    "definitions": lambda w: generic.ProcessDefinitionApi(w.api).get_process_definitions(),
    "definition count": lambda w: generic.ProcessDefinitionApi(w.api).get_process_definitions_count().count,
    "definition": lambda w: generic.ProcessDefinitionApi(w.api).get_process_definition(w.definition).version_tag,
    "definition xml": lambda w: generic.ProcessDefinitionApi(w.api).get_process_definition_bpmn20_xml(w.definition),
    "definition statistics": lambda w: generic.ProcessDefinitionApi(w.api).get_process_definition_statistics(
        incidents=True
    ),
    "activity statistics": lambda w: generic.ProcessDefinitionApi(w.api).get_activity_statistics(w.definition),
    "instances": lambda w: generic.ProcessInstanceApi(w.api).get_process_instances(),
    "instances queried": lambda w: generic.ProcessInstanceApi(w.api).query_process_instances(
        process_instance_query_dto=generic.ProcessInstanceQueryDto(business_key="generic-read")
    ),
    "instance count": lambda w: generic.ProcessInstanceApi(w.api).get_process_instances_count().count,
    "instance": lambda w: generic.ProcessInstanceApi(w.api).get_process_instance(w.waiting).business_key,
    "activity tree": lambda w: (
        generic.ProcessInstanceApi(w.api).get_activity_instance_tree(w.waiting).child_activity_instances
    ),
    "instance variables": lambda w: generic.ProcessInstanceApi(w.api).get_process_instance_variables(
        w.waiting, deserialize_values=False
    ),
    "instance variable": lambda w: (
        generic.ProcessInstanceApi(w.api)
        .get_process_instance_variable(w.waiting, "out_at", deserialize_value=False)
        .value
    ),
    "executions": lambda w: generic.ExecutionApi(w.api).get_executions(process_instance_id=w.waiting),
    "variable instances": lambda w: generic.VariableInstanceApi(w.api).get_variable_instances(
        process_instance_id_in=w.waiting, deserialize_values=False
    ),
    "tasks": lambda w: generic.TaskApi(w.api).get_tasks(),
    "tasks queried": lambda w: generic.TaskApi(w.api).query_tasks(
        task_query_dto=generic.TaskQueryDto(candidate_group="controllers", include_assigned_tasks=True)
    ),
    "task count": lambda w: generic.TaskApi(w.api).get_tasks_count().count,
    "task": lambda w: generic.TaskApi(w.api).get_task(w.task).due,
    "task variables": lambda w: generic.TaskVariableApi(w.api).get_task_variables(w.task, deserialize_values=False),
    "task comments": lambda w: generic.TaskCommentApi(w.api).get_comments(w.task),
    "task comment": lambda w: generic.TaskCommentApi(w.api).get_comment(w.task, w.comment).time,
    "identity links": lambda w: generic.TaskIdentityLinkApi(w.api).get_identity_links(w.task),
    "external tasks": lambda w: generic.ExternalTaskApi(w.api).get_external_tasks(),
    "external tasks queried": lambda w: generic.ExternalTaskApi(w.api).query_external_tasks(
        external_task_query_dto=generic.ExternalTaskQueryDto(no_retries_left=True)
    ),
    "external task count": lambda w: generic.ExternalTaskApi(w.api).get_external_tasks_count().count,
    "external task": lambda w: generic.ExternalTaskApi(w.api).get_external_task(w.external_task).error_message,
    "error details": lambda w: generic.ExternalTaskApi(w.api).get_external_task_error_details(w.external_task),
    "topics": lambda w: generic.ExternalTaskApi(w.api).get_topic_names(),
    "incidents": lambda w: generic.IncidentApi(w.api).get_incidents(),
    "incident": lambda w: generic.IncidentApi(w.api).get_incident(w.incident).incident_timestamp,
    "incident count": lambda w: generic.IncidentApi(w.api).get_incidents_count().count,
    "past instances": lambda w: generic.HistoricProcessInstanceApi(w.api).get_historic_process_instances(),
    "past instance": lambda w: (
        generic.HistoricProcessInstanceApi(w.api).get_historic_process_instance(w.ended).duration_in_millis is not None
    ),
    "past instance count": lambda w: (
        generic.HistoricProcessInstanceApi(w.api).get_historic_process_instances_count().count
    ),
    "past activities": lambda w: generic.HistoricActivityInstanceApi(w.api).get_historic_activity_instances(
        process_instance_id=w.ended
    ),
    "past tasks": lambda w: generic.HistoricTaskInstanceApi(w.api).get_historic_task_instances(),
    "past variables": lambda w: generic.HistoricVariableInstanceApi(w.api).get_historic_variable_instances(
        process_instance_id=w.waiting, deserialize_values=False
    ),
    "past incidents": lambda w: generic.HistoricIncidentApi(w.api).get_historic_incidents(),
    "external task log": lambda w: generic.HistoricExternalTaskLogApi(w.api).get_historic_external_task_logs(),
    "decisions": lambda w: generic.DecisionDefinitionApi(w.api).get_decision_definitions(),
    "decision": lambda w: generic.DecisionDefinitionApi(w.api).get_decision_definition_by_key(decision_key(w)).version,
    "decision xml": lambda w: generic.DecisionDefinitionApi(w.api).get_decision_definition_dmn_xml_by_key(
        decision_key(w)
    ),
}


def decision_key(world: World) -> str:
    return str(generic.DecisionDefinitionApi(world.api).get_decision_definitions()[0].key)


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_it_can_read(world: World, read: Read) -> None:
    assert read(world)


def test_what_it_set_has_kept_its_types(client: EngineClient, world: World) -> None:
    variables = client.get(f"/process-instance/{world.waiting}/variables", deserialize_values=False)
    assert {name: (variables[name]["type"], variables[name]["value"]) for name in SET} == SET
    content = generic.ProcessInstanceApi(world.api).get_process_instance_variable_binary(
        world.waiting, "out_paper", _preload_content=False
    )
    assert content.data == base64.b64decode("YW5zd2Vy")


def test_a_fetched_task_has_all_its_fields(world: World) -> None:
    """And each variable the type it was given; a lock's end is a time with its zone."""
    definitions, external = generic.ProcessDefinitionApi(world.api), generic.ExternalTaskApi(world.api)
    variables = {name: _dto(dto) for name, dto in encode_all(GIVEN).items()}
    body = generic.StartProcessInstanceDto(business_key="fetched", variables=variables)
    definitions.start_process_instance_by_key("extend", start_process_instance_dto=body)
    topic = generic.FetchExternalTaskTopicDto(topic_name="extend", lock_duration=30_000)
    ask = generic.FetchExternalTasksDto(worker_id="generic", max_tasks=1, topics=[topic])
    (task,) = external.fetch_and_lock(fetch_external_tasks_dto=ask)
    assert (task.business_key, task.process_definition_version_tag, task.retries) == ("fetched", "v1", None)
    assert isinstance(task.lock_expiration_time, datetime)
    assert task.lock_expiration_time.tzinfo is not None
    expected = {name: dto["type"] for name, dto in encode_all(GIVEN).items()}
    assert {name: variable.type for name, variable in task.variables.items()} == expected
    external.unlock(task.id)
    assert external.get_external_task(task.id).lock_expiration_time is None


def test_it_evaluates_a_decision(client: EngineClient, api: generic.ApiClient) -> None:
    client.deploy("sizes", {"sizes.dmn": SIZES.encode()})
    body = generic.EvaluateDecisionDto(variables={"amount": generic.VariableValueDto(value=700, type="Integer")})
    (rule,) = generic.DecisionDefinitionApi(api).evaluate_decision_by_key("sizes", evaluate_decision_dto=body)
    assert (rule["size"].type, rule["size"].value) == ("String", "large")


SIZES = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n"
             xmlns:camunda="http://camunda.org/schema/1.0/dmn">
  <decision id="sizes" name="Sizes" camunda:historyTimeToLive="P1D">
    <decisionTable id="t" hitPolicy="UNIQUE">
      <input id="i"><inputExpression id="e" typeRef="integer"><text>amount</text></inputExpression></input>
      <output id="o" name="size" typeRef="string"/>
      <rule id="r1"><inputEntry id="i1"><text>&lt; 500</text></inputEntry>
        <outputEntry id="o1"><text>"small"</text></outputEntry></rule>
      <rule id="r2"><inputEntry id="i2"><text>&gt;= 500</text></inputEntry>
        <outputEntry id="o2"><text>"large"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>
"""
