"""A model that fails again and again is left alone for a while; the template words the letters meanwhile."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from letters.circuit_breaker import CircuitBreaker
from letters.language_model import Generated, ModelUnavailable

GOOD = Generated("Guten Tag", 2, finished=True)


class Moody:
    """Fails while it is told to; counts how often it is asked."""

    revision = "r1"
    broken = True

    def __init__(self) -> None:
        self.asked = 0

    def answer(self, prompt: str, *, timeout_s: float = 0) -> Generated:
        self.asked += 1
        if self.broken:
            raise TimeoutError
        return GOOD

    def check(self) -> str:
        return "moody"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def fail(model: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        with pytest.raises(TimeoutError):
            model.answer("x")


def test_after_three_failures_nobody_asks_for_a_while_and_it_is_said_once() -> None:
    moody, clock = Moody(), Clock()
    model = CircuitBreaker(moody, most_failures=3, rest_s=300, clock=clock)
    with capture_logs() as logged:
        fail(model, 3)
        for _ in range(5):
            with pytest.raises(ModelUnavailable) as caught:
                model.answer("x")
            assert caught.value.details["kind"] == "resting"
        clock.now = 300
        fail(model, 1)
    assert moody.asked == 4
    assert [line["action"] for line in logged] == ["letter.model_rests"]


def test_one_letter_tries_after_the_rest_and_an_answer_ends_it() -> None:
    moody, clock = Moody(), Clock()
    model = CircuitBreaker(moody, most_failures=1, rest_s=300, clock=clock)
    fail(model, 1)
    clock.now, moody.broken = 300, False
    with capture_logs() as logged:
        assert model.answer("x") == GOOD
    assert [line["action"] for line in logged] == ["letter.model_back"]
    moody.broken = True
    fail(model, 1)


def test_while_one_letter_tries_the_others_do_not_wait() -> None:
    clock = Clock()

    class Nested(Moody):
        def answer(self, prompt: str, *, timeout_s: float = 0) -> Generated:
            if self.asked:
                with pytest.raises(ModelUnavailable):
                    model.answer("another letter, at the same time")
            return super().answer(prompt, timeout_s=timeout_s)

    nested = Nested()
    model = CircuitBreaker(nested, most_failures=1, rest_s=300, clock=clock)
    fail(model, 1)
    clock.now = 300
    fail(model, 1)
    assert nested.asked == 2


def test_failures_with_an_answer_between_them_are_no_row() -> None:
    moody = Moody()
    model = CircuitBreaker(moody, most_failures=2)
    for _ in range(3):
        moody.broken = True
        fail(model, 1)
        moody.broken = False
        model.answer("x")
    assert (model.check(), model.revision) == ("moody", "r1")
