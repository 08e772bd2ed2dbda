"""A language model on this machine, by transformers: offline, safetensors only, greedy, waiting prompts in batches."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from letters.batching import Batches
from letters.language_model import MAX_NEW_TOKENS, TIME_LIMIT_S, Generated, ModelUnavailable

MAX_BATCH = 16
#: Enough of a weight file to tell two apart without reading gigabytes.
_FINGERPRINT_BYTES = 1 << 20


class LocalModel:
    """Weights and tokenizer, loaded with the first prompt and kept. Safe to share between threads.

    `name_or_path`: a folder, or a repository's name that is in the local cache already: nothing is downloaded, and no
    code of the model's is run. `stop`: tokens that end a turn, where the repository does not say so itself. The dtype
    is chosen by device (`dtype_for`) unless it is given. With float32 a prompt's answer is the same in any batch;
    with bfloat16 two words that are about equally likely may change places.
    """

    def __init__(
        self,
        name_or_path: str,
        *,
        revision: str | None = None,
        device: str | None = None,
        dtype: str | None = None,
        stop: Sequence[str] = (),
        max_new_tokens: int = MAX_NEW_TOKENS,
        max_batch: int = MAX_BATCH,
    ) -> None:
        self._name = name_or_path
        self._wanted_revision = revision
        self._wanted_device = device
        self._wanted_dtype = dtype
        self._stop = stop
        self._max_new_tokens = max_new_tokens
        self._batches = Batches(self._generate, most=max_batch)
        self._tokenizer: Any = None
        self._model: Any = None
        self._ends: frozenset[int] = frozenset()
        self._revision = revision

    @property
    def revision(self) -> str | None:
        """The cache's commit, else the folder's fingerprint; before the first answer, the one that was asked for."""
        return self._revision

    def answer(self, prompt: str, *, timeout_s: float = TIME_LIMIT_S) -> Generated:
        """Greedy text for this prompt. Raises `ModelUnavailable`."""
        try:
            return self._batches.answer(prompt, timeout_s)
        except Exception as error:
            raise ModelUnavailable(kind=type(error).__name__) from error

    def check(self) -> str:
        """Looks for the files; loads nothing. Raises `ModelUnavailable`."""
        if Path(self._name).is_dir():
            if not (Path(self._name, "config.json").is_file() and any(Path(self._name).glob("*.safetensors"))):
                raise ModelUnavailable("The folder has no config.json with *.safetensors.", kind="OSError")
            return f"{self._name}, {_fingerprint(Path(self._name))}"
        try:
            commit = _cached_commit(self._name, self._wanted_revision)
        except ImportError as error:
            raise ModelUnavailable("Install pulse-claims[models].", kind="ImportError") from error
        except ValueError as error:
            raise ModelUnavailable(f"{self._name} is neither a folder nor a repository.", kind="ValueError") from error
        if commit is None:
            raise ModelUnavailable(f"{self._name} is not in the local cache: hf download {self._name}", kind="OSError")
        return f"{self._name}, revision {commit}"

    def _load(self) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read once, at the first import: nobody is asked for anything
        import torch  # noqa: PLC0415 - seconds to import
        from transformers import AutoConfig, AutoTokenizer, GenerationConfig  # noqa: PLC0415
        from transformers.utils import logging  # noqa: PLC0415

        logging.disable_progress_bar()
        logging.set_verbosity_error()  # which kernels it would like to have is nothing for our logs

        device = self._wanted_device or ("cuda" if torch.cuda.is_available() else "cpu")
        common = {"revision": self._wanted_revision, "local_files_only": True, "trust_remote_code": False}
        config = AutoConfig.from_pretrained(self._name, **common)
        tokenizer = AutoTokenizer.from_pretrained(self._name, padding_side="left", **common)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        saved = getattr(config, "dtype", None) or getattr(config.get_text_config(), "dtype", None)
        dtype = self._wanted_dtype or dtype_for(device, str(saved), cpu_has_bfloat16=_cpu_has_bfloat16())
        model = _weights(self._name, dtype=getattr(torch, dtype), use_safetensors=True, **common)
        self._ends = _ends(model.generation_config, tokenizer, self._stop)
        # Ours alone: a repository's sampling settings would otherwise fill in what we leave open.
        model.generation_config = GenerationConfig(
            do_sample=False,
            num_beams=1,
            max_new_tokens=self._max_new_tokens,
            eos_token_id=sorted(self._ends),
            pad_token_id=tokenizer.pad_token_id,
        )
        self._revision = _fingerprint(Path(self._name)) or _cached_commit(self._name, self._wanted_revision)
        self._tokenizer, self._model = tokenizer, model.to(device).eval()

    def _generate(self, prompts: Sequence[str], until: float) -> list[Generated]:
        if self._model is None:
            self._load()
        import torch  # noqa: PLC0415 - loaded by now

        inputs = self._inputs(prompts).to(self._model.device)
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        with torch.inference_mode():
            rows = self._model.generate(input_ids=ids, attention_mask=mask, max_time=left_s)
        asked = mask.sum(dim=1).tolist()
        return [self._cut(row, length) for row, length in zip(rows[:, ids.shape[1] :].tolist(), asked, strict=True)]

    def _cut(self, row: list[int], prompt_tokens: int) -> Generated:
        """Each row up to its own end: what follows is padding, for as long as the others took."""
        end = next((place for place, token in enumerate(row) if token in self._ends), None)
        own = row if end is None else row[: end + 1]
        text = self._tokenizer.decode(own, skip_special_tokens=True)
        return Generated(text, len(own), end is not None, prompt_tokens)

    def _inputs(self, prompts: Sequence[str]) -> Any:
        """By the model's chat template; a tokenizer without one gets the prompts as plain text to be continued."""
        padding = len(prompts) > 1
        if getattr(self._tokenizer, "chat_template", None) is None:
            return self._tokenizer([f"{prompt}\n\n" for prompt in prompts], return_tensors="pt", padding=padding)
        return self._tokenizer.apply_chat_template(
            [[{"role": "user", "content": prompt}] for prompt in prompts],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            padding=padding,
            enable_thinking=False,
        )


