from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import office as desk
import pytest
from flask import Flask
from payment_desk import INSURER_IBAN, all_payments, decide, of_case, pain002
from web_desk import Browser, TaskEngine, text


@pytest.fixture
def parts(tmp_path: Path, engine: TaskEngine) -> Iterator[desk.TestOffice]:
    for parts in desk.open_office(tmp_path, engine=engine, insurer_iban=INSURER_IBAN):
        desk.fill_registers(parts.database)
        yield parts


def test_only_controllers_see_payments(browser: Callable[..., Browser]) -> None:
    assert browser("anna").get("/payments").status_code == 403
    assert browser().get("/payments").status_code == 302
    assert "Payments" not in text(browser("anna").get("/cases"))
    assert "Nothing to pay" in text(browser("carla").get("/payments"))


def test_one_controller_makes_a_run_and_another_releases_it(
    parts: desk.TestOffice, browser: Callable[..., Browser]
) -> None:
    decide(parts, tiers="garant")
    carla, carlo = browser("carla"), browser("carlo")
    page = text(carla.get("/payments"))
    assert "Anna Müller" in page
    assert "CH93 … 2957" in page
    assert "CH9300762011623852957" not in page
    made = carla.post("/payments/runs")
    assert made.headers["Location"].endswith("/payments/runs/1")
    own = text(carla.get("/payments/runs/1"))
    assert "another controller releases it" in own
    assert "Release CHF" not in own
    refused = carla.post("/payments/runs/1/release")
    assert "Somebody else must release" in text(carla.get(refused.headers["Location"]))
    assert "Release CHF 71.55" in text(carlo.get("/payments/runs/1"))
    carlo.post("/payments/runs/1/release")
    taken, again = carlo.post("/payments/runs/1/file"), carlo.post("/payments/runs/1/file")
    assert taken.data == again.data
    assert taken.data.startswith(b"<?xml")
    assert taken.headers["Content-Disposition"] == 'attachment; filename="PULSE-20260616-1.xml"'
    assert "was taken before" in text(carlo.get("/payments/runs/1"))


def test_what_the_bank_rejects_is_shown_to_a_person(parts: desk.TestOffice, browser: Callable[..., Browser]) -> None:
    case = decide(parts, tiers="garant")
    carla, carlo = browser("carla"), browser("carlo")
    carla.post("/payments/runs")
    carlo.post("/payments/runs/1/release")
    report = pain002("PULSE-20260616-1", group="RJCT")
    answer = carla.post("/payments/status", {"report": (io.BytesIO(report), "status.xml")})
    assert answer.status_code == 302
    page = text(carla.get("/payments"))
    assert "Needs a person" in page
    assert "AC04" in page
    (payment,) = of_case(parts, case)
    carla.post(f"/payments/{payment.id}/again")
    assert "Needs a person" not in text(carla.get("/payments"))
    assert [one.state for one in all_payments(parts)] == ["rejected", "proposed"]


def test_a_payment_without_an_account_waits_visibly_and_can_be_settled_another_way(
    parts: desk.TestOffice, browser: Callable[..., Browser]
) -> None:
    case = decide(parts, tiers="garant", client_iban=None)
    carla = browser("carla")
    assert "No account registered" in text(carla.get("/payments"))
    (payment,) = of_case(parts, case)
    carla.post(f"/payments/{payment.id}/settle", {"note": ""})
    assert of_case(parts, case)[0].state == "waiting"
    carla.post(f"/payments/{payment.id}/settle", {"note": "Paid by postal order"})
    assert of_case(parts, case)[0].state == "settled"


@pytest.mark.parametrize("body", [b"", b"<a/>", pain002("PULSE-1", group="ACCP")])
def test_a_report_that_is_none_of_ours_is_said_on_the_page(browser: Callable[..., Browser], body: bytes) -> None:
    carla = browser("carla")
    answer = carla.post("/payments/status", {"report": (io.BytesIO(body), "status.xml")})
    assert "status report" in text(carla.get(answer.headers["Location"]))


def test_without_an_account_to_pay_from_the_page_says_which_setting_is_missing(
    parts: desk.TestOffice, app: Flask, browser: Callable[..., Browser]
) -> None:
    decide(parts)
    app.extensions["pulse.office"] = replace(parts.office, policy=replace(parts.office.policy, insurer_iban=None))
    carla = browser("carla")
    answer = carla.post("/payments/runs")
    assert "PULSE_INSURER_IBAN" in text(carla.get(answer.headers["Location"]))


def test_rest_tells_payments_and_runs_to_a_token_with_the_scope(
    parts: desk.TestOffice, app: Flask, browser: Callable[..., Browser], bearer: Callable[..., dict[str, str]]
) -> None:
    for _ in range(3):
        decide(parts)
    browser("carla").post("/payments/runs")
    api = app.test_client()
    allowed = bearer("payments:read")
    first = api.get("/api/v1/payments?limit=2&state=in_run", headers=allowed).get_json()
    rest = api.get(f"/api/v1/payments?after={first['next']}", headers=allowed).get_json()
    assert [len(first["payments"]), len(rest["payments"]), rest["next"]] == [2, 1, None]
    one = first["payments"][0]
    assert (one["amount"], one["account"], one["state"], one["payee"]) == ("71.55", "CH93 … 2957", "in_run", "provider")
    assert "name" not in one
    (run,) = api.get("/api/v1/payments/runs", headers=allowed).get_json()["runs"]
    assert (run["payments"], run["total"], run["made_by"]) == (3, "214.65", "carla")
    assert api.get("/api/v1/payments", headers=bearer("invoices:read")).status_code == 403
    assert api.get("/api/v1/payments?state=nowhere", headers=allowed).status_code == 422
