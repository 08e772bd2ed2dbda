"""Text to tokens. Names of FEEL may hold spaces and signs, so the names that a model knows are tried first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.feel.builtins import BUILTINS
from pulse.engine.embedded.tree import LONGEST

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<number>\d+(?:\.\d+)?|\.\d+)
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<name>[^\W\d]\w*|\?|`[^`]+`)
    |(?P<sign>\.\.|\*\*|<=|>=|!=|[-+*/<>=(){}\[\],:.@])""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN: Final = re.compile(r"[^\W\d]\w*")
_NAME: Final = re.compile(r"[^\W\d][\w ./'’+*-]*")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}
_FUNCTIONS: Final = re.compile("(" + "|".join(sorted((n for n in BUILTINS if " " in n), reverse=True)) + r")(?=\s*\()")


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is number, text, name, sign or end."""

    kind: str
    text: str


def special_names(names: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern of the names that are no plain identifiers, the longest first."""
    odd = {name for name in names if _NAME.fullmatch(name) and not _PLAIN.fullmatch(name)}
    return re.compile("(" + "|".join(map(re.escape, sorted(odd, key=len, reverse=True))) + r")(?!\w)") if odd else None


def tokens(text: str, special: re.Pattern[str] | None = None) -> Iterator[Token]:
    """The tokens of an expression and one of kind `end`. Raises ExpressionError."""
    if len(text) > LONGEST:
        raise ExpressionError(f"An expression is longer than {LONGEST} characters")
    at = 0
    while at < len(text):
        found = _FUNCTIONS.match(text, at) or (special.match(text, at) if special else None)
        if found is not None:
            yield Token("name", found[1])
        elif (found := _TOKEN.match(text, at)) is None or found.lastgroup is None:
            raise ExpressionError(f"Cannot read '{text[at : at + 20]}' of the FEEL expression")
        elif found.lastgroup == "text":
            plain = re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _unescape, found[0][1:-1], flags=re.DOTALL)
            # two escapes may be the halves of one character; a half alone is none
            yield Token("text", plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
        elif found.lastgroup != "space":
            yield Token(found.lastgroup, found[0].strip("`"))
        at = found.end()
    yield Token("end", "")


def _unescape(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPES.get(code, code)
