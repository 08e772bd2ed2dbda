"""The tasklist, and one screen for one task: look, then decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_login import login_required
from werkzeug.wrappers import Response as Answer

from pulse.base.errors import Conflict, Forbidden, InvalidInput, NotFound, PulseError
from pulse.base.reasons import Reason
from pulse.claims import tasks
from pulse.claims.adopt import adopt, question_for
from pulse.claims.approve_letter import APPROVAL_TASKS
from pulse.claims.cases import case_view, preview_letter
from pulse.claims.correct import tried
from pulse.claims.letter_view import letter_view
from pulse.claims.rules.decision import Proposal
from pulse.claims.tasks import Task
from pulse.invoices.model import Invoice
from pulse.web.deciding import Done, do_task
from pulse.web.forms import form_of
from pulse.web.headers import with_script
from pulse.web.pages import corrections, letters, questions
from pulse.web.pages.cases import sight
from pulse.web.pages.people import me, office
from pulse.web.pages.words import field_name, sentence

blueprint = Blueprint("tasks", __name__)
#: Tasks whose form decides, with amounts by position.
_DECIDING = frozenset({"decide", "review_high_risk"})
_VALUE = "v-"
#: Fields that nobody fills in.
_HIDDEN = frozenset({"csrf_token", "revision", "task", "confirmed"})

Page = str | Answer | tuple[str | Answer, int]


@blueprint.get("/tasks")
@login_required
def index() -> str:
    person, shown = me(), request.args.get("show", "all")
    found = tasks.open_tasks(office(), person.groups)
    mine = [task for task in found if task.assignee == person.login]
    free = [task for task in found if task.assignee is None]
    rows = {"mine": mine, "free": free}.get(shown, found)
    counts = {"all": len(found), "mine": len(mine), "free": len(free)}
    return render_template("tasks.html", tasks=rows, shown=shown, counts=counts, now=office().clock.now())


def politely(view: Callable[..., Page]) -> Callable[..., Page]:
    """Behind a login; where somebody was first, the page says who and when."""

    @wraps(view)
    def answered(**path: str) -> Page:
        try:
            return view(**path)
        except Conflict as conflict:
            return render_template("too_late.html", message=sentence(conflict), typed=_typed()), 409

    return cast("Callable[..., Page]", login_required(answered))


def _typed() -> list[tuple[str, str]]:
    """What the form held, the longest first: what a person has written is to be had back."""
    held = ((name, words.strip()) for name, words in request.form.items(multi=True) if name not in _HIDDEN)
    told = [(name.removeprefix(_VALUE).replace("_", " ").capitalize(), words) for name, words in held if words]
    return sorted(told, key=lambda one: -len(one[1]))


@blueprint.get("/tasks/<task_id>")
@politely
def show(task_id: str) -> Page:
    return _screen(_task(task_id))


@blueprint.post("/tasks/<task_id>/claim")
@politely
def claim(task_id: str) -> Page:
    tasks.claim(office(), _task(task_id).id, me().login, groups=me().groups)
    return redirect(url_for(".show", task_id=task_id))


@blueprint.post("/tasks/<task_id>/release")
@politely
def release(task_id: str) -> Page:
    tasks.release(office(), _task(task_id).id, me().login)
    return redirect(url_for(".index"))


@blueprint.post("/tasks/<task_id>")
@politely
def complete(task_id: str) -> Page:
    task = _task(task_id)
    asks = task.kind in _DECIDING and _values().get("decision") == "ask"
    if asks and "asked" not in request.form:
        return questions.screen(task, own=_values().get("comment", ""))
    try:
        done = _do(task)
    except InvalidInput as error:
        return (questions.screen(task, wrong=sentence(error)) if asks else _screen(task, wrong=error)), 422
    if not done.completed and task.kind in APPROVAL_TASKS:
        flash("The letter has the wording of the template again: read it once more.", "success")
        return redirect(url_for(".show", task_id=task_id))
    if not done.completed:
        flash("Saved. Something is still missing or contradicts itself: see the findings.", "warning")
        return redirect(url_for(".show", task_id=task_id))
    flash(f"Done: {task.name}, case {task.invoice_id}.", "success")
    return redirect(url_for(".index"))


@blueprint.post("/tasks/<task_id>/check")
@politely
def check(task_id: str) -> Page:
    """What would still be wrong with the corrected reading; nothing is stored."""
    task = _task(task_id)
    if task.kind != "correct_reading" or task.case is None:
        raise NotFound
    try:
        content = tried(office(), task.case.id, corrections.changes_of(task.case.content, request.form))
    except InvalidInput as error:
        return _screen(task, wrong=error), 422
    return _screen(task, checked=content)


@blueprint.post("/tasks/<task_id>/adopt")
@politely
def take_as_answer(task_id: str) -> Page:
    """The invoice is the corrected one that another case has asked for."""
    task = _task(task_id)
    if task.kind != "correct_reading" or task.invoice_id is None:
        raise NotFound
    if task.assignee not in (None, me().login):
        raise Conflict("Somebody else has this task.", task=task_id, who=task.assignee)
    goes_on = adopt(office(), task.invoice_id, request.form.get("question", ""), me().login)
    flash(f"Case {goes_on} goes on with this invoice, checked anew; case {task.invoice_id} is closed.", "success")
    return redirect(url_for("cases.show", invoice_id=goes_on))


@blueprint.post("/tasks/<task_id>/preview/<recipient>")
@politely
def preview(task_id: str, recipient: str) -> Page:
    """The letter that the decision in the form would lead to; nothing is stored."""
    task = _task(task_id)
    if task.kind not in _DECIDING or task.invoice_id is None:
        raise NotFound
    try:
        data = preview_letter(office(), task.invoice_id, recipient, _proposal(task))
    except InvalidInput as error:
        return _screen(task, wrong=error), 422
    headers = {"Content-Disposition": f'inline; filename="preview-{task.invoice_id}.pdf"'}
    return Response(data, headers=headers, content_type="application/pdf")


def _task(task_id: str) -> Task:
    """A task of my groups; for everybody else there is none."""
    task = tasks.task(office(), task_id)
    if task.group not in me().groups:
        raise NotFound
    return task


def _do(task: Task) -> Done:
    values, review, changes = _values(), None, None
    if task.kind in _DECIDING and values.get("decision") == "partial":
        review = _review(task)
    if task.kind == "correct_reading" and values.get("correction") == "done" and task.case is not None:
        changes = corrections.changes_of(task.case.content, request.form)
    try:
        return do_task(
            office(),
            task.id,
            me().login,
            values,
            corrections=changes,
            confirmed=bool(request.form.get("confirmed")),
            review=review,
            revision=request.form.get("revision", type=int),
            groups=me().groups,
        )
    except Forbidden:
        raise NotFound from None


def _values() -> dict[str, str]:
    """The form's own fields; a browser sends CRLF, the letters have LF."""
    form = request.form.items()
    given = {key[len(_VALUE) :]: text.replace("\r\n", "\n") for key, text in form if key.startswith(_VALUE)}
    if "asked" in request.form:
        given |= {"reason_code": Reason.DECIDED_QUESTION.value, "comment": questions.chosen()}
    return given


