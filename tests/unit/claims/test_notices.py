from __future__ import annotations

from datetime import timedelta

import pytest
from claim_steps import received, settled
from office import TestOffice

from db import letters
from pulse.base.errors import Conflict, Forbidden, InvalidInput, NotFound
from pulse.claims import tasks
from pulse.claims.errors import CaseMissing
from pulse.claims.ports import DeliveryUnknown
from pulse.claims.relay import relay_once
from pulse.claims.send_email import Notice, send_email

CLIENT = "anna.mueller@mail.example"


def ask(desk: TestOffice, invoice_id: int, reason: str) -> Notice:
    return send_email(desk.office, invoice_id, reason, actor="token")


def own_tasks(desk: TestOffice) -> list[tasks.Task]:
    """Our own rows alone: the engine of these tests has no user tasks."""
    desk.engine.tasks = lambda **_: []
    return tasks.open_tasks(desk.office, ["assistants", "controllers"])


def test_a_harmless_code_is_queued_and_sent_once_to_the_registered_address(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    first = ask(desk, invoice_id, "P205")
    assert first.status == "queued"
    relay_once(desk.office)
    assert ask(desk, invoice_id, "P205") == Notice(status="already_sent", letter_id=first.letter_id)
    relay_once(desk.office)
    assert [mail.to for mail in desk.mail_out.mails].count(CLIENT) == 1


@pytest.mark.parametrize(
    "reason", ["P811", "P814", "P819", "P241", "P503", "P510", "P312", "P402", "P401", "Wir zahlen nichts."]
)
def test_what_may_be_a_denial_waits_for_a_person(desk: TestOffice, reason: str) -> None:
    invoice_id = settled(desk)
    notice = ask(desk, invoice_id, reason)
    assert notice.status == "waiting_for_approval"
    assert ask(desk, invoice_id, reason) == notice
    relay_once(desk.office)
    assert desk.mail_out.to(CLIENT) == []
    (task,) = own_tasks(desk)
    assert (task.kind, task.group, task.invoice_id) == ("approve_notice", "controllers", invoice_id)
    tasks.complete(desk.office, task.id, "anna", {"approval": "approve"})
    relay_once(desk.office)
    assert len(desk.mail_out.to(CLIENT)) == 1
    with pytest.raises(Conflict):
        tasks.complete(desk.office, task.id, "eva", {"approval": "withdraw"})


def test_a_withdrawn_notice_never_leaves(desk: TestOffice) -> None:
    notice = ask(desk, settled(desk), "P814")
    tasks.complete(desk.office, f"letter-{notice.letter_id}", "anna", {"approval": "withdraw"})
    relay_once(desk.office)
    assert desk.mail_out.to(CLIENT) == []
    assert own_tasks(desk) == []


def test_only_controllers_approve_and_only_with_the_forms_values(desk: TestOffice) -> None:
    notice = ask(desk, settled(desk), "P814")
    task_id = f"letter-{notice.letter_id}"
    with pytest.raises(Forbidden):
        tasks.complete(desk.office, task_id, "otto", {"approval": "approve"}, groups=["assistants"])
    for values in ({}, {"approval": "yes"}, {"approval": "approve", "kind": "approved"}):
        with pytest.raises(InvalidInput):
            tasks.complete(desk.office, task_id, "anna", values)


def test_two_reasons_are_two_letters(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    assert ask(desk, invoice_id, "P205").letter_id != ask(desk, invoice_id, "P209").letter_id


@pytest.mark.parametrize("reason", ["", "   ", "P701", "P902", "x" * 3901])
def test_an_empty_overlong_or_internal_reason_is_refused(desk: TestOffice, reason: str) -> None:
    with pytest.raises(InvalidInput):
        ask(desk, settled(desk), reason)


def test_without_a_client_there_is_nobody_to_write_to(desk: TestOffice) -> None:
    with pytest.raises(Conflict):
        ask(desk, received(desk), "P205")
    with pytest.raises(CaseMissing):
        ask(desk, 99999999, "P205")


def test_an_unknown_delivery_of_a_notice_is_a_task_and_goes_out_again_on_a_persons_word(desk: TestOffice) -> None:
    desk.mail_out.problems = [DeliveryUnknown()]
    notice = ask(desk, settled(desk), "P205")
    relay_once(desk.office)
    (task,) = own_tasks(desk)
    assert (task.kind, task.group) == ("settle_letter", "assistants")
    tasks.complete(desk.office, task.id, "otto", {"delivery": "again"})
    desk.clock.advance(timedelta(seconds=5))
    relay_once(desk.office)
    assert len(desk.mail_out.to(CLIENT)) == 1
    with desk.database.read() as connection:
        letter = letters.get(connection, notice.letter_id)
    assert letter is not None
    assert letter.state == "sent"


def test_a_task_that_never_was_is_not_found(desk: TestOffice) -> None:
    with pytest.raises(NotFound):
        tasks.task(desk.office, "letter-nothing")
