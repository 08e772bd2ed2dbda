"""Providers from rows: what changes begins a new version, the days before keep what they had."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from db import providers
from pulse.claims.reference.registers import Happened, NotTaken, Report, same, take_rows
from pulse.reference.register_rows import Numbered, ProviderRow, Refused

_DAY = timedelta(days=1)


def take_providers(
    connection: Connection,
    rows: Iterable[Numbered[ProviderRow] | Refused],
    *,
    today: date,
    skip_bad_rows: bool = False,
) -> Report:
    """Providers by GLN, else ZSR number. What changed holds from the row's `valid_from`, else from `today`. Raises
    `RowsRefused` as `take_rows` does."""
    return take_rows(rows, partial(_take, connection, today=today), names=_names, skip_bad_rows=skip_bad_rows)


def _names(row: ProviderRow) -> Iterator[Hashable]:
    if row.gln:
        yield "gln", row.gln
    if row.zsr:
        yield "zsr", row.zsr


def _take(connection: Connection, rows: Sequence[Numbered[ProviderRow]], *, today: date) -> list[Happened | Refused]:
    latest = providers.latest(
        connection,
        glns=[row.row.gln for row in rows if row.row.gln],
        zsrs=[row.row.zsr for row in rows if row.row.zsr],
    )
    outcomes: list[Happened | Refused] = []
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for row in rows:
        gln, zsr = row.row.gln, row.row.zsr
        known = (latest.by_gln.get(gln) if gln else None) or (latest.by_zsr.get(zsr) if zsr else None)
        try:
            outcomes.append(_one(row.row, known, today, new, changed))
        except NotTaken as problem:
            outcomes.append(problem.at(row.line))
    providers.change_many(connection, changed)
    providers.add_many(connection, new)
    return outcomes


def _one(
    row: ProviderRow,
    known: providers.Provider | None,
    today: date,
    new: list[dict[str, Any]],
    changed: list[dict[str, Any]],
) -> Happened:
    """Adds the row to what is to be written."""
    begins = row.valid_from or today
    values = row.model_dump(exclude={"valid_from"})
    if known is None:
        new.append({**values, "valid_from": begins})
        return "added"
    if same(known, values) and row.valid_from in (None, known.valid_from):
        return "unchanged"
    if row.valid_from is None and known.valid_to is not None and known.valid_to < today:
        begins = max(today, known.valid_to + _DAY)
    if begins < known.valid_from:
        raise NotTaken("valid_from", "older_version", "lies before the version that the register holds")
    if begins == known.valid_from:
        changed.append({**vars(known), **values})
        return "changed"
    if known.valid_to is None or known.valid_to >= begins:
        changed.append({**vars(known), "valid_to": begins - _DAY})
    new.append({**values, "valid_from": begins})
    return "changed"
