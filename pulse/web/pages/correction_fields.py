"""The fields of an invoice that a person may write, in the order of the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Kind = Literal["text", "date", "amount", "choice"]

CHOICES: dict[str, tuple[str, ...]] = {
    "request_type": ("invoice", "reminder"),
    "subtype": ("normal", "copy", "refund", "storno"),
    "tiers": ("garant", "payant", "soldant"),
    "law": ("KVG", "VVG", "UVG", "IVG", "MVG", "ORG"),
    "patient.sex": ("female", "male", "diverse"),
    "treatment.reason": ("disease", "accident", "maternity", "prevention", "birthdefect", "unknown"),
    "payment.reference_type": ("QRR", "SCOR", "NON"),
}
_INVOICE = ("invoice_number", "invoice_date", "total_amount", "prepaid_amount", "amount_due", "tiers", "law")
_PERSON = ("family_name", "given_name", "birth_date", "sex", "insured_number", "ssn", "card_number")
_ADDRESS = ("street", "zip", "city")
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Invoice", (*_INVOICE, "request_type", "subtype", "refers_to")),
    ("Insured person", tuple(f"patient.{name}" for name in (*_PERSON, *_ADDRESS, "canton"))),
    ("Biller", tuple(f"biller.{name}" for name in ("name", "gln", "zsr", *_ADDRESS, "email"))),
    ("Provider", tuple(f"provider.{name}" for name in ("name", "gln", "zsr"))),
    ("Prescriber", tuple(f"prescriber.{name}" for name in ("name", "gln", "zsr"))),
    ("Treatment", ("treatment.begin", "treatment.end", "treatment.reason")),
    ("Payment", ("payment.iban", "payment.reference", "payment.reference_type")),
)
_DATES = frozenset({"invoice_date", "patient.birth_date", "treatment.begin", "treatment.end"})
_AMOUNTS = frozenset({"total_amount", "prepaid_amount", "amount_due"})
#: Never empty: the model has a value for it.
IF_EMPTY = {"prepaid_amount": "0.00", "request_type": "invoice", "subtype": "normal"}

COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("date", "date"),
    ("tariff", "text"),
    ("code", "text"),
    ("name", "text"),
    ("quantity", "amount"),
    ("unit_price", "amount"),
    ("factor", "amount"),
    ("amount", "amount"),
)


def input_name(path: str) -> str:
    """What the input of this field is called in the form."""
    head, _, rest = path.partition(".")
    return f"p-{rest.replace('.', '-')}" if head == "positions" else f"c-{path}"


def kind_of(path: str) -> Kind:
    """How the value at this path is typed in."""
    return "date" if path in _DATES else "amount" if path in _AMOUNTS else "choice" if path in CHOICES else "text"


def value_of(data: Mapping[str, Any], path: str) -> Any:
    """The value at this path of an Invoice as JSON."""
    value: Any = data
    for part in path.split("."):
        value = value[part]
    return value
