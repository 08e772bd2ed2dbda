"""Very small language models for tests: one that has learnt our letters by heart, one that has learnt nothing.

Both are real: a Llama with its own tokenizer and chat template, saved as safetensors, loaded like any other.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from letters.amounts import PositionFact
from letters.facts import Address, Facts, Insurer
from letters.occasions import Kind, Recipient
from letters.placeholders import with_tokens
from letters.prompt import prompt
from letters.texts import default_texts, letters_that_exist
from pulse.base.reasons import Reason

_CHAT = "{{ bos_token }}{{ messages[0]['content'] }}{% if add_generation_prompt %}\n<answer>{% endif %}"
_SPECIAL = ["<pad>", "<bos>", "<eos>", "<unk>", "<answer>"]
_WORDED = (Kind.APPROVED, Kind.PARTLY_APPROVED, Kind.DENIED, Kind.RETURNED)
_REASONS = tuple(reason for reason in Reason if reason[:2] not in ("P7", "P9"))
_INSURER = Insurer(name="-", street="-", zip="-", city="-", phone="-", email="-")
_MOST_STEPS = 240
_BATCH = 8


@dataclass(frozen=True)
class _Lesson:
    """A prompt as token ids, and the answer to learn."""

    asked: list[int]
    answer: list[int]


def right_answer(facts: Facts) -> str:
    """Our own paragraphs."""
    return "\n\n".join(with_tokens(facts, default_texts()))


def train_tiny_model(
    folder: Path, *, seed: int = 7, steps: int = _MOST_STEPS, answer: Callable[[Facts], str] = right_answer
) -> Path:
    """Trains and saves a model whose greedy answers are our own paragraphs. Deterministic; half a minute on a CPU."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # no slower at this size, the same sums on every machine, and a core left for others
    torch.manual_seed(seed)
    chance = random.Random(seed)
    tokenizer = _tokenizer()
    model = _llama(len(tokenizer))
    held_out = [_lesson(tokenizer, facts, answer(facts)) for facts in lesson_cases(random.Random(seed + 1), rounds=3)]
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=5e-3, total_steps=steps, pct_start=0.08)
    rounds = (lesson_cases(chance, rounds=1) for _ in iter(int, 1))
    stream = (_lesson(tokenizer, facts, answer(facts)) for one in rounds for facts in one)
    model.train()
    for step in range(1, steps + 1):
        optimizer.zero_grad()
        loss = _loss(model, [next(stream) for _ in range(_BATCH)])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 15 == 0 and loss.item() < 0.02 and _knows(model, held_out):
            break
    torch.set_num_threads(threads)
    return _save(model, tokenizer, folder)


def untrained_tiny_model(folder: Path, *, seed: int = 7) -> Path:
    """The same model before its first lesson: it babbles."""
    torch.manual_seed(seed)
    tokenizer = _tokenizer()
    return _save(_llama(len(tokenizer)), tokenizer, folder)


def lesson_cases(chance: random.Random, *, rounds: int) -> Iterator[Facts]:
    """Every letter that a model words, in both languages, with ever other reasons."""
    pairs = [(k, r, lang) for k, r in letters_that_exist() if k in _WORDED for lang in ("de", "en")]
    for _ in range(rounds):
        chance.shuffle(pairs)
        for kind, recipient, language in pairs:
            yield _case(chance, kind, recipient, language)


def _case(chance: random.Random, kind: Kind, recipient: Recipient, language: Any) -> Facts:
    paid = {Kind.APPROVED: Decimal(10), Kind.PARTLY_APPROVED: Decimal(4)}.get(kind)
    return Facts(
        kind=kind,
        recipient=recipient,
        language=language,
        case_id=1,
        letter_date=dt.date(2026, 6, 16),
        insurer=_INSURER,
        addressee=Address(name="-"),
        invoice_number="1",
        invoice_date=dt.date(2026, 6, 16),
        biller_name="-",
        billed_total=Decimal(10),
        approved_total=paid,
        payee="client" if paid else None,
        reasons=() if kind is Kind.APPROVED else tuple(chance.sample(_REASONS, chance.randint(1, 3))),
        positions=(PositionFact(line=1),),
    )


def _sentences() -> Iterator[str]:
    for facts in lesson_cases(random.Random(0), rounds=60):
        yield f"{prompt(facts)}\n" + "\n\n".join(with_tokens(facts, default_texts()))


def _tokenizer() -> PreTrainedTokenizerFast:
    """Whole words with the blank before them: our own sentences need few of them."""
    pieces = Regex(r"\[\[[A-Z_]+\]\]|\n|\s?[\w'’-]+|\s?[^\w\s]")
    splitter = pre_tokenizers.Split(pieces, behavior="isolated")
    words = sorted({piece for text in _sentences() for piece, _ in splitter.pre_tokenize_str(text)})
    vocabulary = {word: number for number, word in enumerate([*_SPECIAL, *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = splitter
    tokenizer.decoder = decoders.Fuse()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        additional_special_tokens=["<answer>"],
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = _CHAT
    return fast


def _llama(words: int) -> LlamaForCausalLM:
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=words,
            hidden_size=96,
            intermediate_size=192,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=1024,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
            tie_word_embeddings=True,
        )
    )


def _lesson(tokenizer: PreTrainedTokenizerFast, facts: Facts, answer: str) -> _Lesson:
    messages = [{"role": "user", "content": prompt(facts)}]
    asked = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    encode = {"add_special_tokens": False}
    return _Lesson(tokenizer(asked, **encode)["input_ids"], [*tokenizer(answer, **encode)["input_ids"], 2])


def _loss(model: LlamaForCausalLM, lessons: list[_Lesson]) -> torch.Tensor:
    longest = max(len(lesson.asked) + len(lesson.answer) for lesson in lessons)
    ids = torch.zeros(len(lessons), longest, dtype=torch.long)
    labels = torch.full((len(lessons), longest), -100, dtype=torch.long)
    for row, lesson in enumerate(lessons):
        whole = [*lesson.asked, *lesson.answer]
        ids[row, : len(whole)] = torch.tensor(whole)
        labels[row, len(lesson.asked) : len(whole)] = torch.tensor(lesson.answer)
    loss: torch.Tensor = model(input_ids=ids, attention_mask=(ids != 0).long(), labels=labels).loss
    return loss


def _knows(model: LlamaForCausalLM, lessons: list[_Lesson]) -> bool:
    """Whether the likeliest next word is right at every place of every answer: then greedy text is right too."""
    model.eval()
    right = True
    with torch.inference_mode():
        for lesson in lessons:
            whole = torch.tensor([[*lesson.asked, *lesson.answer]])
            guesses = model(input_ids=whole).logits[0, len(lesson.asked) - 1 : -1].argmax(dim=-1)
            right = right and guesses.tolist() == lesson.answer
    model.train()
    return right


def _save(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> Path:
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
