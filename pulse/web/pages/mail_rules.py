"""Mail rules, for controllers: what becomes of which mails, in order, tried before they are switched on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from pulse.base.errors import Conflict, NotFound, PulseError
from pulse.claims import mail_rules
from pulse.claims.mail_rule import ACTIONS, AFTERWARDS, DAYS, GLOBS, Mistake, Rule, RuleMistakes, read_rule
from pulse.claims.mailboxes import Foreseen
from pulse.web.pages.payments import for_controllers
from pulse.web.pages.people import me, office

blueprint = Blueprint("mail_rules", __name__)
_TRIED = 50
_LONGEST = 5000
_FIELDS = ("name", "enabled", *GLOBS, *DAYS, "action", "forward_to", "reply_text", "afterwards", "move_to")
#: Fields that count for one choice alone; what else stands in them is not looked at.
_ONLY_WITH = {
    "forward_to": ("action", "forward"),
    "reply_text": ("action", "reply"),
    "move_to": ("afterwards", "move"),
}

Page = str | Response | tuple[str, int]


@blueprint.get("/mail-rules")
@for_controllers
def index() -> str:
    return _list()


@blueprint.post("/mail-rules/try")
@for_controllers
def try_() -> Page:
    """Asks the mailbox; nothing is changed."""
    name = request.form.get("mailbox", "")
    try:
        return _list(tried=name, found=office().mailboxes.foresee(name, _TRIED))
    except PulseError as error:
        return _list(tried=name, wrong=error.message), 404 if isinstance(error, NotFound) else 503


@blueprint.post("/mail-rules/<id:rule_id>/switch")
@for_controllers
def switch(rule_id: int) -> Response:
    rule, on = mail_rules.by_id(office(), rule_id), request.form.get("on") == "1"
    mail_rules.switch(office(), rule.name, on=on, by=me().login)
    flash(f"“{rule.name}” is {'on' if on else 'off'} from the next look into the mailboxes on.", "success")
    return redirect(url_for(".index"))


@blueprint.post("/mail-rules/<id:rule_id>/move")
@for_controllers
def move(rule_id: int) -> Response:
    rule = mail_rules.by_id(office(), rule_id)
    before = next(one.place for one in mail_rules.listed(office()) if one.rule.id == rule_id)
    now = before - 1 if request.form.get("to") == "up" else before + 1
    now = mail_rules.move(office(), rule.name, now, by=me().login)
    flash(f"“{rule.name}” is number {now} now.", "success")
    return redirect(url_for(".index"))


@blueprint.post("/mail-rules/<id:rule_id>/remove")
@for_controllers
def remove(rule_id: int) -> Response:
    rule = mail_rules.by_id(office(), rule_id)
    mail_rules.remove(office(), rule.name, by=me().login)
    flash(f"“{rule.name}” is deleted.", "success")
    return redirect(url_for(".index"))


@blueprint.get("/mail-rules/new")
@for_controllers
def new() -> str:
    return _form(None, {"enabled": "1"})


@blueprint.post("/mail-rules/new")
@for_controllers
def add() -> Page:
    entered = _entered()
    try:
        rule = read_rule(_values(entered), office().policy)
        mail_rules.add(office(), rule, by=me().login)
    except RuleMistakes as error:
        return _form(None, entered, error.mistakes), 422
    flash(f"“{rule.name}” is added, after the others.", "success")
    return redirect(url_for(".index"))


@blueprint.get("/mail-rules/<id:rule_id>")
@for_controllers
def edit(rule_id: int) -> str:
    rule = mail_rules.by_id(office(), rule_id)
    return _form(rule, _shown(rule))


@blueprint.post("/mail-rules/<id:rule_id>")
@for_controllers
def save(rule_id: int) -> Page:
    old, entered = mail_rules.by_id(office(), rule_id), _entered()
    try:
        rule = read_rule(_values(entered), office().policy)
        mail_rules.change(office(), old.name, rule, by=me().login, seen_at=_moment(request.form.get("seen_at", "")))
    except RuleMistakes as error:
        return _form(old, entered, error.mistakes), 422
    except Conflict as error:
        return _form(
            old, entered, wrong=f"{error.message} Look at it, and save once more to put yours in its place."
        ), 409
    flash(f"“{rule.name}” is changed from the next look into the mailboxes on.", "success")
    return redirect(url_for(".index"))


def _list(*, tried: str = "", found: Sequence[Foreseen] | None = None, wrong: str = "") -> str:
    try:
        mailboxes = office().mailboxes.names()
    except PulseError as error:
        mailboxes, wrong = (), error.message
    return render_template(
        "mail_rules.html",
        rules=mail_rules.listed(office()),
        mailboxes=mailboxes,
        most=_TRIED,
        tried=tried,
        found=found,
        wrong=wrong,
    )


def _form(rule: Rule | None, entered: Mapping[str, str], mistakes: Sequence[Mistake] = (), wrong: str = "") -> str:
    said: dict[str, str] = {}
    for mistake in mistakes:
        said.setdefault(mistake.key, mistake.message)
    return render_template(
        "mail_rule.html", rule=rule, entered=entered, said=said, wrong=wrong, actions=ACTIONS, afterwards=AFTERWARDS
    )


def _entered() -> dict[str, str]:
    return {name: request.form.get(name, "")[:_LONGEST] for name in _FIELDS}


def _values(entered: Mapping[str, str]) -> dict[str, object]:
    """What a form says, by the keys of a rule: empty fields say nothing."""
    values: dict[str, object] = {"enabled": entered["enabled"] == "1"}
    for name in _FIELDS:
        text = entered[name].strip()
        chosen = _ONLY_WITH.get(name)
        if name == "enabled" or not text or (chosen and entered[chosen[0]] != chosen[1]):
            continue
        if name in GLOBS:
            values[name] = [line.strip() for line in text.splitlines() if line.strip()]
        elif name in DAYS and text.isascii() and text.isdigit():
            values[name] = int(text[:9])
        else:
            values[name] = text
    return values


def _shown(rule: Rule) -> dict[str, str]:
    """A rule as its form shows it."""
    shown = {
        key: "\n".join(value) if isinstance(value, list) else str(value)
        for key, value in rule.values().items()
        if key != "enabled"
    }
    return shown | {"enabled": "1" if rule.enabled else ""}


def _moment(text: str) -> datetime | None:
    """When the rule was last changed as the person saw it."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
