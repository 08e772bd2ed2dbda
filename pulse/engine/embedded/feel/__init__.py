"""FEEL, the expression language of DMN: parsed to closures, calculated with Decimal.

Left out: `instance of`, named arguments of built-in functions, time zones by name, decision services.
"""

from __future__ import annotations

from pulse.engine.embedded.feel.nodes import Node
from pulse.engine.embedded.feel.parser import parse, parse_tests
from pulse.engine.embedded.feel.scope import Function, Scope, evaluated

__all__ = ["Function", "Node", "Scope", "evaluated", "parse", "parse_tests"]
