"""The versions of the risk tables, and what was approved for a person, on both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import office
from office import NOW

from db import decisions, invoices, links, risk_tables
from db.database import Database


def approved_case(connection: Any, client_id: int, amount: str, *, decision: str = "approve", **changes: Any) -> int:
    reason_code = changes.pop("reason_code", "P801")
    content = office.invoice(**changes)
    moments = {"received_at": NOW, "remind_at": NOW, "due_at": NOW}
    invoice_id = invoices.add(
        connection, content, made_by="test", reading="complete", channel="mail", client_id=client_id, **moments
    )
    decisions.add(
        connection,
        invoice_id=invoice_id,
        round=1,
        decision=decision,
        reason_code=reason_code,
        payable_amount=Decimal(amount),
        decided_by="anna",
        automated=False,
        decided_at=NOW,
    )
    return invoice_id


def test_a_version_is_kept_once_with_its_text(database: Database) -> None:
    with database.write() as connection:
        assert risk_tables.keep(connection, "medication_risk:1:a", version=1, model="<dmn>Ä</dmn>", at=NOW)
        assert not risk_tables.keep(connection, "medication_risk:1:a", version=1, model="<other/>", at=NOW)
    with database.read() as connection:
        kept = risk_tables.get(connection, "medication_risk:1:a")
        assert risk_tables.get(connection, "medication_risk:2:b") is None
    assert kept is not None
    assert (kept.version, kept.model, kept.first_used_at) == (1, "<dmn>Ä</dmn>", NOW)


def test_what_was_approved_for_a_person_counts_by_the_invoices_day(database: Database) -> None:
    with database.write() as connection:
        anna = office.add_client(connection)
        beat = office.add_client(connection, insurance_number="2", ahv_number=None, card_number=None)
        approved_case(connection, anna, "10.05", invoice_number="1", invoice_date="2026-01-01")
        approved_case(connection, anna, "20.00", invoice_number="2", invoice_date="2026-06-30", decision="partial")
        approved_case(connection, anna, "0.00", invoice_number="3", invoice_date="2026-03-01", decision="deny")
        approved_case(connection, anna, "99.00", invoice_number="4", invoice_date="2025-12-31")
        approved_case(connection, beat, "88.00", invoice_number="5", invoice_date="2026-03-01")
        year = (date(2026, 1, 1), date(2026, 6, 30))
        assert decisions.approved(connection, anna, *year) == Decimal("30.05")
        assert decisions.approved(connection, 999, *year) == 0


def test_a_case_that_was_taken_back_cost_nothing(database: Database) -> None:
    with database.write() as connection:
        anna = office.add_client(connection)
        original = approved_case(connection, anna, "10.00", invoice_number="1")
        storno = approved_case(
            connection, anna, "0.00", invoice_number="1S", subtype="storno", decision="deny", reason_code="P819"
        )
        links.put(connection, [links.Link(invoice_id=storno, other_id=original, kind="cancels")], at=NOW)
        assert decisions.approved(connection, anna, date(2026, 1, 1), date(2026, 12, 31)) == 0
