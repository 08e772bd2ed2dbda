"""The embedded engine and a real one side by side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from contract_pair import Pair

from pulse.engine.embedded.server import EmbeddedServer
from pulse.engine.java import JavaEngine


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, operaton: JavaEngine) -> Iterator[Pair]:
    """Both, as one user; what is deployed is removed at the end."""
    with EmbeddedServer(f"sqlite:///{tmp_path_factory.mktemp('contract')}/engine.db") as server:
        both = Pair(server.url, operaton.url, (operaton.user, operaton.password))
        yield both
        both.close()
