"""Prompts that wait together are answered together, and nobody waits longer than he wants to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from letters.batching import Batches
from letters.language_model import Generated

PATIENCE_S = 10.0


class Model:
    """Answers with the prompt in capitals; the first call waits until it is let go."""

    def __init__(self, fails: Callable[[Sequence[str]], bool] = lambda _: False) -> None:
        self.calls: list[list[str]] = []
        self.threads: set[str] = set()
        self.begun, self.may_go_on = threading.Event(), threading.Event()
        self._fails = fails

    def generate(self, prompts: Sequence[str], until: float) -> list[Generated]:
        self.calls.append(list(prompts))
        self.threads.add(threading.current_thread().name)
        self.begun.set()
        assert self.may_go_on.wait(PATIENCE_S)
        if self._fails(prompts):
            raise RuntimeError(",".join(prompts))
        return [Generated(prompt.upper(), 1, finished=True) for prompt in prompts]


def asked_while_busy(model: Model, batches: Batches, prompts: str) -> list[Generated | BaseException]:
    """The first prompt goes alone; the others come while the model is at it."""
    with ThreadPoolExecutor(len(prompts)) as threads:
        futures = [threads.submit(batches.answer, prompts[0], PATIENCE_S)]
        assert model.begun.wait(PATIENCE_S)
        for prompt in prompts[1:]:
            futures.append(threads.submit(batches.answer, prompt, PATIENCE_S))
            while len(batches._waiting) < len(futures) - 1:
                threading.Event().wait(0.001)
        model.may_go_on.set()
        return [future.exception() or future.result() for future in futures]


def texts(answers: list[Generated | BaseException]) -> list[str]:
    return [answer.text if isinstance(answer, Generated) else repr(answer) for answer in answers]


def test_what_comes_while_the_model_is_at_work_goes_into_its_next_batches() -> None:
    model = Model()
    answers = asked_while_busy(model, Batches(model.generate, most=3, linger_s=0), "abcdef")
    assert texts(answers) == list("ABCDEF")
    assert model.calls == [["a"], ["b", "c", "d"], ["e", "f"]]
    assert model.threads == {"language-model"}


def test_the_first_waits_a_moment_for_the_second() -> None:
    model = Model()
    model.may_go_on.set()
    batches = Batches(model.generate, most=2, linger_s=PATIENCE_S)
    with ThreadPoolExecutor(2) as threads:
        assert [answer.text for answer in threads.map(lambda p: batches.answer(p, PATIENCE_S), "ab")] == ["A", "B"]
    assert sorted(model.calls[0]) == ["a", "b"]
    assert len(model.calls) == 1


def test_a_batch_that_fails_is_tried_one_by_one() -> None:
    """Too much memory at once, or one prompt that breaks the model: the others get their answers."""
    model = Model(fails=lambda prompts: "c" in prompts)
    answers = asked_while_busy(model, Batches(model.generate, most=8, linger_s=0), "abcd")
    assert texts(answers) == ["A", "B", "RuntimeError('c')", "D"]
    assert model.calls == [["a"], ["b", "c", "d"], ["b"], ["c"], ["d"]]


def test_whoever_has_given_up_waiting_is_not_answered() -> None:
    model = Model()
    batches = Batches(model.generate, most=4, linger_s=0)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(batches.answer, "a", PATIENCE_S)
        assert model.begun.wait(PATIENCE_S)
        with pytest.raises(TimeoutError):
            batches.answer("b", 0.01)
        model.may_go_on.set()
        assert first.result().text == "A"
    assert batches.answer("c", PATIENCE_S).text == "C"
    assert ["b"] not in model.calls


def test_a_model_that_hangs_holds_nobody() -> None:
    model = Model()
    batches = Batches(model.generate, most=4, linger_s=0)
    with pytest.raises(TimeoutError):
        batches.answer("a", 0.05)
    model.may_go_on.set()
    assert batches.answer("b", PATIENCE_S).text == "B"


def test_a_model_that_answers_too_few_is_an_error_and_the_next_batch_works() -> None:
    answers = iter([[], [Generated("x", 1, finished=True)]])
    batches = Batches(lambda _prompts, _until: next(answers), most=4, linger_s=0)
    with pytest.raises(ValueError, match="shorter"):
        batches.answer("a", PATIENCE_S)
    assert batches.answer("b", PATIENCE_S).text == "x"


def test_no_thread_is_left_when_nothing_waits() -> None:
    model = Model()
    model.may_go_on.set()
    batches = Batches(model.generate, most=4, linger_s=0)
    batches.answer("a", PATIENCE_S)
    for thread in threading.enumerate():
        if thread.name == "language-model":
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
