"""Decision models (DMN 1.1 to 1.5) as the real engines read and answer them; `dmn.standard` does as DMN defines it."""

from __future__ import annotations

from pulse.engine.embedded.dmn.evaluation import Evaluation, Record, evaluate, evaluate_traced
from pulse.engine.embedded.dmn.model import Decision, Table
from pulse.engine.embedded.dmn.parse import parse

__all__ = ["Decision", "Evaluation", "Record", "Table", "evaluate", "evaluate_traced", "parse"]
