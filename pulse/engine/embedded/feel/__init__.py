"""FEEL, the expression language of DMN: parsed to closures, calculated with Decimal.

What levels 1 and 2 of the standard ask for, and the functions that the engine's models use. Functions defined in
expressions, named arguments, `instance of` and time zones by name are left out.
"""

from __future__ import annotations

from pulse.engine.embedded.feel.parser import Node, Vocabulary, parse, parse_tests, vocabulary
from pulse.engine.embedded.feel.scope import Scope, evaluated

__all__ = ["Node", "Scope", "Vocabulary", "evaluated", "parse", "parse_tests", "vocabulary"]
