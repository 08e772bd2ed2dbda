"""What registers, lists and earlier cases say of a position, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import office
import pytest
from claim_steps import case_of, decided, lines_of, settled
from office import TestOffice, fill_registers, open_office

from db import approvals, pharmacodes
from db.database import Database
from db.medications import LimitationOnDay

NEEDING = "7680999990013"


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[TestOffice]:
    for opened in open_office(tmp_path, database=database):
        fill_registers(database)
        yield opened


def found(desk: TestOffice, number: str, **row: Any) -> tuple[str | None, Decimal | None, str]:
    """What becomes of an invoice of one position."""
    (line,) = lines_of(desk, settled(desk, invoice_number=number, positions=[office.position(**row)]))
    return line.outcome, line.payable, line.reasons


def test_a_second_invoice_for_the_same_dispensing_is_not_paid_again(desk: TestOffice) -> None:
    first = settled(desk, invoice_number="1")
    assert found(desk, "2") == ("none", Decimal(0), "P510")
    assert found(desk, "3", code=office.ABUSED)[0] == "full"
    assert case_of(desk, first).outcome == "full"


def test_what_was_denied_does_not_stand_in_the_way(desk: TestOffice) -> None:
    decided(desk, settled(desk, invoice_number="1"), "deny", "P814")
    assert found(desk, "2")[0] == "full"


def test_an_early_refill_goes_to_a_person(desk: TestOffice) -> None:
    settled(desk, invoice_number="1", positions=[office.position(date="2026-04-10")])
    settled(desk, invoice_number="2", positions=[office.position(date="2026-05-10")])
    invoice_id = settled(desk, invoice_number="3", positions=[office.position(date="2026-05-25")])
    assert [(line.outcome, line.reasons) for line in lines_of(desk, invoice_id)] == [("full", "P326")]
    assert (case_of(desk, invoice_id).outcome, case_of(desk, invoice_id).payable_amount) == (
        "partial",
        Decimal("71.55"),
    )


def test_an_approval_covers_its_packs_over_all_cases_and_lines(desk: TestOffice) -> None:
    with desk.database.write() as connection:
        office.add_pack(
            connection, NEEDING, "Teures Mittel", "20.00", limitations=[LimitationOnDay(code="L", needs_approval=True)]
        )
        approvals.add(
            connection,
            client_id=1,
            gtin=NEEDING,
            packs=3,
            valid_from=date(2026, 1, 1),
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
            created_by="anna",
        )
    assert found(desk, "1", code=NEEDING, date="2026-01-10") == ("full", Decimal("20.00"), "P322")
    rows = [
        office.position(1, code=NEEDING, date="2026-03-10"),
        office.position(2, code=NEEDING, date="2026-05-10", quantity="2", amount="40.00"),
    ]
    lines = lines_of(desk, settled(desk, invoice_number="2", positions=rows))
    assert [(line.payable, line.reasons) for line in lines] == [
        (Decimal("20.00"), "P322"),
        (Decimal("20.00"), "P321 P322"),
    ]
    assert found(desk, "3", code=NEEDING, date="2026-06-09")[2].split()[0] == "P321"


def test_a_pharmacode_leads_to_its_pack_and_its_price(desk: TestOffice) -> None:
    assert found(desk, "1", tariff="400", code="2434567")[2] == "P331"
    with desk.database.write() as connection:
        rows = [{"pharmacode": "2434567", "gtin": office.LISTED}]
        pharmacodes.replace(connection, rows, day=date(2026, 1, 1))
    row = {"tariff": "400", "code": "2434567", "unit_price": "80.00", "amount": "80.00"}
    invoice_id = settled(desk, invoice_number="2", positions=[office.position(**row)])
    (line,) = lines_of(desk, invoice_id)
    assert (line.gtin, line.listed, line.payable, line.reasons) == (office.LISTED, True, Decimal("71.55"), "P313")


def test_a_pharmacys_service_is_paid_beside_a_prescription_alone(desk: TestOffice) -> None:
    with desk.database.write() as connection:
        office.add_pack(connection, NEEDING, "Auf Rezept", "20.00", terms={"category": "B"})
    service = {"tariff": "LOA", "code": "1", "name": "Sicherheits-Check", "unit_price": None, "amount": "5.08"}
    alone = settled(desk, invoice_number="1", positions=[office.position(1), office.position(2, **service)])
    beside = [office.position(1, code=NEEDING), office.position(2, **service)]
    assert [line.reasons for line in lines_of(desk, alone)] == ["", "P332"]
    assert case_of(desk, settled(desk, invoice_number="2", positions=beside)).outcome == "full"
