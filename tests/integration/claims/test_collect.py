"""Money that comes in for our bills, read back from the bank's notices and statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest
from claim_steps import settled
from office import TestOffice, fill_registers, open_office
from payment_desk import INSURER_IBAN, QR_IBAN, camt

from db import audit, receivables
from db.database import Database
from db.receivables import Incoming, Receivable
from pulse.base.clock import swiss_date
from pulse.base.errors import InvalidInput
from pulse.claims.money.camt import UnreadableStatement, read_statement
from pulse.claims.money.collect import (
    NoBill,
    ReceivableMoved,
    bill_pdf,
    overdue,
    paid_otherwise,
    receive,
    settle_credit,
    write_off,
)
from pulse.claims.money.references import reference_of


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[TestOffice]:
    for opened in open_office(tmp_path, database=database, insurer_iban=INSURER_IBAN, insurer_qr_iban=QR_IBAN):
        fill_registers(database)
        yield opened


def billed(desk: TestOffice, amount: str = "310.00", *, iban: str | None = QR_IBAN) -> Receivable:
    case = settled(desk, invoice_number=amount)
    now = desk.clock.now()
    with desk.database.write() as connection:
        made = receivables.add(
            connection, invoice_id=case, cause_id=case, number=1, debtor="client", client_id=1, purpose="cost_share",
            amount=Decimal(amount), due_on=swiss_date(now) + timedelta(days=30), state="open", iban=iban, made_at=now,
            changed_at=now,
        )  # fmt: skip
        if iban:
            receivables.change(connection, made, was=("open",), reference=reference_of(iban, made))
    return known(desk, made)


def known(desk: TestOffice, receivable_id: int) -> Receivable:
    with desk.database.read() as connection:
        found = receivables.get(connection, receivable_id)
    assert found is not None
    return found


def waiting(desk: TestOffice) -> list[Incoming]:
    with desk.database.read() as connection:
        return receivables.incoming_for_a_person(connection)


@pytest.mark.parametrize(("kind", "version"), [("054", "08"), ("054", "04"), ("053", "08"), ("053", "04")])
def test_a_credit_with_the_bills_reference_pays_it(desk: TestOffice, kind: str, version: str) -> None:
    bill = billed(desk)
    read = receive(desk.office, camt(("B-1", "310.00", bill.reference or ""), kind=kind, version=version), by="carla")
    assert (read.paid, read.waiting, read.known) == (1, (), False)
    assert (known(desk, bill.id).state, known(desk, bill.id).received) == ("paid", Decimal("310.00"))
    assert waiting(desk) == []


def test_the_same_file_or_the_same_credit_again_changes_nothing(desk: TestOffice) -> None:
    bill = billed(desk)
    credit = ("B-1", "310.00", bill.reference or "")
    receive(desk.office, camt(credit), by="carla")
    assert receive(desk.office, camt(credit), by="carla").known
    again = receive(desk.office, camt(credit, kind="053"), by="carla")
    assert (again.paid, again.seen, again.waiting) == (0, 1, ())
    assert known(desk, bill.id).received == Decimal("310.00")
    with desk.database.read() as connection:
        assert audit.first_broken(connection) is None


@pytest.mark.parametrize(
    ("amount", "reason", "state"), [("100.00", "too_little", "open"), ("320.00", "too_much", "paid")]
)
def test_less_or_more_than_the_bill_goes_to_a_person(desk: TestOffice, amount: str, reason: str, state: str) -> None:
    bill = billed(desk)
    read = receive(desk.office, camt(("B-1", amount, bill.reference or "")), by="carla")
    assert (read.paid, read.waiting) == (0, ((reason, 1),))
    (credit,) = waiting(desk)
    assert (credit.reason, credit.amount, credit.payer) == (reason, Decimal(amount), "Anna Müller")
    assert (known(desk, bill.id).state, known(desk, bill.id).received) == (state, Decimal(amount))
    with pytest.raises(InvalidInput):
        settle_credit(desk.office, credit.id, by="carla", what=" ")
    settle_credit(desk.office, credit.id, by="carla", what="Telephoned: the rest follows")
    with pytest.raises(ReceivableMoved):
        settle_credit(desk.office, credit.id, by="carla", what="again")
    assert waiting(desk) == []


def test_the_rest_of_a_part_pays_the_bill(desk: TestOffice) -> None:
    bill = billed(desk)
    receive(desk.office, camt(("B-1", "100.00", bill.reference or "")), by="carla")
    read = receive(desk.office, camt(("B-2", "210.00", bill.reference or "")), by="carla")
    assert (read.paid, known(desk, bill.id).state) == (1, "paid")


def test_what_names_no_open_bill_goes_to_a_person(desk: TestOffice) -> None:
    bill = billed(desk)
    write_off(desk.office, bill.id, by="carla", why="Died, estate is empty")
    read = receive(
        desk.office, camt(("B-1", "310.00", bill.reference or ""), ("B-2", "5.00", "Prämie Juli")), by="carla"
    )
    assert read.waiting == (("no_bill", 1), ("not_open", 1))
    assert (known(desk, bill.id).state, known(desk, bill.id).received) == ("written_off", Decimal("310.00"))
    with pytest.raises(ReceivableMoved):
        paid_otherwise(desk.office, bill.id, by="carla", how="in cash")


def test_a_credit_that_the_bank_takes_back_opens_the_bill_again(desk: TestOffice) -> None:
    bill = billed(desk)
    receive(desk.office, camt(("B-1", "310.00", bill.reference or "")), by="carla")
    entry = (
        '<Ntry><Amt Ccy="CHF">310.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<NtryDtls><TxDtls><Refs><AcctSvcrRef>B-1</AcctSvcrRef></Refs><RmtInf><Strd><CdtrRefInf><Ref>{bill.reference}"
        "</Ref></CdtrRefInf></Strd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
    read = receive(desk.office, camt(more=entry), by="carla")
    assert read.waiting == (("reversed", 1),)
    assert (known(desk, bill.id).state, known(desk, bill.id).received) == ("open", Decimal("0.00"))


def test_debits_pending_entries_and_other_currencies_are_read_past() -> None:
    def entry(direction: str, status: str) -> str:
        return f'<Ntry><Amt Ccy="CHF">5.00</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts></Ntry>'

    assert read_statement(camt(more=entry("DBIT", "BOOK") + entry("CRDT", "PDNG"))).credits == ()
    (one,) = read_statement(camt(more=entry("CRDT", "BOOK"))).credits
    assert (one.amount, one.reference, one.booked_on) == (Decimal("5.00"), "", None)


@pytest.mark.parametrize(
    "data",
    [b"", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', camt(("B-1", "x", "1")), camt(("B-1", "-1", "1"))],
)
def test_what_is_no_statement_is_refused_and_changes_nothing(desk: TestOffice, data: bytes) -> None:
    with pytest.raises(UnreadableStatement):
        receive(desk.office, data, by="carla")
    assert waiting(desk) == []


def test_a_bill_can_be_printed_for_the_post_and_is_the_same_every_time(desk: TestOffice) -> None:
    bill = billed(desk, iban=None)
    first = bill_pdf(desk.office, bill.id)
    assert first == bill_pdf(desk.office, bill.id)
    (page,) = pypdfium2.PdfDocument(first)
    told = page.get_textpage().get_text_bounded()
    assert "Anna Müller" in told
    assert "16. Juli 2026" in told
    assert known(desk, bill.id).iban == QR_IBAN
    paid_otherwise(desk.office, bill.id, by="carla", how="in cash")
    with pytest.raises(ReceivableMoved):
        bill_pdf(desk.office, bill.id)


def test_without_an_account_there_is_no_bill(tmp_path: Path) -> None:
    for desk in open_office(tmp_path):
        fill_registers(desk.database)
        with pytest.raises(NoBill):
            bill_pdf(desk.office, billed(desk, iban=None).id)


def test_a_bill_is_overdue_after_its_day(desk: TestOffice) -> None:
    bill = billed(desk)
    assert not overdue(bill, date(2026, 7, 16))
    assert overdue(bill, date(2026, 7, 17))
