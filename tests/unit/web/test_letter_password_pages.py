"""Passwords of letters, and letters that came back, as people see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import office as desk
import pytest
from claim_steps import decided, settled
from flask import Flask
from web_desk import PASSWORD, Browser, text
from werkzeug.security import generate_password_hash

from db import audit, users
from pulse.claims.bounced import DeliveryReport, hear_report
from pulse.claims.letter_passwords import shown_password
from pulse.claims.send_letter import send_letter
from pulse.claims.write_letter import write_letter
from pulse.web import create_app


@pytest.fixture
def case(parts: desk.TestOffice) -> int:
    """An approved case whose client's letter has left."""
    invoice_id = settled(parts)
    decided(parts, invoice_id, "approve", "P801", place="straight")
    write_letter(parts.office, invoice_id, "client", "approved")
    send_letter(parts.office, invoice_id, "client", "approved")
    return invoice_id


@pytest.fixture
def locked(parts: desk.TestOffice, case: int) -> Callable[[str], Browser]:
    """A browser at a house whose letters open with a password."""
    policy = replace(parts.office.policy, letter_protection="password")
    app: Flask = create_app(replace(parts.office, policy=policy), secret_key="k" * 32)
    hashed = generate_password_hash(PASSWORD, method="scrypt:1024:8:1")
    with parts.database.write() as connection:
        for login, groups in (("anna", "assistants"), ("gast", "")):
            users.add(connection, login=login, password_hash=hashed, groups=groups, at=desk.NOW)

    def make(login: str) -> Browser:
        made = Browser(app)
        made.post("/login", {"login": login, "password": PASSWORD})
        return made

    return make


def test_a_password_is_made_shown_on_demand_and_who_looked_is_on_record(
    parts: desk.TestOffice, case: int, locked: Callable[[str], Browser]
) -> None:
    anna, page = locked("anna"), f"/cases/{case}/letter-password/client"
    assert f'href="{page}"' in text(anna.get(f"/cases/{case}"))
    assert "No password is on file" in text(anna.get(page))
    assert anna.post(f"{page}/new").status_code == 302
    known = shown_password(parts.office, case, "client", "test")
    assert known is not None
    looked = anna.get(page)
    assert known.password not in text(looked)
    assert "set by anna" in text(looked)
    shown = anna.post(f"{page}/show")
    assert known.password in text(shown)
    assert shown.headers["Cache-Control"] == "no-store"
    assert known.password not in text(anna.get(f"/cases/{case}"))
    with parts.database.read() as connection:
        events = [(row["actor"], row["action"]) for row in audit.of_invoice(connection, case)]
    assert ("anna", "web:letter-password:made") in events
    assert ("anna", "web:letter-password:shown") in events


def test_nobody_without_a_group_and_no_forged_form_gets_a_password(case: int, locked: Callable[[str], Browser]) -> None:
    page = f"/cases/{case}/letter-password/client"
    assert locked("gast").post(f"{page}/show").status_code == 403
    assert locked("anna").post(f"{page}/new", csrf=False).status_code == 400


@pytest.mark.parametrize("recipient", ["provider", "controller", "nobody"])
def test_a_recipient_whose_letters_have_no_password_has_no_such_page(
    case: int, locked: Callable[[str], Browser], recipient: str
) -> None:
    assert locked("anna").get(f"/cases/{case}/letter-password/{recipient}").status_code == 404


def test_a_letter_that_came_back_is_shown_and_posted(
    parts: desk.TestOffice, case: int, browser: Callable[..., Browser]
) -> None:
    report = DeliveryReport(
        message_id=f"<letter.{case}.client.approved.1@insurer.example>", permanent=True, status="5.1.1", mail_id=1
    )
    assert hear_report(parts.office, report) == "bounced"
    anna = browser("anna")
    shown = text(anna.get(f"/cases/{case}"))
    assert "Came back" in shown
    assert "5.1.1" in shown
    assert "Mail came back" in shown
    assert "Send by post" in text(anna.get("/tasks"))
    with parts.database.read() as connection:
        (letter_id,) = [row[0] for row in connection.exec_driver_sql("SELECT id FROM letters WHERE state = 'bounced'")]
    page = text(anna.get(f"/tasks/letter-{letter_id}"))
    assert f'href="/letters/{letter_id}"' in page
    assert "It was printed and posted" in page
    assert anna.get(f"/letters/{letter_id}").data.startswith(b"%PDF")
    assert anna.post(f"/tasks/letter-{letter_id}", {"v-delivery": "post"}).status_code == 302
    assert "By post" in text(anna.get(f"/cases/{case}"))


def test_the_tasklist_for_machines_tells_a_letter_that_came_back(
    parts: desk.TestOffice, case: int, api: object, bearer: Callable[..., dict[str, str]]
) -> None:
    report = DeliveryReport(
        message_id=f"<letter.{case}.client.approved.1@insurer.example>", permanent=True, status="5.1.1", mail_id=1
    )
    hear_report(parts.office, report)
    answer = api.get("/api/v1/tasks", headers=bearer("tasks:read"))  # type: ignore[attr-defined]
    assert [task["kind"] for task in answer.json["tasks"]] == ["send_by_post"]
    found = api.get(f"/api/v1/invoices/{case}/letters", headers=bearer("invoices:read"))  # type: ignore[attr-defined]
    assert [letter["state"] for letter in found.json["letters"]] == ["bounced"]
