"""Who is insured, who may bill."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, String, Table

from db.tables.base import metadata
from db.types import Key

clients = Table(
    "clients",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("insurance_number", String(35), nullable=False, unique=True),
    Column("ahv_number", String(13), unique=True),
    Column("card_number", String(35), unique=True),
    Column("first_name", String(100), nullable=False),
    Column("last_name", String(100), nullable=False),
    Column("birth_date", Date),
    Column("sex", String(10)),
    Column("street", String(100), nullable=False, server_default=""),
    Column("zip", String(10), nullable=False, server_default=""),
    Column("city", String(100), nullable=False, server_default=""),
    Column("canton", String(2)),
    Column("email", String(254)),
    Column("language", String(2), nullable=False, server_default="de"),
    Column("law", String(3), nullable=False, server_default="KVG"),
    Column("risk_score", String(6), nullable=False, server_default="low"),
    Column("covered_from", Date, nullable=False),
    Column("covered_until", Date),
    CheckConstraint("risk_score IN ('low', 'medium', 'high')", name="risk_score"),
    Index(None, "birth_date"),
)

providers = Table(
    "providers",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("gln", String(13)),
    Column("zsr", String(7)),
    Column("name", String(150), nullable=False),
    Column("street", String(100), nullable=False, server_default=""),
    Column("zip", String(10), nullable=False, server_default=""),
    Column("city", String(100), nullable=False, server_default=""),
    Column("email", String(254)),
    Column("language", String(2), nullable=False, server_default="de"),
    Column("iban", String(34)),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Index(None, "gln"),
    Index(None, "zsr"),
    Index(None, "email"),
)
