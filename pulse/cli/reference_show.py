"""`pulse reference show GTIN`: what the lists say of a pack on a day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pulse.cli.house import open_database
from pulse.cli.reference import JSON, Language

if TYPE_CHECKING:
    from db.medications import LimitationOnDay, PackOnDay

_STATUS = {"listed": "listed", "not_yet": "not listed yet", "delisted": "no longer listed", "unknown": "never listed"}


def show(
    gtin: Annotated[str, typer.Argument(help="The pack's GTIN.")],
    *,
    date: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day of treatment; default: today.")
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the limitations' texts, else German.")] = Language.DE,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show what the lists say of a pack on a day: price, cost share, category, limitations with their texts."""
    from db import medications
    from pulse.base.clock import SystemClock, swiss_date
    from pulse.base.errors import NotFound
    from pulse.base.identifiers import gtin_13

    code = gtin_13(gtin)
    if code is None:
        raise typer.BadParameter("is no GTIN", param_hint="GTIN")
    day = date.date() if date else swiss_date(SystemClock().now())
    with open_database() as database, database.read() as connection:
        pack = medications.facts_on(connection, [(code, day)]).get((code, day))
    if pack is None:
        raise NotFound(f"no list knows {code}")
    if as_json:
        typer.echo(json.dumps({"date": day.isoformat(), **_plain(pack)}, ensure_ascii=False))
        return
    typer.echo(f"{pack.gtin}  {pack.name}, on {day}")
    for line in _lines(pack, language.value):
        typer.echo(f"  {line}")


def _lines(pack: PackOnDay, language: str) -> Iterator[str]:
    yield _STATUS[pack.status]
    if pack.maximum_price is not None:
        yield f"maximum price CHF {pack.maximum_price:.2f} since {pack.price_since}"
    if pack.status != "unknown":
        yield f"cost share {pack.cost_share_percent} %{', price model' if pack.price_model else ''}"
    known = {"ATC": pack.atc, "dispensing category": pack.category, "narcotics list": pack.narcotic_list}
    if any(known.values()):
        yield ", ".join(f"{name} {value}" for name, value in known.items() if value)
    for limitation in pack.limitations:
        yield f"limitation {limitation.code}{_terms(limitation)}"
        text = limitation.texts.get(language) or limitation.texts.get("de") or ""
        yield from (f"  {line}" for line in text.splitlines())


def _terms(limitation: LimitationOnDay) -> str:
    terms = []
    if limitation.needs_approval:
        terms.append("asks for an approval of costs")
    if limitation.indication_codes:
        terms.append(f"Indikationscode {', '.join(limitation.indication_codes)}")
    if limitation.packs is not None:
        terms.append(f"{limitation.packs} packs in all")
    elif limitation.points is not None:
        terms.append(f"{limitation.points} points in all")
    return f": {'; '.join(terms)}" if terms else ""


def _plain(pack: PackOnDay) -> dict[str, Any]:
    told = {name: value for name, value in vars(pack).items() if name != "limitations"}
    price, since = pack.maximum_price, pack.price_since
    return told | {
        "maximum_price": None if price is None else f"{price:.2f}",
        "price_since": since.isoformat() if since else None,
        "limitations": [vars(one) for one in pack.limitations],
    }
