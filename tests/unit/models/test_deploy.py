"""Deployment sends all models together, as they lie in the packages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from pulse.claims.deploy import NoRiskTable, deploy, models
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


def test_an_insurers_own_risk_table_takes_the_place_of_ours() -> None:
    engine, own = RecordingEngine(), models()["medication_risk.dmn"].replace(b"&gt; 1000", b"&gt; 2000")
    deploy(cast("EngineClient", engine), risk_table=own)
    ((_, files, _),) = engine.calls
    assert files == models() | {"medication_risk.dmn": own}


@pytest.mark.parametrize("table", [b"", b"no XML", b"<definitions/>", models()["medication_invoice.bpmn"]])
def test_a_file_that_is_no_risk_table_is_not_deployed(table: bytes) -> None:
    engine = RecordingEngine()
    with pytest.raises(NoRiskTable):
        deploy(cast("EngineClient", engine), risk_table=table)
    assert engine.calls == []
