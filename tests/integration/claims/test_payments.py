from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import claim_steps
import office
import pytest
from office import TestOffice, fill_registers, open_office
from payment_desk import CLIENT_IBAN, INSURER_IBAN, QR_IBAN, QR_REFERENCE, all_payments, decide, of_case, pain002
from sqlalchemy.exc import IntegrityError

from db import audit, clients, payments, providers
from db.database import Database
from pulse.base.errors import InvalidInput, Misconfigured
from pulse.claims.money.bank_report import ContradictingReport, UnknownInReport, take_report
from pulse.claims.money.payments import PaymentMoved, propose, settle_by_hand, try_again
from pulse.claims.money.runs import FourEyes, NothingToPay, RunMoved, file_of, handed_out, make_run, release, withdraw


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[TestOffice]:
    """An office on each database, with an account to pay from."""
    for opened in open_office(tmp_path, database=database, insurer_iban=INSURER_IBAN):
        fill_registers(opened.database)
        yield opened


def sent_run(desk: TestOffice, **values: object) -> tuple[int, str]:
    """A run at the bank: its id and its message id."""
    run = make_run(desk.office, by="anna", **values)
    release(desk.office, run.id, by="berta")
    handed_out(desk.office, run.id, by="berta")
    return run.id, run.message_id


def states(desk: TestOffice) -> list[str]:
    return [one.state for one in all_payments(desk)]


def test_tiers_garant_pays_the_client_and_tiers_payant_the_provider(desk: TestOffice) -> None:
    decide(desk, tiers="garant")
    decide(desk, tiers="payant")
    to_client, to_provider = all_payments(desk)
    assert (to_client.payee, to_client.name, to_client.iban) == ("client", "Anna Müller", CLIENT_IBAN)
    assert (to_provider.payee, to_provider.name, to_provider.iban) == (
        "provider",
        "Apotheke zum Bären",
        office.PROVIDER_IBAN,
    )
    assert {to_client.amount, to_provider.amount} == {Decimal("71.55")}


def test_a_decision_proposes_its_payment_once(desk: TestOffice) -> None:
    case = decide(desk)
    with desk.database.write() as connection:
        propose(connection, case, 1, at=desk.clock.now())
    assert len(of_case(desk, case)) == 1


def test_a_decision_that_counts_is_proposed_for_payment_with_it(desk: TestOffice) -> None:
    case = claim_steps.settled(desk, tiers="payant")
    for _ in range(2):
        claim_steps.decided(desk, case, "approve", "P801", place="review_high_risk")
    assert [(one.payee, one.amount, one.state) for one in of_case(desk, case)] == [
        ("provider", Decimal("71.55"), "proposed")
    ]


@pytest.mark.parametrize(("decision", "amount"), [("deny", "0"), ("ask", "0"), ("approve", "0.02"), ("partial", "0")])
def test_where_nothing_is_to_be_paid_there_is_no_payment(desk: TestOffice, decision: str, amount: str) -> None:
    assert of_case(desk, decide(desk, decision=decision, amount=amount)) == []


def test_the_amount_is_rounded_to_five_centimes_when_it_is_paid_out(desk: TestOffice) -> None:
    (payment,) = of_case(desk, decide(desk, decision="partial", amount="71.52", tiers="garant"))
    assert payment.amount == Decimal("71.50")


def test_the_client_gets_what_the_cost_share_leaves_and_the_provider_all_that_is_approved(desk: TestOffice) -> None:
    decide(desk, tiers="garant", client_share=Decimal("21.38"))
    decide(desk, tiers="payant", client_share=Decimal("21.38"))
    assert [one.amount for one in all_payments(desk)] == [Decimal("21.40"), Decimal("71.55")]


def test_a_provider_is_not_paid_what_the_patient_has_paid_already(desk: TestOffice) -> None:
    (payment,) = of_case(desk, decide(desk, tiers="payant", prepaid_amount="20.00"))
    assert payment.amount == Decimal("51.55")


def test_a_client_without_an_account_is_paid_when_one_is_registered(desk: TestOffice) -> None:
    case = decide(desk, tiers="garant", client_iban=None)
    assert [(one.state, one.reason) for one in of_case(desk, case)] == [("waiting", "no_account")]
    with pytest.raises(NothingToPay):
        make_run(desk.office, by="anna")
    with desk.database.write() as connection:
        client = clients.by_number(connection, office.CLIENT_NUMBER)
        assert client is not None
        clients.change_many(connection, [{"id": client.id, "iban": CLIENT_IBAN}])
    make_run(desk.office, by="anna")
    assert [(one.state, one.iban) for one in of_case(desk, case)] == [("in_run", CLIENT_IBAN)]


