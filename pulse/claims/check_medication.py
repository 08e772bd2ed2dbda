"""Check medication: is each position's pack valid, and on the list on its day?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from db import audit, clients, invoices
from pulse.base.reasons import Reason
from pulse.claims.errors import BUSINESS_ERROR, BusinessError
from pulse.claims.office import Office
from pulse.claims.position_facts import Surroundings, articles_of, cover_of, facts_of
from pulse.claims.rules.checks import ARTICLE_CHECKS
from pulse.claims.rules.facts import PositionFacts
from pulse.claims.rules.position import judge
from pulse.claims.steps import Step, answered, case_of, keep, text_of


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
        client = clients.get(connection, case.client_id) if case.client_id is not None else None
        if client is None:
            raise BusinessError(BUSINESS_ERROR, Reason.NOT_INSURED)
        articles = articles_of(connection, case.content)
    facts = facts_of(case.content, Surroundings(cover=cover_of(client), articles=articles))
    rows = [_row(facts[position.line]) for position in case.content.positions]
    check = MedicationCheck(
        medication_found=any(row["listed"] for row in rows),
        positions_valid=any(row["gtin"] for row in rows),
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


def _row(facts: PositionFacts) -> dict[str, Any]:
    """The line's columns; the GTIN too, which a Pharmacode names only by its table."""
    pack = facts.listed
    return {
        "line": facts.position.line,
        "gtin": facts.gtin,
        "listed": pack is not None,
        "listed_price": pack.maximum_price if pack else None,
        "reasons": text_of(judge(facts, ARTICLE_CHECKS).reasons),
    }
