"""The repositories and ledgers mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import office
import pytest
from sqlalchemy import Connection, text, update

from db import (
    audit,
    clients,
    decisions,
    effects,
    invoices,
    leases,
    letters,
    mails,
    medications,
    outbox,
    providers,
    steps,
    tokens,
    users,
)
from db.database import Database
from pulse.base.errors import InvalidInput

NOW = office.NOW


def add_case(connection: Connection, **changes: Any) -> int:
    values = {"reading": "complete", "channel": "mail", "received_at": NOW, "remind_at": NOW, "due_at": NOW}
    return invoices.add(connection, office.invoice(**changes), made_by="test", **values)


def at_once(database: Database, work: Callable[[Connection], Any], times: int = 6) -> list[Any]:
    """The same work in as many threads, each in a transaction of its own, all let go together."""
    gate = threading.Barrier(times)

    def one(_: int) -> Any:
        gate.wait()
        with database.write() as connection:
            return work(connection)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_a_case_comes_back_as_it_was_stored(database: Database) -> None:
    with database.write() as connection:
        invoice_id = add_case(connection)
    with database.read() as connection:
        case = invoices.get(connection, invoice_id)
        lines = invoices.lines(connection, invoice_id)
    assert case is not None
    assert case.content == office.invoice()
    assert (case.state, case.business_key, case.received_at) == ("in_queue", f"invoice-{invoice_id}", NOW)
    assert [(line.gtin, line.amount) for line in lines] == [(office.LISTED, Decimal("71.55"))]


def test_positions_are_changed_in_one_go(database: Database) -> None:
    with database.write() as connection:
        invoice_id = add_case(connection, positions=[office.position(1), office.position(2)])
        rows = [{"line": n, "payable": Decimal(n), "outcome": "full"} for n in (1, 2)]
        invoices.set_lines(connection, invoice_id, rows)
        invoices.set_lines(connection, invoice_id, [])
    with database.read() as connection:
        lines = invoices.lines(connection, invoice_id)
    assert [(line.payable, line.outcome) for line in lines] == [(Decimal("1.00"), "full"), (Decimal("2.00"), "full")]


def test_a_corrected_reading_replaces_positions_and_keeps_the_old_one(database: Database) -> None:
    with database.write() as connection:
        invoice_id = add_case(connection, positions=[office.position(1), office.position(2)])
        content = office.invoice(invoice_number="200")
        invoices.replace_content(connection, invoice_id, content, made_by="otto", at=NOW, reading="doubtful")
        kept = connection.execute(text("SELECT revision, made_by FROM readings ORDER BY revision")).all()
        case = invoices.get(connection, invoice_id)
        assert len(invoices.lines(connection, invoice_id)) == 1
    assert [tuple(row) for row in kept] == [(1, "test"), (2, "otto")]
    assert case is not None
    assert (case.content.invoice_number, case.reading) == ("200", "doubtful")


def test_a_case_read_again_shares_its_invoice_until_somebody_corrects_it(database: Database) -> None:
    def read(connection: Connection) -> invoices.Case:
        case = invoices.get(connection, invoice_id)
        assert case is not None
        return case

    content = office.invoice(patient={"family_name": "Zoë \u2013 Œuvré"})
    with database.write() as connection:
        invoice_id = add_case(connection, patient={"family_name": "Zoë \u2013 Œuvré"})
        first, again = read(connection), read(connection)
        invoices.replace_content(connection, invoice_id, office.invoice(), made_by="otto", at=NOW)
        corrected = read(connection)
    assert first.content == content
    assert first.content is again.content
    assert corrected.content == office.invoice()


def test_earlier_cases_are_found_by_guid_by_number_and_by_document(database: Database) -> None:
    with database.write() as connection:
        first = add_case(connection, guid="g-1")
        other = add_case(connection, invoice_number="102", biller={"zsr": "P012345"})
        find = invoices.earlier
        assert [c.id for c in find(connection, office.invoice(guid="g-1", invoice_number="9"))] == [first]
        assert [c.id for c in find(connection, office.invoice())] == [first]
        assert [c.id for c in find(connection, office.invoice(invoice_number="102", biller={"zsr": "P012345"}))] == [
            other
        ]
        assert find(connection, office.invoice(invoice_number=None)) == []


def test_a_process_is_noted_and_a_case_that_has_ended_stays_ended(database: Database) -> None:
    with database.write() as connection:
        running, ended = add_case(connection), add_case(connection)
        invoices.set_case(connection, ended, state="completed")
        for invoice_id in (running, ended):
            invoices.process_started(connection, invoice_id, f"p-{invoice_id}")
        cases = invoices.of_processes(connection, [f"p-{running}", f"p-{ended}", "p-x"])
        assert {key: case.state for key, case in cases.items()} == {
            f"p-{running}": "in_progress",
            f"p-{ended}": "completed",
        }
        assert invoices.counts(connection) == {"in_queue": 0, "in_progress": 1, "completed": 1}
        assert [case.id for case in invoices.page(connection, before=ended)] == [running]


def test_registers_answer_by_number_day_and_address(database: Database) -> None:
    office.fill_registers(database)
    with database.read() as connection:
        found = clients.by_number(connection, "756.9217.0769.85")
        assert found is not None
        assert found.last_name == "Müller"
        assert len(clients.by_numbers(connection, ["123456789", "7561234567897", "0"])) == 2
        assert clients.by_numbers(connection, []) == []
        assert [one.last_name for one in clients.born_on(connection, date(1960, 1, 2))] == ["Keller"]
        find = providers.find
        assert find(connection, gln=office.PROVIDER_GLN, zsr=None, on=date(2026, 1, 1)) is not None
        assert find(connection, gln="7601", zsr="P 012345", on=date(2026, 1, 1)) is not None
        assert find(connection, gln=office.PROVIDER_GLN, zsr=None, on=date(2019, 12, 31)) is None
        assert providers.by_mail(connection, " Apotheke@PROVIDER.example ", on=date(2026, 1, 1)) is not None


def test_the_price_of_a_day_is_the_last_one_that_had_begun(database: Database) -> None:
    days = [(date(2026, 1, 1), Decimal("10.00")), (date(2026, 6, 1), Decimal("9.00"))]
    with database.write() as connection:
        medications.add(connection, gtin="7680000000001", name="x", listed_from=date(2026, 1, 1), prices=days)
        asked = [("7680000000001", day) for day in (date(2025, 12, 31), date(2026, 5, 31), date(2026, 6, 1))]
        prices = medications.prices_on(connection, asked)
        assert prices == {asked[1]: Decimal("10.00"), asked[2]: Decimal("9.00")}
        assert medications.latest_price(connection, "7680000000001") == Decimal("9.00")


@pytest.mark.parametrize("amount", ["0.05", "71.55", "1234567890.1234", "-5.00", "0.1", "100"])
def test_amounts_come_back_exactly(database: Database, amount: str) -> None:
    with database.write() as connection:
        invoice_id = add_case(connection)
        invoices.set_case(connection, invoice_id, payable_amount=Decimal(amount))
        case = invoices.get(connection, invoice_id)
    assert case is not None
    assert case.payable_amount == Decimal(amount)
    assert isinstance(case.payable_amount, Decimal)


def test_moments_are_aware_and_the_same_whatever_zone_they_came_in(database: Database) -> None:
    swiss = datetime(2026, 6, 16, 10, 0, 0, 123000, tzinfo=timezone(timedelta(hours=2)))
    with database.write() as connection:
        invoice_id = add_case(connection)
        invoices.set_case(connection, invoice_id, closed_at=swiss)
        case = invoices.get(connection, invoice_id)
    assert case is not None
    assert case.closed_at == swiss
    assert case.closed_at.tzinfo is UTC


def test_a_naive_moment_is_refused(database: Database) -> None:
    statement = update(invoices.invoices).values(closed_at=datetime(2026, 6, 16))  # noqa: DTZ001
    with database.engine.connect() as connection, pytest.raises(Exception, match="time zone"):
        connection.execute(statement)


def test_a_mail_is_entered_once_at_its_place(database: Database) -> None:
    place = {"account": "a", "folder": "INBOX", "uid_validity": 4_294_967_295, "uid": 4_294_967_294}
    seen = at_once(database, lambda connection: mails.see(connection, **place, seen_at=NOW))
    assert sorted(new for _, new in seen) == [False] * 5 + [True]
    assert len({mail.id for mail, _ in seen}) == 1


def test_an_errand_is_written_down_once_and_done_by_one(database: Database) -> None:
    with database.write() as connection:
        invoice_id = add_case(connection)
        entry = {"key": "start:1", "kind": "start_process", "invoice_id": invoice_id, "payload": {}, "at": NOW}
        assert outbox.add(connection, **entry)
        assert not outbox.add(connection, **entry)
        (errand,) = outbox.due(connection, at=NOW)
    until = NOW + timedelta(minutes=1)
    assert sum(at_once(database, lambda connection: outbox.claim(connection, errand, until=until))) == 1
    with database.write() as connection:
        assert outbox.due(connection, at=NOW) == []
        (again,) = outbox.due(connection, at=until)
        assert again.attempts == 1
        outbox.failed(connection, again.id, error="x" * 500, next_try_at=until)
        outbox.done(connection, again.id, at=until)
        assert outbox.pending(connection) == 0


def test_an_effect_is_claimed_by_one_and_again_only_after_a_proven_refusal(database: Database) -> None:
    def claim(connection: Connection) -> bool:
        return effects.claim(connection, "letter:1", message_id="<m>", claimed_by="w", at=NOW)

    assert sum(at_once(database, claim)) == 1
    with database.write() as connection:
        assert effects.settle(connection, "letter:1", "refused", at=NOW)
    assert sum(at_once(database, claim)) == 1
    with database.write() as connection:
        assert effects.settle(connection, "letter:1", "unknown", at=NOW)
        assert not claim(connection)
        assert effects.settle(connection, "letter:1", "sent", at=NOW, receipt={"reply": "250"})
        assert not effects.settle(connection, "letter:1", "refused", at=NOW)
        effect = effects.get(connection, "letter:1")
    assert effect is not None
    assert (effect.state, effect.attempts, effect.receipt) == ("sent", 2, {"reply": "250"})


def test_a_lease_has_one_holder_until_it_runs_out(database: Database) -> None:
    until = NOW + timedelta(minutes=1)
    names = iter(f"holder-{n}" for n in range(6))

    def take(connection: Connection) -> bool:
        return leases.take(connection, "relay", holder=next(names), at=NOW, until=until)

    assert sum(at_once(database, take)) == 1
    with database.write() as connection:
        assert not leases.take(connection, "relay", holder="late", at=NOW, until=until)
        assert leases.take(connection, "relay", holder="late", at=until, until=until + timedelta(minutes=1))
        leases.release(connection, "relay", holder="late")
        assert leases.take(connection, "relay", holder="next", at=NOW, until=until)


def test_who_holds_a_lease_long_enough_need_not_renew_it(database: Database) -> None:
    with database.write() as connection:
        leases.take(connection, "relay", holder="one", at=NOW, until=NOW + timedelta(minutes=1))
        for seconds, held in ((30, True), (60, False)):
            until = NOW + timedelta(seconds=seconds)
            assert leases.is_held(connection, "relay", holder="one", until=until) is held
            assert not leases.is_held(connection, "relay", holder="two", until=until)


def test_a_step_keeps_its_first_answer(database: Database) -> None:
    with database.write() as connection:
        invoice_id = add_case(connection)

    def keep(connection: Connection) -> bool:
        return steps.keep(connection, "a:1", invoice_id=invoice_id, topic="t", answer={"x": "é"}, at=NOW)

    assert sum(at_once(database, keep)) == 1
    with database.read() as connection:
        assert steps.answer(connection, "a:1") == {"x": "é"}
        assert steps.answer(connection, "a:2") is None


def test_a_round_has_one_decision(database: Database) -> None:
    with database.write() as connection:
        invoice_id = add_case(connection)
    row = {"decision": "deny", "reason_code": "P814", "payable_amount": Decimal(0), "decided_by": "anna"}

    def add(connection: Connection) -> bool:
        values = {**row, "invoice_id": invoice_id, "round": 1, "automated": False, "decided_at": NOW}
        return decisions.add(connection, **values)

    assert sum(at_once(database, add)) == 1
    with database.read() as connection:
        assert len(decisions.of_invoice(connection, invoice_id)) == 1


def test_a_review_keeps_its_amounts_exactly(database: Database) -> None:
    amounts = {1: Decimal("0.10"), 12: Decimal("71.55")}
    with database.write() as connection:
        invoice_id = add_case(connection)
        decisions.add_review(connection, "r", invoice_id=invoice_id, payable=amounts, made_by="anna", made_at=NOW)
        review = decisions.review(connection, "r")
    assert review is not None
    assert review.amounts() == amounts


def test_letters_change_only_from_the_states_named(database: Database) -> None:
    with database.write() as connection:
        invoice_id = add_case(connection)
        row = {"id": "l", "invoice_id": invoice_id, "recipient": "client", "kind": "notice", "round": 1}
        letters.add(connection, **row, language="de", state="waiting_for_approval", facts={}, created_at=NOW)
        assert not letters.set_letter(connection, "l", was=["written"], state="sent")
        assert letters.set_letter(connection, "l", was=["waiting_for_approval"], state="written")
        assert [letter.id for letter in letters.in_state(connection, ["written"])] == ["l"]
        found = letters.find(connection, invoice_id, recipient="client", kind="notice", round_=1)
    assert found is not None
    assert found.effect_key == f"letter:{invoice_id}:client:notice:1"


def test_the_audit_chain_holds_under_writers_at_once_and_breaks_where_a_row_was_edited(database: Database) -> None:
    def note(connection: Connection) -> None:
        audit.note(connection, "test:case:noted", actor="x", at=NOW, amount="71.55")

    for _ in range(3):
        at_once(database, note)
    with database.read() as connection:
        assert audit.first_broken(connection) is None
        assert connection.execute(text("SELECT count(*) FROM audit_events")).scalar() == 18
    with database.write() as connection:
        connection.execute(text("UPDATE audit_events SET actor = 'y' WHERE id = 7"))
    with database.read() as connection:
        assert audit.first_broken(connection) == 7


@pytest.mark.parametrize(
    "edit", ["DELETE FROM audit_events WHERE id = 2", "UPDATE audit_events SET details = '{}' WHERE id = 2"]
)
def test_an_audit_row_that_is_gone_or_emptied_is_found(database: Database, edit: str) -> None:
    with database.write() as connection:
        for number in range(4):
            audit.note(connection, "test:case:noted", actor="x", at=NOW, number=number)
    with database.write() as connection:
        connection.execute(text(edit))
    with database.read() as connection:
        assert audit.first_broken(connection) in (2, 3)


def test_tokens_are_kept_as_digests_and_users_have_plain_logins(database: Database) -> None:
    with database.write() as connection:
        tokens.add(connection, "t", name="x", secret="s3cret", scopes=["invoices:read"], at=NOW)
        token = tokens.by_secret(connection, "s3cret")
        assert token is not None
        assert (token.allows("invoices:read"), token.allows("letters:send")) == (True, False)
        assert "s3cret" not in str(connection.execute(text("SELECT * FROM tokens")).all())
        assert tokens.by_secret(connection, "other") is None
        users.add(connection, login="anna", password_hash="h", groups="controllers", at=NOW)
        with pytest.raises(InvalidInput):
            users.add(connection, login="a n", password_hash="h", groups="", at=NOW)


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            add_case(connection)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with database.read() as connection:
        assert invoices.page(connection) == []
