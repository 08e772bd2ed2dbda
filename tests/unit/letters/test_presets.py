"""Models by short names, and how a prompt stands in their chats; without any weights."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from letter_samples import make_facts

from letters import presets
from letters.occasions import Kind
from letters.prompt import prompt

pytest.importorskip("transformers", reason="the extra `models` is not installed")

ROOT = Path(__file__).resolve().parents[3]
FAMILIES = sorted({preset.family for preset in presets.presets()})
#: What each family's chat looks like around the prompt (`…`), thinking turned off.
CHATS = {
    "apertus": "<bos><|system_start|>You are Apertus, a helpful assistant created by the SwissAI initiative."
    "<|system_end|><|developer_start|>Deliberation: disabled\nTool Capabilities: disabled<|developer_end|>"
    "<|user_start|>…<|user_end|><|assistant_start|>",
    "chatml": "<|im_start|>user\n…<|im_end|>\n<|im_start|>assistant\n",
    "qwen": "<|im_start|>user\n…<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
    "mistral": "<bos>[INST]…[/INST]",
    "zephyr": "<|user|>\n…</s>\n<|assistant|>\n",
    "gemma": "<bos><|turn>user\n…<turn|>\n<|turn>model\n<|channel>thought\n<channel|>",
}


def test_the_models_that_users_ask_for_are_known() -> None:
    known = {preset.repository for preset in presets.presets()}
    assert "HuggingFaceH4/zephyr-7b-beta" in known
    for maker in ("swiss-ai/Apertus-", "Qwen/", "mistralai/Ministral-", "utter-project/EuroLLM-", "google/gemma-"):
        assert any(repository.startswith(maker) for repository in known), maker


def test_a_preset_is_found_by_its_short_name_and_by_its_repository() -> None:
    preset = presets.find("apertus-1.5b")
    assert preset is not None
    assert preset.repository == "swiss-ai/Apertus-v1.1-1.5B-Instruct"
    assert presets.find(preset.repository) is preset
    assert presets.find("apertus") is None


def test_the_page_on_models_has_them_all() -> None:
    page = (ROOT / "docs" / "how-to" / "word-letters-with-a-model.md").read_text(encoding="utf-8")
    for preset in presets.presets():
        gated = ", gated" if preset.gated else ""
        row = f"| `{preset.name}` | `{preset.repository}`{gated} | {preset.licence} | {preset.memory_gib} |"
        assert row in page


def test_names_are_unique_and_licences_allow_commercial_use() -> None:
    names = [name for preset in presets.presets() for name in (preset.name, preset.repository)]
    assert len(names) == len(set(names))
    assert {preset.licence for preset in presets.presets()} <= {"Apache-2.0", "MIT"}


def test_a_revision_is_a_full_commit_or_none() -> None:
    """A branch or a short commit would not pin anything."""
    values = presets.presets()[0].model_dump()
    presets.Preset(**values | {"revision": "0" * 40})
    for loose in ("main", "0f1e2d3", "v1.0"):
        with pytest.raises(ValueError, match="revision"):
            presets.Preset(**values | {"revision": loose})


@pytest.mark.parametrize("family", FAMILIES)
def test_a_prompt_stands_once_in_the_chat_and_the_answer_begins_at_its_end(family: str) -> None:
    from random_models import tokenizer_of

    asked = prompt(make_facts(Kind.DENIED))
    chat = tokenizer_of(family).apply_chat_template(
        [{"role": "user", "content": asked}], tokenize=False, add_generation_prompt=True, enable_thinking=False
    )
    assert chat == CHATS[family].replace("…", asked)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_with_a_switch_for_thinking_has_it_in_its_template_and_no_other(family: str) -> None:
    from random_models import tokenizer_of

    tokenizer, chat = tokenizer_of(family), [{"role": "user", "content": "x"}]
    on, off = (
        tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True, enable_thinking=thinking)
        for thinking in (True, False)
    )
    preset = next(preset for preset in presets.presets() if preset.family == family)
    assert (on != off) is preset.thinking


@pytest.mark.parametrize("family", FAMILIES)
def test_a_turn_of_this_family_ends_with_one_of_its_stop_tokens(family: str) -> None:
    from random_models import tokenizer_of

    tokenizer = tokenizer_of(family)
    preset = next(preset for preset in presets.presets() if preset.family == family)
    turns = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "Guten Tag"}]
    chat = tokenizer.apply_chat_template(turns, tokenize=False)
    after = re.split("Guten Tag", chat)[1].strip()
    assert after in preset.stop
    assert all(tokenizer.convert_tokens_to_ids(token) != tokenizer.unk_token_id for token in preset.stop)
