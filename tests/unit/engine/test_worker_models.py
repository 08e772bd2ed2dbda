"""Handlers with models: what the annotations say is what comes and goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field
from scripted_engine import task_dto

from pulse.engine.client import ExternalTask
from pulse.engine.client.variables import encode_all
from pulse.engine.worker import Fatal, Result, topic


class Charge(BaseModel):
    amount: Decimal
    currency: Literal["CHF", "EUR"] = "CHF"
    due_at: datetime | None = Field(default=None, alias="dueAt")


class Receipt(BaseModel):
    charged: Decimal
    paid_at: datetime = Field(serialization_alias="paidAt")
    attempts: int
    settled: bool
    note: str | None = None


@dataclass(frozen=True)
class Person:
    name: str
    age: int
    comment: str = ""


def task(**variables: Any) -> ExternalTask:
    return ExternalTask.load(task_dto(variables=encode_all(variables)))


@topic("charge")
def charge(given: Charge) -> Receipt:
    return Receipt(
        charged=given.amount, paid_at=given.due_at or datetime(2026, 6, 10, tzinfo=UTC), attempts=1, settled=True
    )


@topic("greet")
def greet(person: Person, given: ExternalTask) -> dict[str, object]:
    return {"greeting": f"{given.id}: {person.name}, {person.age}{person.comment}"}


def test_only_the_models_variables_are_fetched() -> None:
    assert charge.subscription()["variables"] == ["amount", "currency", "dueAt"]
    assert greet.subscription()["variables"] == ["name", "age", "comment"]
    assert "variables" not in topic("all")(lambda _: None).subscription()
    assert topic("own", variables=["a"])(greet.handler).subscription()["variables"] == ["a"]


def test_a_model_comes_in_and_a_model_goes_out_as_typed_variables() -> None:
    due = datetime(2026, 7, 1, 12, tzinfo=UTC)
    answer = charge(task(amount="80.35", dueAt=due, other=1))
    assert isinstance(answer, dict)
    sent = {name: (dto["type"], dto["value"]) for name, dto in encode_all(answer).items()}
    assert sent == {
        "charged": ("String", "80.35"),
        "paidAt": ("Date", "2026-07-01T12:00:00.000+0000"),
        "attempts": ("Long", 1),
        "settled": ("Boolean", True),
        "note": ("Null", None),
    }


def test_a_dataclass_does_too_with_the_task_beside_it() -> None:
    assert greet(task(name="Anna", age=47)) == {"greeting": "task-1: Anna, 47"}


def test_null_counts_as_not_given_where_there_is_a_default() -> None:
    assert greet(task(name="Anna", age=47, comment=None)) == {"greeting": "task-1: Anna, 47"}


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({}, "variable 'amount' is missing"),
        ({"amount": "Erika Muster"}, "variable 'amount' does not fit: decimal parsing"),
        ({"amount": None}, "variable 'amount' does not fit: decimal type"),
        ({"amount": "1", "currency": "Muster"}, "variable 'currency' does not fit: literal error"),
        (
            {"amount": "x", "currency": "y"},
            "variable 'amount' does not fit: decimal parsing; variable 'currency' does not fit: literal error",
        ),
    ],
)
def test_a_variable_that_does_not_fit_is_an_incident_that_names_it_and_hides_its_value(
    variables: dict[str, object], problem: str
) -> None:
    with pytest.raises(Fatal) as error:
        charge(task(**variables))
    assert str(error.value) == problem
    assert error.value.__cause__ is None


def test_models_may_stand_in_a_result() -> None:
    handle = topic("x")(lambda _: Result(Person("Anna", 47), Charge(amount=Decimal(1))))
    answer = handle(task())
    assert isinstance(answer, Result)
    assert answer.variables == {"name": "Anna", "age": 47, "comment": ""}
    assert answer.local_variables["amount"] == Decimal(1)


def test_a_wrong_signature_is_refused_where_it_is_written() -> None:
    with pytest.raises(TypeError, match=r"second parameter of .*handler is the ExternalTask"):

        @topic("x")
        def handler(person: Person, more: int) -> None: ...

    class Local(BaseModel):
        a: int

    with pytest.raises(TypeError, match="'Local' must be known"):

        @topic("x")
        def other(model: Local) -> None: ...


def test_a_handler_without_models_gets_its_task() -> None:
    @topic("x")
    def handler(given: ExternalTask, times: int = 2) -> dict[str, object]:
        return {"n": given.variables["n"] * times}

    assert handler(task(n=2)) == {"n": 4}
