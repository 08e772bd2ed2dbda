"""What a person got before, and how cases belong together, on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import office
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db import decisions, invoices, links
from db.database import Database
from db.links import Link
from db.upgrade import downgrade, upgrade
from pulse.base.reasons import Reason

TIMES = {"received_at": office.NOW, "remind_at": office.NOW, "due_at": office.NOW}
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def add(database: Database, *, client_id: int | None = 1, **changes: Any) -> int:
    """A case; `closed_as`, `duplicate_of` go to the case, everything else to its invoice."""
    columns = {name: changes.pop(name) for name in ("closed_as", "duplicate_of") if name in changes}
    values = {"reading": "complete", "channel": "rest", "client_id": client_id} | columns | TIMES
    with database.write() as connection:
        return invoices.add(connection, office.invoice(**changes), made_by="test", **values)


def decide(database: Database, invoice_id: int, decision: str, code: str = "P801", **review: str) -> None:
    row = {"invoice_id": invoice_id, "round": 1, "decision": decision, "reason_code": code, "decided_at": office.NOW}
    row |= {"payable_amount": Decimal(1), "decided_by": "anna", "automated": False}
    with database.write() as connection:
        if review:
            amounts = {int(line.strip("l")): Decimal(amount) for line, amount in review.items()}
            made = {"payable": amounts, "made_by": "anna", "made_at": office.NOW}
            decisions.add_review(connection, "r1", invoice_id=invoice_id, **made)  # type: ignore[arg-type]
            row["review_id"] = "r1"
        assert decisions.add(connection, **row)


def dispensed(database: Database, since: date = YEAR[0], until: date = YEAR[1]) -> list[tuple[int, int]]:
    with database.read() as connection:
        return [(one.invoice_id, one.line) for one in invoices.dispensed(connection, 1, since, until)]


@pytest.fixture(autouse=True)
def registers(database: Database) -> None:
    office.fill_registers(database)


def test_what_a_person_got_is_told_with_day_packs_and_biller(database: Database) -> None:
    biller = {"gln": "7601001000216", "zsr": "P 012345", "name": "A"}
    case = add(database, positions=[office.position(quantity="2", amount="143.10")], biller=biller)
    with database.read() as connection:
        (one,) = invoices.dispensed(connection, 1, date(2026, 6, 10), date(2026, 6, 10))
    assert (one.invoice_id, one.line, one.gtin, one.day) == (case, 1, office.LISTED, date(2026, 6, 10))
    assert (one.packs, one.biller_gln, one.biller_zsr, one.biller) == (2, "7601001000216", "P012345", "7601001000216")


def test_only_this_person_and_these_days_count(database: Database) -> None:
    add(database, client_id=2)
    add(database, client_id=None)
    case = add(database)
    day = date(2026, 6, 10)
    assert dispensed(database, day, day) == [(case, 1)]
    assert dispensed(database, date(2026, 6, 11), YEAR[1]) == []
    assert dispensed(database, YEAR[0], date(2026, 6, 9)) == []


def test_a_line_without_a_date_of_its_own_counts_on_the_day_of_treatment(database: Database) -> None:
    undated = [office.position(date=None)]
    treated = add(database, positions=undated, treatment={"begin": "2026-05-01", "end": "2026-05-03"})
    billed = add(database, positions=undated, treatment={"begin": None, "end": None}, invoice_date="2026-05-02")
    assert dispensed(database, date(2026, 5, 1), date(2026, 5, 1)) == [(treated, 1)]
    assert dispensed(database, date(2026, 5, 2), date(2026, 5, 2)) == [(billed, 1)]


@pytest.mark.parametrize("closed_as", ["returned", "denied", "not_insured", "already_received"])
def test_a_case_that_was_sent_back_or_denied_does_not_count(database: Database, closed_as: str) -> None:
    add(database, closed_as=closed_as)
    assert dispensed(database) == []


@pytest.mark.parametrize("closed_as", [None, "approved", "partly_approved"])
def test_a_case_on_its_way_or_paid_counts(database: Database, closed_as: str | None) -> None:
    case = add(database, closed_as=closed_as)
    assert dispensed(database) == [(case, 1)]


def test_a_denied_case_does_not_count_though_its_letters_are_still_on_their_way(database: Database) -> None:
    decide(database, add(database), "deny", "P814")
    assert dispensed(database) == []


def test_a_repetition_a_storno_and_packs_taken_back_do_not_count(database: Database) -> None:
    first = add(database)
    add(database, duplicate_of=first)
    add(database, subtype="storno")
    add(database, positions=[office.position(amount="-71.55"), office.position(2, quantity="-1")])
    assert dispensed(database) == [(first, 1)]


def test_lines_that_settling_cut_to_nothing_do_not_count_once_that_is_decided(database: Database) -> None:
    case = add(database, positions=[office.position(1), office.position(2)])
    with database.write() as connection:
        invoices.set_lines(connection, case, [{"line": 1, "payable": Decimal(0)}, {"line": 2, "payable": Decimal(5)}])
    assert dispensed(database) == [(case, 1), (case, 2)]
    decide(database, case, "partial", "P812")
    assert dispensed(database) == [(case, 2)]


def test_a_persons_amounts_say_which_lines_were_paid(database: Database) -> None:
    case = add(database, positions=[office.position(1), office.position(2), office.position(3)])
    decide(database, case, "partial", "P812", l1="10.00", l2="0.00")
    assert dispensed(database) == [(case, 1)]


def test_a_cancelled_case_counts_until_a_person_has_agreed(database: Database) -> None:
    case, storno = add(database), add(database, subtype="storno")
    with database.write() as connection:
        links.put(connection, [Link(invoice_id=storno, other_id=case, kind="cancels")], at=office.NOW)
    assert dispensed(database) == [(case, 1)]
    decide(database, storno, "deny", "P819")
    assert dispensed(database) == []
    with database.read() as connection:
        assert [one.accepted for one in links.cancellations(connection, [case])] == [True]


def test_links_are_found_from_both_ends_and_put_once(database: Database) -> None:
    one, other = add(database), add(database)
    for kind in ("reminds", "repeats"):
        with database.write() as connection:
            links.put(connection, [Link(invoice_id=other, other_id=one, kind=kind)], at=office.NOW)  # type: ignore[arg-type]
    with database.read() as connection:
        assert links.of_case(connection, one) == links.of_case(connection, other)
        assert [link.kind for link in links.of_case(connection, one)] == ["reminds"]
        assert not links.is_cancelled(connection, one)


def test_a_link_has_one_of_the_known_kinds_and_leads_elsewhere(database: Database) -> None:
    one, other = add(database), add(database)
    for wrong in (
        Link(invoice_id=other, other_id=one, kind="likes"),
        Link(invoice_id=one, other_id=one, kind="cancels"),
    ):  # type: ignore[arg-type]
        with pytest.raises(IntegrityError), database.write() as connection:
            links.put(connection, [wrong], at=office.NOW)


def test_a_case_can_carry_every_reason_at_once(database: Database) -> None:
    case, every = add(database), " ".join(Reason)
    with database.write() as connection:
        invoices.set_case(connection, case, reasons=every)
    with database.read() as connection:
        found = invoices.get(connection, case)
    assert found is not None
    assert found.reasons == every


def test_cases_from_before_are_linked_when_the_schema_is_upgraded(database: Database) -> None:
    first = add(database, positions=[office.position(date=None)])
    again = add(database, duplicate_of=first, subtype="copy", refers_to="99")
    downgrade(database, "0004")
    upgrade(database)
    with database.read() as connection:
        assert [(link.invoice_id, link.kind) for link in links.of_case(connection, first)] == [(again, "repeats")]
        columns = connection.execute(text(f"SELECT subtype, refers_to FROM invoices WHERE id = {again}")).one()
        (line,) = invoices.lines(connection, first)
    assert tuple(columns) == ("copy", "99")
    assert line.day == date(2026, 6, 10)