@pytest.mark.parametrize(
    ("iban", "reference", "waits_for"),
    [
        ("DE89370400440532013000", None, "account_abroad"),
        ("CH9300762011623852958", None, "account_invalid"),
        (QR_IBAN, None, "no_qr_reference"),
        (QR_IBAN, QR_REFERENCE, ""),
    ],
)
def test_an_account_that_cannot_be_paid_makes_the_payment_wait(
    desk: TestOffice, iban: str, reference: str | None, waits_for: str
) -> None:
    with desk.database.write() as connection:
        providers.change_many(connection, [{"id": providers.everyone(connection)[0].id, "iban": iban}])
    payment = {"iban": iban, "reference": reference, "reference_type": "QRR" if reference else "NON"}
    (made,) = of_case(desk, decide(desk, tiers="payant", payment=payment))
    assert (made.state, made.reason) == ("waiting" if waits_for else "proposed", waits_for)


def test_a_run_is_released_by_somebody_else_than_who_made_it(desk: TestOffice) -> None:
    decide(desk)
    run = make_run(desk.office, by="anna")
    assert (run.payments, run.total, run.execute_on) == (1, Decimal("71.55"), date(2026, 6, 17))
    with pytest.raises(FourEyes):
        release(desk.office, run.id, by="anna")
    with pytest.raises(IntegrityError), desk.database.write() as connection:
        payments.change_run(connection, run.id, was=("made",), released_by="anna")
    release(desk.office, run.id, by="berta")
    assert states(desk) == ["released"]
    with desk.database.read() as connection:
        assert audit.first_broken(connection) is None


def test_a_file_is_the_same_however_often_it_is_taken(desk: TestOffice) -> None:
    decide(desk)
    run = make_run(desk.office, by="anna")
    with pytest.raises(RunMoved):
        file_of(desk.office, run.id)
    release(desk.office, run.id, by="berta")
    first = file_of(desk.office, run.id)
    assert handed_out(desk.office, run.id, by="berta")
    assert not handed_out(desk.office, run.id, by="anna")
    assert file_of(desk.office, run.id) == first
    assert states(desk) == ["sent"]


def test_a_crash_between_file_and_state_leads_to_the_same_file_and_one_payment(
    desk: TestOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(desk)
    run = make_run(desk.office, by="anna")
    written: list[bytes] = []
    keep = type(desk.office.documents).put

    def put_and_die(store: object, data: bytes) -> str:
        written.append(data)
        keep(desk.office.documents, data)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.office.documents), "put", put_and_die)
        with pytest.raises(KeyboardInterrupt):
            release(desk.office, run.id, by="berta")
    assert states(desk) == ["in_run"]
    desk.clock.advance(timedelta(hours=3))
    release(desk.office, run.id, by="berta")
    assert [file_of(desk.office, run.id)] == written
    with pytest.raises(RunMoved):
        release(desk.office, run.id, by="carla")
    with pytest.raises(NothingToPay):
        make_run(desk.office, by="anna")


def test_the_table_refuses_a_second_payment_of_one_decision(desk: TestOffice) -> None:
    case = decide(desk)
    (known,) = of_case(desk, case)
    row = vars(known) | {"attempt": 2, "end_to_end_id": "PULSE-again"}
    row.pop("id")
    with desk.database.write() as connection:
        assert not payments.add(connection, **row)
    assert len(of_case(desk, case)) == 1


def test_a_withdrawn_run_gives_its_payments_back(desk: TestOffice) -> None:
    decide(desk)
    run = make_run(desk.office, by="anna")
    withdraw(desk.office, run.id, by="anna")
    assert states(desk) == ["proposed"]
    with pytest.raises(RunMoved):
        release(desk.office, run.id, by="berta")
    assert make_run(desk.office, by="anna").payments == 1


def test_no_run_without_an_account_to_pay_from_or_for_a_day_that_is_over(desk: TestOffice) -> None:
    decide(desk)
    with pytest.raises(InvalidInput):
        make_run(desk.office, by="anna", execute_on=date(2026, 6, 15))
    poor = replace(desk.office, policy=replace(desk.office.policy, insurer_iban=None))
    with pytest.raises(Misconfigured):
        make_run(poor, by="anna")
    assert states(desk) == ["proposed"]


@pytest.mark.parametrize("version", ["10", "03"])
def test_the_bank_accepts_a_file_as_a_whole(desk: TestOffice, version: str) -> None:
    decide(desk)
    decide(desk)
    _, message = sent_run(desk)
    read = take_report(desk.office, pain002(message, group="ACCP", version=version), by="berta")
    assert (read.moved, read.known) == ({"accepted": 2}, False)
    assert states(desk) == ["accepted", "accepted"]


def test_a_report_read_twice_changes_nothing_the_second_time(desk: TestOffice) -> None:
    decide(desk)
    _, message = sent_run(desk)
    report = pain002(message, group="RJCT")
    assert take_report(desk.office, report, by="berta").moved == {"rejected": 1}
    again = take_report(desk.office, report, by="berta")
    assert (again.moved, again.known) == ({}, True)


