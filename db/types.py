"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Numeric, String
from sqlalchemy.types import TypeDecorator, TypeEngine

#: A 64-bit key that SQLite can still count up by itself.
Key = BigInteger().with_variant(Integer, "sqlite")


class Money(TypeDecorator[Decimal]):
    """A decimal: NUMERIC on PostgreSQL, text on SQLite, which knows only floats."""

    impl = Numeric(14, 4)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = String(24) if dialect.name == "sqlite" else Numeric(14, 4)
        return kind

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> object:
        if value is None or dialect.name != "sqlite":
            return value
        return format(value, "f")

    def process_result_value(self, value: object, dialect: Dialect) -> Decimal | None:
        """At least two decimals, and no zeros behind them that only the column's scale put there."""
        if value is None:
            return None
        number = Decimal(str(value))
        plain = number.normalize()
        exponent = plain.as_tuple().exponent
        return number.quantize(Decimal(1).scaleb(min(exponent if isinstance(exponent, int) else -2, -2)))


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. A naive one is refused: it does not say when it was."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a moment needs its time zone"
            raise ValueError(msg)
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
