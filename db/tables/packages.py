"""Packs as others than the Spezialitätenliste know them, each list's rows dated like its imports."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, String, Table, Text

from db.tables.base import metadata

#: One row a list, pack and version. `category` is Swissmedic's dispensing category (A+, A, B, C, D, E), `narcotic_list`
#: the letter a to d of the lists of narcotics (BetmVV-EDI).
packages = Table(
    "packages",
    metadata,
    Column("list", String(10), primary_key=True),
    Column("gtin", String(14), primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_until", Date),
    Column("name", String(300), nullable=False, server_default=""),
    Column("substances", Text, nullable=False, server_default=""),
    Column("holder", String(200), nullable=False, server_default=""),
    Column("atc", String(10)),
    Column("category", String(3)),
    Column("narcotic_list", String(1)),
    CheckConstraint("list IN ('swissmedic', 'refdata', 'aplus')", name="list"),
    Index(None, "gtin"),
)

#: The pack that a Pharmacode (tariff 400) names; 7 digits with leading zeros.
pharmacodes = Table(
    "pharmacodes",
    metadata,
    Column("pharmacode", String(7), primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_until", Date),
    Column("gtin", String(14), nullable=False),
)
