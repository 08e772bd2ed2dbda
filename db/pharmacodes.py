"""Which pack a Pharmacode names: positions of tariff 400 carry nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import BindParameter, Connection, bindparam, select, true

from db import dated
from db.tables import pharmacodes

_CODES: BindParameter[str] = bindparam("codes", expanding=True)
_ROWS = select(pharmacodes).where(pharmacodes.c.pharmacode.in_(_CODES)).order_by(pharmacodes.c.valid_from)


def gtins(connection: Connection, codes: Sequence[str]) -> dict[str, str]:
    """The GTIN that each Pharmacode (up to 7 digits, with or without leading zeros) named last, by the code as given.

    A Pharmacode is never given to another pack, so its day does not matter.
    """
    if not codes:
        return {}
    wanted = {code: code.strip().zfill(7) for code in codes}
    rows = connection.execute(_ROWS, {"codes": sorted(set(wanted.values()))})
    known = {row.pharmacode: row.gtin for row in rows}
    return {code: known[padded] for code, padded in wanted.items() if padded in known}


def replace(connection: Connection, rows: Iterable[Mapping[str, str]], *, day: date) -> dated.Changes:
    """Makes `rows` (`pharmacode`, `gtin`) the list from that day on."""
    return dated.replace(connection, pharmacodes, key="pharmacode", fixed={}, rows=rows, day=day)


def count(connection: Connection) -> int:
    """How many Pharmacodes the list holds today."""
    return dated.held(connection, pharmacodes, true())
