from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from office import TestOffice, fill_registers, open_office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestOffice]:
    """An office with filled registers and an engine that remembers."""
    for opened in open_office(tmp_path):
        fill_registers(opened.database)
        yield opened
