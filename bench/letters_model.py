"""Letters a second by a language model on this machine: one by one, and as many as wait in one call.

A Llama with random weights, made on the spot in bfloat16, that never ends by itself: each letter takes the same number
of new tokens. Its tokenizer cuts our prompts into about as many pieces as others do. As many threads as the batch is
large ask at once, as a worker's do, through `LocalModel`; sizes go in turns.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from letter_samples import all_facts
from random_models import random_model

from letters.local_model import LocalModel
from letters.model_writer import WORDED_BY_MODEL
from letters.prompt import prompt

BATCHES = (1, 4, 16)
_COMMON = {"vocab_size": 16_000, "tie_word_embeddings": True}
#: Some 28 and some 410 million parameters; heads share keys and values, as in the models that the presets name.
SIZES = {
    "small": {
        "hidden_size": 384, "intermediate_size": 1024, "num_hidden_layers": 14,
        "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 64,
    },
    "large": {
        "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 26,
        "num_attention_heads": 16, "num_key_value_heads": 4, "head_dim": 64,
    },
}  # fmt: skip


def figures(size: str, *, rounds: int, new_tokens: int, seed: int = 3) -> dict[str, Any]:
    """What `bench/README.md` names; a first round, which also loads, does not count."""
    prompts = [prompt(facts) for facts in all_facts() if facts.kind in WORDED_BY_MODEL]
    order = random.Random(seed)
    per_s: dict[int, list[float]] = {batch: [] for batch in BATCHES}
    with tempfile.TemporaryDirectory() as folder:
        random_model(Path(folder), "llama", "chatml", dtype="bfloat16", endless=True, **_COMMON, **SIZES[size])
        model = LocalModel(folder, dtype="bfloat16", max_new_tokens=new_tokens, max_batch=max(BATCHES))
        (first,) = _letters(model, prompts, 1)
        for _ in range(rounds):
            for batch in order.sample(BATCHES, len(BATCHES)):
                started = time.perf_counter()
                answers = _letters(model, prompts, batch)
                per_s[batch].append(batch / (time.perf_counter() - started))
                assert [answer.tokens for answer in answers] == [new_tokens] * batch
        parameters = sum(parameter.numel() for parameter in model._model.parameters())
    found: dict[str, Any] = {
        "parameters_millions": round(parameters / 1e6, 1),
        "dtype": "bfloat16",
        "device": model._model.device.type,
        "prompt_tokens": first.prompt_tokens,
        "new_tokens": new_tokens,
        "rounds": rounds,
    }
    for batch, speeds in per_s.items():
        found[f"batch{batch}_letters_per_s"] = round(statistics.median(speeds), 3)
    for batch in BATCHES[1:]:
        ratios = [many / one for many, one in zip(per_s[batch], per_s[1], strict=True)]
        found[f"batch{batch}_to_batch1"] = round(statistics.median(ratios), 2)
    return found


def _letters(model: LocalModel, prompts: list[str], batch: int) -> list[Any]:
    """As many letters as the batch is large, asked for at once."""
    model._batches._most = batch
    asked = [prompts[number % len(prompts)] for number in range(batch)]
    with ThreadPoolExecutor(batch) as threads:
        return list(threads.map(lambda one: model.answer(one, timeout_s=600), asked))
