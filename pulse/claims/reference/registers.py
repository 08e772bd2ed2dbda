"""Rows of a register taken in some hundred at a time: what the register knows of them is read by a few questions, what
is new or changed is written by a few statements.

A bad row is told by its line, field and code, and refuses the whole file, unless it is to be skipped. Nobody leaves a
register because a file does not name them: a file may be a part of it, and cover ends by its own day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pulse.base.errors import InvalidInput
from pulse.reference.register_rows import Numbered, Refused, RowType, Why

_BATCH = 1000

Happened = Literal["added", "changed", "unchanged"]
#: Takes rows of which no two name the same: what became of each, in their order.
Take = Callable[[Sequence[Numbered[RowType]]], Sequence[Happened | Refused]]


class RowsRefused(InvalidInput):
    """The file has bad rows; nothing of it was taken."""

    code = "rows_refused"

    def __init__(self, refused: Sequence[Refused]) -> None:
        rows = "1 bad row" if len(refused) == 1 else f"{len(refused)} bad rows, the first"
        super().__init__(f"{rows} in {refused[0]}; nothing of the file was taken", refused=len(refused))
        self.refused = tuple(refused)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of the rows; `refused` are the bad ones, by line."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: tuple[Refused, ...] = ()


class NotTaken(Exception):
    """This row contradicts the register: the field, and why."""

    def __init__(self, field: str, code: Why, why: str) -> None:
        super().__init__(why)
        self.field, self.code, self.why = field, code, why

    def at(self, line: int) -> Refused:
        """As what is told of the row in that line."""
        return Refused(line=line, field=self.field, code=self.code, why=self.why)


def take_rows(
    rows: Iterable[Numbered[RowType] | Refused],
    take: Take[RowType],
    *,
    names: Callable[[RowType], Iterable[Hashable]],
    skip_bad_rows: bool,
) -> Report:
    """Hands all rows to `take`, batch by batch; `names` is what a row is known by, so that a later row of the same
    finds the earlier one in the register.

    Raises `RowsRefused` where there are bad rows that are not to be skipped; the caller's transaction must then not be
    committed.
    """
    counts: Counter[str] = Counter()
    refused: list[Refused] = []
    for batch in _batches(rows, names, refused.append):
        for outcome in take(batch):
            if isinstance(outcome, Refused):
                refused.append(outcome)
            else:
                counts[outcome] += 1
    refused.sort(key=lambda one: one.line)
    if refused and not skip_bad_rows:
        raise RowsRefused(refused)
    return Report(**counts, refused=tuple(refused))


def same(known: object, values: dict[str, Any]) -> bool:
    """Whether what is known has these values."""
    return all(getattr(known, name) == value for name, value in values.items())


def _batches(
    rows: Iterable[Numbered[RowType] | Refused],
    names: Callable[[RowType], Iterable[Hashable]],
    refuse: Callable[[Refused], None],
) -> Iterator[list[Numbered[RowType]]]:
    batch: list[Numbered[RowType]] = []
    named: set[Hashable] = set()
    for row in rows:
        if isinstance(row, Refused):
            refuse(row)
            continue
        own = set(names(row.row))
        if len(batch) == _BATCH or not named.isdisjoint(own):
            yield batch
            batch, named = [], set()
        batch.append(row)
        named |= own
    if batch:
        yield batch
