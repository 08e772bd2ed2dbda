"""FEEL, the expression language of DMN, as far as level 2 of its compliance kit and the engine's models ask for it.

Left out: functions defined in expressions, named arguments, `instance of`, `@"…"` literals, times without a date.
"""

from __future__ import annotations

from pulse.engine.embedded.feel.parser import Node, Vocabulary, parse, parse_tests, vocabulary
from pulse.engine.embedded.feel.scope import Scope, evaluated

__all__ = ["Node", "Scope", "Vocabulary", "evaluated", "parse", "parse_tests", "vocabulary"]
