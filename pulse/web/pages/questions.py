"""Questions to providers: which are asked, what came back by telephone, and which nobody waits for any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from pulse.base.errors import Conflict, InvalidInput
from pulse.claims import answers
from pulse.claims.prepare_questions import Prepared, prepared
from pulse.claims.rules.decision import MOST_COMMENT
from pulse.claims.tasks import CONTROLLERS, Task
from pulse.web.pages.cases import for_staff, sight
from pulse.web.pages.people import me, office
from pulse.web.pages.words import sentence

blueprint = Blueprint("questions", __name__)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A prepared question in the form, with what the person made of it."""

    key: str
    text: str
    picked: bool


def screen(task: Task, *, own: str = "", wrong: str | None = None) -> str:
    """The second step of the decision to ask: prepared questions to pick and change, and words of one's own."""
    assert task.invoice_id is not None
    asked = "asked" in request.form
    choices = _choices(prepared(office(), task.invoice_id))
    return render_template(
        "ask.html",
        task=task,
        choices=choices,
        own=request.form.get("own", "") if asked else own,
        most=MOST_COMMENT,
        wrong=wrong,
        **sight(task.invoice_id),
    )


def chosen() -> str:
    """The questions of the form, one a line: those that are picked, as they were changed, then the person's own."""
    picked = sorted((key for key in request.form if key.startswith("pick-")), key=lambda key: (len(key), key))
    lines = [" ".join(request.form.get(f"question-{key[5:]}", "").split()) for key in picked]
    lines += [line.strip() for line in request.form.get("own", "").splitlines()]
    return "\n".join(line for line in lines if line)


@blueprint.post("/questions/<question_id>/answer")
@for_staff
def answer(question_id: str) -> Response:
    """What the provider said on the telephone."""
    words = request.form.get("answer", "").replace("\r\n", "\n")
    try:
        answers.answer_by_phone(office(), question_id, words, me().login)
    except (Conflict, InvalidInput) as error:
        flash(sentence(error), "error")
    else:
        flash("The answer is kept: the case goes on, checked anew.", "success")
    return _back(question_id)


@blueprint.post("/questions/<question_id>/withdraw")
@for_staff
def withdraw(question_id: str) -> Response:
    if CONTROLLERS not in me().groups:
        abort(403)
    try:
        answers.withdraw(office(), question_id, me().login)
    except Conflict as error:
        flash(sentence(error), "error")
    else:
        flash("The question is withdrawn: the case goes on, checked anew.", "success")
    return _back(question_id)


def _back(question_id: str) -> Response:
    return redirect(url_for("cases.show", invoice_id=answers.question(office(), question_id).invoice_id))


def _choices(offered: Sequence[Prepared]) -> list[Choice]:
    return [
        Choice(
            key=str(number),
            text=request.form.get(f"question-{number}", one.text),
            picked=f"pick-{number}" in request.form,
        )
        for number, one in enumerate(offered)
    ]
