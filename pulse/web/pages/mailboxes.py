"""The mailboxes that invoices arrive in, for controllers: when each was looked into, and whether it works."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from pulse.base.errors import Misconfigured
from pulse.claims.mailbox_overview import overview
from pulse.claims.mailboxes import MailboxReport
from pulse.web.pages.payments import for_controllers
from pulse.web.pages.people import office

blueprint = Blueprint("mailboxes", __name__)
#: Why a look failed, by the error's code.
_REASONS = {
    "mailbox_unavailable": "the mail server is away",
    "mailbox_login_refused": "the mail server refuses the login",
    "mailbox_folder_missing": "the folder is not there",
    "mailbox_refused": "the mail server refuses a command",
    "mailbox_nonsense": "the mail server answers what nobody understands",
    "mail_lease_lost": "another gateway has taken over",
    "database_unavailable": "our database was away",
    "engine_unavailable": "the engine was away",
}


@blueprint.get("/mailboxes")
@for_controllers
def index() -> str:
    return _page()


@blueprint.post("/mailboxes/test")
@for_controllers
def test() -> str:
    """Connects and logs in, within half a minute; what it found stands on the page."""
    return _page(office().mailboxes.test(request.form.get("name", "")))


def _page(report: MailboxReport | None = None) -> str:
    try:
        known, wrong = overview(office()), ""
    except Misconfigured as error:
        known, wrong = [], error.message
    return render_template("mailboxes.html", known=known, wrong=wrong, report=report, reasons=_REASONS)
