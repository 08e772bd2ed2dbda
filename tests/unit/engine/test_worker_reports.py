"""What a worker tells the engine of its tasks: completed, failed, an incident, an error of the model; and how often."""

from __future__ import annotations

import threading

import pytest
from scripted_engine import DROP, Answer, ScriptedEngine, Seen, task_dto
from scripted_work import LOST, counted, engine, running, short_waits

from pulse.engine.worker import BpmnError, ExternalTask, Fatal, Result, Retry, topic

__all__ = ["engine", "short_waits"]
GONE = (404, {"type": "RestException", "message": "External task with id task-1 does not exist", "code": 0})


def test_a_result_may_set_variables_of_the_task_alone(engine: ScriptedEngine) -> None:
    engine.add(task_dto())
    with running(engine, topic("work")(lambda _: Result({"a": 1}, {"b": 2}))):
        (complete,) = engine.wait_for("complete")
    assert complete.body["variables"]["a"]["value"] == 1
    assert complete.body["localVariables"]["b"]["value"] == 2


def test_a_failed_task_that_comes_back_before_its_report_is_answered_is_run_again(engine: ScriptedEngine) -> None:
    runs: list[str] = []

    @topic("work")
    def work(task: ExternalTask) -> None:
        runs.append(task.id)
        if len(runs) == 1:
            raise RuntimeError

    def hand_out_at_once(_: Seen) -> Answer:
        engine.add(task_dto(retries=2))
        engine.wait_until(lambda: len(runs) == 2)
        return 204, None

    engine.on("failure", hand_out_at_once)
    engine.add(task_dto())
    with running(engine, work) as worker:
        counted(engine, worker, "completed")
        counted(engine, worker, "failed")


@pytest.mark.parametrize(
    ("retries", "left", "rest_ms"),
    [(None, 3, 7_000), (3, 2, 21_000), (2, 1, 50_000), (1, 0, 0), (9, 8, 7_000)],
)
def test_a_failure_takes_one_retry_and_lets_the_task_rest(
    engine: ScriptedEngine, retries: int | None, left: int, rest_ms: int
) -> None:
    def work(_: ExternalTask) -> None:
        raise RuntimeError("no printer")

    retry = Retry(attempts=4, first_s=7, factor=3, longest_s=50)
    engine.add(task_dto(retries=retries))
    with running(engine, topic("work", retry=retry)(work)) as worker:
        (failure,) = engine.wait_for("/external-task/task-1/failure")
        counted(engine, worker, "failed" if left else "incident")
    assert (failure.body["retries"], failure.body["retryTimeout"]) == (left, rest_ms)
    assert failure.body["errorMessage"] == "RuntimeError: no printer"
    assert "test_worker_reports" in failure.body["errorDetails"]


def test_an_incident_tells_where_but_nothing_about_anybody(engine: ScriptedEngine) -> None:
    def look_up(number: str) -> None:
        raise KeyError(number)

    def work(_: ExternalTask) -> None:
        try:
            look_up("756.9217.0769.85")
        except KeyError as error:
            raise ValueError("no client 'Erika Muster', erika@example.ch, 7569217076985\nbirth 1979-05-14") from error

    engine.add(task_dto(retries=1))
    with running(engine, topic("work")(work)):
        (failure,) = engine.wait_for("failure")
    message, details = failure.body["errorMessage"], failure.body["errorDetails"]
    assert message == "ValueError: no client …, … …"
    for private in ("Muster", "erika", "7569217076985", "756.9217", "1979"):
        assert private not in message + details
    for place in ("KeyError", "ValueError", "in look_up", "in work"):
        assert place in details


def test_a_message_is_at_most_666_characters(engine: ScriptedEngine) -> None:
    def work(_: ExternalTask) -> None:
        raise Fatal("x" * 2000)

    engine.add(task_dto())
    with running(engine, topic("work")(work)):
        (failure,) = engine.wait_for("failure")
    assert len(failure.body["errorMessage"]) == 666


