"""A worker as users of operaton-tasks write it; started by its own command line, which gives it the engine's URL."""

from __future__ import annotations

import asyncio
import json

from operaton.tasks import operaton_session, settings, task
from operaton.tasks.runtime import ExternalTaskComplete, ExternalTaskFailure
from operaton.tasks.types import (
    CompleteExternalTaskDto,
    ExternalTaskBpmnError,
    ExternalTaskFailureDto,
    LockedExternalTaskDto,
    VariableValueDto,
    VariableValueType,
)

FILE = {"filename": "answer.txt", "mimetype": "text/plain"}


@task("read", localVariables=False)
async def read(task: LockedExternalTaskDto) -> ExternalTaskComplete:
    given = task.variables or {}
    saw = {name: variable.value for name, variable in given.items()}
    saw["paper_name"] = (given["paper"].valueInfo or {})["filename"]
    variables = {
        "saw": VariableValueDto(value=json.dumps(saw), type=VariableValueType.String),
        "out_text": VariableValueDto(value="Grüezi zurück", type=VariableValueType.String),
        "out_whole": VariableValueDto(value=8, type=VariableValueType.Integer),
        "out_big": VariableValueDto(value=2**41, type=VariableValueType.Long),
        "out_ratio": VariableValueDto(value=0.25, type=VariableValueType.Double),
        "out_yes": VariableValueDto(value=False, type=VariableValueType.Boolean),
        "out_at": VariableValueDto(value="2026-06-11T08:00:00.500+0000", type=VariableValueType.Date),
        "out_nothing": VariableValueDto(value=None, type=VariableValueType.Null),
        "out_facts": VariableValueDto(value='{"codes":[300]}', type=VariableValueType.Json),
        "out_raw": VariableValueDto(value="AP8B", type="Bytes"),
        "out_paper": VariableValueDto(value="YW5zd2Vy", type=VariableValueType.File, valueInfo=FILE),
    }
    local = {"only_here": VariableValueDto(value=1)}
    response = CompleteExternalTaskDto(workerId=task.workerId, variables=variables, localVariables=local)
    return ExternalTaskComplete(task=task, response=response)


@task("fail")
async def fail(task: LockedExternalTaskDto) -> ExternalTaskFailure:
    response = ExternalTaskFailureDto(
        workerId=task.workerId,
        errorMessage=f"tried with {json.dumps(task.retries)}",
        errorDetails="where it happened",
        retries=1 if task.retries is None else task.retries - 1,
        retryTimeout=0,
    )
    return ExternalTaskFailure(task=task, response=response)


@task("refuse")
async def refuse(task: LockedExternalTaskDto) -> ExternalTaskComplete:
    variables = {"why": VariableValueDto(value="too dear", type=VariableValueType.String)}
    response = ExternalTaskBpmnError(
        workerId=task.workerId, errorCode="refused", errorMessage="too dear", variables=variables
    )
    return ExternalTaskComplete(task=task, response=response)


@task("extend")
async def extend(task: LockedExternalTaskDto) -> ExternalTaskComplete:
    """The client extends locks by itself, whenever a poll brings something; we wait until it has."""
    first = then = await _locked_until(task)
    while then == first:
        await asyncio.sleep(0.05)
        then = await _locked_until(task)
    variables = {"locked_first": VariableValueDto(value=first), "locked_then": VariableValueDto(value=then)}
    response = CompleteExternalTaskDto(workerId=task.workerId, variables=variables)
    return ExternalTaskComplete(task=task, response=response)


async def _locked_until(task: LockedExternalTaskDto) -> str:
    async with (
        operaton_session() as session,
        session.get(f"{settings.ENGINE_REST_BASE_URL}/external-task/{task.id}") as answer,
    ):
        return str((await answer.json())["lockExpirationTime"])
