from __future__ import annotations

import threading
from datetime import timedelta

import office
from office import TestOffice

from db import invoices, leases, letters, outbox
from pulse.claims.ports import DeliveryUnknown, MailUnavailable
from pulse.claims.receive import receive_document
from pulse.claims.relay import relay_once, run
from pulse.engine.errors import EngineSilent, EngineUnavailable, MessageNotMatched


def receive(desk: TestOffice, **changes: object) -> int:
    received = receive_document(desk.office, office.document(**changes), channel="mail", actor="gateway")
    assert received.invoice_id is not None
    return received.invoice_id


def errand(desk: TestOffice, key: str) -> outbox.Errand:
    with desk.database.read() as connection:
        found = outbox.get(connection, key)
    assert found is not None
    return found


def case(desk: TestOffice, invoice_id: int) -> invoices.Case:
    with desk.database.read() as connection:
        found = invoices.get(connection, invoice_id)
    assert found is not None
    return found


def test_the_relay_starts_the_process_with_every_variable_that_conditions_read(desk: TestOffice) -> None:
    invoice_id = receive(desk)
    assert relay_once(desk.office) == 1
    assert relay_once(desk.office) == 0
    variables = desk.engine.started[0]
    assert variables["invoice_id"] == invoice_id
    assert variables["total_amount"] == "71.55"
    assert variables["due_at"] == office.NOW + timedelta(hours=24)
    for name in ("client_match", "positions_valid", "risk", "outcome", "decision", "clarification", "delivery"):
        assert name in variables
    started = case(desk, invoice_id)
    assert (started.state, started.process_instance_id) == ("in_progress", "process-1")


def test_a_lost_answer_does_not_start_a_second_process(desk: TestOffice) -> None:
    invoice_id = receive(desk)
    desk.engine.lost_answers.append(EngineUnavailable())
    assert relay_once(desk.office) == 0
    desk.clock.advance(timedelta(minutes=2))
    assert relay_once(desk.office) == 1
    assert len(desk.engine.started) == 1
    assert case(desk, invoice_id).process_instance_id == "process-1"


def test_an_engine_that_is_away_is_tried_again_later_and_not_at_once(desk: TestOffice) -> None:
    receive(desk)
    desk.engine.problems.append(EngineUnavailable())
    assert relay_once(desk.office) == 0
    waiting = errand(desk, "start:invoice-10000001")
    assert (waiting.attempts, waiting.last_error) == (1, "engine_unavailable")
    assert waiting.next_try_at > office.NOW
    assert relay_once(desk.office) == 0
    assert desk.engine.started == []
    desk.clock.advance(timedelta(minutes=1))
    assert relay_once(desk.office) == 1


def test_a_silent_engine_gets_the_time_to_finish_before_it_is_asked_what_it_has_done(desk: TestOffice) -> None:
    receive(desk)
    desk.engine.problems.append(EngineSilent())
    assert relay_once(desk.office) == 0
    desk.clock.advance(timedelta(seconds=20))
    assert relay_once(desk.office) == 0
    desk.engine.instances["invoice-10000001"] = "started-after-we-had-gone"
    desk.clock.advance(timedelta(seconds=3))
    assert relay_once(desk.office) == 1
    assert desk.engine.started == []
    assert case(desk, 10000001).process_instance_id == "started-after-we-had-gone"


def test_a_process_that_is_not_deployed_yet_is_waited_for(desk: TestOffice) -> None:
    receive(desk)
    desk.engine.problems = [MessageNotMatched()]
    relay_once(desk.office)
    desk.clock.advance(timedelta(minutes=1))
    assert relay_once(desk.office) == 1


def test_a_relay_that_died_in_the_middle_is_taken_over_and_the_engine_asked_first(desk: TestOffice) -> None:
    receive(desk)
    with desk.database.write() as connection:
        claimed = outbox.due(connection, at=office.NOW)[0]
        assert outbox.claim(connection, claimed, until=office.NOW + timedelta(seconds=60))
    desk.engine.instances["invoice-10000001"] = "started-before-it-died"
    assert relay_once(desk.office) == 0
    desk.clock.advance(timedelta(seconds=61))
    assert relay_once(desk.office) == 1
    assert desk.engine.started == []
    assert case(desk, 10000001).process_instance_id == "started-before-it-died"


