"""Decision models (DMN 1.1 to 1.5): deployment checks, decision tables, literal expressions, graphs."""

from __future__ import annotations

from pulse.engine.embedded.dmn.evaluation import Evaluation, Record, evaluate, evaluate_traced, evaluate_value
from pulse.engine.embedded.dmn.model import Decision, Table
from pulse.engine.embedded.dmn.parse import parse

__all__ = ["Decision", "Evaluation", "Record", "Table", "evaluate", "evaluate_traced", "evaluate_value", "parse"]
