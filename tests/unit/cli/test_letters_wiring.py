"""Which settings give which writer of letters."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from letter_samples import make_facts

from letters.circuit_breaker import CircuitBreaker
from letters.endpoint import EndpointModel
from letters.language_model import LanguageModel
from letters.local_model import LocalModel
from letters.model_writer import ModelWriter, Price
from letters.writer import TemplateWriter
from pulse.base.errors import Misconfigured
from pulse.settings import load
from pulse.wiring import letters as wired

URL = "http://127.0.0.1:8000/v1"


def writer(**values: str) -> ModelWriter:
    made = wired.writer(load({f"PULSE_LETTERS_{name.upper()}": value for name, value in values.items()}))
    assert isinstance(made, ModelWriter)
    return made


def model_of(made: ModelWriter) -> LanguageModel:
    """The model behind the circuit breaker."""
    assert isinstance(made._model, CircuitBreaker)
    return made._model._model


def test_without_a_model_the_template_words_the_letters() -> None:
    made = wired.writer(load({}))
    assert isinstance(made, TemplateWriter)
    assert wired.figures(made) == {}


def test_a_worker_tells_who_worded_its_letters() -> None:
    made = writer(model="our-model", model_url="http://127.0.0.1:1/v1")
    for _ in range(4):
        made.write(make_facts())
    refused, resting = "model_unavailable:ConnectionRefusedError", "model_unavailable:resting"
    assert wired.figures(made) == {"letters_worded": {refused: 3, resting: 1}}


def test_a_short_name_stands_for_its_repository_with_its_stop_tokens() -> None:
    made = writer(model="apertus-1.5b", model_revision="c" * 40, model_tokens="200", model_batch="4")
    assert made.name == "swiss-ai/Apertus-v1.1-1.5B-Instruct"
    local = model_of(made)
    assert isinstance(local, LocalModel)
    assert (local._name, local._wanted_revision) == (made.name, "c" * 40)
    assert (local._stop, local._max_new_tokens, local._batches._most) == (("<|assistant_end|>",), 200, 4)


def test_with_an_address_the_model_is_asked_there(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k1\n")
    settings = {
        "PULSE_LETTERS_MODEL": "apertus-4b",
        "PULSE_LETTERS_MODEL_URL": f"{URL}/",
        "PULSE_LETTERS_MODEL_KEY_FILE": str(tmp_path / "key"),
        "PULSE_LETTERS_MODEL_TIMEOUT_S": "30",
        "PULSE_LETTERS_PRICE_ANSWER": "0.60",
    }
    made = wired.writer(load(settings))
    assert isinstance(made, ModelWriter)
    there = model_of(made)
    assert isinstance(there, EndpointModel)
    assert (there._url, there._name, there._key) == (URL, "swiss-ai/Apertus-v1.1-4B-Instruct", "k1")
    assert there._thinking
    assert made._time_limit_s == 30
    assert made._price == Price(Decimal(0), Decimal("0.60"))


def test_a_model_that_is_no_preset_is_asked_by_its_own_name_and_nothing_special() -> None:
    there = model_of(writer(model="our-model", model_url=URL))
    assert isinstance(there, EndpointModel)
    assert (there._name, there._thinking, there._key) == ("our-model", False, None)


def test_an_address_without_a_models_name_is_refused() -> None:
    with pytest.raises(Misconfigured, match="PULSE_LETTERS_MODEL"):
        wired.writer(load({"PULSE_LETTERS_MODEL_URL": URL}))


@pytest.mark.parametrize(
    ("name", "value"),
    [("MODEL_URL", "ftp://x"), ("MODEL_TIMEOUT_S", "0"), ("PRICE_PROMPT", "-1"), ("PRICE_ANSWER", "NaN"),
     ("MODEL_BATCH", "0"), ("MODEL_TOKENS", "1")],
)  # fmt: skip
def test_settings_that_make_no_sense_stop_the_start(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=f"PULSE_LETTERS_{name}"):
        load({f"PULSE_LETTERS_{name}": value})