def test_a_relay_at_work_renews_its_lease_before_it_runs_out(desk: TestOffice) -> None:
    def is_held_for(seconds: int) -> bool:
        until = desk.clock.now() + timedelta(seconds=seconds)
        with desk.database.read() as connection:
            return leases.is_held(connection, "relay", holder=desk.office.holder, until=until)

    for number, waited in enumerate((0, 20, 20, 20)):
        desk.clock.advance(timedelta(seconds=waited))
        receive(desk, invoice_number=str(number))
        assert relay_once(desk.office) == 1
        assert is_held_for(29)


def test_another_relays_lease_is_respected_but_one_case_may_be_hurried(desk: TestOffice) -> None:
    invoice_id = receive(desk)
    receive(desk, invoice_number="102")
    with desk.database.write() as connection:
        until = office.NOW + timedelta(minutes=1)
        leases.take(connection, "relay", holder="other", at=office.NOW, until=until)
    assert relay_once(desk.office) == 0
    assert relay_once(desk.office, invoice_id=invoice_id, limit_s=2.0) == 1
    assert len(desk.engine.started) == 1


def test_two_relays_at_one_errand_start_one_process(desk: TestOffice) -> None:
    invoice_id = receive(desk)
    gate, done = threading.Barrier(4), []

    def relay() -> None:
        gate.wait()
        done.append(relay_once(desk.office, invoice_id=invoice_id))

    threads = [threading.Thread(target=relay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 1
    assert len(desk.engine.started) == 1


def test_a_case_that_ended_while_its_start_was_noted_stays_ended(desk: TestOffice) -> None:
    invoice_id = receive(desk)
    with desk.database.write() as connection:
        invoices.set_case(connection, invoice_id, state="completed", closed_as="approved")
    relay_once(desk.office)
    assert case(desk, invoice_id).state == "completed"


def test_a_repeated_invoice_is_answered_by_the_relay_once(desk: TestOffice) -> None:
    receive(desk)
    receive(desk, reminder_level=1, request_type="reminder")
    assert relay_once(desk.office) == 2
    assert relay_once(desk.office) == 0
    assert [mail.to for mail in desk.mail_out.mails] == ["apotheke@provider.example"]
    assert desk.mail_out.mails[0].message_id == "<letter.10000002.provider.already_received.1@insurer.example>"


def test_a_letter_is_tried_again_while_the_mail_server_is_away(desk: TestOffice) -> None:
    receive(desk)
    receive(desk, reminder_level=1)
    desk.mail_out.problems.append(MailUnavailable())
    relay_once(desk.office)
    assert desk.mail_out.mails == []
    desk.clock.advance(timedelta(minutes=2))
    relay_once(desk.office)
    assert len(desk.mail_out.mails) == 1


def test_a_letter_whose_delivery_is_unknown_is_never_sent_again_by_the_relay(desk: TestOffice) -> None:
    receive(desk)
    receive(desk, reminder_level=1)
    desk.mail_out.problems.append(DeliveryUnknown())
    for _ in range(3):
        relay_once(desk.office)
        desk.clock.advance(timedelta(minutes=10))
    assert desk.mail_out.mails == []
    with desk.database.read() as connection:
        assert [letter.kind for letter in letters.in_state(connection, ["unknown"])] == ["already_received"]


def test_the_running_relay_outlives_what_goes_wrong_and_stops_when_told(desk: TestOffice) -> None:
    receive(desk)
    desk.engine.problems = [RuntimeError("a fault of ours")]
    stop = threading.Event()
    correlate = desk.engine.correlate

    def last(*args: object, **values: object) -> object:
        stop.set()
        return correlate(*args, **values)

    desk.engine.correlate = last
    ticking = threading.Thread(target=run, args=(desk.office, stop), kwargs={"interval_s": 0.01})
    ticking.start()
    while not stop.wait(0.02):
        desk.clock.advance(timedelta(minutes=1))
    ticking.join()
    assert len(desk.engine.started) == 1