def dtype_for(device: str, saved: str, *, cpu_has_bfloat16: bool) -> str:
    """In which numbers a model calculates: on a GPU bfloat16. On a CPU float32, as half precision is emulated there and
    an order of magnitude slower; but a model `saved` in half precision stays bfloat16 where the CPU has that itself."""
    if device != "cpu":
        return "bfloat16"
    return "bfloat16" if cpu_has_bfloat16 and saved.endswith(("bfloat16", "float16")) else "float32"


def _cpu_has_bfloat16() -> bool:
    """By AMX or AVX512-BF16 (x86), or by Arm's bf16 instructions."""
    import torch  # noqa: PLC0415 - loaded by now

    has = torch.cpu.get_capabilities()
    return any(has.get(name) for name in ("amx_bf16", "avx512_bf16", "arm_bf16", "bf16"))


def _weights(name: str, **options: Any) -> Any:
    """The model; those that also see pictures are filed under another class."""
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText  # noqa: PLC0415 - loaded by now

    try:
        return AutoModelForCausalLM.from_pretrained(name, **options)
    except ValueError as error:
        if "Unrecognized configuration class" not in str(error):
            raise
        return AutoModelForImageTextToText.from_pretrained(name, **options)


def _ends(generation: Any, tokenizer: Any, stop: Sequence[str]) -> frozenset[int]:
    """The tokens that end an answer: the repository's, and those of `stop` that its tokenizer knows."""
    own = generation.eos_token_id
    ids = [own] if isinstance(own, int) else list(own or ())
    known = tokenizer.get_vocab()
    return frozenset((*ids, tokenizer.eos_token_id, *(known.get(token) for token in stop))) - {None}


def _cached_commit(repository: str, revision: str | None) -> str | None:
    """The commit of this revision (default: the branch `main`) in the local cache, if it is there."""
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 - an extra

    found = try_to_load_from_cache(repository, "config.json", revision=revision)
    return Path(found).parent.name if isinstance(found, str) else None


def _fingerprint(folder: Path) -> str | None:
    """`local-` and twelve hex digits over the names, sizes and beginnings of the weight files and the configuration."""
    if not folder.is_dir():
        return None
    digest = hashlib.sha256()
    for file in sorted((*folder.glob("*.safetensors"), folder / "config.json")):
        digest.update(f"{file.name}:{file.stat().st_size}:".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(_FINGERPRINT_BYTES))
    return f"local-{digest.hexdigest()[:12]}"
