"""Check medication: is each position's pack valid, and on the list on its day?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from db import audit, invoices, medications
from pulse.base.reasons import Reason
from pulse.claims.errors import BUSINESS_ERROR, BusinessError
from pulse.claims.office import Office
from pulse.claims.rules.coverage import treatment_day
from pulse.claims.rules.position import article_reason, gtin_of
from pulse.claims.steps import Step, answered, case_of, keep
from pulse.invoices.model import Invoice


@dataclass(frozen=True, kw_only=True)
class MedicationCheck:
    """The process variables of `check-medication`."""

    medication_found: bool
    positions_valid: bool


def check_medication(office: Office, invoice_id: int, *, step: Step | None = None) -> MedicationCheck:
    """Looks up every pack with its maximum price on the day of treatment and stores it with the position.

    Raises `BusinessError` (`business_error`) where no client is settled: a person must say whose invoice it is.
    """
    with office.database.read() as connection:
        known = answered(connection, step, MedicationCheck)
        if known is not None:
            return known
        case = case_of(connection, invoice_id)
        if case.client_id is None:
            raise BusinessError(BUSINESS_ERROR, Reason.NOT_INSURED)
        rows = _looked_up(connection, case.content)
    check = MedicationCheck(
        medication_found=any(row["listed"] for row in rows),
        positions_valid=any(gtin_of(position) for position in case.content.positions),
    )
    now = office.clock.now()
    with office.database.write() as connection:
        invoices.set_lines(connection, invoice_id, rows)
        audit.note(
            connection,
            "claims:medication:checked",
            actor="worker",
            at=now,
            invoice_id=invoice_id,
            valid=check.positions_valid,
            listed=sum(bool(row["listed"]) for row in rows),
            positions=len(rows),
        )
        keep(connection, step, invoice_id, check, at=now)
    return check


def _looked_up(connection: Connection, invoice: Invoice) -> list[dict[str, Any]]:
    packs = {p.line: (gtin_of(p), treatment_day(invoice, p)) for p in invoice.positions}
    known = medications.many(connection, [gtin for gtin, _ in packs.values() if gtin])
    listed = {line: (g, d) for line, (g, d) in packs.items() if g in known and d and known[g].listed_on(d)}
    prices = medications.prices_on(connection, list(listed.values()))
    return [
        {
            "line": position.line,
            "listed": position.line in listed,
            "listed_price": _price(prices, listed.get(position.line)),
            "reasons": _reasons(position.line in listed, article_reason(position)),
        }
        for position in invoice.positions
    ]


def _price(prices: dict[tuple[str, date], Decimal], pack: tuple[str, date] | None) -> Decimal | None:
    return prices.get(pack) if pack else None


def _reasons(listed: bool, unusable: Reason | None) -> str:
    if listed:
        return ""
    return (unusable or Reason.NOT_LISTED).value
