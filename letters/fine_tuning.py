"""Teaches a causal language model our letters: LoRA over its linear layers, merged and saved as safetensors.

Everything local: nothing is downloaded, no code of the model's runs. Needs the extra `models`.
"""

from __future__ import annotations

import os
import random
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from letters import presets
from letters.language_model import ModelUnavailable
from letters.lessons import Lesson

_NO_LOSS = -100


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long and how hard. `rank` of the added matrices; `batch` lessons a step."""

    steps: int = 300
    batch: int = 8
    rank: int = 16
    learning_rate: float = 2e-4
    seed: int = 1


def fine_tune(
    base: str, lessons: Sequence[Lesson], folder: Path, plan: Plan, tell: Callable[[int, float], None] | None = None
) -> Path:
    """Trains `base` (folder, short name, or repository in the local cache) and saves it with its tokenizer.

    `tell` hears each step's number and loss. Raises `ModelUnavailable`, and ValueError without lessons.
    """
    if not lessons:
        raise ValueError("no lessons")
    try:
        return _fine_tuned(base, lessons, folder, plan, tell or (lambda step, loss: None))
    except (ImportError, OSError) as error:
        raise ModelUnavailable(f"{base}: {error}", kind=type(error).__name__) from error


def _fine_tuned(
    base: str, lessons: Sequence[Lesson], folder: Path, plan: Plan, tell: Callable[[int, float], None]
) -> Path:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch  # noqa: PLC0415 - seconds to import
    from peft import LoraConfig, get_peft_model  # noqa: PLC0415
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    logging.disable_progress_bar()
    preset = presets.find(base)
    name, common = (
        preset.repository if preset else base,
        {"local_files_only": True, "trust_remote_code": False, "revision": preset.revision if preset else None},
    )
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(plan.seed)
    tokenizer = AutoTokenizer.from_pretrained(name, **common)
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    model = AutoModelForCausalLM.from_pretrained(name, dtype=dtype, use_safetensors=True, **common).to(device)
    about = LoraConfig(r=plan.rank, lora_alpha=2 * plan.rank, target_modules="all-linear", task_type="CAUSAL_LM")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by an old name
        taught = get_peft_model(model, about)
    ready = [_encoded(tokenizer, lesson) for lesson in lessons]
    learnt = [parameter for parameter in taught.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=plan.learning_rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=plan.learning_rate, total_steps=plan.steps, pct_start=0.1
    )
    chance = random.Random(plan.seed)  # noqa: S311 - which lesson comes next is no secret
    taught.train()
    for step in range(1, plan.steps + 1):
        optimizer.zero_grad()
        batch = chance.sample(ready, min(plan.batch, len(ready)))
        loss = taught(**_tensors(torch, batch, tokenizer.pad_token_id or 0, device)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimizer.step()
        schedule.step()
        tell(step, loss.item())
    merged = taught.merge_and_unload().eval()
    merged.save_pretrained(folder, safe_serialization=True)
    tokenizer.save_pretrained(folder)
    return folder


def _encoded(tokenizer: Any, lesson: Lesson) -> tuple[list[int], list[int]]:
    """The prompt as the model is asked it, and the answer up to the end of the turn."""
    asked = f"{lesson.asked}\n\n"
    if getattr(tokenizer, "chat_template", None) is not None:
        asked = tokenizer.apply_chat_template(
            [{"role": "user", "content": lesson.asked}],
            add_generation_prompt=True,
            tokenize=False,
            enable_thinking=False,
        )
    plain = {"add_special_tokens": False}
    answer = tokenizer(lesson.answer, **plain)["input_ids"]
    return tokenizer(asked, **plain)["input_ids"], [*answer, tokenizer.eos_token_id]


def _tensors(torch: Any, batch: Sequence[tuple[list[int], list[int]]], padding: int, device: str) -> dict[str, Any]:
    """Padded on the right; only answers count for the loss."""
    longest = max(len(asked) + len(answer) for asked, answer in batch)
    rows = [(asked + answer, longest - len(asked) - len(answer), len(asked)) for asked, answer in batch]
    ids = [row + [padding] * rest for row, rest, _ in rows]
    seen = [[1] * len(row) + [0] * rest for row, rest, _ in rows]
    labels = [[_NO_LOSS] * begin + row[begin:] + [_NO_LOSS] * rest for row, rest, begin in rows]
    made = {"input_ids": ids, "attention_mask": seen, "labels": labels}
    return {name: torch.tensor(values, device=device) for name, values in made.items()}
