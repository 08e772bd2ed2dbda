"""Who changed what of a reading, from what to what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from db import readings
from pulse.claims.office import Office

#: Parts that no person writes.
_NOT_VALUES = frozenset({"schema_version", "source", "fields", "findings"})


@dataclass(frozen=True, kw_only=True)
class Change:
    """One value; `path` counts positions by their line, so that a removed one does not shift the others."""

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What one person changed at one time."""

    revision: int
    made_by: str
    made_at: datetime
    changes: tuple[Change, ...]


def corrections(office: Office, invoice_id: int) -> list[Correction]:
    """The corrections of a case, oldest first; none where the reading stands as it was read."""
    with office.database.read() as connection:
        revisions = readings.of_invoice(connection, invoice_id)
    return [
        Correction(
            revision=new.revision,
            made_by=new.made_by,
            made_at=new.made_at,
            changes=changes_between(old.content, new.content),
        )
        for old, new in pairwise(revisions)
    ]


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """The values that differ between two readings as JSON, in the new one's order; removed ones come last."""
    before, after = _values(old), _values(new)
    paths = [*after, *(path for path in before if path not in after)]
    return tuple(
        Change(path=path, old=before.get(path), new=after.get(path))
        for path in paths
        if before.get(path) != after.get(path)
    )


def _values(reading: Mapping[str, Any]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in reading.items():
        if name == "positions":
            for position in value:
                values |= _flat(position, f"positions.{position['line'] - 1}.", leave_out="line")
        elif name not in _NOT_VALUES:
            values |= _flat({name: value})
    return values


def _flat(part: Mapping[str, Any], prefix: str = "", leave_out: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in part.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        elif value is not None and name != leave_out:
            flat[f"{prefix}{name}"] = str(value)
    return flat
