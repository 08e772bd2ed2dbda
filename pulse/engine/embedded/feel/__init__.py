"""FEEL, the expression language of DMN, in two dialects: as the standard defines it, and as the real engines answer.

What they do differently is in `functions.Dialect`; `docs/reference/dmn.md` lists what is left out.
"""

from __future__ import annotations

from pulse.engine.embedded.feel.functions import ENGINE, STANDARD, Dialect
from pulse.engine.embedded.feel.lexer import Vocabulary, vocabulary
from pulse.engine.embedded.feel.nodes import Node
from pulse.engine.embedded.feel.parser import parse, parse_tests, parse_type
from pulse.engine.embedded.feel.scope import Closure, Scope, evaluated
from pulse.engine.embedded.feel.types import Type, coerced

__all__ = [
    "ENGINE",
    "STANDARD",
    "Closure",
    "Dialect",
    "Node",
    "Scope",
    "Type",
    "Vocabulary",
    "coerced",
    "evaluated",
    "parse",
    "parse_tests",
    "parse_type",
    "vocabulary",
]
