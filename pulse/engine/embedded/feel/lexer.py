"""The words of FEEL: names may hold spaces and signs, so what a word is depends on the names that a model knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.feel.functions import ENGINE, Dialect
from pulse.engine.embedded.feel.types import Type
from pulse.engine.embedded.feel.values import MEMBERS

_WIDE: Final = "\U00010000-\U000effff"
_PLAIN_NAME: Final = rf"(?:[^\W\d]|[{_WIDE}])[\w{_WIDE}]*"
_ODD_NAME: Final = re.compile(rf"(?:[^\W\d]|[{_WIDE}])[\w{_WIDE} ./'’?+*-]*")
_LOCAL: Final = re.compile(rf"[{{,(]\s*({_ODD_NAME.pattern}?)\s*:")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "/": "/"}

TypeNames = Callable[[str], Type | None]
"""The type of a model's item by its name, None for an unknown name."""


def _no_type(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What an expression is read with: the names of its model that hold spaces or signs, its dialect, its types."""

    names: frozenset[str]
    dialect: Dialect
    type_named: TypeNames

    def pattern(self, text: str) -> re.Pattern[str]:
        """The pattern of tokens of a text; it may name entries and parameters of its own."""
        local = {" ".join(name.split()) for name in _LOCAL.findall(text)}
        return _pattern(self.names | {name for name in local if not re.fullmatch(_PLAIN_NAME, name)}, self.dialect)


def vocabulary(names: Iterable[str] = (), dialect: Dialect = ENGINE, type_named: TypeNames = _no_type) -> Vocabulary:
    """The vocabulary of a model that knows these names."""
    clean = {" ".join(name.split()) for name in names}
    odd = {name for name in clean if _ODD_NAME.fullmatch(name) and not re.fullmatch(_PLAIN_NAME, name)}
    return Vocabulary(frozenset(odd), dialect, type_named)


@lru_cache(maxsize=256)
def _pattern(names: frozenset[str], dialect: Dialect) -> re.Pattern[str]:
    known = [rf"{_spaced(name)}(?!\w)" for name in names | {name for name in MEMBERS if " " in name}]
    known += [rf"{_spaced(name)}(?=\s*[(:])" for name in dialect.functions.words]
    return re.compile(
        rf"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
        |(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\d+)
        |(?P<text>"(?:[^"\\]|\\.)*")
        |(?P<name>{"|".join(sorted(known, key=len, reverse=True))}|{_PLAIN_NAME}|\?)
        |(?P<sign>\.\.|\*\*|<=|>=|!=|->|[-+*/<>=(){{}}\[\],:.@])""",
        re.VERBOSE | re.DOTALL,
    )


def _spaced(name: str) -> str:
    return r"\s+".join(re.escape(part) for part in name.split())


def unescaped(literal: str) -> str:
    """The string that a literal in quotes stands for. ExpressionError for half a surrogate pair."""

    def character(found: re.Match[str]) -> str:
        if code := found[1] or found[2]:
            return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else found[0]
        return _ESCAPED.get(found[3], found[0])

    text = _ESCAPE.sub(character, literal[1:-1])
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise ExpressionError(f"Cannot read the string {literal}") from None
