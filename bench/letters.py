"""Letters: what one costs as PDF beside other writers, and how many a second a language model words."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# A script's own folder comes first: there, `letters` would be this file instead of the package.
sys.path[:] = [str(ROOT), *(folder for folder in sys.path if Path(folder).resolve() != ROOT / "bench")]
sys.path.append(str(ROOT / "tests" / "support"))


def worded(size: str, *, rounds: int, new_tokens: int) -> dict[str, Any]:
    """The figures of the model part."""
    from bench.letters_model import figures  # torch takes seconds to load

    return figures(size, rounds=rounds, new_tokens=new_tokens)


def printed(*, rounds: int) -> dict[str, Any]:
    """The figures of the paper part."""
    from bench.letters_paper import figures

    return figures(rounds=rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object at the end")
    parser.add_argument("--model", choices=("small", "large"), default="small", help="28 or 410 million parameters")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--new-tokens", type=int, default=100, help="length of each letter")
    parser.add_argument("--pdf-rounds", type=int, default=160)
    parser.add_argument("--part", choices=("all", "pdf", "model"), default="all")
    arguments = parser.parse_args()
    found = printed(rounds=arguments.pdf_rounds) if arguments.part != "model" else {}
    if arguments.part != "pdf":
        found |= worded(arguments.model, rounds=arguments.rounds, new_tokens=arguments.new_tokens)
    for key, value in found.items():
        print(f"{key:24} {value}")
    if arguments.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
