from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import office as desk
import pytest
from flask import Flask
from web_desk import Browser, text

from db import mailbox_looks
from pulse.base.errors import Misconfigured, NotFound
from pulse.claims.mailboxes import Foreseen, MailboxFacts, MailboxReport

INVOICES = MailboxFacts(
    name="invoices",
    kind="in",
    server="outlook.office365.com:993",
    user="rechnungen@insurer.example",
    tls="tls",
    login="oauth2",
    proxy="proxy.insurer.example:1080",
    account="rechnungen@insurer.example@outlook.office365.com",
    folders=("INBOX", "Fax"),
)
OUT = MailboxFacts(name="mail-out", kind="out", server="smtp:465", user="pulse", tls="starttls", login="password")


@dataclass
class KnownMailboxes:
    """Two, of which one test was asked."""

    known: Sequence[MailboxFacts] = (INVOICES, OUT)
    tested: list[str] = field(default_factory=list)
    wrong: str = ""

    def names(self) -> Sequence[str]:
        return [one.name for one in self.known]

    def facts(self) -> Sequence[MailboxFacts]:
        if self.wrong:
            raise Misconfigured(self.wrong)
        return self.known

    def test(self, name: str) -> MailboxReport:
        if name not in self.names():
            raise NotFound("There is no mailbox of this name.")
        self.tested.append(name)
        return MailboxReport(
            name=name, works=name == "invoices", code="" if name == "invoices" else "port_refused",
            words="Nothing <b>listens</b> there." if name == "mail-out" else "The login works.",
            folders=("Fax", "INBOX", "Rechnungen & Mahnungen") if name == "invoices" else (),
        )  # fmt: skip

    def foresee(self, name: str, last: int) -> Sequence[Foreseen]:
        raise NotFound


@pytest.fixture
def mailboxes(app: Flask) -> KnownMailboxes:
    known = KnownMailboxes()
    app.extensions["pulse.office"] = replace(app.extensions["pulse.office"], mailboxes=known)
    return known


def test_only_controllers_see_and_test_mailboxes(browser: Callable[..., Browser], mailboxes: KnownMailboxes) -> None:
    anna = browser("anna")
    assert anna.get("/mailboxes").status_code == 403
    assert anna.post("/mailboxes/test", {"name": "invoices"}).status_code == 403
    assert "Mailboxes" not in text(anna.get("/cases"))
    assert browser("carla").post("/mailboxes/test", {"name": "invoices"}, csrf=False).status_code == 400
    assert mailboxes.tested == []


def test_the_page_says_how_each_is_reached_and_when_it_was_looked_into(
    browser: Callable[..., Browser], mailboxes: KnownMailboxes, parts: desk.TestOffice
) -> None:
    with parts.database.write() as connection:
        mailbox_looks.worked(connection, INVOICES.account, "INBOX", at=desk.NOW)
        later = desk.NOW + timedelta(minutes=5)
        mailbox_looks.failed(connection, INVOICES.account, "INBOX", at=later, reason="mailbox_login_refused")
    page = text(browser("carla").get("/mailboxes"))
    assert "outlook.office365.com:993" in page
    assert "TLS · by proxy.insurer.example:1080" in page
    assert "OAuth2" in page
    assert "INBOX: <time" in page
    assert 'Fax: <span class="muted">never' in page
    assert "the mail server refuses the login" in page
    assert "smtp:465" in page
    assert "STARTTLS" in page
    assert mailboxes.tested == []


def test_a_test_says_in_words_what_it_found_and_lists_the_folders(
    browser: Callable[..., Browser], mailboxes: KnownMailboxes
) -> None:
    carla = browser("carla")
    good = text(carla.post("/mailboxes/test", {"name": "invoices"}))
    assert "<strong>Works.</strong> The login works." in good
    assert "Its folders: Fax, INBOX, Rechnungen &amp; Mahnungen" in good
    bad = text(carla.post("/mailboxes/test", {"name": "mail-out"}))
    assert "<strong>Does not work.</strong> Nothing &lt;b&gt;listens&lt;/b&gt; there." in bad
    assert "port_refused" in bad
    assert mailboxes.tested == ["invoices", "mail-out"]
    lost = carla.post("/mailboxes/test", {"name": "nobody"})
    assert "There is no mailbox of this name" in text(carla.get(lost.headers["Location"]))


def test_settings_that_are_wrong_and_mailboxes_that_are_not_set_are_said(
    browser: Callable[..., Browser], mailboxes: KnownMailboxes
) -> None:
    carla = browser("carla")
    mailboxes.wrong = "mailboxes.toml, line 4: host must be set"
    assert "line 4: host must be set." in text(carla.get("/mailboxes"))
    mailboxes.wrong, mailboxes.known = "", ()
    assert "No mailbox is set." in text(carla.get("/mailboxes"))
