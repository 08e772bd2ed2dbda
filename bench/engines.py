"""The engines that benchmarks run on, each a process of its own: the stub, the embedded engine, Operaton."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pulse.engine.java import JavaEngine, build

ROOT = Path(__file__).resolve().parents[1]
_SERVE = """
import sys
from pulse.engine.embedded.server import serve
serve(sys.argv[1], "127.0.0.1", 0, lambda url: print(url, flush=True))
"""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """Where an engine answers, and its login."""

    url: str
    auth: tuple[str, str] | None = None


@contextlib.contextmanager
def stub_engine() -> Iterator[Engine]:
    """bench/stub_engine.py."""
    with _process(str(Path(__file__).with_name("stub_engine.py"))) as url:
        yield Engine(url=url)


@contextlib.contextmanager
def embedded_engine() -> Iterator[Engine]:
    """Over a store on disk."""
    with tempfile.TemporaryDirectory() as folder, _process("-c", _SERVE, f"sqlite:///{folder}/engine.db") as url:
        yield Engine(url=url)


@contextlib.contextmanager
def operaton() -> Iterator[Engine]:
    """With H2 in memory and its login off, so that hashing a password counts for nobody; Java and Maven are needed."""
    built = build("operaton", ROOT / "var" / "engines")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "operaton.log"
        with JavaEngine(built, log=log, login=False, java_options=("-Xmx384m",)) as engine:
            yield Engine(url=engine.url)


@contextlib.contextmanager
def _process(*arguments: str) -> Iterator[str]:
    """A Python process; its first line is its URL."""
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
