"""How a handler ends, and what of an exception may be written into the engine's database."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field

from pulse.engine.errors import UnsupportedVariable


@dataclass(frozen=True)
class Result:
    """Variables for the process, and some for the task's own scope, where output mappings read them."""

    variables: Mapping[str, object] = field(default_factory=dict)
    local_variables: Mapping[str, object] = field(default_factory=dict)


class BpmnError(Exception):
    """A business error: the boundary event with this code goes on. Without one the path ends silently."""

    def __init__(self, code: str, message: str | None = None, variables: Mapping[str, object] | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.variables = variables or {}


class Fatal(Exception):
    """No retry will heal this: the task becomes an incident at once. Its message is shown to operators as it is."""


#: What can hold somebody's data in a foreign exception's message: quoted values, addresses, longer numbers.
PRIVATE = re.compile(r"'[^']*'|\"[^\"]*\"|\S+@\S+|\d[\d.\-/ ]{2,}\d")


def describe(error: BaseException) -> str:
    """One line for the incident: class and message, with everything that could be personal data left out."""
    if isinstance(error, Fatal | UnsupportedVariable):
        return str(error)
    first_line = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {PRIVATE.sub('…', first_line)}".rstrip(": ")


def frames(error: BaseException) -> str:
    """Where it happened: classes, modules, lines and functions, the cause first; no message, no source, no values."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = [frames(before), "then"] if before is not None else []
    for frame, line in traceback.walk_tb(error.__traceback__):
        lines.append(f"  {frame.f_globals.get('__name__')}:{line} in {frame.f_code.co_name}")
    return "\n".join([*lines, type(error).__qualname__])
