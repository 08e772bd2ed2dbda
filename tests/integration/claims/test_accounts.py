"""The account of cost sharing, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import office
import pytest
from claim_steps import decided, lines_of, settled
from office import TestOffice, fill_registers, open_office

from db import accounts, approvals, audit, client_terms, clients, decisions
from db.database import Database
from db.medications import LimitationOnDay
from pulse.claims.money.accounts import book, booked, foreseen, reverse
from pulse.claims.money.shares import Shares

DEAR = "7680652060015"


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[TestOffice]:
    for opened in open_office(tmp_path, database=database):
        fill_registers(database)
        with database.write() as connection:
            office.add_pack(connection, DEAR, "Teures Mittel 1 Stk", "400.00", terms={"cost_share_percent": 40})
        yield opened


def approved(desk: TestOffice, number: str, amount: str, day: str = "2026-06-10", **changes: Any) -> int:
    """A case of one position that a person has approved."""
    positions = [office.position(date=day, unit_price=amount, amount=amount, **changes.pop("position", {}))]
    treatment = {"begin": day, "end": day} | changes.pop("treatment", {})
    invoice_id = settled(desk, invoice_number=number, positions=positions, treatment=treatment, **changes)
    decided(desk, invoice_id, "approve", "P801")
    return invoice_id


def shares_of(desk: TestOffice, invoice_id: int) -> Shares:
    with desk.database.read() as connection:
        found = booked(connection, invoice_id, 1)
    assert found is not None
    return found


def figures(shares: Shares) -> list[str]:
    return [format(one, ".2f") for one in (shares.franchise, shares.copayment, shares.paid)]


def standing(desk: TestOffice, client_id: int = 1, year: int = 2026) -> dict[int, list[str]]:
    """What each case of an account bears now."""
    with desk.database.read() as connection:
        found = accounts.standing(connection, [client_id], year)
    return {one.invoice_id: [format(x, ".2f") for x in (one.franchise, one.copayment, one.paid)] for one in found}


def total(desk: TestOffice, client_id: int = 1, year: int = 2026) -> tuple[Decimal, Decimal]:
    with desk.database.read() as connection:
        entries = accounts.of_account(connection, client_id, year)
    return sum(one.franchise for one in entries), sum(one.copayment for one in entries)  # type: ignore[return-value]


def test_a_decision_that_pays_is_booked_with_it(desk: TestOffice) -> None:
    first, second = approved(desk, "1", "250.00"), approved(desk, "2", "150.00", "2026-06-11")
    assert figures(shares_of(desk, first)) == ["250.00", "0.00", "0.00"]
    shares = shares_of(desk, second)
    assert figures(shares) == ["50.00", "10.00", "90.00"]
    assert (shares.paid_out, shares.owed, shares.changes) == (Decimal("90.00"), Decimal("60.00"), ())
    (year,) = shares.years
    assert (year.year, year.franchise, year.copayment) == (2026, Decimal("300.00"), Decimal("10.00"))


def test_a_denial_books_nothing(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    decided(desk, invoice_id, "deny", "P814")
    with desk.database.read() as connection:
        assert booked(connection, invoice_id, 1) is None
        assert accounts.years(connection, 1) == []


def test_booking_a_round_again_changes_nothing(desk: TestOffice) -> None:
    invoice_id = approved(desk, "1", "400.00")
    before = shares_of(desk, invoice_id)
    with desk.database.write() as connection:
        again = book(connection, invoice_id, 1, at=desk.clock.now())
        assert again == before
        assert len(accounts.of_invoice(connection, invoice_id)) == 1


def test_what_was_treated_earlier_and_comes_later_changes_the_year(desk: TestOffice) -> None:
    late = approved(desk, "1", "300.00", "2026-06-10")
    early = approved(desk, "2", "200.00", "2026-02-01")
    assert standing(desk) == {late: ["100.00", "20.00", "180.00"], early: ["200.00", "0.00", "0.00"]}
    shares = shares_of(desk, early)
    (change,) = shares.changes
    assert change.invoice_id == late
    parts = change.share
    assert (parts.franchise, parts.copayment, parts.paid) == (Decimal("-200"), Decimal("20"), Decimal("180"))
    assert shares.adjustment == Decimal("-180.00")
    assert figures(shares_of(desk, late)) == ["300.00", "0.00", "0.00"]  # what was told then
    with desk.database.read() as connection:
        entries = accounts.of_account(connection, 1, 2026)
        (event,) = [one for one in audit.of_invoice(connection, late) if one["action"] == "claims:account:changed"]
    assert [(one.revision, one.amount, one.cause_id) for one in entries if one.invoice_id == late] == [
        (1, Decimal("300.00"), late),
        (2, Decimal("-300.00"), early),
        (3, Decimal("300.00"), early),
    ]
    assert event["details"]["paid"] == "180.00"


def test_forty_percent_are_taken_from_the_list_of_that_day(desk: TestOffice) -> None:
    approved(desk, "1", "300.00", "2026-01-05")
    dear = approved(desk, "2", "400.00", "2026-02-05", position={"code": DEAR})
    (line,) = shares_of(desk, dear).lines
    assert (line.percent, line.share.copayment) == (40, Decimal("160.00"))


@pytest.mark.parametrize(
    ("given", "percent"),
    [
        ({"kind": "copayment", "gtin": DEAR}, 10),
        ({"kind": "copayment", "gtin": DEAR, "valid_until": date(2026, 2, 5)}, 10),
        ({"kind": "copayment", "gtin": DEAR, "valid_until": date(2026, 2, 4)}, 40),
        ({"kind": "copayment", "gtin": office.LISTED}, 40),
        ({"kind": "costs", "gtin": DEAR}, 40),
    ],
)
def test_who_needs_the_dear_one_for_medical_reasons_bears_the_usual_rate(
    desk: TestOffice, given: dict[str, Any], percent: int
) -> None:
    with desk.database.write() as connection:
        more = {"valid_from": date(2026, 1, 1), "created_at": office.NOW, "created_by": "carla"}
        approvals.add(connection, client_id=1, **given, **more)
    dear = approved(desk, "1", "400.00", "2026-02-05", position={"code": DEAR})
    (line,) = shares_of(desk, dear).lines
    assert line.percent == percent
    assert line.share.copayment == Decimal(percent)


def test_an_approval_of_the_copayment_is_none_of_the_costs(desk: TestOffice) -> None:
    limited = "7680999990013"
    with desk.database.write() as connection:
        needs = [LimitationOnDay(code="L", needs_approval=True)]
        office.add_pack(connection, limited, "Begrenztes Mittel", "20.00", limitations=needs)
        given = {"gtin": limited, "valid_from": date(2026, 1, 1), "created_at": office.NOW, "created_by": "carla"}
        approvals.add(connection, client_id=1, kind="copayment", **given)
    case = settled(desk, positions=[office.position(code=limited, unit_price="20.00", amount="20.00")])
    assert "P320" in lines_of(desk, case)[0].reasons


def test_each_line_counts_in_the_year_of_its_own_day(desk: TestOffice) -> None:
    positions = [
        office.position(1, date="2025-12-30", unit_price="400.00", amount="400.00"),
        office.position(2, date="2026-01-02", unit_price="400.00", amount="400.00"),
    ]
    treatment = {"begin": "2025-12-30", "end": "2026-01-02"}
    invoice_id = settled(desk, positions=positions, treatment=treatment)
    decided(desk, invoice_id, "approve", "P801")
    shares = shares_of(desk, invoice_id)
    assert [(one.year, one.franchise) for one in shares.years] == [(2025, Decimal(300)), (2026, Decimal(300))]
    assert figures(shares) == ["600.00", "20.00", "180.00"]


def test_the_parts_of_a_partial_approval_are_booked(desk: TestOffice) -> None:
    positions = [office.position(1), office.position(2, unit_price="80.00", amount="80.00")]
    invoice_id = settled(desk, positions=positions)
    decided(desk, invoice_id, "partial", "P812")
    assert [one.amount for one in shares_of(desk, invoice_id).lines] == [Decimal("71.55"), Decimal("71.55")]


def test_maternity_and_accident_insurance_bear_nothing(desk: TestOffice) -> None:
    mother = approved(desk, "1", "400.00", treatment={"reason": "maternity"})
    assert figures(shares_of(desk, mother)) == ["0.00", "0.00", "400.00"]
    with desk.database.write() as connection:
        client_terms.set_maternities(connection, {1: (date(2026, 7, 1), date(2026, 12, 1))})
    ill = approved(desk, "2", "400.00", "2026-07-01")
    assert figures(shares_of(desk, ill)) == ["0.00", "0.00", "400.00"]
    with desk.database.write() as connection:
        connection.execute(clients.clients.update().values(law="UVG"))
    accident = approved(desk, "3", "400.00", "2026-06-01", law="UVG")
    assert figures(shares_of(desk, accident)) == ["0.00", "0.00", "400.00"]


def test_the_chosen_franchise_of_the_year_counts(desk: TestOffice) -> None:
    with desk.database.write() as connection:
        client_terms.set_franchises(connection, {1: {2026: Decimal(2500)}})
    assert figures(shares_of(desk, approved(desk, "1", "2000.00"))) == ["2000.00", "0.00", "0.00"]


def test_children_of_a_family_share_their_bounds(desk: TestOffice) -> None:
    children = []
    with desk.database.write() as connection:
        for number in range(3):
            own = {"insurance_number": f"55500000{number}", "ahv_number": None, "card_number": None}
            names = {"first_name": f"Kind{number}", "last_name": "Meier", "birth_date": date(2015, 1, 1 + number)}
            children.append(office.add_client(connection, family_id="F-1", **own, **names))
    borne = []
    for number in range(3):
        patient = {"family_name": "Meier", "given_name": f"Kind{number}", "insured_number": f"55500000{number}"}
        patient["birth_date"] = f"2015-01-0{1 + number}"
        invoice_id = approved(desk, str(number), "5000.00", f"2026-0{3 + number}-01", patient=patient)
        borne.append(shares_of(desk, invoice_id).borne)
    assert borne == [Decimal("350.00"), Decimal("350.00"), Decimal("0.00")]
    early = approved(desk, "9", "1000.00", "2026-01-01", patient=patient)
    assert shares_of(desk, early).borne == Decimal("100.00")
    assert total(desk, children[1]) == (0, Decimal("250.00"))


def test_a_cancelled_case_gives_its_room_back(desk: TestOffice) -> None:
    first = approved(desk, "1", "300.00", "2026-01-05")
    second = approved(desk, "2", "300.00", "2026-02-05")
    with desk.database.write() as connection:
        changes = reverse(connection, first, cause_id=second, at=desk.clock.now())
        assert reverse(connection, first, cause_id=second, at=desk.clock.now()) == ()
    assert {one.invoice_id: (one.share.franchise, one.share.paid) for one in changes} == {
        first: (Decimal("-300.00"), Decimal("0.00")),
        second: (Decimal("300.00"), Decimal("-270.00")),
    }
    assert standing(desk) == {second: ["300.00", "0.00", "0.00"]}
    assert total(desk) == (Decimal("300.00"), Decimal("0.00"))


def test_a_storno_that_a_person_agrees_to_takes_the_booking_back(desk: TestOffice) -> None:
    first = approved(desk, "1", "300.00", "2026-01-05")
    positions = [office.position(date="2026-01-05", unit_price="-300.00", amount="-300.00")]
    storno = settled(desk, invoice_number="1", positions=positions, subtype="storno", total_amount="-300.00")
    assert storno != first
    decided(desk, storno, "deny", "P819", comment="Storno")
    assert standing(desk) == {}
    assert total(desk) == (Decimal("0.00"), Decimal("0.00"))


def test_what_is_foreseen_is_what_is_booked(desk: TestOffice) -> None:
    approved(desk, "1", "400.00", "2026-06-10")
    invoice_id = settled(
        desk, invoice_number="2", positions=[office.position(date="2026-03-01", unit_price="210.55", amount="210.55")]
    )
    with desk.database.read() as connection:
        decision = decisions.Decision(
            id=0, invoice_id=invoice_id, round=1, decision="approve", reason_code="P801", comment="",
            review_id=None, payable_amount=Decimal("210.55"), decided_by="", automated=False,
            decided_at=desk.clock.now(),
        )  # fmt: skip
        before = foreseen(connection, invoice_id, decision, None)
    assert accounts_untouched(desk, invoice_id)
    decided(desk, invoice_id, "approve", "P801")
    assert before == shares_of(desk, invoice_id)


def accounts_untouched(desk: TestOffice, invoice_id: int) -> bool:
    with desk.database.read() as connection:
        return accounts.of_invoice(connection, invoice_id) == []


def test_decisions_for_one_client_at_the_same_time_use_the_franchise_once(desk: TestOffice) -> None:
    cases = [
        settled(
            desk,
            invoice_number=str(number),
            positions=[office.position(date=f"2026-0{number + 1}-01", unit_price="200.00", amount="200.00")],
        )
        for number in range(6)
    ]
    gate = threading.Barrier(len(cases))

    def decide(invoice_id: int) -> None:
        gate.wait()
        decided(desk, invoice_id, "approve", "P801")

    with ThreadPoolExecutor(len(cases)) as pool:
        list(pool.map(decide, cases))
    assert total(desk) == (Decimal("300.00"), Decimal("90.00"))
    borne = [row[0] for _, row in sorted(standing(desk).items())]
    assert borne == ["200.00", "100.00", "0.00", "0.00", "0.00", "0.00"]
    with desk.database.read() as connection:
        assert audit.first_broken(connection) is None
