"""What the misses of a set teach: words beside true values, or over their columns, that no table of labels knows.

A proposal is never applied by itself. It is shown as a diff, and its effect on the set is measured with the diff
applied to a copy of the program.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pulse
from pulse.base.errors import PulseError
from pulse.evaluation.label_tables import ROOT, LabelTable, patched, plain
from pulse.evaluation.measure import Result
from pulse.evaluation.scoring import FieldResult
from pulse.invoices.evidence import EXACT_SOURCES
from pulse.invoices.reading import read
from pulse.invoices.record import PageWords, Word

_FORMS, _PLAIN = "pulse.invoices.forms.labels", "pulse.invoices.plain.labels"
_COLUMNS = "COLUMNS"
#: Tables of labels beside values, by module.
_LABELS = {_FORMS: ("HEAD", "FOOT"), _PLAIN: ("FIELDS", "TOTALS")}
#: What a table calls a field that it does not know by its path or the path's last part.
_ALSO = {
    "invoice_date": "invoice",
    "invoice_number": "invoice",
    "guid": "identification",
    "begin": "treatment",
    "end": "treatment",
    "birth_date": "patient.birth_date",
    "zip": "place",
    "city": "place",
}
_LONGEST_LABEL, _MOST_WORDS = 40, 5
#: Words closer than this share of their height belong together; a line above is no farther than this many heights.
_BLANK, _ABOVE = 0.8, 2.6
_ALIGNED = 4.0
_WITHIN_S = 3600


class NothingMeasured(PulseError):
    """The effect of the proposals could not be measured."""

    code = "nothing_measured"


@dataclass(frozen=True)
class Proposal:
    """A word for a meaning in a table of labels; `seen` are the documents where it stands at a missed value."""

    table: LabelTable
    meaning: str
    language: str
    word: str
    seen: tuple[str, ...]


def proposals(results: Iterable[Result], *, least: int = 2) -> list[Proposal]:
    """Words at missed values in at least so many documents, the most frequent first.

    A word that the table knows already, whatever for, is not proposed: then it is not the word that was missing.
    """
    seen: dict[tuple[LabelTable, str, str, str], set[str]] = defaultdict(set)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for result in results:
        for table, meaning, word in _unknown_words(result):
            language = result.pair.truth.language or "de"
            seen[table, meaning, language, plain(word)].add(result.pair.document.name)
            spellings[plain(word)][word] += 1
    found = [
        Proposal(table, meaning, language, spellings[word].most_common(1)[0][0], tuple(sorted(names)))
        for (table, meaning, language, word), names in seen.items()
        if len(names) >= least
    ]
    return sorted(telling(found), key=lambda one: (-len(one.seen), one.table.name, one.meaning, one.word))


def telling(found: Sequence[Proposal]) -> list[Proposal]:
    """Without what is there by chance.

    Where a total is also what is due, the label of each stands beside the same amount; over several documents the right
    word for a meaning, and the right meaning for a word, are found in more of them.
    """
    return [one for one in found if not any(_outdoes(other, one) for other in found)]


def _outdoes(other: Proposal, one: Proposal) -> bool:
    alike = other.meaning == one.meaning or plain(other.word) == plain(one.word)
    same_table = (other.table, other.language) == (one.table, one.language)
    return same_table and alike and set(one.seen) < set(other.seen)


def as_diff(chosen: Sequence[Proposal]) -> str:
    """The proposals as a patch to the program, from the folder that holds the package `pulse`."""
    parts = []
    for path, new in _patched(chosen).items():
        old = (ROOT / path).read_text("utf-8")
        lines = difflib.unified_diff(
            old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{path}", f"b/{path}", n=1
        )
        parts.append("".join(lines))
    return "".join(parts)


def effect(folder: Path, chosen: Sequence[Proposal], *, jobs: int, limit: float) -> dict[str, Any]:
    """The summary of the same set, read by a copy of the program with the proposals in it.

    Raises `NothingMeasured` where the copy does not run.
    """
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place)
        shutil.copytree(Path(pulse.__file__).parent, copy / "pulse", ignore=shutil.ignore_patterns("__pycache__"))
        for path, source in _patched(chosen).items():
            (copy / path).write_text(source, "utf-8")
        paths = [str(copy), *filter(None, [os.environ.get("PYTHONPATH")])]
        command = [sys.executable, "-m", "pulse", "evaluate", "reading", str(folder.resolve()), "--json"]
        options = ["--jobs", str(jobs), "--limit", str(limit)]
        run = subprocess.run(  # noqa: S603  our own program
            [*command, *options],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            capture_output=True,
            text=True,
            timeout=_WITHIN_S,
            check=False,
        )
    if run.returncode:
        raise NothingMeasured(exit_code=run.returncode)
    figures: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return figures


def _patched(chosen: Sequence[Proposal]) -> dict[Path, str]:
    changes: dict[LabelTable, list[tuple[str, str, str]]] = defaultdict(list)
    for one in chosen:
        changes[one.table].append((one.meaning, one.language, one.word))
    return patched(changes)


def _unknown_words(result: Result) -> Iterator[tuple[LabelTable, str, str]]:
    """Table, meaning and word for every missed value of a document that stands on its pages."""
    missed = [one for one in result.fields if one.outcome in {"missing", "wrong"} and one.path != "positions"]
    if not missed or result.reader in EXACT_SOURCES:
        return
    pages = read(result.pair.document.read_bytes()).record.pages
    release = result.invoice.source.form_release if result.invoice else result.pair.truth.source.form_release
    module = _FORMS if release else _PLAIN
    for one in missed:
        in_row = one.path.startswith("positions.")
        tables = [LabelTable(module, name) for name in ((_COLUMNS,) if in_row else _LABELS[module])]
        for table, meaning in _meanings(tables, one):
            words = _over_columns(pages, one, table) if in_row else _at_value(pages, one.expected)
            yield from ((table, meaning, word) for word in words if _is_unknown(tables, word))


def _is_unknown(tables: Iterable[LabelTable], word: str) -> bool:
    return all(table.meaning(word) is None for table in tables)


def _meanings(tables: Iterable[LabelTable], one: FieldResult) -> Iterator[tuple[LabelTable, str]]:
    last = one.path.rpartition(".")[2]
    for table in tables:
        known = table.words()
        meaning = next((name for name in (one.path, last, _ALSO.get(last)) if name in known), None)
        if meaning is not None:
            yield table, meaning


def _at_value(pages: Sequence[PageWords], value: object) -> Iterator[str]:
    """The words left of a value and over it, wherever it stands."""
    for page in pages:
        for index, line in enumerate(page.lines):
            for start, end in _places(line, value):
                if left := _phrase_before(line, start):
                    yield from _as_label(left)
                above = [word for other in page.lines[max(0, index - 2) : index] for word in _phrases(other)]
                yield from _over(above, line[start], line[end - 1])


def _over(above: Iterable[tuple[Word, ...]], first: Word, last: Word) -> Iterator[str]:
    """Phrases that begin where the value begins, close above it."""
    height = first.box[3] - first.box[1]
    for phrase in above:
        near = 0 < first.box[1] - phrase[0].box[3] + height < _ABOVE * height
        if near and abs(phrase[0].box[0] - first.box[0]) < _ALIGNED and phrase[0].box[0] < last.box[2]:
            yield from _as_label(phrase)


def _over_columns(pages: Sequence[PageWords], one: FieldResult, table: LabelTable) -> Iterator[str]:
    """The phrase of the table's header that ends or begins where the value does."""
    for page in pages:
        header: list[tuple[Word, ...]] = []
        for line in page.lines:
            phrases = list(_phrases(line))
            if sum(table.meaning(_text(phrase)) is not None for phrase in phrases) >= 3:
                header = phrases
                continue
            for start, end in _places(line, one.expected) if header else ():
                left, right = line[start].box[0], line[end - 1].box[2]
                for phrase in header:
                    if abs(phrase[0].box[0] - left) < _ALIGNED or abs(phrase[-1].box[2] - right) < _ALIGNED:
                        yield from _as_label(phrase)


