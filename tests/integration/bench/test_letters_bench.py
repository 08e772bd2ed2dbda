from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("transformers", reason="the extra `models` is not installed")

ROOT = Path(__file__).resolve().parents[3]


def test_a_batch_words_more_letters_a_second_than_one_by_one() -> None:
    command = [sys.executable, "bench/letters.py", "--json", "--rounds", "1", "--new-tokens", "12"]
    alone = {**os.environ, "OMP_NUM_THREADS": "1"}  # threads of two busy cores wait for each other
    run = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, check=True, timeout=170)

    figures = json.loads(run.stdout.splitlines()[-1])
    assert figures["parameters_millions"] >= 25
    assert (figures["dtype"], figures["new_tokens"]) == ("bfloat16", 12)
    assert figures["prompt_tokens"] > 100
    assert figures["batch16_to_batch1"] > 1
