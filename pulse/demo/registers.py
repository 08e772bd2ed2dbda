"""The demo's registers: invented clients and providers, and medications as facts of the Spezialitätenliste."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Any

from sqlalchemy import Connection

from db import clients, medications
from pulse.claims.reference.client_register import take_clients
from pulse.claims.reference.provider_register import take_providers
from pulse.reference import register_csv

#: When the invented clients agreed to mail.
_AGREED_ON = date(2015, 1, 1)


def fill(connection: Connection) -> bool:
    """Enters the demo's clients, providers and medications; False where there are clients already."""
    if clients.everyone(connection, limit=1):
        return False
    take_clients(connection, register_csv.clients(_lines("clients.csv")), today=_AGREED_ON)
    take_providers(connection, register_csv.providers(_lines("providers.csv")), today=_AGREED_ON)
    for row in _rows("medications.csv"):
        values = _dates(row, "price_from", "listed_from")
        price = (values.pop("price_from"), Decimal(values.pop("public_price")))
        medications.add(connection, prices=[price], **(values | {"abuse_risk": int(values["abuse_risk"])}))
    return True


def mail_addresses() -> list[str]:
    """The addresses of all invented clients and providers."""
    return [row["email"] for name in ("clients.csv", "providers.csv") for row in _rows(name)]


def _rows(name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(_lines(name))


def _lines(name: str) -> list[str]:
    return resources.files("pulse.demo").joinpath(name).read_text(encoding="utf-8").splitlines(keepends=True)


def _dates(row: dict[str, str], *names: str) -> dict[str, Any]:
    values: dict[str, Any] = {key: value or None for key, value in row.items()}
    return values | {name: date.fromisoformat(row[name]) if row[name] else None for name in names}
