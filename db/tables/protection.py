"""What letters are protected with on their way: passwords told by another way, certificates of mail addresses."""

from __future__ import annotations

from sqlalchemy import Column, String, Table, Text

from db.tables.base import metadata
from db.types import Moment

#: In plain words, since every letter needs them; whoever reads this table reads the letters themselves beside it.
letter_passwords = Table(
    "letter_passwords",
    metadata,
    Column("holder", String(30), primary_key=True),
    Column("password", String(64), nullable=False),
    Column("set_at", Moment, nullable=False),
    Column("set_by", String(100), nullable=False),
)

mail_certificates = Table(
    "mail_certificates",
    metadata,
    Column("address", String(254), primary_key=True),
    Column("pem", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("valid_from", Moment, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("added_by", String(100), nullable=False),
)
