"""A language model on this machine, by transformers: offline, safetensors only, greedy, one answer at a time."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

from letters.language_model import Generated, ModelUnavailable

MAX_NEW_TOKENS = 320
TIME_LIMIT_S = 120.0
#: Enough of a weight file to tell two apart without reading gigabytes.
_FINGERPRINT_BYTES = 1 << 20


class LocalModel:
    """Weights and tokenizer, loaded with the first prompt and kept. Safe to share between threads.

    Nothing is downloaded and no code of the model's is run. On a GPU bfloat16, on a CPU float32 (half precision is
    emulated there and an order of magnitude slower).
    """

    def __init__(
        self,
        name_or_path: str,
        *,
        revision: str | None = None,
        device: str | None = None,
        max_new_tokens: int = MAX_NEW_TOKENS,
        time_limit_s: float = TIME_LIMIT_S,
    ) -> None:
        self._name = name_or_path
        self._wanted_revision = revision
        self._wanted_device = device
        self._max_new_tokens = max_new_tokens
        self._time_limit_s = time_limit_s
        self._lock = threading.Lock()
        self._tokenizer: Any = None
        self._model: Any = None
        self._revision = revision

    @property
    def revision(self) -> str | None:
        """The one asked for, else the cache's commit, else the folder's fingerprint; None before the first answer."""
        return self._revision

    def answer(self, prompt: str) -> Generated:
        """Greedy text for this prompt. Raises `ModelUnavailable`."""
        with self._lock:
            try:
                if self._model is None:
                    self._load()
                return self._generate(prompt)
            except (ImportError, OSError, RuntimeError, ValueError, MemoryError) as error:
                raise ModelUnavailable(kind=type(error).__name__) from error

    def _load(self) -> None:
        import torch  # noqa: PLC0415 - seconds to import
        from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig  # noqa: PLC0415
        from transformers.utils import logging  # noqa: PLC0415

        logging.disable_progress_bar()

        device = self._wanted_device or ("cuda" if torch.cuda.is_available() else "cpu")
        common = {"revision": self._wanted_revision, "local_files_only": True, "trust_remote_code": False}
        tokenizer = AutoTokenizer.from_pretrained(self._name, **common)
        model = AutoModelForCausalLM.from_pretrained(
            self._name,
            dtype=torch.bfloat16 if device.startswith("cuda") else torch.float32,
            use_safetensors=True,
            **common,
        )
        # Ours alone: a repository's sampling settings would otherwise fill in what we leave open.
        ends = model.generation_config.eos_token_id or tokenizer.eos_token_id
        model.generation_config = GenerationConfig(
            do_sample=False,
            num_beams=1,
            max_new_tokens=self._max_new_tokens,
            max_time=self._time_limit_s,
            eos_token_id=ends,
            pad_token_id=tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id,
        )
        commit = getattr(model.config, "_commit_hash", None)
        self._revision = self._wanted_revision or commit or _fingerprint(Path(self._name))
        self._tokenizer, self._model = tokenizer, model.to(device).eval()

    def _generate(self, prompt: str) -> Generated:
        import torch  # noqa: PLC0415 - loaded by now

        inputs = self._inputs(prompt).to(self._model.device)
        with torch.inference_mode():
            sequence = self._model.generate(**inputs)[0]
        new = sequence[inputs["input_ids"].shape[1] :].tolist()
        ends = self._model.generation_config.eos_token_id
        finished = bool(new) and new[-1] in (ends if isinstance(ends, list) else [ends])
        return Generated(self._tokenizer.decode(new, skip_special_tokens=True), len(new), finished)

    def _inputs(self, prompt: str) -> Any:
        """By the model's chat template; a tokenizer without one gets the prompt as plain text to be continued."""
        if getattr(self._tokenizer, "chat_template", None) is None:
            return self._tokenizer(f"{prompt}\n\n", return_tensors="pt", return_token_type_ids=False)
        return self._tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            enable_thinking=False,
        )


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
