"""The demo's registers: invented clients and providers, and medications as facts of the Spezialitätenliste."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Any

from sqlalchemy import Connection

from db import clients, medications, providers


def fill(connection: Connection) -> bool:
    """Enters the demo's clients, providers and medications; False where there are clients already."""
    if clients.everyone(connection, limit=1):
        return False
    for row in _rows("clients.csv"):
        clients.add(connection, **_dates(row, "birth_date", "covered_from", "covered_until"))
    for row in _rows("providers.csv"):
        providers.add(connection, **_dates(row, "valid_from", "valid_to"))
    for row in _rows("medications.csv"):
        values = _dates(row, "price_from", "listed_from")
        price = (values.pop("price_from"), Decimal(values.pop("public_price")))
        medications.add(connection, prices=[price], **(values | {"abuse_risk": int(values["abuse_risk"])}))
    return True


def mail_addresses() -> list[str]:
    """The addresses of all invented clients and providers."""
    return [row["email"] for name in ("clients.csv", "providers.csv") for row in _rows(name)]


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = resources.files("pulse.demo").joinpath(name).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def _dates(row: dict[str, str], *names: str) -> dict[str, Any]:
    values: dict[str, Any] = {key: value or None for key, value in row.items()}
    return values | {name: date.fromisoformat(row[name]) if row[name] else None for name in names}
