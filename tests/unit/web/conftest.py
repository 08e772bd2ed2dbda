"""The application over a test office: real database, an engine that remembers its user tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import office as desk
import pytest
from flask import Flask
from flask.testing import FlaskClient
from web_desk import PASSWORD, Browser, TaskEngine
from werkzeug.security import generate_password_hash

from db import tokens, users
from pulse.web import create_app


@pytest.fixture
def engine() -> TaskEngine:
    return TaskEngine()


@pytest.fixture
def parts(tmp_path: Path, engine: TaskEngine) -> Iterator[desk.TestOffice]:
    for parts in desk.open_office(tmp_path, engine=engine):
        desk.fill_registers(parts.database)
        yield parts


@pytest.fixture
def app(parts: desk.TestOffice) -> Flask:
    made = create_app(parts.office, secret_key="k" * 32)
    hashed = generate_password_hash(PASSWORD, method="scrypt:1024:8:1")
    with parts.database.write() as connection:
        for login, groups in (("anna", "assistants"), ("carla", "controllers"), ("carlo", "controllers"), ("gast", "")):
            users.add(connection, login=login, password_hash=hashed, groups=groups, at=desk.NOW)
    return made


@pytest.fixture
def bearer(parts: desk.TestOffice) -> Callable[..., dict[str, str]]:
    """`bearer("invoices:read")` gives the headers of a new token with these scopes; none means all."""

    def make(*scopes: str) -> dict[str, str]:
        secret = f"secret-{len(scopes)}-{'-'.join(scopes)}"
        with parts.database.write() as connection:
            if tokens.by_secret(connection, secret) is None:
                token_id = tokens.digest_of(secret)[:32]
                tokens.add(
                    connection, token_id, name="test", secret=secret, scopes=list(scopes) or ["all"], at=desk.NOW
                )
        return {"Authorization": f"Bearer {secret}"}

    return make


@pytest.fixture
def api(app: Flask, bearer: Callable[..., dict[str, str]]) -> FlaskClient:
    """A caller who may do everything."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = bearer()["Authorization"]
    return client


@pytest.fixture
def browser(app: Flask) -> Callable[..., Browser]:
    """`browser("carla")` is somebody who is logged in."""

    def open_one(login: str | None = None) -> Browser:
        browser = Browser(app)
        if login is not None:
            assert browser.log_in(login).status_code == 302
        return browser

    return open_one
