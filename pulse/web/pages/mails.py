"""Mails: every one ever seen, what became of it, and what a person can do about it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import get_args

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from db.mail_ledger import Filter
from db.mails import Outcome
from pulse.base.clock import SWISS_TIME
from pulse.base.errors import Conflict, InvalidInput
from pulse.claims import mail_care
from pulse.web import files
from pulse.web.pages import mail_words
from pulse.web.pages.cases import for_staff
from pulse.web.pages.people import me, office
from pulse.web.pages.words import sentence

blueprint = Blueprint("mails", __name__)
_PAGE = 50
WORDS = {
    "mail_outcome": mail_words.outcome,
    "mail_why": mail_words.why,
    "mail_event": mail_words.event,
    "mail_sender": mail_words.sender,
}

Page = str | Answer | tuple[str, int]


@blueprint.get("/mails")
@for_staff
def index() -> str:
    asked = {name: request.args.get(name, "").strip()[:200] for name in ("outcome", "q", "from", "to")}
    outcomes: tuple[Outcome, ...] = tuple(one for one in get_args(Outcome) if one == asked["outcome"])
    until = midnight(asked["to"], days=1)
    wanted = Filter(
        outcomes=outcomes,
        waiting=asked["outcome"] == "waiting",
        text=asked["q"],
        since=midnight(asked["from"]),
        until=until,
    )
    before = request.args.get("before", type=int)
    found = mail_care.mail_page(office(), wanted, before=before, limit=_PAGE + 1)
    older = found[_PAGE - 1].mail.id if len(found) > _PAGE else None
    return render_template(
        "mails.html", entries=found[:_PAGE], asked=asked, older=older, outcomes=get_args(Outcome), wanted=wanted
    )


@blueprint.get("/mails/<id:mail_id>")
@for_staff
def show(mail_id: int) -> str:
    return _screen(mail_id)


@blueprint.get("/mails/<id:mail_id>/source")
@for_staff
def source(mail_id: int) -> Response:
    """The mail as it came, to be saved: never shown."""
    return files.download(mail_care.source_of(office(), mail_id), "message/rfc822", f"mail-{mail_id}.eml")


@blueprint.get("/mails/<id:mail_id>/documents/<int(max=999999):part>")
@for_staff
def document(mail_id: int, part: int) -> Response:
    data, media_type = mail_care.document_of(office(), mail_id, part)
    return files.shown(data, media_type, f"mail-{mail_id}-{part}")


@blueprint.post("/mails/<id:mail_id>/again")
@for_staff
def again(mail_id: int) -> Page:
    try:
        mail = mail_care.look_again(office(), mail_id, me().login)
    except Conflict as conflict:
        return _screen(mail_id, wrong=sentence(conflict)), 409
    flash("It is looked at again with the mailbox’s next poll. Reload this page to see what came of it.", "success")
    return redirect(url_for(".show", mail_id=mail.id))


@blueprint.post("/mails/<id:mail_id>/ignore")
@for_staff
def ignore(mail_id: int) -> Page:
    comment = request.form.get("comment", "")
    try:
        mail_care.ignore(office(), mail_id, me().login, comment)
    except InvalidInput as error:
        return _screen(mail_id, wrong=error.message, comment=comment), 422
    except Conflict as conflict:
        return _screen(mail_id, wrong=sentence(conflict), comment=comment), 409
    flash(f"Mail {mail_id} is closed.", "success")
    return redirect(url_for(".index", outcome="waiting"))


def midnight(day: str, *, days: int = 0) -> datetime | None:
    """The beginning of a day in Swiss time, or of a later one; None where there is no such day."""
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), SWISS_TIME)
    except (ValueError, OverflowError):
        return None


def _screen(mail_id: int, *, wrong: str | None = None, comment: str = "") -> str:
    view = mail_care.mail_view(office(), mail_id)
    return render_template("mail.html", view=view, mail=view.mail, wrong=wrong, comment=comment)
