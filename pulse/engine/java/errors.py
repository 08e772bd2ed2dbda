"""What keeps a Java engine from running; each message says what its reader can do."""

from __future__ import annotations

from pulse.engine.errors import EngineError


class JavaEngineError(EngineError, code="java_engine"):
    """The Java engine cannot run."""


class ToolMissing(JavaEngineError, code="java_tool_missing"):
    """A program that builds or runs the engine is not installed."""


class BuildFailed(JavaEngineError, code="java_build_failed"):
    """Maven could not build the engine; its last lines are in the message."""


class NotReady(JavaEngineError, code="java_engine_not_ready"):
    """The engine did not answer in time, or not to this login."""


class EngineDied(JavaEngineError, code="java_engine_died"):
    """The engine ended without being asked to; the last lines of its log are in the message."""
