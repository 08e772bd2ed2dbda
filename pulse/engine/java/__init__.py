"""Operaton and Camunda 7 as processes beside us: built once from `deploy/engines`, started, watched, stopped."""

from __future__ import annotations

from pulse.engine.java.build import KINDS, Build, Kind, build
from pulse.engine.java.database import Database
from pulse.engine.java.errors import BuildFailed, EngineDied, JavaEngineError, NotReady, ToolMissing
from pulse.engine.java.process import JavaEngine

__all__ = [
    "KINDS",
    "Build",
    "BuildFailed",
    "Database",
    "EngineDied",
    "JavaEngine",
    "JavaEngineError",
    "Kind",
    "NotReady",
    "ToolMissing",
    "build",
]
