"""`pulse engine --kind operaton|camunda`, as a newcomer runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from real_engine import BUILDS, JAVA_OPTIONS, built

pytestmark = pytest.mark.timeout(400)
KINDS = ("operaton", "camunda") if os.environ.get("PULSE_BARS") == "1" else ("operaton",)


@pytest.fixture(params=[pytest.param(kind, marks=pytest.mark.xdist_group("operaton")) for kind in KINDS])
def kind(request: pytest.FixtureRequest, need: Callable[[str], str]) -> str:
    built(request.param, need)
    return str(request.param)


def pulse(*arguments: str, folder: Path, **settings: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PULSE_DATA_DIR": str(folder)} | settings
    command = [sys.executable, "-m", "pulse", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


@contextmanager
def engine(kind: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the REST root that it prints."""
    options = " ".join(JAVA_OPTIONS)
    process = pulse("engine", "--kind", kind, "--port", "0", folder=folder, PULSE_ENGINE_JAVA_OPTIONS=options)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, process.communicate()[1]
        yield process, url
    finally:
        process.kill()
        process.communicate()


def engines_left(folder: Path) -> list[str]:
    """Java processes that were started for this data folder."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(folder).encode() in environ.read_bytes():
                name = (environ.parent / "comm").read_text().strip()
                found += [name] if name == "java" else []
        except OSError:
            continue
    return found


def test_its_state_outlives_a_stop_and_nothing_outlives_its_end(tmp_path: Path, kind: str) -> None:
    (tmp_path / "engines").mkdir()
    for folder in BUILDS.glob(f"{kind}-*-*"):
        (tmp_path / "engines" / folder.name).symlink_to(folder)
    with engine(kind, tmp_path) as (process, url):
        assert "version" in requests.get(f"{url}/version", timeout=120).json()  # no login is set, so none is asked for
        tasklist = requests.get(url.replace("/engine-rest", f"/{kind}/"), timeout=120)
        assert tasklist.url.endswith("/app/tasklist/default/")
        assert "Tasklist" in tasklist.text
        deployed = pulse("deploy", folder=tmp_path, PULSE_ENGINE_URL=url)
        assert "Deployed: " in deployed.communicate(timeout=150)[0]
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=150)
        assert process.returncode == 0, told
        assert f"/{kind}/ as demo" in told
        assert engines_left(tmp_path) == []
    with engine(kind, tmp_path) as (process, url):
        (definition,) = requests.get(f"{url}/process-definition?key=medication-invoice", timeout=120).json()
        assert definition["version"] == 1
        process.kill()
        process.wait(60)
        deadline = time.monotonic() + 60
        while engines_left(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert engines_left(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "settings", "told"),
    [
        (["--host", "0.0.0.0"], {}, "listens on 0.0.0.0 wants PULSE_ENGINE_USER"),
        ([], {"PULSE_ENGINE_STORE_URL": "postgresql://db/engine"}, "PostgreSQL wants PULSE_ENGINE_USER"),
        ([], {"PULSE_ENGINE_USER": "ada"}, "PULSE_ENGINE_PASSWORD beside it"),
        (["-D", "engine.version"], {}, "is not NAME=VALUE"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_built(
    tmp_path: Path, arguments: list[str], settings: dict[str, str], told: str
) -> None:
    process = pulse("engine", "--kind", "operaton", *arguments, folder=tmp_path, **settings)
    _, error = process.communicate(timeout=150)
    assert process.returncode == 2
    assert told in " ".join(error.replace("│", " ").split())
    assert not (tmp_path / "engines").exists()


def test_without_java_it_says_what_to_install(tmp_path: Path) -> None:
    process = pulse("engine", "--kind", "camunda", folder=tmp_path, PATH=str(tmp_path))
    _, error = process.communicate(timeout=150)
    assert process.returncode == 1
    assert "`java` is not on the PATH: install a Java 17" in error
