"""Every architecture that the presets name, small and with random weights: loaded, batched, stopped, offline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from chat_server import answers, chat_server
from letter_samples import all_facts, make_facts

from letters.language_model import Generated, ModelUnavailable
from letters.local_model import LocalModel, dtype_for
from letters.model_writer import WORDED_BY_MODEL, ModelWriter
from letters.prompt import prompt
from letters.writer import TemplateWriter

pytest.importorskip("transformers", reason="the extra `models` is not installed")

from random_models import random_model

pytestmark = pytest.mark.xdist_group("models")

PROMPTS = [prompt(facts) for facts in all_facts("de", "en") if facts.kind in WORDED_BY_MODEL][:6]
PATIENCE_S = 60.0
COMMIT = "0123456789abcdef0123456789abcdef01234567"
#: Architecture, and the family whose chats it understands.
KINDS = [
    ("llama", "chatml"), ("apertus", "apertus"), ("mistral", "zephyr"), ("qwen3", "chatml"), ("ministral3", "mistral"),
    ("mistral3", "mistral"), ("qwen3_5", "qwen"), ("gemma4_text", "gemma"),
]  # fmt: skip


def together(model: LocalModel, prompts: list[str]) -> list[Generated]:
    with ThreadPoolExecutor(len(prompts)) as threads:
        return list(threads.map(model.answer, prompts))


def calls_of(model: LocalModel) -> list[int]:
    """How many prompts each call of `generate` had, from now on."""
    sizes: list[int] = []
    generate = model._batches._generate

    def counted(prompts: list[str], until: float) -> list[Generated]:
        sizes.append(len(prompts))
        return list(generate(prompts, until))

    model._batches._generate = counted  # type: ignore[method-assign]
    return sizes


@pytest.mark.parametrize(("architecture", "family"), KINDS)
def test_in_float32_a_batch_says_what_each_prompt_alone_is_answered(
    tmp_path: Path, architecture: str, family: str
) -> None:
    folder = random_model(tmp_path, architecture, family)
    alone = LocalModel(str(folder), max_new_tokens=12, max_batch=1, dtype="float32")
    batched = LocalModel(str(folder), max_new_tokens=12, max_batch=16, dtype="float32")
    batched._batches._linger_s = 5.0
    prompts = [PROMPTS[0], "Guten Tag", PROMPTS[3], PROMPTS[5]]
    batched._batches._most = len(prompts)
    sizes = calls_of(batched)

    assert together(batched, prompts) == [alone.answer(prompt) for prompt in prompts]
    assert sizes == [len(prompts)]


def test_the_trained_models_letters_are_the_same_in_a_batch(trained_model: Path) -> None:
    alone = LocalModel(str(trained_model), max_batch=1)
    batched = LocalModel(str(trained_model), max_batch=16)
    batched._batches._linger_s = 5.0
    batched._batches._most = len(PROMPTS)
    sizes = calls_of(batched)

    answers_together = together(batched, PROMPTS)
    assert sizes == [len(PROMPTS)]
    assert answers_together == [alone.answer(prompt) for prompt in PROMPTS]
    assert all(answer.finished for answer in answers_together)
    assert len({answer.tokens for answer in answers_together}) > 1


def test_workers_threads_share_the_model_and_every_letter_is_the_models(trained_model: Path) -> None:
    writer = ModelWriter(trained_model)
    letters = [facts for facts in all_facts("de", "en") if facts.kind in WORDED_BY_MODEL]
    sizes = calls_of(writer._model)  # type: ignore[arg-type]
    with ThreadPoolExecutor(len(letters)) as threads:
        wordings = list(threads.map(writer.write, letters))
    assert {(wording.worded_by, wording.attempts) for wording in wordings} == {("model", 1)}
    assert sum(sizes) == len(letters)
    assert len(sizes) < len(letters)
    assert all(wording.prompt_tokens > 20 for wording in wordings)


def test_a_stop_token_that_the_repository_forgot_ends_the_answer(tmp_path: Path) -> None:
    """The first token that it babbles is taken for the end of its turn."""
    folder = random_model(tmp_path, "llama", "chatml")
    babble = LocalModel(str(folder), max_new_tokens=4)
    assert not babble.answer("Guten Tag").finished
    asked = babble._inputs(["Guten Tag"])
    first = babble._model.generate(**asked, max_new_tokens=1)[0, -1].item()

    stopped = LocalModel(str(folder), max_new_tokens=4, stop=[babble._tokenizer.convert_ids_to_tokens(first)])
    answer = stopped.answer("Guten Tag")
    assert (answer.tokens, answer.finished) == (1, True)


def test_a_model_that_babbles_on_costs_the_letter_no_more_than_its_time(tmp_path: Path) -> None:
    letter = make_facts()
    folder = random_model(tmp_path, "llama", "chatml", endless=True, max_position_embeddings=200_000)
    endless = LocalModel(str(folder), max_new_tokens=100_000)
    wording = ModelWriter("babble", model=endless, time_limit_s=1.0).write(letter)
    assert wording.paragraphs == TemplateWriter().write(letter).paragraphs
    assert wording.failed[-1] == "model_unavailable:TimeoutError"
    assert wording.seconds < PATIENCE_S


def test_a_model_that_takes_long_to_load_costs_the_letter_no_more_than_its_time(tmp_path: Path) -> None:
    letter, may_load = make_facts(), threading.Event()
    model = LocalModel(str(random_model(tmp_path, "llama", "chatml")), max_new_tokens=2)
    load = model._load
    model._load = lambda: (may_load.wait(PATIENCE_S), load())  # type: ignore[method-assign, assignment, return-value]
    wording = ModelWriter("slow", model=model, time_limit_s=0.2).write(letter)
    assert wording.failed == ("model_unavailable:TimeoutError",)
    may_load.set()
    assert model.answer("Guten Tag").tokens == 2


@pytest.mark.parametrize(
    ("device", "saved", "cpu_has_bfloat16", "dtype"),
    [
        ("cuda", "torch.float32", False, "bfloat16"),
        ("cuda:1", "torch.bfloat16", True, "bfloat16"),
        ("cpu", "torch.bfloat16", False, "float32"),
        ("cpu", "torch.float16", False, "float32"),
        ("cpu", "torch.bfloat16", True, "bfloat16"),
        ("cpu", "torch.float16", True, "bfloat16"),
        ("cpu", "torch.float32", True, "float32"),
        ("cpu", "None", True, "float32"),
    ],
)
def test_the_device_says_in_which_numbers_a_model_calculates(
    device: str, saved: str, cpu_has_bfloat16: bool, dtype: str
) -> None:
    assert dtype_for(device, saved, cpu_has_bfloat16=cpu_has_bfloat16) == dtype


def test_a_model_saved_in_half_precision_is_never_run_in_float16_on_a_cpu(tmp_path: Path) -> None:
    model = LocalModel(str(random_model(tmp_path, "llama", "chatml", dtype="float16")), max_new_tokens=2, device="cpu")
    model.answer("x")
    assert str(model._model.dtype) in ("torch.float32", "torch.bfloat16")


def test_a_repositorys_own_code_is_not_run(tmp_path: Path) -> None:
    folder = random_model(tmp_path / "model", "llama", "chatml")
    mark = tmp_path / "was-run"
    (folder / "modeling_own.py").write_text(f"from pathlib import Path\nPath({str(mark)!r}).touch()\n", "utf-8")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config |= {
        "model_type": "own",
        "auto_map": {"AutoConfig": "modeling_own.Own", "AutoModelForCausalLM": "modeling_own.Own"},
    }
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(ModelUnavailable):
        LocalModel(str(folder)).answer("x")
    assert not mark.exists()


@pytest.mark.parametrize("name", ["/no/such/folder", "nobody/no-such-model", "a/b/c", ""])
def test_a_model_that_is_not_there_is_told_before_a_letter_needs_it(name: str) -> None:
    with pytest.raises(ModelUnavailable):
        LocalModel(name).check()


def test_a_folder_without_weights_is_told_too(tmp_path: Path) -> None:
    folder = random_model(tmp_path, "llama", "chatml")
    assert LocalModel(str(folder)).check().startswith(f"{folder}, local-")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelUnavailable, match="safetensors"):
        LocalModel(str(folder)).check()


def cached(home: Path, repository: str) -> None:
    """Puts a random model where a download would have put it, at one commit."""
    place = home / "hub" / f"models--{repository.replace('/', '--')}"
    random_model(place / "snapshots" / COMMIT, "llama", "chatml")
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(COMMIT)


def run_apart(code: str, **environment: str) -> list[str]:
    """The lines that this code prints in a process of its own, as the library reads its environment once."""
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return run.stdout.splitlines()


def test_a_cached_model_is_used_with_its_commit_and_nobody_on_the_network_is_asked(tmp_path: Path) -> None:
    cached(tmp_path, "insurer/words")
    code = """
from letters.language_model import ModelUnavailable
from letters.local_model import LocalModel
model = LocalModel("insurer/words", max_new_tokens=2)
print(model.check())
print(model.answer("Guten Tag").tokens, model.revision)
other = LocalModel("insurer/words", revision="f" * 40)
for ask in (other.check, lambda: other.answer("x")):
    try:
        ask()
    except ModelUnavailable as error:
        print(error.details["kind"])
"""
    with chat_server(answers(b"{}", 500)) as desk:
        lines = run_apart(code, HF_HOME=str(tmp_path), HF_ENDPOINT=desk.url.removesuffix("/v1"))
    assert lines[:2] == [f"insurer/words, revision {COMMIT}", f"2 {COMMIT}"]
    assert len(lines) == 4
    assert desk.asked == []
