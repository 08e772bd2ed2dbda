"""Letters that came back: what a report changes, and that it changes nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from claim_steps import case_of, decided, settled
from office import TestOffice

from db import audit, effects, letters, payments
from pulse.base.errors import Conflict, Forbidden, InvalidInput
from pulse.claims import tasks
from pulse.claims.bounced import DeliveryReport, hear_report
from pulse.claims.errors import BusinessError
from pulse.claims.ports import DeliveryUnknown
from pulse.claims.send_letter import send_letter
from pulse.claims.write_letter import write_letter


def sent(desk: TestOffice, recipients: tuple[str, ...] = ("client", "provider")) -> int:
    """A case whose decision has left by mail."""
    invoice_id = settled(desk)
    decided(desk, invoice_id, "approve", "P801", place="straight")
    for recipient in recipients:
        write_letter(desk.office, invoice_id, recipient, "approved")
        send_letter(desk.office, invoice_id, recipient, "approved")
    return invoice_id


def report(invoice_id: int, recipient: str = "client", *, mail: int = 7, **values: Any) -> DeliveryReport:
    plain = {"permanent": True, "status": "5.1.1", "mail_id": mail}
    message_id = f"<letter.{invoice_id}.{recipient}.approved.1@insurer.example>"
    return DeliveryReport(**({"message_id": message_id} | plain | values))


def letter_of(desk: TestOffice, invoice_id: int, recipient: str = "client") -> letters.Letter:
    with desk.database.read() as connection:
        found = letters.find(connection, invoice_id, recipient=recipient, kind="approved", round_=1)
    assert found is not None
    return found


def receipt(desk: TestOffice, letter: letters.Letter) -> dict[str, Any]:
    with desk.database.read() as connection:
        effect = effects.get(connection, letter.effect_key)
    assert effect is not None
    return effect.receipt or {}


def actions(desk: TestOffice, invoice_id: int) -> list[str]:
    with desk.database.read() as connection:
        return [row["action"] for row in audit.of_invoice(connection, invoice_id)]


def test_a_letter_that_came_back_is_a_task_to_post_it_and_posted_settles_it(desk: TestOffice) -> None:
    invoice_id = sent(desk)
    assert hear_report(desk.office, report(invoice_id)) == "bounced"
    assert letter_of(desk, invoice_id).state == "bounced"
    assert receipt(desk, letter_of(desk, invoice_id))["bounced"]["status"] == "5.1.1"
    (task,) = tasks.open_tasks(desk.office, ["assistants"])
    assert (task.kind, task.name, task.group, task.invoice_id) == (
        "send_by_post",
        "Send by post",
        "assistants",
        invoice_id,
    )
    assert [field.key for field in tasks.fields(desk.office, task.id)] == ["delivery"]
    with pytest.raises(Forbidden):
        tasks.complete(desk.office, task.id, "otto", {"delivery": "post"}, groups=["controllers"])
    with pytest.raises(InvalidInput):
        tasks.complete(desk.office, task.id, "otto", {"delivery": "again"}, groups=["assistants"])
    tasks.complete(desk.office, task.id, "otto", {"delivery": "post"}, groups=["assistants"])
    assert letter_of(desk, invoice_id).state == "by_post"
    assert receipt(desk, letter_of(desk, invoice_id))["by"] == "otto"
    assert tasks.open_tasks(desk.office, ["assistants"]) == []
    with pytest.raises(Conflict):
        tasks.complete(desk.office, task.id, "otto", {"delivery": "post"}, groups=["assistants"])


def test_decision_payment_and_the_closed_case_stay_as_they_are(desk: TestOffice) -> None:
    invoice_id = sent(desk)
    before = case_of(desk, invoice_id)
    assert before.state == "completed"
    with desk.database.read() as connection:
        paid = payments.of_invoice(connection, invoice_id)
    hear_report(desk.office, report(invoice_id))
    assert case_of(desk, invoice_id) == before
    with desk.database.read() as connection:
        assert payments.of_invoice(connection, invoice_id) == paid
    assert len(desk.mail_out.mails) == 2


def test_a_case_whose_last_letter_came_back_early_closes_when_it_is_posted(desk: TestOffice) -> None:
    invoice_id = sent(desk, ("client",))
    hear_report(desk.office, report(invoice_id))
    write_letter(desk.office, invoice_id, "provider", "approved")
    send_letter(desk.office, invoice_id, "provider", "approved")
    assert case_of(desk, invoice_id).state != "completed"
    (task,) = tasks.open_tasks(desk.office, ["assistants"])
    tasks.complete(desk.office, task.id, "otto", {"delivery": "post"})
    assert case_of(desk, invoice_id).closed_as == "approved"


def test_a_process_that_asks_again_sends_nothing_a_second_time(desk: TestOffice) -> None:
    invoice_id = sent(desk)
    hear_report(desk.office, report(invoice_id))
    assert send_letter(desk.office, invoice_id, "client", "approved").state == "bounced"
    assert len(desk.mail_out.mails) == 2


def test_the_same_mail_heard_again_says_the_same_and_another_about_the_letter_changes_nothing(desk: TestOffice) -> None:
    invoice_id = sent(desk)
    assert hear_report(desk.office, report(invoice_id)) == "bounced"
    noted = actions(desk, invoice_id)
    assert hear_report(desk.office, report(invoice_id)) == "bounced"
    assert hear_report(desk.office, report(invoice_id, mail=8)) == "nothing"
    assert actions(desk, invoice_id) == noted


@pytest.mark.parametrize(("how", "state"), [("post", "by_post"), ("arrived", "sent")])
def test_a_report_after_the_task_is_done_opens_it_no_more(desk: TestOffice, how: str, state: str) -> None:
    invoice_id = sent(desk)
    hear_report(desk.office, report(invoice_id))
    (task,) = tasks.open_tasks(desk.office, ["assistants"])
    tasks.complete(desk.office, task.id, "otto", {"delivery": how})
    assert hear_report(desk.office, report(invoice_id, mail=9)) == "nothing"
    assert letter_of(desk, invoice_id).state == state
    assert tasks.open_tasks(desk.office, ["assistants"]) == []


def test_a_delay_is_noted_and_nothing_else(desk: TestOffice) -> None:
    invoice_id = sent(desk)
    assert hear_report(desk.office, report(invoice_id, permanent=False, status="4.4.1")) == "delayed"
    assert letter_of(desk, invoice_id).state == "sent"
    assert "claims:letter:delayed" in actions(desk, invoice_id)
    assert tasks.open_tasks(desk.office, ["assistants"]) == []
    assert hear_report(desk.office, report(invoice_id, mail=8)) == "bounced"


@pytest.mark.parametrize(
    "message_id",
    [
        "<letter.999999.client.approved.1@insurer.example>",
        "<letter.{}.client.denied.1@insurer.example>",
        "<letter.{}.client.approved.2@insurer.example>",
        "<letter.{}.client.approved.1@evil.example>",
        "<letter.{}.controller.approved.1@insurer.example>",
        "<letter.99999999999999999999.client.approved.1@insurer.example>",
        "<answer.1@insurer.example>",
        "letter",
    ],
)
def test_a_report_about_a_letter_that_we_never_sent_does_nothing(desk: TestOffice, message_id: str) -> None:
    invoice_id = sent(desk)
    noted = actions(desk, invoice_id)
    assert hear_report(desk.office, report(invoice_id, message_id=message_id.format(invoice_id))) == "nothing"
    assert actions(desk, invoice_id) == noted


def test_a_report_about_a_letter_that_has_not_left_is_forged_and_does_nothing(desk: TestOffice) -> None:
    invoice_id = sent(desk, ())
    write_letter(desk.office, invoice_id, "client", "approved")
    assert hear_report(desk.office, report(invoice_id)) == "nothing"
    assert send_letter(desk.office, invoice_id, "client", "approved").state == "sent"


def test_a_letter_whose_delivery_a_person_is_asked_about_stays_that_persons(desk: TestOffice) -> None:
    invoice_id = sent(desk, ())
    write_letter(desk.office, invoice_id, "client", "approved")
    desk.mail_out.problems.append(DeliveryUnknown())
    with pytest.raises(BusinessError):
        send_letter(desk.office, invoice_id, "client", "approved")
    assert hear_report(desk.office, report(invoice_id)) == "nothing"
    assert letter_of(desk, invoice_id).state == "unknown"
    assert "claims:letter:bounced" in actions(desk, invoice_id)
