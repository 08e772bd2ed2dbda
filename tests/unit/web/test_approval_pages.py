from __future__ import annotations

from collections.abc import Callable

import office as desk
import pytest
from web_desk import Browser, text


def test_only_controllers_see_and_give_approvals(browser: Callable[..., Browser]) -> None:
    anna = browser("anna")
    assert anna.get("/approvals").status_code == 403
    assert anna.post("/approvals", {"insurance_number": desk.CLIENT_NUMBER}).status_code == 403
    assert "Approvals" not in text(anna.get("/cases"))
    assert "No approval on file" in text(browser("carla").get("/approvals"))


def test_an_approval_is_put_on_file_shown_and_taken_back(browser: Callable[..., Browser]) -> None:
    carla = browser("carla")
    values = {"insurance_number": desk.CLIENT_NUMBER, "gtin": desk.LISTED, "valid_from": "2026-01-01", "packs": "6"}
    answer = carla.post("/approvals", values)
    page = text(carla.get(answer.headers["Location"]))
    assert f"GTIN {desk.LISTED}" in page
    assert "is on file" in page
    carla.post("/approvals/1/end")
    page = text(carla.get("/approvals"))
    assert "was taken back" in page
    assert "No approval on file" in page
    carla.post("/approvals/1/end")
    assert "taken back before" in text(carla.get("/approvals"))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"gtin": "1"}, "gtin: is no GTIN"),
        ({}, "either gtin or atc must be given"),
        ({"atc": "L01", "valid_until": "2025-01-01"}, "valid_until lies before valid_from"),
        ({"atc": "L01", "insurance_number": "404"}, "Nobody is registered"),
        ({"atc": "L01", "packs": "2", "kind": "copayment"}, "packs and indication_code are for approvals of costs"),
    ],
)
def test_what_is_wrong_with_an_approval_is_said_beside_what_was_entered(
    browser: Callable[..., Browser], values: dict[str, str], why: str
) -> None:
    given = {"insurance_number": desk.CLIENT_NUMBER, "valid_from": "2026-01-01", "reference": "K 7"} | values
    carla = browser("carla")
    answer = carla.post("/approvals", given)
    assert answer.status_code == 422
    assert why in text(answer)
    for name, value in given.items():
        assert f'name="{name}"' in text(answer)
        assert f'value="{value}"' in text(answer)
    assert ('value="copayment" selected' in text(answer)) is (given.get("kind") == "copayment")
    assert "No approval on file" in text(carla.get("/approvals"))


def test_a_number_that_is_nobodys_is_said(browser: Callable[..., Browser]) -> None:
    assert "Nobody is registered" in text(browser("carla").get("/approvals?client=404"))
