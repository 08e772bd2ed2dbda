"""Deployment sends all models together, as they lie in the packages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pulse.claims.deploy import deploy, models
from pulse.engine.client import EngineClient
from pulse.engine.client.records import Deployment

ROOT = Path(__file__).resolve().parents[3]


class RecordingEngine:
    """Keeps what was deployed."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Mapping[str, bytes], dict[str, Any]]] = []

    def deploy(self, name: str, files: Mapping[str, bytes], **options: Any) -> Deployment:
        self.calls.append((name, files, options))
        return Deployment(id="d1", definitions=())


def test_every_model_and_form_is_deployed_by_its_file_name() -> None:
    on_disk = [path for folder in ("bpmn", "dmn") for path in (ROOT / folder).rglob("*")]
    expected = {path.name: path.read_bytes() for path in on_disk if path.suffix in {".bpmn", ".dmn", ".form"}}
    assert models() == expected
    assert {"medication_invoice.bpmn", "medication_risk.dmn", "decision.form"} <= set(expected)


def test_all_files_go_as_one_deployment_because_forms_are_bound_to_it() -> None:
    engine = RecordingEngine()
    assert deploy(cast("EngineClient", engine)) == "d1"
    ((name, files, options),) = engine.calls
    assert (name, files) == ("pulse", models())
    assert options["together"] is True
