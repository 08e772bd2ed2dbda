"""A scan that was read wrongly: a person puts it right in a real browser, and what they wrote teaches the reader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from chain import Chain, text_of
from engine_webapps import PATIENCE_MS
from playwright.sync_api import Page, expect, sync_playwright
from scanned import Scan, scanned

from pulse import synthetic
from pulse.demo.samples import Printer, Sample
from pulse.invoices.model import Invoice

pytestmark = [pytest.mark.xdist_group("chain"), pytest.mark.timeout(600)]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
#: A digit that looks like another one: a row's amount is seven francs off.
SMUDGE = Decimal("7.00")


@pytest.fixture
def page(need: Callable[[str], str]) -> Iterator[Page]:
    need("tesseract")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=need("chromium"), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1500, "height": 1000})
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        yield page
        browser.close()


def smudged(sample: Sample) -> Sample:
    """The sample as a scan on which the first amount looks like another one; the truth stays what was billed."""
    truth = sample.truth
    assert truth is not None
    first = truth.positions[0]
    looks_like = first.model_copy(update={"amount": (first.amount or Decimal(0)) + SMUDGE})
    paper = truth.model_copy(update={"positions": (looks_like, *truth.positions[1:])})
    return replace(sample, document=scanned(synthetic.form_pdf(paper, annex=False), Scan()))


def log_in(page: Page, chain: Chain, login: str) -> None:
    page.goto(f"{chain.stage.web_url}/login")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(chain.stage.logins.passwords[login])
    page.get_by_role("button", name="Log in").click()


def pulse(chain: Chain, *arguments: str) -> str:
    """What the command says, with the settings of the running chain."""
    command = [sys.executable, "-m", "pulse", *arguments]
    environment = os.environ | chain.stage.environment
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_a_wrong_amount_of_a_scan_is_put_right_beside_its_picture_and_becomes_an_example(
    chain: Chain, printer: Printer, page: Page, tmp_path: Path
) -> None:
    sample = smudged(printer.scanned())
    truth = sample.truth
    assert truth is not None
    billed = str(truth.positions[0].amount)
    misread = str((truth.positions[0].amount or Decimal(0)) + SMUDGE)
    chain.mail(sample)
    case = chain.case_of(sample)
    assert (case["invoice"]["source"]["kind"], case["reading"]) == ("ocr", "doubtful")
    task = chain.task(case["id"], "correct_reading")

    log_in(page, chain, "assistant")
    row = page.get_by_role("row").filter(has_text=str(case["id"]))
    row.get_by_role("link", name="Correct the reading").click()
    expect(page.locator("svg.sheet image")).to_be_visible()
    amount = page.locator("[name='p-0-amount']")
    expect(amount).to_have_value(misread)
    strip = page.locator("tr.strip").first
    expect(strip.locator(".snippet image")).to_be_visible()
    expect(strip).to_contain_text("Amount: quantity times price is not the amount")

    page.wait_for_load_state()
    amount.fill("7 or 8")
    page.locator("[name='p-0-quantity']").focus()
    expect(page.locator("#at-p-0-amount")).to_have_class("wrong")
    expect(page.get_by_role("alert")).to_contain_text("Some values cannot be read")
    amount.fill(billed)
    page.locator("[name='p-0-quantity']").focus()
    expect(page.get_by_role("status")).to_contain_text("Nothing is wrong any more")
    expect(strip).not_to_contain_text("Amount:")
    expect(page.locator("#at-p-0-amount")).not_to_have_class("wrong")
    page.get_by_role("button", name="Check, without saving").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing is wrong any more")
    assert chain.api.invoice(case["id"])["invoice"]["positions"][0]["amount"] == misread
    page.get_by_label("What now?").select_option("done")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("status")).to_contain_text("Done: Correct the reading")

    closed = chain.closed(case["id"])
    assert (closed["closed_as"], closed["total_amount"]) == ("approved", str(truth.total_amount))
    (letter,) = chain.letters_to(sample.provider.email, case["id"])
    assert truth.invoice_number is not None
    assert truth.invoice_number in text_of(letter)
    assert task["id"] not in [one["id"] for one in chain.api.tasks()]

    page.goto(f"{chain.stage.web_url}/cases/{case['id']}")
    corrections = page.locator("details").filter(has_text="Corrections")
    expect(corrections).to_contain_text("assistant")
    expect(corrections.get_by_role("row").filter(has_text=misread)).to_contain_text(billed)

    said = pulse(chain, "evaluate", "export", str(tmp_path / "corrected"))
    assert said.startswith("1 corrected reading written")
    pair = Invoice.model_validate_json((tmp_path / "corrected" / f"{case['id']}.json").read_bytes())
    assert pair.positions[0].amount == truth.positions[0].amount
    assert (tmp_path / "corrected" / f"{case['id']}.pdf").read_bytes() == sample.document
    figures = json.loads(pulse(chain, "evaluate", "reading", str(tmp_path / "corrected"), "--json"))
    assert figures["documents"] == 1
    assert [one["field"] for one in figures["misses"]] == ["positions.0.amount"]
