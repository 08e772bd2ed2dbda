"""The readers' tables of labels as source text: which words they hold, and the text with one more word.

A table is a dictionary literal of meanings. A meaning has its words by language (`{"de": ("Betrag",), …}`) or in one
string between bars (`"Total | Betrag"`). Nothing is imported or executed: the text is parsed.
"""

from __future__ import annotations

import ast
import importlib.util
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pulse

#: Where the installed packages lie; tables are named from here, as in a diff.
ROOT = Path(pulse.__file__).parents[1]


@dataclass(frozen=True)
class LabelTable:
    """One dictionary in one module, such as `HEAD` in `pulse.invoices.forms.labels`."""

    module: str
    name: str

    @property
    def path(self) -> Path:
        """The module's file, from `ROOT`."""
        spec = importlib.util.find_spec(self.module)
        assert spec is not None
        assert spec.origin is not None
        return Path(spec.origin).relative_to(ROOT)

    def words(self) -> dict[str, list[str]]:
        """The words of each meaning, whatever their language."""
        source = (ROOT / self.path).read_text("utf-8")
        return {meaning: [word for _, word in _words(node)] for meaning, node in self._entries(source)}

    def meaning(self, word: str) -> str | None:
        """What the table takes this word for, if it knows it."""
        return _meanings(self).get(plain(word))

    def with_word(self, source: str, meaning: str, language: str, word: str) -> str:
        """The module's source with one more word for a meaning. Raises `KeyError` where the table has no such one."""
        node = dict(self._entries(source))[meaning]
        if isinstance(node, ast.Dict):
            node = next(value for key, value in _items(node) if key == language)
        line, column, text = _insertion(node, word)
        lines = source.splitlines(keepends=True)
        at = len(lines[line].encode()[:column].decode())
        lines[line] = lines[line][:at] + text + lines[line][at:]
        return "".join(lines)

    def _entries(self, source: str) -> Iterator[tuple[str, ast.expr]]:
        for statement in ast.parse(source).body:
            targets: list[ast.expr] = (
                statement.targets
                if isinstance(statement, ast.Assign)
                else [statement.target]
                if isinstance(statement, ast.AnnAssign)
                else []
            )
            if not any(isinstance(target, ast.Name) and target.id == self.name for target in targets):
                continue
            table = next((node for node in ast.walk(statement) if isinstance(node, ast.Dict)), None)
            yield from _items(table) if table else ()


@lru_cache
def _meanings(table: LabelTable) -> dict[str, str]:
    return {plain(word): meaning for meaning, words in table.words().items() for word in words}


def plain(word: str) -> str:
    """Without case, marks, accents and blanks: how two spellings are the same."""
    split = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in split if character.isalnum())


def _items(table: ast.Dict) -> Iterator[tuple[str, ast.expr]]:
    for key, value in zip(table.keys, table.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, value


def _words(node: ast.expr) -> Iterator[tuple[str | None, str]]:
    """Language (None where there is none) and word."""
    if isinstance(node, ast.Dict):
        for language, words in _items(node):
            yield from ((language, word) for _, word in _words(words))
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        yield from (pair for part in node.elts for pair in _words(part))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from ((None, word.strip()) for word in node.value.split("|") if word.strip())


def _insertion(node: ast.expr, word: str) -> tuple[int, int, str]:
    """Line from 0, column in bytes, and what to put there."""
    quoted = '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(node, ast.Tuple | ast.List) and node.elts:
        last = node.elts[-1]
        return (last.end_lineno or 1) - 1, last.end_col_offset or 0, f", {quoted}"
    if isinstance(node, ast.Tuple | ast.List):
        return node.lineno - 1, node.col_offset + 1, f"{quoted},"
    return (node.end_lineno or 1) - 1, (node.end_col_offset or 1) - 1, f" | {quoted[1:-1]}"


def patched(changes: Mapping[LabelTable, list[tuple[str, str, str]]]) -> dict[Path, str]:
    """Per file (from `ROOT`) its source with these words (meaning, language, word) added."""
    sources: dict[Path, str] = {}
    for table, words in changes.items():
        source = sources.get(table.path) or (ROOT / table.path).read_text("utf-8")
        for meaning, language, word in words:
            source = table.with_word(source, meaning, language, word)
        sources[table.path] = source
    return sources
