"""Who is insured and on which terms, who may bill, what was agreed to."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, String, Table

from db.tables.base import metadata
from db.types import Key, Moment, Money

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
    Column("iban", String(34)),
    Column("family_id", String(35)),
    Column("source", String(20), nullable=False, server_default="register"),
    CheckConstraint("risk_score IN ('low', 'medium', 'high')", name="risk_score"),
    Index(None, "birth_date"),
    Index(None, "family_id"),
)

#: What a client agreed to, and from which day until which; the day of withdrawal is the first without it.
consents = Table(
    "consents",
    metadata,
    Column("client_id", ForeignKey("clients.id"), primary_key=True),
    Column("purpose", String(10), primary_key=True),
    Column("given_on", Date, primary_key=True),
    Column("withdrawn_on", Date),
    Column("source", String(20), nullable=False, server_default="register"),
    CheckConstraint("purpose IN ('mail', 'data_use')", name="purpose"),
)

#: The franchise that a client chose for a calendar year, in CHF.
franchises = Table(
    "franchises",
    metadata,
    Column("client_id", ForeignKey("clients.id"), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("amount", Money, nullable=False),
)

#: Days without any cost share because of maternity, both included (Art. 64 Abs. 7 KVG).
maternities = Table(
    "maternities",
    metadata,
    Column("client_id", ForeignKey("clients.id"), primary_key=True),
    Column("begins", Date, primary_key=True),
    Column("ends", Date, nullable=False),
)

#: Approvals of costs given beforehand (Kostengutsprache): for one pack, or for a group by the start of its ATC code.
approvals = Table(
    "approvals",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("client_id", ForeignKey("clients.id"), nullable=False, index=True),
    Column("kind", String(10), nullable=False, server_default="costs"),
    Column("gtin", String(14)),
    Column("atc", String(10)),
    Column("indication_code", String(8)),
    Column("packs", Integer),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
    Column("reference", String(35), nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String(100), nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", String(100)),
    CheckConstraint("(gtin IS NULL) <> (atc IS NULL)", name="pack_or_group"),
    CheckConstraint("packs IS NULL OR packs > 0", name="packs"),
    CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", name="days"),
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
