"""The door: /login, /logout, and / leads to the tasks."""

from __future__ import annotations

import re

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required, login_user, logout_user
from werkzeug.wrappers import Response

from pulse.web.pages.people import LoginLocked, LoginRefused, log_in, log_out, me, office

blueprint = Blueprint("login", __name__)

#: Where a login may lead: a plain path of ours, never another server's.
_OWN_PATH = re.compile(r"/[a-z0-9]+(?:/[A-Za-z0-9_-]+)*")


@blueprint.get("/")
def home() -> Response:
    return redirect(url_for("tasks.index"))


@blueprint.get("/login")
def show() -> Response | str:
    if current_user.is_authenticated:
        return redirect(url_for("tasks.index"))
    return render_template("login.html", back=_back())


@blueprint.post("/login")
def enter() -> Response | tuple[str, int]:
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    try:
        person = log_in(office(), login, password)
    except (LoginRefused, LoginLocked) as error:
        status = 429 if isinstance(error, LoginLocked) else 401
        return render_template("login.html", back=_back(), refused=error.message, login=login[:64]), status
    session.clear()
    login_user(person)
    session.permanent = True
    return redirect(_back() or url_for("tasks.index"))


@blueprint.post("/logout")
@login_required
def leave() -> Response:
    log_out(office(), me())
    logout_user()
    session.clear()
    return redirect(url_for("login.show"))


def _back() -> str | None:
    wanted = request.values.get("next", "")
    return wanted if _OWN_PATH.fullmatch(wanted) else None
