"""People at a real browser, before the real engine, reader and workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect
from web_world import World, an_invoice, form_pdf, pdf

SitDown = Callable[[str], Any]


def test_a_controller_looks_at_the_page_and_denies_with_a_reason(insurer: World, sit_down: SitDown) -> None:
    invoice_id = insurer.send(pdf(1, price="160.00"))
    task = insurer.wait_for_task(invoice_id, "review_high_risk")
    desk = sit_down("carla")
    page = desk.page
    row = page.get_by_role("row").filter(has_text=str(invoice_id))
    expect(row).to_contain_text("High risk")
    row.get_by_role("link", name="Review high-risk invoice").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review high-risk invoice")
    expect(page.get_by_text("Müller Anna")).to_be_visible()
    expect(page.get_by_text("price-twice-list").first).to_be_visible()
    picture = page.locator("svg.sheet image")
    expect(picture).to_be_visible()
    image = page.request.get(f"{desk.address}{picture.get_attribute('href')}")
    assert image.headers["content-type"] == "image/png"
    assert len(image.body()) > 10_000
    assert page.locator("svg.sheet rect.mark").count() > 10

    page.get_by_label("Decision").select_option("deny")
    page.get_by_label("Reason").select_option("P814")
    page.get_by_label("Comment").fill("No medical reason is given.")
    page.get_by_role("button", name="Complete the task").click()
    expect(page.get_by_role("status")).to_contain_text(f"Done: Review high-risk invoice, case {invoice_id}.")
    expect(page.get_by_role("row").filter(has_text=str(invoice_id))).to_have_count(0)

    case = insurer.wait_for_state(invoice_id, "completed")
    assert case["closed_as"] == "denied"
    assert case["decision"]["decided_by"] == "carla"
    assert case["decision"]["automated"] is False
    letters = {letter["recipient"]: letter for letter in case["letters"] if letter["kind"] == "denied"}
    assert {letter["state"] for letter in letters.values()} == {"sent"}
    assert set(letters) == {"client", "provider"}
    desk.open(f"/tasks/{task['id']}")
    expect(page.get_by_text("This task is done already (by carla")).to_be_visible()
    assert [one for one in desk.complaints if "409" not in one] == []


def test_a_controller_cuts_a_position_with_the_keyboard_alone(insurer: World, sit_down: SitDown) -> None:
    invoice_id = insurer.send(pdf(5, price="80.00", rows=3))
    task = insurer.wait_for_task(invoice_id, "decide")
    desk = sit_down("carlo")
    page = desk.open(f"/tasks/{task['id']}")
    page.get_by_label("CHF to pay for position 3").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("10.50")
    page.keyboard.press("Tab")
    page.keyboard.type("Approve in part")
    page.keyboard.press("Tab")
    page.keyboard.type("P813")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Done: Decide")
    case = insurer.wait_for_state(invoice_id, "completed")
    assert case["closed_as"] == "partly_approved"
    assert case["decision"]["payable_amount"] == "153.60"
    assert desk.complaints == []


def test_an_assistant_corrects_a_total_beside_the_page_image(insurer: World, sit_down: SitDown) -> None:
    read = an_invoice(4)
    total = read.total_amount
    assert total is not None
    wrong = read.model_copy(update={"total_amount": total + 5, "amount_due": total + 5})
    invoice_id = insurer.send(form_pdf(wrong, annex=True))
    task = insurer.wait_for_task(invoice_id, "correct_reading")
    desk = sit_down("anna")
    page = desk.open(f"/tasks/{task['id']}")
    expect(page.get_by_text("Sum differs").first).to_be_visible()
    page.get_by_role("navigation", name="Pages of the document").get_by_role("link", name="2").click()
    expect(page.get_by_role("img", name="Page 2 of 2")).to_be_visible()
    page.locator("[name='c-total_amount']").fill(str(total))
    page.locator("[name='c-amount_due']").fill(str(total))
    page.get_by_label("What now?").select_option("done")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("status")).to_contain_text("Done: Correct the reading")
    case = insurer.wait_for_state(invoice_id, "completed")
    assert case["closed_as"] == "approved"
    assert case["total_amount"] == str(total)
    page = desk.open(f"/cases/{invoice_id}")
    expect(page.get_by_role("link", name="Approved").first).to_be_visible()
    assert desk.complaints == []


def test_pages_fit_their_window_and_every_field_has_a_name(insurer: World, sit_down: SitDown) -> None:
    invoice_id = insurer.send(pdf(8, price="160.00"))
    task = insurer.wait_for_task(invoice_id, "review_high_risk")
    page = sit_down("carla").page
    address = page.url.removesuffix("/tasks")
    for width in (1500, 1100, 700):
        page.set_viewport_size({"width": width, "height": 900})
        for path in ("/tasks", f"/tasks/{task['id']}", "/cases", f"/cases/{invoice_id}"):
            page.goto(address + path)
            overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert overflow <= 0, f"{path} is {overflow} px too wide at {width}"
            nameless = page.evaluate(
                "[...document.querySelectorAll('input:not([type=hidden]),select,textarea')]"
                ".filter(e => !e.labels.length && !e.getAttribute('aria-label')).map(e => e.name)"
            )
            assert nameless == []
