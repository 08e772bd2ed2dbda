"""`transformers serve`, for real: the same model behind HTTP words the same letters as in this process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
from letter_samples import make_facts

from letters.endpoint import EndpointModel
from letters.language_model import ModelUnavailable
from letters.local_model import LocalModel
from letters.model_writer import ModelWriter
from letters.occasions import Kind
from letters.prompt import prompt
from letters.writer import TemplateWriter

pytest.importorskip("transformers", reason="the extra `models` is not installed")
for needed in ("accelerate", "fastapi", "openai", "uvicorn"):
    pytest.importorskip(needed, reason="what `transformers serve` needs is not installed")

pytestmark = [pytest.mark.xdist_group("models"), pytest.mark.timeout(240)]
_STARTED_WITHIN_S = 150


@pytest.fixture(scope="module")
def served(trained_model: Path) -> Iterator[str]:
    """The base URL of a server with the trained model alone."""
    arguments = [str(trained_model), "--host", "127.0.0.1", "--port", "0", "--device", "cpu"]
    server = subprocess.Popen(
        [sys.executable, "-m", "transformers.cli.transformers", "serve", *arguments],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: Queue[str | None] = Queue()

    def read() -> None:
        assert server.stdout is not None
        for line in server.stdout:
            said.put(line)
        said.put(None)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        lines: list[str] = []
        while (found := re.search(r"running on (http://\S+)", "".join(lines))) is None:
            line = said.get(timeout=_STARTED_WITHIN_S)
            assert line is not None, "".join(lines)
            lines.append(line)
        yield f"{found[1]}/v1"
    finally:
        server.kill()
        server.wait()
        reader.join()
        if server.stdout:
            server.stdout.close()


def test_a_served_model_words_a_letter_as_the_local_one_does(served: str, trained_model: Path) -> None:
    letter, name = make_facts(Kind.PARTLY_APPROVED), str(trained_model)
    asked = prompt(letter)

    wording = ModelWriter("tiny", model=EndpointModel(served, name)).write(letter)
    assert (wording.worded_by, wording.attempts, wording.failed) == ("model", 1, ())
    assert wording.paragraphs == TemplateWriter().write(letter).paragraphs

    from_afar, at_home = EndpointModel(served, name, thinking=True).answer(asked), LocalModel(name).answer(asked)
    assert from_afar.text == at_home.text
    assert from_afar.finished
    assert (from_afar.prompt_tokens, from_afar.tokens) == (at_home.prompt_tokens, at_home.tokens)

    cut = EndpointModel(served, name, max_new_tokens=5).answer(asked)
    assert (cut.tokens, cut.finished) == (5, False)


def test_a_model_that_is_not_served_leaves_the_letter_to_the_template(served: str) -> None:
    model = EndpointModel(served, "nobody/no-such-model")
    with pytest.raises(ModelUnavailable):
        model.answer("x")
    assert ModelWriter("nobody", model=model).write(make_facts()).fallback_reason == "model_unavailable"
