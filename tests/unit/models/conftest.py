"""The models as the engine gets them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import etree

from pulse.claims.deploy import models


@pytest.fixture(scope="session")
def model_files() -> dict[str, bytes]:
    return models()


@pytest.fixture(scope="session")
def process(model_files: dict[str, bytes]) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(model_files["medication_invoice.bpmn"], parser)


@pytest.fixture(scope="session")
def forms(model_files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    """Forms by their id."""
    loaded = [json.loads(data) for name, data in model_files.items() if name.endswith(".form")]
    return {form["id"]: form for form in loaded}
