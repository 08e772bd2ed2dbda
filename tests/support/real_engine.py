"""Operaton and Camunda 7 in tests: built once into `var/engines`, one running server of each kind a session.

Tests that use one carry `pytest.mark.xdist_group("operaton")`: on one worker, a run has one server of each kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pulse.engine.java import Build, Database, JavaEngine, Kind, build

BUILDS = Path(__file__).resolve().parents[2] / "var" / "engines"

#: Starts with half the work that Java's own choice takes: compiles quickly rather than well.
JAVA_OPTIONS = ("-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def built(kind: Kind, need: Callable[[str], str]) -> Build:
    """The engine, ready to be started; `need` skips the test where Java or Maven is absent."""
    for program in ("java", "javac", "mvn"):
        need(program)
    return build(kind, BUILDS)


@contextmanager
def java_engine(
    kind: Kind, need: Callable[[str], str], folder: Path, *, postgresql: str | None = None, **options: Any
) -> Iterator[JavaEngine]:
    """An engine of the test's own: empty and in memory, or on a PostgreSQL; `options` are those of `JavaEngine`."""
    database = Database.postgresql(postgresql) if postgresql else None
    options = {"log": folder / f"{kind}.log", "java_options": JAVA_OPTIONS, "database": database, **options}
    with JavaEngine(built(kind, need), **options) as engine:
        yield engine


@pytest.fixture(scope="session")
def operaton(need: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[JavaEngine]:
    """The session's Operaton, with login: `url`, `user`, `password`, `webapp_url`. Leave it as empty as it was."""
    with java_engine("operaton", need, tmp_path_factory.mktemp("operaton")) as engine:
        yield engine


@pytest.fixture(scope="session")
def camunda(need: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[JavaEngine]:
    """The session's Camunda 7, like `operaton`; for proofs at full size."""
    with java_engine("camunda", need, tmp_path_factory.mktemp("camunda")) as engine:
        yield engine


@pytest.fixture(scope="session")
def bare_operaton(need: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[JavaEngine]:
    """An Operaton without Spin and with the serialization format of its starter, like `operaton`."""
    folder = tmp_path_factory.mktemp("bare_operaton")
    as_in_java = "application/x-java-serialized-object"
    with java_engine("operaton", need, folder, spin=False, serialization_format=as_in_java) as engine:
        yield engine
