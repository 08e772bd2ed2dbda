"""Mail rules as controllers see and change them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import office as desk
import pytest
from flask import Flask
from web_desk import Browser, text

from db.tables import audit_events
from pulse.base.errors import Unavailable
from pulse.claims import mail_rules
from pulse.claims.mail_rule import read_rule
from pulse.claims.mailboxes import Foreseen, NoMailboxes

Open = Callable[..., Browser]
NEWS = {"name": "News", "enabled": "1", "sender": "*.news.example\r\n\r\npress@shop.example ", "action": "ignore"}


def names(parts: desk.TestOffice) -> list[str]:
    return [one.rule.name for one in mail_rules.listed(parts.office)]


def keep(parts: desk.TestOffice, *several: str, **values: Any) -> None:
    for name in several:
        rule = read_rule({"name": name, "action": "ignore", "subject": name} | values, parts.office.policy)
        mail_rules.add(parts.office, rule, by="carlo")


def test_only_controllers_see_and_change_rules(parts: desk.TestOffice, browser: Open) -> None:
    anna = browser("anna")
    keep(parts, "one")
    assert anna.get("/mail-rules").status_code == 403
    assert anna.post("/mail-rules/new", NEWS).status_code == 403
    assert anna.post("/mail-rules/1/switch", {"on": "0"}).status_code == 403
    assert "Mail rules" not in text(anna.get("/cases"))
    assert browser().get("/mail-rules").status_code == 302
    assert browser("carla").post("/mail-rules/1/remove", csrf=False).status_code == 400
    assert names(parts) == ["one"]


def test_a_rule_is_added_shown_and_on_record(parts: desk.TestOffice, browser: Open) -> None:
    carla = browser("carla")
    assert "No rules: every mail is taken as usual" in text(carla.get("/mail-rules"))
    assert carla.post("/mail-rules/new", NEWS | {"afterwards": "move", "move_to": "News"}).status_code == 302
    page = text(carla.get("/mail-rules"))
    assert "“News” is added" in page
    assert "sender *.news.example or press@shop.example" in page
    assert "left unanswered, then moved to News" in page
    with parts.database.read() as connection:
        events = connection.execute(audit_events.select()).mappings().all()
    assert [(one["action"], one["actor"]) for one in events if "mail_rule" in one["action"]] == [
        ("claims:mail_rule:added", "carla")
    ]


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(parts: desk.TestOffice, browser: Open) -> None:
    carla = browser("carla")
    given = NEWS | {"action": "forward", "forward_to": "me@else.example", "older_than_days": "soon", "subject": "*a*"}
    answer = carla.post("/mail-rules/new", given)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'id="forward_to" name="forward_to" aria-invalid="true" aria-describedby="forward_to-why"' in page
    assert "within the house alone" in page.partition('id="forward_to-why">')[2].partition("<")[0]
    assert "a number of days" in page.partition('id="older_than_days-why">')[2].partition("<")[0]
    assert 'value="me@else.example"' in page
    assert "*.news.example\n" in page.replace("\r", "")
    assert 'value="forward" selected' in page
    assert names(parts) == []
    nameless = carla.post("/mail-rules/new", {"action": "reply"})
    assert 'id="name-why">this is needed' in nameless.get_data(as_text=True)
    assert 'id="reply_text-why">say what the answer says' in nameless.get_data(as_text=True)


def test_what_stands_in_fields_of_another_choice_does_not_count(parts: desk.TestOffice, browser: Open) -> None:
    more = {"forward_to": "nonsense", "reply_text": "x", "move_to": "y", "afterwards": "file"}
    assert browser("carla").post("/mail-rules/new", NEWS | more).status_code == 302
    (one,) = mail_rules.listed(parts.office)
    assert (one.rule.argument, one.rule.afterwards_folder, one.rule.enabled) == ("", "", True)


def test_a_rule_is_changed_as_its_form_shows_it(parts: desk.TestOffice, browser: Open) -> None:
    keep(parts, "answer", action="reply", reply_text="Guten Tag\n\n<b>Bitte</b>", older_than_days=3, enabled=False)
    carla = browser("carla")
    page = carla.get("/mail-rules/1").get_data(as_text=True)
    assert "Guten Tag\n\n&lt;b&gt;Bitte&lt;/b&gt;</textarea>" in page
    assert 'name="enabled" value="1">' in page
    seen_at = page.partition('name="seen_at" value="')[2].partition('"')[0]
    values = {"name": "answers", "action": "reply", "reply_text": "Danke.", "seen_at": seen_at}
    assert carla.post("/mail-rules/1", values).status_code == 302
    (one,) = mail_rules.listed(parts.office)
    assert one.rule.values() == {
        "name": "answers", "enabled": False, "action": "reply", "reply_text": "Danke.", "afterwards": "file",
    }  # fmt: skip
    assert one.rule.changed_by == "carla"
    parts.clock.advance(timedelta(seconds=5))
    mail_rules.switch(parts.office, "answers", on=True, by="carlo")
    late = carla.post("/mail-rules/1", values)
    assert late.status_code == 409
    assert "Somebody has changed this rule meanwhile" in text(late)
    assert mail_rules.listed(parts.office)[0].rule.enabled


def test_rules_are_switched_put_in_order_and_deleted(parts: desk.TestOffice, browser: Open) -> None:
    keep(parts, "one", "two", "three")
    carla = browser("carla")
    carla.post("/mail-rules/3/move", {"to": "up"})
    assert names(parts) == ["one", "three", "two"]
    carla.post("/mail-rules/1/move", {"to": "down"})
    assert names(parts) == ["three", "one", "two"]
    carla.post("/mail-rules/3/move", {"to": "up"})
    assert names(parts) == ["three", "one", "two"]
    carla.post("/mail-rules/2/switch", {"on": "0"})
    assert [one.rule.enabled for one in mail_rules.listed(parts.office)] == [True, True, False]
    assert "“two” is off" in text(carla.get("/mail-rules"))
    carla.post("/mail-rules/1/remove")
    assert names(parts) == ["three", "two"]
    gone = carla.post("/mail-rules/1/remove")
    assert "This mail rule is gone" in text(carla.get(gone.headers["Location"]))
    assert carla.get("/mail-rules/1").status_code == 404


def test_a_rule_that_no_mail_reaches_is_marked(parts: desk.TestOffice, browser: Open) -> None:
    keep(parts, "all", subject="*")
    keep(parts, "some")
    page = text(browser("carla").get("/mail-rules"))
    assert "No mail reaches it: all takes them all before." in page
    mail_rules.switch(parts.office, "all", on=False, by="carlo")
    assert "No mail reaches it" not in text(browser("carla").get("/mail-rules"))


class Boxes(NoMailboxes):
    """Two mailboxes; one of them is away."""

    def names(self) -> Sequence[str]:
        return ("invoices", "fax")

    def foresee(self, name: str, last: int) -> Sequence[Foreseen]:
        if name == "fax":
            raise Unavailable("The mail server is away.")
        if name != "invoices":
            return super().foresee(name, last)
        common = {"received_at": desk.NOW, "folder": "INBOX", "sender": "a@b.example"}
        taken = Foreseen(**common, subject="<i>Aktion</i>", rule="News", action="ignore", words="left unanswered")
        return [taken, Foreseen(**common, subject="", rule="", action="invoice", words="no rule takes it")]


def test_rules_are_tried_on_the_last_mails(app: Flask, parts: desk.TestOffice, browser: Open) -> None:
    carla = browser("carla")
    assert "No mailbox is set up" in text(carla.get("/mail-rules"))
    app.extensions["pulse.office"] = replace(parts.office, mailboxes=Boxes())
    assert "<option >fax</option>" in text(carla.get("/mail-rules"))
    page = text(carla.post("/mail-rules/try", {"mailbox": "invoices"}))
    assert "&lt;i&gt;Aktion&lt;/i&gt;" in page
    assert "<strong>News</strong>" in page
    assert "no rule takes it" in page
    away = carla.post("/mail-rules/try", {"mailbox": "fax"})
    assert (away.status_code, "The mail server is away." in text(away)) == (503, True)
    assert carla.post("/mail-rules/try", {"mailbox": "nobody"}).status_code == 404


@pytest.mark.parametrize("path", ["/mail-rules", "/mail-rules/new", "/mail-rules/1"])
def test_looking_changes_nothing(parts: desk.TestOffice, browser: Open, path: str) -> None:
    keep(parts, "one")
    before = mail_rules.listed(parts.office)
    assert browser("carla").get(path).status_code == 200
    assert mail_rules.listed(parts.office) == before
