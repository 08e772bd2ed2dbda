"""Language models that have learnt nothing, of each architecture that our presets name, in any size.

Real all the same: configuration, tokenizer with the family's chat template, weights as safetensors, loaded like any
other. Texts are cut into pieces as our own prompts suggest, so that a prompt has about as many tokens as elsewhere.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import torch
from letter_samples import all_facts
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText, PreTrainedTokenizerFast

from letters import presets
from letters.model_writer import WORDED_BY_MODEL
from letters.prompt import prompt

TEMPLATES = Path(__file__).resolve().parent / "chat_templates"
_PIECES = 2000
_SPECIAL = ("<pad>", "<bos>", "<eos>", "</s>")
_ROLE_MARKS = {
    "apertus": tuple(
        f"<|{role}_{end}|>" for role in ("system", "developer", "user", "assistant") for end in ("start", "end")
    ),
    "chatml": ("<|im_start|>",),
    "qwen": ("<|im_start|>",),
    "mistral": ("[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
    "zephyr": (),
    "gemma": ("<|turn>", "<|think|>", "<|channel>", "<channel|>"),
}
_SMALL = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
}
_PICTURES = {
    "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "head_dim": 8,
    "image_size": 32, "patch_size": 16,
}  # fmt: skip
#: By architecture, what is needed besides to make it small.
_ARCHITECTURES: dict[str, dict[str, Any]] = {
    "llama": {},
    "apertus": {},
    "mistral": {"sliding_window": None},
    "qwen3": {},
    "ministral3": {},
    "mistral3": {"text": "ministral3", "vision_config": {"model_type": "pixtral", **_PICTURES}},
    "qwen3_5": {
        "text": "qwen3_5_text",
        "layer_types": ["linear_attention", "full_attention"],
        "linear_num_key_heads": 2, "linear_num_value_heads": 2, "linear_key_head_dim": 8, "linear_value_head_dim": 8,
        "vision_config": {
            "model_type": "qwen3_5_vision", "depth": 1, "hidden_size": 16, "intermediate_size": 32, "num_heads": 2,
            "out_hidden_size": 32,
        },
    },
    "gemma4_text": {
        "layer_types": ["sliding_attention", "full_attention"], "sliding_window": 64, "num_kv_shared_layers": 0,
        "hidden_size_per_layer_input": 8, "global_head_dim": 8,
    },
}  # fmt: skip
ARCHITECTURES = tuple(_ARCHITECTURES)


def tokenizer_of(family: str) -> PreTrainedTokenizerFast:
    """A tokenizer that knows this family's marks, with its chat template."""
    preset = next(preset for preset in presets.presets() if preset.family == family)
    marks = sorted({*_SPECIAL, *_ROLE_MARKS[family], *preset.stop})
    fast = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(_pieces()),
        bos_token="<bos>",
        eos_token="</s>" if family in ("mistral", "zephyr") else preset.stop[0],
        additional_special_tokens=marks,
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = (TEMPLATES / f"{family}.jinja").read_text(encoding="utf-8").rstrip("\n")
    return fast


def random_model(
    folder: Path, architecture: str, family: str, *, dtype: str = "float32", endless: bool = False, **sizes: int
) -> Path:
    """Saves a model of this architecture that babbles; `sizes` replace the small ones. Deterministic.

    `endless`: it never ends by itself, as the end is always less likely than something else.
    """
    tokenizer = tokenizer_of(family)
    values = {"vocab_size": len(tokenizer), "max_position_embeddings": 2048, **_SMALL, **sizes}
    values |= {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    values |= _ARCHITECTURES[architecture]
    text, pictures = values.pop("text", None), values.pop("vision_config", None)
    if text:
        values = {"text_config": {"model_type": text, **values}, "vision_config": pictures}
    config = AutoConfig.for_model(architecture, **values)
    torch.manual_seed(11)
    maker = AutoModelForImageTextToText if text else AutoModelForCausalLM
    model = maker.from_config(config, dtype=getattr(torch, dtype)).eval()
    if endless:
        with torch.no_grad():
            model.get_output_embeddings().weight[tokenizer.eos_token_id] = 0
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@cache
def _pieces() -> str:
    """Pieces of words by how often they stand side by side in our prompts (byte-level BPE)."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_PIECES, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator([prompt(facts) for facts in all_facts() if facts.kind in WORDED_BY_MODEL], trainer)
    return tokenizer.to_str()
