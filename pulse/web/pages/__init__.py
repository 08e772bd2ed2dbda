"""Pages for assistants and controllers: rendered here, without a script, usable with the keyboard alone."""

from __future__ import annotations

from flask import Flask, g, render_template
from flask_login import AnonymousUserMixin
from werkzeug.wrappers import Response

from pulse.claims import mail_care
from pulse.claims.office import Office
from pulse.web.pages import (
    accounts,
    approvals,
    archive,
    cases,
    letter_passwords,
    letters,
    login,
    mail_rules,
    mailboxes,
    mails,
    payments,
    questions,
    receivables,
    tasks,
)
from pulse.web.pages.people import Logins
from pulse.web.pages.words import FILTERS
from pulse.web.problems import Problem


def serve(app: Flask, office: Office) -> None:
    """Adds the pages to the application."""
    app.extensions["pulse.office"] = office
    app.jinja_env.filters |= FILTERS | mails.WORDS
    app.jinja_env.globals["mails_waiting"] = lambda: mail_care.waiting(office)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Logins(app, office)
    for part in (login, tasks, cases, questions, letters, letter_passwords, mails, archive):
        app.register_blueprint(part.blueprint)
    for part in (accounts, payments, receivables, approvals, mailboxes, mail_rules):
        app.register_blueprint(part.blueprint)


def error_page(problem: Problem) -> Response:
    """An error as a person is told it."""
    if problem.status >= 500:
        g._login_user = AnonymousUserMixin()  # who it is stands in the database, which may be what failed
    headers = dict(problem.headers)
    return Response(render_template("error.html", problem=problem), problem.status, headers, mimetype="text/html")
