"""What is listed, on which day, at which price: the Spezialitätenliste as its imports tell it.

Rows with `valid_from` and `valid_until` hold on both days and between them; no end means that they still hold. What was
known of a day stays: an import ends rows and adds new ones.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from db.tables.base import metadata
from db.types import Key, Moment, Money

#: Every list that was imported, of whatever kind (`sl` is the Spezialitätenliste); `list_date` is the list's own day.
list_imports = Table(
    "list_imports",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("kind", String(20), nullable=False),
    Column("list_date", Date, nullable=False),
    Column("language", String(2), nullable=False, server_default=""),
    Column("source", String(500), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("etag", String(200)),
    Column("rows", Integer, nullable=False),
    Column("details", JSON, nullable=False),
    Column("overridden", String(100), nullable=False, server_default=""),
    Column("imported_at", Moment, nullable=False),
    Column("imported_by", String(100), nullable=False),
    Index(None, "kind", "list_date"),
)

#: `listed_from` and `listed_until` are those of the pack's newest period on the list.
medications = Table(
    "medications",
    metadata,
    Column("gtin", String(14), primary_key=True),
    Column("name", String(300), nullable=False),
    Column("substances", Text, nullable=False, server_default=""),
    Column("manufacturer", String(200), nullable=False, server_default=""),
    Column("atc", String(10)),
    Column("abuse_risk", Integer, nullable=False, server_default="0"),
    Column("listed_from", Date, nullable=False),
    Column("listed_until", Date),
    CheckConstraint("abuse_risk IN (0, 1)", name="abuse_risk"),
)

#: A pack is on the list on the days that one of its rows covers.
medication_terms = Table(
    "medication_terms",
    metadata,
    Column("gtin", ForeignKey("medications.gtin"), primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_until", Date),
    Column("cost_share_percent", Integer, nullable=False, server_default="10"),
    Column("price_model", Boolean, nullable=False),
    Column("category", String(2)),
)

medication_prices = Table(
    "medication_prices",
    metadata,
    Column("gtin", ForeignKey("medications.gtin"), primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_until", Date),
    Column("public_price", Money, nullable=False),
)

#: `indication_codes` has blanks between the codes.
medication_limitations = Table(
    "medication_limitations",
    metadata,
    Column("gtin", ForeignKey("medications.gtin"), primary_key=True),
    Column("code", String(64), primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_until", Date),
    Column("needs_approval", Boolean, nullable=False),
    Column("indication_codes", String(500), nullable=False, server_default=""),
    Column("packs", Integer),
    Column("points", Integer),
    Column("text_de", Text),
    Column("text_fr", Text),
    Column("text_it", Text),
)
