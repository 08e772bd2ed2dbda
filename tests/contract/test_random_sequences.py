"""Random sequences of calls, played on the embedded engine and on a real one: the same answers, step by step."""

from __future__ import annotations

import pytest
from contract_calls import Story, calls, histories, live, suspend_definition
from contract_models import FILES, MODELS
from contract_pair import Call, Pair
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

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

    @settings(
        max_examples=2000 if full_size else 200, derandomize=True, database=None, deadline=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink], report_multiple_bugs=False,
    )  # fmt: skip
    @given(data=st.data())
    def sequences(data: st.DataObject) -> None:
        play(pair, data)

    sequences()
