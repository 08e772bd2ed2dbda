"""Java's unified expression language (JUEL), as BPMN models of the engine use it: `${amount > 500}`."""

from __future__ import annotations

from pulse.engine.embedded.juel.expression import Expression, parse
from pulse.engine.embedded.juel.members import Execution

__all__ = ["Execution", "Expression", "parse"]
