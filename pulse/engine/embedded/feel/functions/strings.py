"""Functions of strings. Patterns are those of XPath, as far as Python's can say the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from pulse.engine.embedded.feel.functions.signature import Row
from pulse.engine.embedded.feel.values import to_text

_LONGEST_PATTERN: Final = 200
_LONGEST_RESULT: Final = 1_000_000
_REPEATED: Final = re.compile(r"[*+}|][^()]*\)+[*+{]")
_FLAGS: Final = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.NOFLAG}
_SUBTRACTED: Final = re.compile(r"\[((?:\\.|[^\[\]\\])*)-(\[(?:\\.|[^\[\]\\])*\])\]", re.DOTALL)
_PIECES: Final = re.compile(r"(\\\s*p\s*\{[^}]*\}|\\\s*\S|\\\s)|(\[(?:\\.|[^\]\\])*\])|(\s)|(\$)", re.DOTALL)
_REPLACEMENT: Final = re.compile(r"\\[\\$]|\$(\d)|[\\$]")
_CLASSES: Final = {
    r"\p{L}": r"[^\W\d_]",
    r"\p{N}": r"\d",
    r"\p{IsBasicLatin}": r"[\x00-\x7f]",
    r"\i": "[^\\W\\d]|:",
    r"\c": "[-.:\\w\u00b7]",
    r"\I": "[\\d\\W]",
    r"\C": "[^-.:\\w\u00b7]",
}


@lru_cache(maxsize=256)
def _pattern(pattern: str, flags: str) -> re.Pattern[str]:
    """ValueError for a pattern with groups that repeat and are repeated: it can take exponential time."""
    if len(pattern) > _LONGEST_PATTERN or _REPEATED.search(pattern) or not set(flags) <= set(_FLAGS):
        raise ValueError(pattern)

    def piece(found: re.Match[str]) -> str:
        escape, group, space, end = found.groups()
        if escape:
            escape = "".join(escape.split()) if "x" in flags else escape
            return f"(?:{_CLASSES[escape]})" if escape in _CLASSES else str(escape)
        if end:
            return "$" if "m" in flags else r"\Z"
        return str(group or ("" if "x" in flags else space))

    chosen = re.NOFLAG
    for flag in flags:
        chosen |= _FLAGS[flag]
    return re.compile(_PIECES.sub(piece, _SUBTRACTED.sub(r"(?!\2)[\1]", pattern)), chosen)


def _matches(text: str, pattern: str, flags: str | None = None) -> bool:
    return _pattern(pattern, flags or "").search(text) is not None


def _replace(text: str, pattern: str, new: str, flags: str | None = None) -> str:
    found = _pattern(pattern, flags or "")
    if found.search("") or len(text) * (len(new) + 1) > _LONGEST_RESULT:
        raise ValueError(pattern)

    def written(match: re.Match[str]) -> str:
        def part(piece: re.Match[str]) -> str:
            if piece[0] in {"\\", "$"}:
                raise ValueError(new)
            number = int(piece[1]) if piece[1] else -1
            return piece[0][1] if number < 0 else (match[number] or "") if number <= found.groups else ""

        return _REPLACEMENT.sub(part, new)

    return found.sub(written, text)


def _substring(text: str, start: int, length: int | None = None) -> str | None:
    if start == 0 or (length is not None and length < 1):
        return None
    begin = start - 1 if start > 0 else max(0, len(text) + start)
    return text[begin : len(text) if length is None else begin + length]


def _join(parts: Sequence[Any], delimiter: str | None = None) -> str:
    if len(parts) * len(delimiter or "") > _LONGEST_RESULT:
        raise ValueError(delimiter)
    return (delimiter or "").join(part for part in parts if part is not None)


def _text(value: object) -> str | None:
    return None if value is None else to_text(value)


def _before(string: str, match: str) -> str:
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


STRINGS: Final[Sequence[Row]] = (
    ("string", "from:a", _text),
    ("substring", "string:s, start position:i, length:i?", _substring),
    ("string length", "string:s", len),
    ("upper case", "string:s", str.upper),
    ("lower case", "string:s", str.lower),
    ("trim", "string:s", str.strip),
    ("substring before", "string:s, match:s", _before),
    ("substring after", "string:s, match:s", lambda string, match: string.partition(match)[2] if match else string),
    ("contains", "string:s, match:s", lambda string, match: match in string),
    ("starts with", "string:s, match:s", str.startswith),
    ("ends with", "string:s, match:s", str.endswith),
    ("matches", "input:s, pattern:s, flags:s?", _matches),
    ("replace", "input:s, pattern:s, replacement:s, flags:s?", _replace),
    ("split", "string:s, delimiter:s", lambda string, delimiter: _pattern(delimiter, "").split(string)),
    ("string join", "list:l, delimiter:s?", _join),
)  # fmt: skip