def test_one_rejected_payment_waits_for_a_person_and_goes_to_the_account_registered_then(desk: TestOffice) -> None:
    bad, good = decide(desk, tiers="garant"), decide(desk, tiers="payant")
    run_id, message = sent_run(desk)
    name = of_case(desk, bad)[0].end_to_end_id
    take_report(desk.office, pain002(message, group="PART", transactions={name: "RJCT"}), by="berta")
    (rejected,) = of_case(desk, bad)
    assert (rejected.state, rejected.reason, rejected.note) == ("rejected", "AC04", "Account closed")
    assert of_case(desk, good)[0].state == "sent"
    with desk.database.write() as connection:
        client = clients.by_number(connection, office.CLIENT_NUMBER)
        assert client is not None
        clients.change_many(connection, [{"id": client.id, "iban": INSURER_IBAN}])
    try_again(desk.office, rejected.id, by="anna")
    with pytest.raises(PaymentMoved):
        try_again(desk.office, rejected.id, by="anna")
    second = of_case(desk, bad)[-1]
    assert (second.attempt, second.state, second.iban) == (2, "proposed", INSURER_IBAN)
    assert second.end_to_end_id != rejected.end_to_end_id
    assert make_run(desk.office, by="anna").id != run_id


def test_what_the_bank_takes_back_after_it_paid_was_returned(desk: TestOffice) -> None:
    case = decide(desk)
    _, message = sent_run(desk)
    name = of_case(desk, case)[0].end_to_end_id
    take_report(desk.office, pain002(message, transactions={name: "ACSC"}), by="berta")
    take_report(desk.office, pain002(message, transactions={name: "RJCT"}), by="berta")
    assert states(desk) == ["returned"]


def test_a_person_can_settle_a_rejected_payment_another_way_and_it_is_never_paid_again(desk: TestOffice) -> None:
    case = decide(desk)
    _, message = sent_run(desk)
    take_report(desk.office, pain002(message, group="RJCT"), by="berta")
    (rejected,) = of_case(desk, case)
    with pytest.raises(InvalidInput):
        settle_by_hand(desk.office, rejected.id, by="anna", note="  ")
    settle_by_hand(desk.office, rejected.id, by="anna", note="Paid in cash")
    with pytest.raises(PaymentMoved):
        try_again(desk.office, rejected.id, by="anna")
    with pytest.raises(NothingToPay):
        make_run(desk.office, by="anna")


def test_a_report_on_something_that_is_not_ours_changes_nothing(desk: TestOffice) -> None:
    decide(desk)
    _, message = sent_run(desk)
    for report in (
        pain002("PULSE-20260101-99", group="ACCP"),
        pain002(message, group="ACCP", transactions={"PULSE-1-1-1": "ACCP"}),
        pain002(message, instruction="ACCP", instruction_id="OTHER"),
    ):
        with pytest.raises(UnknownInReport):
            take_report(desk.office, report, by="berta")
    assert states(desk) == ["sent"]


def test_a_rejection_that_is_taken_back_is_a_question_to_the_bank(desk: TestOffice) -> None:
    decide(desk)
    _, message = sent_run(desk)
    take_report(desk.office, pain002(message, group="RJCT"), by="berta")
    with pytest.raises(ContradictingReport):
        take_report(desk.office, pain002(message, group="ACCP"), by="berta")
    assert states(desk) == ["rejected"]


def test_a_pending_payment_stays_at_the_bank(desk: TestOffice) -> None:
    decide(desk)
    run = make_run(desk.office, by="anna")
    release(desk.office, run.id, by="berta")
    take_report(desk.office, pain002(run.message_id, group="PDNG"), by="berta")
    assert [(one.state, one.bank_status) for one in all_payments(desk)] == [("sent", "PDNG")]


def test_a_new_decision_pays_only_the_difference(desk: TestOffice) -> None:
    case = decide(desk, decision="partial", amount="50.00", tiers="payant")
    sent_run(desk)
    decide(desk, invoice_id=case, amount="71.55", round_=2)
    assert [(one.round, one.amount, one.state) for one in of_case(desk, case)] == [
        (1, Decimal("50.00"), "sent"),
        (2, Decimal("21.55"), "proposed"),
    ]
    decide(desk, invoice_id=case, decision="deny", amount="0", round_=3)
    assert [one.state for one in of_case(desk, case)] == ["sent", "withdrawn"]
    with desk.database.read() as connection:
        overpaid = [one for one in audit.of_invoice(connection, case) if one["action"] == "claims:payment:overpaid"]
    assert [one["details"]["amount"] for one in overpaid] == ["50.00"]
