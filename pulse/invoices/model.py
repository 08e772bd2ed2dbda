"""What an invoice is: one frozen value that every reader returns and every later step takes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from pulse.base.reasons import Language, Reason


def _exact(value: object) -> object:
    """A JSON float has lost digits already: amounts come as text or whole numbers."""
    if isinstance(value, float):
        msg = "an amount must be text or a whole number, never a float"
        raise ValueError(msg)
    return value


def _plain(value: Decimal) -> str:
    return format(value, "f")


Amount = Annotated[
    Decimal,
    BeforeValidator(_exact),
    PlainSerializer(_plain, when_used="json"),
    Field(allow_inf_nan=False, max_digits=14),
]
SourceKind = Literal["qr_annex", "xml", "text", "ocr", "model", "person"]
Severity = Literal["error", "warning", "info"]
Tiers = Literal["garant", "payant", "soldant"]
Law = Literal["KVG", "VVG", "UVG", "IVG", "MVG", "ORG"]


class Value(BaseModel):
    """Base of all parts: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Source(Value):
    """Where the reading comes from."""

    kind: SourceKind
    form_release: str | None = None
    sha256: str | None = None
    pages: int = 0


class Party(Value):
    """A provider in one of its roles; GLN 13 digits, ZSR a letter and six digits."""

    gln: str | None = None
    zsr: str | None = None
    name: str | None = None
    street: str | None = None
    zip: str | None = None
    city: str | None = None
    email: str | None = None
    vat_number: str | None = None


class Patient(Value):
    """The insured person as the invoice names them; `ssn` is the AHV number, `card_number` the VEKA card's."""

    family_name: str | None = None
    given_name: str | None = None
    birth_date: dt.date | None = None
    sex: Literal["male", "female", "diverse"] | None = None
    street: str | None = None
    zip: str | None = None
    city: str | None = None
    canton: str | None = None
    ssn: str | None = None
    card_number: str | None = None
    insured_number: str | None = None


class Treatment(Value):
    """When and why."""

    begin: dt.date | None = None
    end: dt.date | None = None
    reason: Literal["disease", "accident", "maternity", "prevention", "birthdefect", "unknown"] | None = None


class Position(Value):
    """One billed line. `unit_price` is the point price for point-based tariffs; `amount` is as printed."""

    line: int
    date: dt.date | None = None
    tariff: str | None = None
    code: str | None = None
    name: str | None = None
    quantity: Amount | None = None
    unit_price: Amount | None = None
    factor: Amount = Decimal(1)
    amount: Amount | None = None
    vat_rate: Amount | None = None
    indication_code: str | None = None
    remark: str | None = None


class Payment(Value):
    """The account asked for; `reference` without blanks."""

    iban: str | None = None
    reference: str | None = None
    reference_type: Literal["QRR", "SCOR", "NON"] | None = None


class FieldEvidence(Value):
    """How sure a value is and where it stands: `box` is x0, top, x1, bottom in points from the page's top left."""

    confidence: float = Field(ge=0, le=1)
    page: int | None = None
    box: tuple[float, float, float, float] | None = None


class Finding(Value):
    """Something to say about a field; `field` is a path such as `positions.0.code`."""

    code: Reason
    severity: Severity
    field: str | None = None
    message: str


class Invoice(Value):
    """An invoice as read, with where each value came from and what is wrong with it."""

    schema_version: Literal[1] = 1
    source: Source
    guid: str | None = None
    invoice_number: str | None = None
    invoice_date: dt.date | None = None
    language: Language | None = None
    request_type: Literal["invoice", "reminder"] = "invoice"
    subtype: Literal["normal", "copy", "refund", "storno"] = "normal"
    reminder_level: int = 0
    refers_to: str | None = None
    tiers: Tiers | None = None
    law: Law | None = None
    currency: str = "CHF"
    biller: Party = Party()
    provider: Party = Party()
    prescriber: Party = Party()
    patient: Patient = Patient()
    treatment: Treatment = Treatment()
    positions: tuple[Position, ...] = ()
    total_amount: Amount | None = None
    prepaid_amount: Amount = Decimal("0.00")
    amount_due: Amount | None = None
    payment: Payment = Payment()
    fields: dict[str, FieldEvidence] = Field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def insurance_number(self) -> str | None:
        """Insured number, else AHV number, else card number."""
        return self.patient.insured_number or self.patient.ssn or self.patient.card_number

    def to_json(self) -> dict[str, Any]:
        """JSON-able data: amounts as text, dates as ISO 8601."""
        return self.model_dump(mode="json")

    def with_findings(self, findings: tuple[Finding, ...]) -> Invoice:
        """The same invoice with other findings."""
        return self.model_copy(update={"findings": findings})
