"""One letter: its pages, its wording and what was made of it; worded, approved and called back by people."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from pulse.base.errors import Conflict, InvalidInput
from pulse.claims import approve_letter, edit_letter
from pulse.claims.letter_view import LetterView, letter_page, letter_view
from pulse.claims.tasks import CONTROLLERS
from pulse.web import files
from pulse.web.differences import differences
from pulse.web.pages.cases import for_staff
from pulse.web.pages.people import me, office
from pulse.web.pages.words import sentence

blueprint = Blueprint("letters", __name__)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)

Page = str | Answer | tuple[str, int]


def for_controllers(view: Callable[..., Page]) -> Callable[..., Page]:
    """For those whose task it is; where somebody was first, or the letter has left, the page says so."""

    @wraps(view)
    def answered(**path: str) -> Page:
        if CONTROLLERS not in me().groups:
            abort(403)
        try:
            return view(**path)
        except Conflict as conflict:
            return _screen(path["letter_id"], wrong=sentence(conflict)), 409

    return cast("Callable[..., Page]", for_staff(answered))


@blueprint.get("/letters/<letter_id>/wording")
@for_staff
def show(letter_id: str) -> Page:
    return _screen(letter_id)


@blueprint.post("/letters/<letter_id>/wording")
@for_controllers
def word(letter_id: str) -> Page:
    try:
        edit_letter.edit(office(), letter_id, request.form.get("text", ""), me().login, revision=_revision())
    except InvalidInput as error:
        problems = cast("list[str]", error.details.get("problems", [error.message]))
        return _screen(letter_id, problems=problems), 422
    flash("Saved. The letter is printed with this wording; it still waits for approval.", "success")
    return _back(letter_id)


@blueprint.post("/letters/<letter_id>/template")
@for_controllers
def template(letter_id: str) -> Page:
    edit_letter.back_to_template(office(), letter_id, me().login, revision=_revision())
    flash("The letter has the wording of the template again.", "success")
    return _back(letter_id)


@blueprint.post("/letters/<letter_id>/approve")
@for_controllers
def approve(letter_id: str) -> Page:
    approve_letter.approve(office(), letter_id, me().login, revision=_revision())
    approve_letter.finish_task(office(), letter_id)
    flash("Approved: the letter goes out.", "success")
    return redirect(url_for(".show", letter_id=letter_id))


@blueprint.post("/letters/<letter_id>/undo")
@for_staff
def undo(letter_id: str) -> Page:
    try:
        approve_letter.call_back(office(), letter_id, me().login)
    except Conflict as conflict:
        return _screen(letter_id, wrong=sentence(conflict)), 409
    flash("Called back: the letter waits for approval and has not left.", "success")
    return redirect(url_for(".show", letter_id=letter_id))


@blueprint.get("/letters/<letter_id>/pages/<int(min=1, max=99):number>")
@for_staff
def page(letter_id: str, number: int) -> Response:
    return files.letter_picture(office(), letter_id, number)


@blueprint.get("/letters/<letter_id>/text")
@for_staff
def text(letter_id: str) -> Response:
    """The letter as an accessible web page; its own styles are the only ones that it may use."""
    html = letter_page(office(), letter_id)
    styles = " ".join(f"'sha256-{_digest(style)}'" for style in _STYLE.findall(html))
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {styles}; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    )
    return response


def shown(view: LetterView, *, typed: str | None = None, problems: list[str] | None = None) -> dict[str, Any]:
    """What the templates show of a letter; `typed`: what a person wrote that was refused."""
    return {
        "seen": view,
        "typed": view.text if typed is None else typed,
        "problems": problems or [],
        "changes": [(one, differences(one.before, one.after)) for one in view.revisions],
        "may_word": view.waits and CONTROLLERS in me().groups,
        "task_id": request.form.get("task", ""),
    }


def _screen(letter_id: str, *, wrong: str | None = None, problems: list[str] | None = None) -> str:
    typed = request.form.get("text") if wrong or problems else None
    view = letter_view(office(), letter_id)
    return render_template("letter.html", wrong=wrong, **shown(view, typed=typed, problems=problems))


def _back(letter_id: str) -> Answer:
    """To the task that the person came from, else to the letter."""
    task_id = request.form.get("task")
    if task_id:
        return redirect(url_for("tasks.show", task_id=task_id))
    return redirect(url_for(".show", letter_id=letter_id))


def _revision() -> int | None:
    return request.form.get("revision", type=int)


def _digest(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
