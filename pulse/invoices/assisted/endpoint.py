"""A language model behind an OpenAI-compatible endpoint: vLLM, `transformers serve`, or a provider's."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
import urllib3

from pulse.invoices.assisted.model import Message, ModelFailed

MAX_ANSWER_BYTES, MAX_TOKENS = 1024 * 1024, 4096


@dataclass(frozen=True)
class EndpointModel:
    """`POST {url}/chat/completions`, greedy. One try: a document that waits is read again by itself or by a person."""

    url: str
    name: str
    key: str | None = field(default=None, repr=False)
    timeout_s: float = 60.0

    def complete(self, messages: Sequence[Message]) -> str:
        """The first choice's text. Raises `ModelFailed`: no connection, no 200, too long, or no such JSON."""
        body = {"model": self.name, "messages": list(messages), "temperature": 0, "max_tokens": MAX_TOKENS}
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        try:
            with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=self.timeout_s)) as pool:
                answer = pool.request(
                    "POST",
                    f"{self.url.rstrip('/')}/chat/completions",
                    body=orjson.dumps(body),
                    headers=headers,
                    preload_content=False,
                    redirect=False,
                )
                data = _read(answer, until=time.monotonic() + self.timeout_s)
        except urllib3.exceptions.HTTPError as error:
            raise ModelFailed(kind=type(error).__name__) from error
        if answer.status != 200 or len(data) > MAX_ANSWER_BYTES:
            raise ModelFailed(status=answer.status)
        try:
            text = orjson.loads(data)["choices"][0]["message"]["content"]
        except (ValueError, LookupError, TypeError) as error:
            raise ModelFailed("The language model's endpoint answered something else.") from error
        if not isinstance(text, str):
            raise ModelFailed("The language model's endpoint answered something else.")
        return text


def _read(answer: urllib3.BaseHTTPResponse, *, until: float) -> bytes:
    """The body, no longer than allowed and no later than `until`: an endpoint may drip."""
    data = b""
    try:
        for piece in answer.stream(1 << 16):
            data += piece
            if len(data) > MAX_ANSWER_BYTES:
                break
            if time.monotonic() > until:
                raise ModelFailed("The language model's endpoint was too slow.")
    finally:
        answer.close()
    return data
