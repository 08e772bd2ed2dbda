"""What a decision leaves open on other cases, or on ones that were paid, is paid out or claimed: once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import office
import pytest
from claim_steps import decided, settled
from office import TestOffice, fill_registers, open_office
from payment_desk import CLIENT_IBAN, INSURER_IBAN, all_payments, of_case
from sqlalchemy import Connection

from db import accounts, audit, clients, payments, receivables
from db.database import Database
from db.receivables import Receivable
from pulse.base.identifiers import is_creditor_reference
from pulse.base.money import ZERO, to_five_cents
from pulse.claims.money import dues
from pulse.claims.money.payments import propose
from pulse.claims.money.runs import HoldsCancelled, NothingToPay, RunMoved, handed_out, make_run, release, withdraw


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[TestOffice]:
    for opened in open_office(tmp_path, database=database, insurer_iban=INSURER_IBAN):
        fill_registers(database)
        with database.write() as connection:
            client = clients.by_number(connection, office.CLIENT_NUMBER)
            assert client is not None
            clients.change_many(connection, [{"id": client.id, "iban": CLIENT_IBAN}])
        yield opened


def case(desk: TestOffice, number: str, amount: str, day: str = "2026-06-10", **changes: Any) -> int:
    """A case of one position, with its amounts worked out."""
    positions = [office.position(date=day, unit_price=amount, amount=amount)]
    own = {"invoice_number": number, "positions": positions, "treatment": {"begin": day, "end": day}}
    return settled(desk, **(own | changes))


def approved(desk: TestOffice, number: str, amount: str, day: str = "2026-06-10", **changes: Any) -> int:
    invoice_id = case(desk, number, amount, day, **changes)
    decided(desk, invoice_id, "approve", "P801")
    return invoice_id


def cancelled(desk: TestOffice, number: str, amount: str, day: str, *, agreed: bool = True, **changes: Any) -> int:
    """The storno of an invoice; `agreed` by a person."""
    own = {"subtype": "storno", "total_amount": f"-{amount}"}
    storno = case(desk, number, f"-{amount}", day, **(own | changes))
    if agreed:
        decided(desk, storno, "deny", "P819", comment="Storno")
    return storno


def owed(desk: TestOffice) -> list[Receivable]:
    with desk.database.read() as connection:
        return receivables.in_states(connection, receivables.STATES)


def claims(desk: TestOffice) -> list[tuple[int, str, str, Decimal, str]]:
    return [(one.invoice_id, one.debtor, one.purpose, one.amount, one.state) for one in owed(desk)]


def paid(desk: TestOffice) -> list[tuple[int, int, str, Decimal, str]]:
    return [(one.invoice_id, one.part, one.payee, one.amount, one.state) for one in all_payments(desk)]


def settle_again(desk: TestOffice, cause_id: int) -> None:
    with desk.database.write() as connection:
        dues.settle(connection, cause_id, account=INSURER_IBAN, at=desk.clock.now(), cancels=True)


def send_all(desk: TestOffice) -> None:
    run = make_run(desk.office, by="anna")
    release(desk.office, run.id, by="berta")
    handed_out(desk.office, run.id, by="berta")


def test_where_the_provider_is_paid_the_client_is_billed_the_cost_share(desk: TestOffice) -> None:
    one = approved(desk, "1", "400.00", tiers="payant")
    assert paid(desk) == [(one, 0, "provider", Decimal("400.00"), "proposed")]
    (bill,) = owed(desk)
    assert claims(desk) == [(one, "client", "cost_share", Decimal("310.00"), "open")]
    assert (bill.due_on, bill.iban, bill.client_id) == (date(2026, 7, 16), INSURER_IBAN, 1)
    assert is_creditor_reference(bill.reference or "")
    settle_again(desk, one)
    assert len(owed(desk)) == 1


def test_who_paid_the_invoice_owes_nothing(desk: TestOffice) -> None:
    one = approved(desk, "1", "400.00", tiers="garant")
    assert paid(desk) == [(one, 0, "client", Decimal("90.00"), "proposed")]
    assert claims(desk) == []


def test_what_earlier_treatment_takes_off_a_later_case_is_paid_out(desk: TestOffice) -> None:
    late = approved(desk, "1", "300.00", "2026-06-10", tiers="garant")
    assert paid(desk) == []
    early = approved(desk, "2", "200.00", "2026-02-01", tiers="garant")
    assert paid(desk) == [(late, 1, "client", Decimal("180.00"), "proposed")]
    (difference,) = of_case(desk, late)
    assert difference.cause_id == early
    settle_again(desk, early)
    assert len(all_payments(desk)) == 1
    assert claims(desk) == []


def test_a_bill_of_another_case_stays_and_the_difference_is_paid_out(desk: TestOffice) -> None:
    late = approved(desk, "1", "300.00", "2026-06-10", tiers="payant")
    early = approved(desk, "2", "200.00", "2026-02-01", tiers="payant")
    assert claims(desk) == [
        (late, "client", "cost_share", Decimal("300.00"), "open"),
        (early, "client", "cost_share", Decimal("200.00"), "open"),
    ]
    assert (late, 1, "client", Decimal("180.00"), "proposed") in paid(desk)


def test_a_difference_goes_through_the_same_release_by_two_people(desk: TestOffice) -> None:
    approved(desk, "1", "300.00", "2026-06-10", tiers="garant")
    approved(desk, "2", "200.00", "2026-02-01", tiers="garant")
    run = make_run(desk.office, by="anna")
    assert (run.payments, run.total) == (1, Decimal("180.00"))
    release(desk.office, run.id, by="berta")
    (one,) = all_payments(desk)
    assert one.end_to_end_id.endswith("-1-1-1")


def test_a_cancelled_case_that_was_not_paid_is_not_paid_and_its_bill_is_withdrawn(desk: TestOffice) -> None:
    first = approved(desk, "1", "400.00", "2026-01-05", tiers="payant")
    run = make_run(desk.office, by="anna")
    cancelled(desk, "1", "400.00", "2026-01-05", tiers="payant")
    assert paid(desk) == [(first, 0, "provider", Decimal("400.00"), "withdrawn")]
    assert claims(desk) == [(first, "client", "cost_share", Decimal("310.00"), "withdrawn")]
    with pytest.raises(RunMoved):
        release(desk.office, run.id, by="berta")
    with pytest.raises(NothingToPay):
        make_run(desk.office, by="anna")


def test_a_cancelled_case_that_was_paid_is_claimed_back_and_what_was_borne_is_given_back(desk: TestOffice) -> None:
    first = approved(desk, "1", "400.00", "2026-01-05", tiers="payant")
    send_all(desk)
    with desk.database.write() as connection:
        receivables.change(connection, 1, was=("open",), state="paid", received=Decimal("310.00"))
    storno = cancelled(desk, "1", "400.00", "2026-01-05", tiers="payant")
    assert claims(desk)[1:] == [(first, "provider", "repayment", Decimal("400.00"), "open")]
    assert owed(desk)[1].provider_id == 1
    assert owed(desk)[1].cause_id == storno
    assert paid(desk)[1:] == [(first, 1, "client", Decimal("310.00"), "proposed")]
    settle_again(desk, storno)
    assert (len(owed(desk)), len(all_payments(desk))) == (2, 2)
    assert make_run(desk.office, by="anna").total == Decimal("310.00")
    with desk.database.read() as connection:
        assert audit.first_broken(connection) is None


def test_a_storno_gives_its_room_back_and_later_cases_are_billed(desk: TestOffice) -> None:
    first = approved(desk, "1", "300.00", "2026-01-05", tiers="garant")
    later = approved(desk, "2", "300.00", "2026-02-05", tiers="garant")
    send_all(desk)
    cancelled(desk, "1", "300.00", "2026-01-05", tiers="garant")
    assert of_case(desk, first) == []
    assert claims(desk) == [(later, "client", "repayment", Decimal("270.00"), "open")]


def test_the_payment_of_an_invoice_that_the_biller_takes_back_is_held_until_a_person_agrees(desk: TestOffice) -> None:
    first = approved(desk, "1", "400.00", "2026-01-05", tiers="payant")
    run = make_run(desk.office, by="anna")
    storno = cancelled(desk, "1", "400.00", "2026-01-05", tiers="payant", agreed=False)
    with pytest.raises(HoldsCancelled):
        release(desk.office, run.id, by="berta")
    withdraw(desk.office, run.id, by="berta")
    with pytest.raises(NothingToPay):
        make_run(desk.office, by="anna")
    (held,) = of_case(desk, first)
    assert (held.state, held.reason) == ("waiting", "invoice_cancelled")
    decided(desk, storno, "deny", "P819", comment="Storno")
    assert [one.state for one in of_case(desk, first)] == ["withdrawn"]


def test_a_rejected_payment_is_not_paid_twice_over_a_new_decision(desk: TestOffice) -> None:
    one = approved(desk, "1", "400.00", tiers="payant")
    send_all(desk)
    with desk.database.write() as connection:
        payments.change(connection, 1, was=("sent",), state="rejected")
        dues.settle(connection, one, account=INSURER_IBAN, at=desk.clock.now())
    assert [state for *_, state in paid(desk)] == ["rejected"]
    with desk.database.write() as connection:
        propose(connection, one, 1, at=desk.clock.now())
    assert [state for *_, state in paid(desk)] == ["rejected"]


def test_without_an_account_a_receivable_has_no_bill_yet(desk: TestOffice) -> None:
    one = case(desk, "1", "400.00", tiers="payant")
    with desk.database.write() as connection:
        receivables.add(
            connection, invoice_id=one, cause_id=one, number=9, debtor="client", client_id=1, purpose="cost_share",
            amount=Decimal("5.00"), due_on=date(2026, 7, 1), state="open", made_at=desk.clock.now(),
            changed_at=desk.clock.now(),
        )  # fmt: skip
        dues.give_account(connection, 1, None)
    assert (owed(desk)[0].iban, owed(desk)[0].reference) == (None, None)
    with desk.database.write() as connection:
        dues.give_account(connection, 1, "CH4431999123000889012")
    assert owed(desk)[0].reference == "785700000000000000000000015" or len(owed(desk)[0].reference or "") == 27


@pytest.mark.parametrize("seed", range(3))
def test_whatever_comes_in_whatever_order_is_settled_to_the_centime(desk: TestOffice, seed: int) -> None:
    chance = random.Random(seed)
    days = [date(2026, month, 3) for month in range(1, 8)]
    chance.shuffle(days)
    standing: dict[int, tuple[str, str, date, str]] = {}
    for number, day in enumerate(days):
        tiers, amount = chance.choice(["garant", "payant"]), f"{chance.randrange(500, 90_000) / 100:.2f}"
        one = approved(desk, str(number), amount, day.isoformat(), tiers=tiers)
        standing[one] = (str(number), amount, day, tiers)
        if chance.random() < 0.4 and payments_ready(desk):
            send_all(desk)
        if chance.random() < 0.3:
            gone = chance.choice(sorted(standing))
            name, billed, treated, how = standing.pop(gone)
            settle_again(desk, cancelled(desk, name, billed, treated.isoformat(), tiers=how))
    with desk.database.read() as connection:
        entries = accounts.standing(connection, [1], 2026)
        cases = sorted({one.invoice_id for one in entries} | set(standing))
        borne = {
            case: sum((e.franchise + e.copayment for e in entries if e.invoice_id == case), ZERO) for case in cases
        }
        left = {case: sum((e.paid for e in entries if e.invoice_id == case), ZERO) for case in cases}
        moved = {(one, whom): net(connection, one, whom) for one in all_cases(desk) for whom in ("client", "provider")}
    assert set(cases) == set(standing)
    for (one, whom), amount_moved in moved.items():
        due = ZERO
        if one in standing:
            _, amount, _, tiers = standing[one]
            to_client = to_five_cents(left[one]) if tiers == "garant" else -to_five_cents(borne[one])
            due = to_client if whom == "client" else ZERO if tiers == "garant" else to_five_cents(Decimal(amount))
        assert amount_moved == due, (one, whom)


def payments_ready(desk: TestOffice) -> bool:
    return any(one.state == "proposed" for one in all_payments(desk))


def all_cases(desk: TestOffice) -> set[int]:
    return {one.invoice_id for one in all_payments(desk)} | {one.invoice_id for one in owed(desk)}


def net(connection: Connection, invoice_id: int, whom: str) -> Decimal:
    """What a party got of a case, less what is claimed from them."""
    out = [one for one in payments.of_invoice(connection, invoice_id) if one.payee == whom]
    back = [one for one in receivables.of_invoice(connection, invoice_id) if one.debtor == whom]
    paid_out = sum((one.amount for one in out if one.state != "withdrawn"), ZERO)
    return paid_out - sum((one.amount for one in back if one.state != "withdrawn"), ZERO)
