"""What every test may use: servers are needed by name, the sample folder may be absent, full size is a choice."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

# How long an example takes is the machine's affair.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(__file__).resolve().parent / "support"))

from ports import kept_port  # noqa: E402
from real_engine import bare_operaton, camunda, operaton  # noqa: E402, F401  fixtures for every test that names them

_TEST_SWITCHES = {"PULSE_SHARED", "PULSE_BARS", "PULSE_TEST_ENGINE_URL", "PULSE_TEST_PG"}
#: Where Debian keeps servers that are not on the PATH.
_SERVER_FOLDERS = ("/usr/sbin", "/usr/lib/postgresql/*/bin", "/usr/local/sbin")


def find_program(name: str) -> str | None:
    """The program's path, also where a distribution hides its servers."""
    found = shutil.which(name)
    if found:
        return found
    for folder in _SERVER_FOLDERS:
        for path in sorted(Path("/").glob(f"{folder[1:]}/{name}"), reverse=True):
            return str(path)
    return None


def absent(what: str, why: str) -> None:
    """Skips the test by name; on CI the absence of a thing that can be installed fails the run."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is absent: {why}", pytrace=False)
    pytest.skip(f"{what} is absent: {why}")


@pytest.fixture(scope="session")
def need():
    """`need("dovecot")` gives the program's path or skips the test by name (fails under CI=true)."""

    def look(program: str) -> str:
        path = find_program(program)
        if path is None:
            absent(program, "run scripts/test-services")
        assert path is not None
        return path

    return look


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder of sample files and the engine lab; tests that read it skip where it is absent."""
    folder = Path(os.environ.get("PULSE_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip("the folder of sample files is absent (set PULSE_SHARED)")
    return folder


@pytest.fixture(scope="session")
def full_size() -> bool:
    """Whether bars run whole (`make bars`) or at reduced size."""
    return os.environ.get("PULSE_BARS") == "1"


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port where nobody answers, and where the test may start a server."""
    with kept_port() as port:
        yield port


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the developer's own settings."""
    for key in list(os.environ):
        if key.startswith("PULSE_") and key not in {
            "PULSE_SHARED",
            "PULSE_BARS",
            "PULSE_TEST_ENGINE_URL",
            "PULSE_TEST_PG",
        }:
            monkeypatch.delenv(key)


@pytest.fixture(scope="session", autouse=True)
def loggers_are_not_kept() -> Iterator[None]:
    """A logger that keeps its first set-up for speed would carry one test's into the next."""
    configure = structlog.configure

    def without_keeping(**how: Any) -> None:
        configure(**how | {"cache_logger_on_first_use": False})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", without_keeping)
        yield


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """A test that sets up logging, as the commands do, leaves the next one what it found."""
    root = logging.getLogger()
    handlers, level, structure = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**structure)


@pytest.fixture(scope="session")
def trained_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny language model that has learnt our letters; tests that use it share one worker (group `models`)."""
    from tiny_model import train_tiny_model

    return train_tiny_model(tmp_path_factory.mktemp("trained"))


@pytest.fixture
def untrained_model(tmp_path: Path) -> Path:
    """A tiny language model that has learnt nothing."""
    from tiny_model import untrained_tiny_model

    return untrained_tiny_model(tmp_path / "untrained")