def _review(task: Task) -> dict[int, Any] | None:
    assert task.invoice_id is not None
    lines = case_view(office(), task.invoice_id).lines
    return corrections.amounts_of(request.form, {line.line: line.payable for line in lines})


def _proposal(task: Task) -> Proposal:
    values = _values()
    return Proposal(
        place=task.kind,
        decision=values.get("decision", ""),
        reason_code=values.get("reason_code", ""),
        comment=values.get("comment", ""),
        review=_review(task) if values.get("decision") == "partial" else None,
    )


def _screen(task: Task, *, wrong: InvalidInput | None = None, checked: Invoice | None = None) -> str | Answer:
    """The task's page; with what was typed where it is `wrong`, or was `checked` without being saved."""
    given: Mapping[str, str] = request.form if wrong is not None or checked is not None else {}
    places = _places(wrong)
    context: dict[str, Any] = sight(task.invoice_id) if task.invoice_id is not None else {}
    if task.kind == "correct_reading" and task.case is not None:
        shown = task.case.content if checked is None else task.case.content.with_findings(checked.findings)
        context["sheet_to_correct"] = corrections.inputs_of(shown, given, places)
        context["invoice"] = shown
        context["may_answer"] = question_for(office(), task.case.id)
    about = tasks.letter_of(office(), task)
    if about is not None and about.pdf_sha256 is not None:
        context |= letters.shown(letter_view(office(), about.id))
    form = form_of(office(), task)
    labels = {asked.field.key: asked.field.label for asked in form.asked}
    page = render_template(
        "task.html",
        task=task,
        form=form,
        given=given,
        wrong=wrong and sentence(wrong),
        checked=checked is not None,
        places=[labels.get(place) or field_name(place) for place in places],
        wrong_keys=frozenset(places),
        decides=task.kind in _DECIDING,
        is_mine=task.assignee in (None, me().login),
        now=office().clock.now(),
        **context,
    )
    return with_script(page) if "sheet_to_correct" in context else page


def _places(wrong: PulseError | None) -> Sequence[str]:
    places = wrong.details.get("places") if wrong is not None else None
    return [str(place) for place in places] if isinstance(places, list) else []
