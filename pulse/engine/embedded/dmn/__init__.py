"""Decision models (DMN 1.1 to 1.5): deployment checks, decision tables, graphs, boxed expressions."""

from __future__ import annotations

from pulse.engine.embedded.dmn.evaluation import Evaluation, Record, evaluate, evaluate_traced, evaluate_value
from pulse.engine.embedded.dmn.model import Decision
from pulse.engine.embedded.dmn.parse import parse
from pulse.engine.embedded.dmn.table import Table

__all__ = ["Decision", "Evaluation", "Record", "Table", "evaluate", "evaluate_traced", "evaluate_value", "parse"]
