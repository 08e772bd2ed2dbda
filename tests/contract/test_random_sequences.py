"""Random sequences of calls, played on the embedded engine and on a real one: the same answers, step by step."""

from __future__ import annotations

import contextlib
import random

import pytest
from contract_calls import calls, suspend_definition
from contract_looks import histories, live
from contract_models import FILES, MODELS
from contract_pair import Call, Pair
from contract_story import Story
from hypothesis import strategies as st
from hypothesis.control import BuildContext
from hypothesis.errors import StopTest
from hypothesis.internal.conjecture import providers
from hypothesis.internal.conjecture.data import ConjectureData

LONGEST = 14


def play(pair: Pair, data: st.DataObject) -> None:
    """One story: some calls, a look at what waits after each, in the end all that the engines tell of it."""
    pair.forget()
    story = Story(data.draw(st.sampled_from(MODELS), label="model"))
    try:
        for _ in range(data.draw(st.integers(3, LONGEST), label="calls")):
            call = data.draw(calls(story), label="call")
            answer = pair.play(call)
            if call.gives and answer.status == 200:
                story.instances += 1
            story.see(pair.look(story.model.key, story.model.kinds))
        for number in range(1, story.instances + 1):
            pair.each([*live(f"<instance#{number}>"), *histories(f"<instance#{number}>")])
    finally:
        _clear(pair, story)


def _clear(pair: Pair, story: Story) -> None:
    for side in pair.sides:
        side.ask(suspend_definition(story.model, suspended=False))
        for number in range(1, story.instances + 1):
            side.ask(Call("DELETE", f"/process-instance/<instance#{number}>?skipIoMappings=true"))


def play_drawn_from(pair: Pair, seed: int) -> None:
    """The story of a number, the same one in every process. Hypothesis itself makes new examples out of former ones, by
    labels that hang on addresses in memory; its choices alone do not."""
    data = ConjectureData(random=random.Random(seed))
    try:
        with contextlib.suppress(StopTest), BuildContext(data, is_final=False, wrapped_test=play):
            play(pair, data.draw(st.data()))
    except AssertionError as error:
        error.add_note(f"the story of seed {seed}")
        raise


@pytest.fixture
def same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis mixes constants of whatever modules are loaded into what it draws: without them, the same sequences
    come whichever tests ran before, and whatever was changed elsewhere."""
    monkeypatch.setattr(providers, "_get_local_constants", providers.Constants)
    providers.CONSTANTS_CACHE.cache.clear()


@pytest.mark.xdist_group("operaton")
@pytest.mark.timeout(3000)
@pytest.mark.usefixtures("same_draws")
def test_random_sequences_of_calls_are_answered_alike(pair: Pair, full_size: bool) -> None:
    pair.deploy(FILES)
    for seed in range(2000 if full_size else 150):
        play_drawn_from(pair, seed)
