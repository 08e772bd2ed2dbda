"""Puts the process, its forms and its risk tables on the engine."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

import structlog

from pulse.base.errors import InvalidInput
from pulse.claims.assess_risk import DECISION
from pulse.claims.risk_rows import outputs_of
from pulse.engine.client import EngineClient

log = structlog.get_logger(__name__)

DEPLOYMENT_NAME = "pulse"
_FOLDERS = ("bpmn", "dmn")
_SUFFIXES = (".bpmn", ".form", ".dmn")
_RISK_TABLE = "medication_risk.dmn"
#: What the worker reads of a risk table's answer.
_OUTPUTS = frozenset({"rule", "level", "reason"})


class NoRiskTable(InvalidInput):
    """This file is no risk table: it needs a decision medication_risk with the outputs rule, level and reason."""

    code = "no_risk_table"


def models() -> dict[str, bytes]:
    """All models and forms by file name, in name order, as they lie in the packages `bpmn` and `dmn`."""
    found = {item.name: item.read_bytes() for folder in _FOLDERS for item in _walk(files(folder))}
    return dict(sorted(found.items()))


def deploy(engine: EngineClient, *, risk_table: bytes | None = None) -> str:
    """Deploy all models as one deployment and return its id; `risk_table` is the insurer's own in the place of ours.

    If nothing has changed since the last time, the engine keeps that deployment and its id is returned. If one file
    has changed, all are deployed together, since each user task finds its form in its own deployment only.
    Raises `NoRiskTable` and `pulse.engine.errors.EngineError`.
    """
    files = models()
    if risk_table is not None:
        if not outputs_of(risk_table, DECISION) >= _OUTPUTS:
            raise NoRiskTable
        files[_RISK_TABLE] = risk_table
    deployment = engine.deploy(DEPLOYMENT_NAME, files, source=DEPLOYMENT_NAME, together=True)
    log.info("models deployed", action="deploy", deployment=deployment.id, new_definitions=len(deployment.definitions))
    return deployment.id


def _walk(folder: Traversable) -> Iterator[Traversable]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _walk(item)
        elif item.name.endswith(_SUFFIXES):
            yield item