def test_a_fatal_error_becomes_an_incident_at_once(engine: ScriptedEngine) -> None:
    def work(_: ExternalTask) -> None:
        raise Fatal("the tariff 999 is not known")

    engine.add(task_dto())
    with running(engine, topic("work")(work)) as worker:
        (failure,) = engine.wait_for("failure")
        counted(engine, worker, "incident")
    assert (failure.body["retries"], failure.body["errorMessage"]) == (0, "the tariff 999 is not known")


def test_a_business_error_is_the_models_to_handle(engine: ScriptedEngine) -> None:
    def work(_: ExternalTask) -> None:
        raise BpmnError("payee_unclear", "IBAN differs", {"reason": "P301"})

    engine.add(task_dto())
    with running(engine, topic("work")(work)) as worker:
        (error,) = engine.wait_for("/external-task/task-1/bpmnError")
        counted(engine, worker, "bpmn_error")
    assert (error.body["errorCode"], error.body["errorMessage"]) == ("payee_unclear", "IBAN differs")
    assert error.body["variables"]["reason"]["value"] == "P301"


def test_a_variable_the_engine_cannot_hold_is_a_failure_that_names_it(engine: ScriptedEngine) -> None:
    engine.add(task_dto())
    with running(engine, topic("work")(lambda _: {"facts": "x" * 5000})):
        (failure,) = engine.wait_for("failure")
    assert failure.body["errorMessage"] == "variable 'facts': a text of 5000 characters: the engine holds 4000"


@pytest.mark.parametrize(
    ("answers", "event"),
    [
        ([DROP, GONE], "completed"),  # it had arrived, only the answer was lost
        ([(503, ["away"]), (204, None)], "completed"),
        ([(502, b"<html>"), (502, b"<html>"), GONE], "completed"),
        ([(500, {"type": "OptimisticLockingException", "message": "", "code": 1}), (204, None)], "completed"),
        ([(401, None), (204, None)], "completed"),
        ([GONE], "gone"),
        ([LOST], "lost"),
        ([DROP, LOST], "lost"),
    ],
)
def test_a_completion_is_repeated_until_the_engine_has_said_what_became_of_it(
    engine: ScriptedEngine, answers: list[Answer], event: str
) -> None:
    engine.on("complete", *answers)
    engine.add(task_dto())
    with running(engine, topic("work")(lambda _: None)) as worker:
        counted(engine, worker, event)
    assert len(engine.requests("complete")) == len(answers)
    assert engine.requests("failure") == []


@pytest.mark.parametrize(
    "answer",
    [
        (500, {"type": "ProcessEngineException", "message": "Unknown property used in expression", "code": 0}),
        (400, {"type": "InvalidRequestException", "message": "Unsupported value type 'X'", "code": None}),
    ],
)
def test_a_completion_that_the_engine_cannot_digest_is_a_failure(engine: ScriptedEngine, answer: Answer) -> None:
    engine.on("complete", answer)
    engine.add(task_dto())
    with running(engine, topic("work")(lambda _: None)) as worker:
        (failure,) = engine.wait_for("failure")
        counted(engine, worker, "failed")
    assert failure.body["retries"] == 2


def test_a_suspended_instance_takes_no_report_and_the_worker_goes_on(engine: ScriptedEngine) -> None:
    suspended = (400, {"type": "RestException", "message": "ENGINE-03043 ExternalTask with id 'task-1' is suspended."})
    engine.on("task-1/(complete|failure)", suspended)
    engine.add(task_dto(1), task_dto(2))
    with running(engine, topic("work")(lambda _: None)) as worker:
        counted(engine, worker, "refused")
        counted(engine, worker, "completed")


def test_a_completion_that_hangs_is_given_up_and_repeated(engine: ScriptedEngine) -> None:
    release = threading.Event()

    def hang(_: Seen) -> Answer:
        release.wait(60)
        return 204, None

    engine.on("complete", hang, (204, None))
    engine.add(task_dto())
    with running(engine, topic("work")(lambda _: None), timeout_s=0.2) as worker:
        counted(engine, worker, "completed")
    release.set()
