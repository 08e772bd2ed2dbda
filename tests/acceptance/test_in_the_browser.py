"""A controller denies a high-risk case in a real browser; client and provider hear by mail."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from chain import Chain, text_of
from engine_webapps import PATIENCE_MS
from playwright.sync_api import expect, sync_playwright

from pulse.demo.samples import Printer

pytestmark = [pytest.mark.xdist_group("chain"), pytest.mark.timeout(600)]
#: Chromium alone: no calls home, no sandbox of its own (the tests run as root).
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def test_a_high_risk_case_is_denied_by_the_controller_in_the_browser(
    chain: Chain, printer: Printer, need: Callable[[str], str]
) -> None:
    sample = printer.high_risk_denied()
    assert sample.truth is not None
    chain.mail(sample)
    task = chain.task(chain.case_of(sample)["id"], "review_high_risk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=need("chromium"), args=ARGUMENTS)
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page.goto(f"{chain.stage.web_url}/login")
        page.get_by_label("Login").fill("controller")
        page.get_by_label("Password").fill(chain.stage.logins.passwords["controller"])
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("row").filter(has_text=str(task["invoice_id"])).get_by_role("link").first.click()
        expect(page.locator("svg.sheet image")).to_be_visible()
        expect(page.get_by_text(str(sample.truth.patient.family_name)).first).to_be_visible()
        page.get_by_label("Decision").select_option("deny")
        page.get_by_label("Reason").select_option("P814")
        page.get_by_label("Comment").fill("Eine Indikation ist nicht dokumentiert.")
        page.get_by_role("button", name="Complete the task").click()
        expect(page.get_by_role("status")).to_contain_text(f"case {task['invoice_id']}")
        browser.close()
    case = chain.closed(task["invoice_id"])
    assert (case["closed_as"], case["decision"]["decided_by"]) == ("denied", "controller")
    clients = chain.stage.registers().clients
    client = next(c for c in clients if c.insurance_number == sample.truth.patient.insured_number)
    (to_client,) = chain.letters_to(client.email, case["id"])
    (to_provider,) = chain.letters_to(sample.provider.email, case["id"])
    assert "dass die Leistung nötig war (Art. 32 KVG)" in text_of(to_provider)
    assert "que la prestation était nécessaire (art. 32 LAMal)" in text_of(to_client)
    assert "décision formelle" in text_of(to_client)