def _places(line: Sequence[Word], value: object) -> Iterator[tuple[int, int]]:
    """Where words in a row say this value: from, and to before."""
    wanted = {plain(text) for text in _printed(value)} - {""}
    for start in range(len(line)):
        said = ""
        for end in range(start, min(start + 12, len(line))):
            said += plain(line[end].text)
            if said in wanted:
                yield start, end + 1
                break


def _printed(value: object) -> Iterator[str]:
    if isinstance(value, dt.date):
        yield from (value.strftime(form) for form in ("%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d"))
        yield f"{value.day}.{value.month}.{value.year}"
    elif isinstance(value, Decimal):
        yield from {format(value, "f"), f"{value:.2f}", f"{value:.1f}" if value == round(value, 1) else ""}
    elif isinstance(value, str):
        yield value


def _phrases(line: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    begin = 0
    for index in range(1, len(line) + 1):
        if index == len(line) or not _close(line[index - 1], line[index]):
            yield tuple(line[begin:index])
            begin = index


def _phrase_before(line: Sequence[Word], start: int) -> tuple[Word, ...]:
    begin = start
    while begin > 0 and (begin == start or _close(line[begin - 1], line[begin])):
        begin -= 1
    return tuple(line[begin:start])


def _close(left: Word, right: Word) -> bool:
    return right.box[0] - left.box[2] < _BLANK * (right.box[3] - right.box[1])


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def _as_label(words: Sequence[Word]) -> Iterator[str]:
    """The words as a label, if they look like one: a few words, mostly letters."""
    text = re.sub(r"[\s:·.]+$", "", _text(words))
    letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
    if letters >= 2 and digits <= 1 and len(text) <= _LONGEST_LABEL and len(words) <= _MOST_WORDS:
        yield text
