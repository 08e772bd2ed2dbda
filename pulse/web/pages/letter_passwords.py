"""Passwords that open letters: looked up by whoever tells one by phone or on paper, and made anew."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from pulse.base.errors import NotFound
from pulse.claims import letter_passwords
from pulse.claims.cases import case_view
from pulse.web.pages.cases import for_staff
from pulse.web.pages.people import me, office

blueprint = Blueprint("letter_passwords", __name__)
_PATH = "/cases/<id:invoice_id>/letter-password/<recipient>"


@blueprint.get(_PATH)
@for_staff
def index(invoice_id: int, recipient: str) -> str:
    return _screen(invoice_id, recipient, show=False)


@blueprint.post(f"{_PATH}/show")
@for_staff
def show(invoice_id: int, recipient: str) -> str:
    """The password itself; that this person saw it is on record."""
    return _screen(invoice_id, recipient, show=True)


@blueprint.post(f"{_PATH}/new")
@for_staff
def renew(invoice_id: int, recipient: str) -> Response:
    letter_passwords.renew_password(office(), invoice_id, recipient, me().login)
    flash("A new password is on file. Letters that have left before open with the old one.", "success")
    return redirect(url_for(".index", invoice_id=invoice_id, recipient=recipient))


def _screen(invoice_id: int, recipient: str, *, show: bool) -> str:
    view = case_view(office(), invoice_id)
    if recipient not in view.with_password:
        raise NotFound("Letters to this recipient have no password.", invoice_id=invoice_id)
    known = letter_passwords.known_password(office(), invoice_id, recipient)
    shown = letter_passwords.shown_password(office(), invoice_id, recipient, me().login) if show else None
    return render_template("letter_password.html", case=view.case, recipient=recipient, known=known, shown=shown)
