"""A controller words and approves a letter in a real browser; until it has left it can be called back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from web_world import World, pdf, world

SitDown = Callable[[str], Any]


@pytest.fixture(scope="module")
def insurer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Every letter waits for a controller, and stays an hour after that."""
    folder = tmp_path_factory.mktemp("insurer")
    with world(folder, letter_approval="all", letter_hold=timedelta(hours=1)) as running:
        yield running


def test_a_letter_is_worded_approved_and_called_back(insurer: World, sit_down: SitDown) -> None:
    invoice_id = insurer.send(pdf(1))
    task = insurer.wait_for_task(invoice_id, "approve_letter_client")
    desk = sit_down("carla")
    page = desk.open(f"/tasks/{task['id']}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Approve the letter to the client")
    picture = page.request.get(f"{desk.address}{page.locator('img.letter').first.get_attribute('src')}")
    assert picture.headers["content-type"] == "image/png"
    assert len(picture.body()) > 10_000

    text = page.get_by_label("The explanation")
    first = text.input_value()
    text.fill(f"{first}\n\nDas kostet CHF 99.95 mehr.")
    page.get_by_role("button", name="Save the wording").click()
    expect(page.get_by_role("alert")).to_contain_text("“99.95” is no number, date or amount of this letter.")
    expect(text).to_have_value(f"{first}\n\nDas kostet CHF 99.95 mehr.")
    text.fill(f"{first}\n\nWir wünschen gute Besserung.")
    page.get_by_role("button", name="Save the wording").click()
    expect(page.get_by_role("status")).to_contain_text("it still waits for approval")
    expect(page.locator(".difference ins")).to_contain_text("Wir wünschen gute Besserung.")

    page.get_by_label("May this letter go out?").select_option("approve")
    page.get_by_role("button", name="Complete the task").click()
    expect(page.get_by_role("status")).to_contain_text("Done: Approve the letter to the client")
    desk.open(f"/cases/{invoice_id}")
    page.get_by_role("link", name="Undo").click()
    page.get_by_role("button", name="Undo: call it back").click()
    expect(page.get_by_role("status")).to_contain_text("has not left")
    expect(page.get_by_role("button", name="Approve and send")).to_be_visible()
    assert insurer.mail_out.mails == []

    desk.open(page.get_by_role("link", name="As a web page").get_attribute("href") or "")
    expect(page.get_by_text("Wir wünschen gute Besserung.")).to_be_visible()
    assert [one for one in desk.complaints if "422" not in one] == []
