"""Pages for assistants and controllers: rendered here, without a script, readable with the keyboard alone."""

from __future__ import annotations

from flask import Flask

from pulse.claims.office import Office
from pulse.web.pages import cases, login, tasks
from pulse.web.pages.people import Logins
from pulse.web.pages.words import FILTERS


def serve(app: Flask, office: Office) -> None:
    """Adds the pages to the application."""
    app.extensions["pulse.office"] = office
    app.jinja_env.filters |= FILTERS
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Logins(app, office)
    for part in (login, tasks, cases):
        app.register_blueprint(part.blueprint)


def error_page(problem):
    return problem.response()
