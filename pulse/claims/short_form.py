"""The short form of an invoice (contracts §1): number, packs, total, date and the provider's mail address."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from pulse.base.errors import InvalidInput
from pulse.base.identifiers import compact, gtin_13
from pulse.base.reasons import Reason
from pulse.invoices.model import Amount, Finding, Invoice, Party, Patient, Position, Source, Treatment

Number = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class ShortPosition(BaseModel):
    """One pack; quantity 1 unless it says otherwise."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    gtin: Number = Field(min_length=1, max_length=20)
    quantity: Amount = Decimal(1)
    amount: Amount | None = None
    unit_price: Amount | None = None


class ShortForm(BaseModel):
    """An invoice in few words: either `gtin` (one or several) or `positions`."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    insurance_number: Number = Field(min_length=1, max_length=35)
    gtin: Number | list[Number] | None = None
    positions: list[ShortPosition] = Field(default_factory=list, max_length=200)
    total_amount: Amount
    date: dt.date
    biller_mail: str = Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")

    @model_validator(mode="after")
    def _something_is_billed(self) -> Self:
        if bool(self.positions) == bool(self.gtin):
            msg = "give either gtin or positions"
            raise ValueError(msg)
        return self

    def rows(self) -> list[ShortPosition]:
        if self.positions:
            return self.positions
        gtins = self.gtin if isinstance(self.gtin, list) else [self.gtin or ""]
        return [ShortPosition(gtin=gtin) for gtin in gtins]


def is_short_form(body: dict[str, Any]) -> bool:
    """Whether a body is meant as the short form: it names a number at the top, which an Invoice never does."""
    return "insurance_number" in body


def from_short_form(body: dict[str, Any]) -> Invoice:
    """The Invoice that a short form stands for; raises `InvalidInput` with `places`, the fields that are wrong.

    The one number may be the insured, AHV or card number: it is looked for in all three.
    """
    try:
        form = ShortForm.model_validate(body)
    except ValidationError as error:
        places = sorted({".".join(map(str, item["loc"])) or item["msg"] for item in error.errors()})
        raise InvalidInput("The short form is not valid.", places=places) from None
    return as_invoice(form)


def as_invoice(form: ShortForm) -> Invoice:
    """The Invoice that a valid short form stands for, with a finding for each code that is no GTIN."""
    positions = tuple(
        Position(
            line=line,
            date=form.date,
            code=compact(row.gtin),
            quantity=row.quantity,
            unit_price=row.unit_price,
            amount=row.amount,
        )
        for line, row in enumerate(form.rows(), start=1)
    )
    wrong = tuple(
        Finding(
            code=Reason.GTIN_INVALID,
            severity="error",
            field=f"positions.{position.line - 1}.code",
            message="this is not a GTIN",
        )
        for position in positions
        if gtin_13(position.code or "") is None
    )
    return Invoice(
        source=Source(kind="person"),
        invoice_date=form.date,
        biller=Party(email=form.biller_mail),
        patient=Patient(insured_number=compact(form.insurance_number)),
        treatment=Treatment(begin=form.date, end=form.date),
        positions=positions,
        total_amount=form.total_amount,
        findings=wrong,
    )
