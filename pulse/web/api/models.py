"""What several calls take or answer. Money is text in CHF, moments are ISO 8601 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

MAX_ID = 2**63 - 1


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _digits(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Money = Annotated[Decimal, PlainSerializer(lambda amount: format(amount, "f"), return_type=str, when_used="json")]
Moment = Annotated[
    datetime,
    PlainSerializer(_utc, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
InvoiceId = Annotated[int, Field(ge=1, le=MAX_ID)]
#: A number of a person or a pack: JSON text or JSON number.
Number = Annotated[
    str,
    BeforeValidator(_digits, json_schema_input_type=int | str),
    Field(min_length=1, max_length=35),
]


class Body(BaseModel):
    """What comes in: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Reply(BaseModel):
    """What goes out, also from our own frozen values."""

    model_config = ConfigDict(from_attributes=True)
