"""Coming in, staying in, going out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import office as desk
import pytest
from flask import Flask
from web_desk import PASSWORD, Browser

from db import users
from pulse.web import create_app

Open = Callable[..., Browser]


def test_without_a_login_every_page_leads_to_the_door(browser: Open) -> None:
    for path in ("/tasks", "/tasks/x", "/cases", "/cases/1", "/cases/1/document", "/cases/1/pages/1", "/letters/x"):
        answer = browser().get(path)
        assert answer.status_code == 302
        assert answer.location == f"/login?next={path}"


def test_after_the_login_the_wanted_page_opens(browser: Open) -> None:
    answer = browser().log_in("carla", next="/cases/10000001")
    assert answer.headers["Location"] == "/cases/10000001"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/ x",
        "/tasks?x=//e",
        "/%2fe",
    ],
)
def test_a_login_never_leads_to_another_server(browser: Open, elsewhere: str) -> None:
    assert browser().log_in("carla", next=elsewhere).headers["Location"] == "/tasks"


def test_a_wrong_password_and_an_unknown_login_look_the_same(browser: Open) -> None:
    wrong, unknown = browser().log_in("carla", "no"), browser().log_in("nobody", "no")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert "Login or password is wrong." in wrong.text
    assert "Login or password is wrong." in unknown.text


def test_five_failures_lock_the_login_for_five_minutes(browser: Open, parts: desk.TestOffice) -> None:
    for _ in range(5):
        assert browser().log_in("carla", "no").status_code == 401
    answer = browser().log_in("carla", PASSWORD)
    assert answer.status_code == 429
    assert "Too many failed attempts" in answer.text
    assert browser().log_in("carlo").status_code == 302
    parts.clock.advance(timedelta(minutes=5, seconds=1))
    assert browser().log_in("carla").status_code == 302


def test_a_success_forgets_the_failures_before_it(browser: Open) -> None:
    for _ in range(3):
        for _ in range(4):
            assert browser().log_in("carla", "no").status_code == 401
        assert browser().log_in("carla").status_code == 302


def test_the_session_is_new_after_the_login(browser: Open) -> None:
    person = browser()
    token = person.token()
    before = person.client.get_cookie("__Host-pulse", domain="localhost")
    person.log_in("carla")
    after = person.client.get_cookie("__Host-pulse", domain="localhost")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    answer = person.post("/logout", {"csrf_token": token}, csrf=False)
    assert answer.status_code == 400


def test_a_copied_cookie_is_worth_nothing_after_the_logout(browser: Open, app: Flask) -> None:
    person = browser("carla")
    cookie = person.client.get_cookie("__Host-pulse", domain="localhost")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("__Host-pulse", cookie.value, domain="localhost", secure=True)
    assert thief.get("/cases", base_url="https://localhost").status_code == 200
    assert person.post("/logout").status_code == 302
    assert thief.get("/cases", base_url="https://localhost").status_code == 302
    assert person.get("/cases").status_code == 302


def test_a_session_ends_after_two_idle_hours_and_after_twelve_in_all(browser: Open, parts: desk.TestOffice) -> None:
    idle, busy = browser("carla"), browser("carlo")
    for _ in range(11):
        parts.clock.advance(timedelta(hours=1))
        assert busy.get("/cases").status_code == 200
    assert idle.get("/cases").status_code == 302
    parts.clock.advance(timedelta(hours=1, minutes=1))
    assert busy.get("/cases").status_code == 302


def test_somebody_who_was_switched_off_is_out_at_once(browser: Open, parts: desk.TestOffice) -> None:
    person = browser("carla")
    with parts.database.write() as connection:
        user = users.by_login(connection, "carla")
        assert user is not None
        users.set_user(connection, user.id, active=False)
    assert person.get("/cases").status_code == 302
    assert browser().log_in("carla").status_code == 401


def test_the_cookie_is_for_this_host_https_and_the_browser_alone(browser: Open) -> None:
    cookie = browser().log_in("carla").headers["Set-Cookie"]
    assert cookie.startswith("__Host-pulse=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie


def test_over_plain_http_the_cookie_has_its_plain_name(parts: desk.TestOffice) -> None:
    from dataclasses import replace

    plain = replace(parts.office, policy=replace(parts.office.policy, web_url="http://127.0.0.1:8080"))
    answer = create_app(plain, secret_key="k" * 32).test_client().get("/login")
    assert answer.headers["Set-Cookie"].startswith("pulse=")
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize("path", ["/login", "/logout", "/tasks/x", "/tasks/x/claim", "/tasks/x/preview/client"])
def test_a_form_without_its_csrf_token_is_refused(browser: Open, path: str) -> None:
    answer = browser("carla").post(path, {"login": "carla", "password": PASSWORD}, csrf=False)
    assert answer.status_code == 400
    assert answer.mimetype == "text/html"


def test_a_browsers_session_opens_no_call_of_the_api(browser: Open) -> None:
    assert browser("carla").get("/api/v1/invoices").status_code == 401


def test_pages_carry_the_headers_that_protect_them(browser: Open) -> None:
    for path in ("/login", "/cases", "/nothing"):
        headers = browser("carla" if path == "/cases" else None).get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Strict-Transport-Security"]


def test_the_style_sheet_may_be_kept_and_names_no_other_server(browser: Open) -> None:
    with browser().get("/static/pulse.css") as answer:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] != "no-store"
        assert "url(" not in answer.text
        assert "@import" not in answer.text
