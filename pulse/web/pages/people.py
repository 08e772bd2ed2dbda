"""Who is at the browser: logging in, staying logged in, logging out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import structlog
from flask import Flask, current_app, redirect, request, url_for
from flask_login import LoginManager, current_user
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.wrappers import Response

from db import audit, sessions, users
from db.users import User
from pulse.base.clock import random_secret
from pulse.base.errors import PulseError
from pulse.claims.office import Office

log = structlog.get_logger(__name__)

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=5)
#: Without a look at a page, and in all.
IDLE, LONGEST = timedelta(hours=2), timedelta(hours=12)
_NOTE_SEEN_AFTER = timedelta(minutes=1)
_LONGEST_PASSWORD = 200


class LoginRefused(PulseError):
    """Login or password is wrong."""

    code = "login_refused"


class LoginLocked(PulseError):
    """Too many failed attempts. Try again in a few minutes."""

    code = "login_locked"


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in; what Flask-Login keeps in the cookie is the session's secret, not the user's id."""

    user: User
    secret: str

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.secret

    @property
    def login(self) -> str:
        return self.user.login

    @property
    def groups(self) -> frozenset[str]:
        return self.user.group_names


class Logins:
    """Connects Flask-Login with our sessions; a page without a login leads to the login page."""

    def __init__(self, app: Flask, office: Office) -> None:
        self._office = office
        manager = LoginManager(app)
        manager.user_loader(self._load)
        manager.unauthorized_handler(self._ask)

    def _load(self, secret: str) -> Person | None:
        now = self._office.clock.now()
        with self._office.database.read() as connection:
            session = sessions.by_secret(connection, secret)
            user = users.get(connection, session.user_id) if session else None
        if session is None or user is None or not user.active:
            return None
        if now - session.seen_at > IDLE or now - session.created_at > LONGEST:
            return None
        if now - session.seen_at > _NOTE_SEEN_AFTER:
            with self._office.database.write() as connection:
                sessions.seen(connection, secret, at=now)
        return Person(user, secret)

    def _ask(self) -> Response:
        back = request.path if request.method == "GET" else None
        return redirect(url_for("login.show", next=back))


def me() -> Person:
    """The person of this request; behind `login_required` there is one."""
    person: Person = current_user._get_current_object()
    return person


def office() -> Office:
    """The office that the application was made for."""
    found: Office = current_app.extensions["pulse.office"]
    return found


def log_in(office: Office, login: str, password: str) -> Person:
    """Opens a session.

    Every attempt counts before its password is looked at, so that attempts side by side count too; the fifth that
    fails locks the login for five minutes. An unknown login takes as long as a wrong password. Raises `LoginRefused`,
    `LoginLocked`.
    """
    now = office.clock.now()
    with office.database.write() as connection:
        user = users.by_login(connection, login[:64])
        if user is not None:
            if user.locked_until is not None and user.locked_until > now:
                raise LoginLocked
            attempts = 1 if user.locked_until is not None else user.failed_logins + 1
            locked_until = now + LOCKED_FOR if attempts >= MOST_FAILURES else None
            users.set_user(connection, user.id, failed_logins=attempts, locked_until=locked_until)
    fits = check_password_hash(user.password_hash if user else _nobody(), password[:_LONGEST_PASSWORD])
    if user is None or not fits or not user.active:
        log.info("login refused", action="login")
        raise LoginRefused
    secret = random_secret()
    with office.database.write() as connection:
        users.set_user(connection, user.id, failed_logins=0, locked_until=None)
        sessions.forget(connection, before=now - LONGEST)
        sessions.add(connection, secret, user_id=user.id, at=now)
        audit.note(connection, "web:session:opened", actor=user.login, at=now)
    return Person(user, secret)


def log_out(office: Office, person: Person) -> None:
    """Ends the session: a copied cookie is worth nothing afterwards."""
    with office.database.write() as connection:
        sessions.end(connection, person.secret)
        audit.note(connection, "web:session:closed", actor=person.login, at=office.clock.now())


@cache
def _nobody() -> str:
    return generate_password_hash(random_secret())
