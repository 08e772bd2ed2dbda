"""The letter's page in Chromium: read by rank and role, on a wide screen and on a narrow one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine_webapps import ARGUMENTS
from paper import billed_letter, long_letter, looks
from playwright.sync_api import Browser, sync_playwright

from letters.html import render_html
from letters.writer import TemplateWriter

#: Text whose contrast with its ground is below 4.5 (WCAG 2.2, 1.4.3), by the browser's own colours.
_FAINT = """() => [...document.querySelectorAll('body *')].filter(one => {
  if (!one.innerText || one.children.length) return false;
  const parts = getComputedStyle(one).color.match(/\\d+/g).slice(0, 3).map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 1.05 / (0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] + 0.05) < 4.5;
}).map(one => one.innerText)"""


@pytest.fixture(scope="module")
def browser(need: Callable[[str], str]) -> Iterator[Browser]:
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=need("chromium"), args=ARGUMENTS) as started,
    ):
        yield started


@pytest.mark.parametrize("width", [1200, 320])
def test_a_letters_page_is_read_by_rank_and_role_at_any_width(browser: Browser, width: int, tmp_path: Path) -> None:
    look = looks(tmp_path)[2]
    for facts in (long_letter("fr", positions=8), billed_letter("it")):
        page = browser.new_page(viewport={"width": width, "height": 900})
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.set_content(render_html(facts, TemplateWriter().write(facts), look=look))
        assert page.get_by_role("heading", level=1).count() == 1
        assert page.get_by_role("table").count() == 1
        columns = page.get_by_role("columnheader").all_inner_texts()
        assert len(columns) == 6
        assert page.get_by_role("rowheader").count() == 1
        assert page.get_by_role("img", name=facts.insurer.name).count() == 1
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert page.evaluate("document.querySelector('tbody td:nth-child(2)').offsetWidth") > 100
        assert page.evaluate("document.querySelector('tbody td').textContent.length * 6") < page.evaluate(
            "document.querySelector('tbody td').offsetWidth"
        )
        assert page.evaluate(_FAINT) == []
        assert [url for url in asked if not url.startswith(("data:", "about:"))] == []
        page.screenshot(path=tmp_path / f"{facts.language}.png", full_page=True)
        assert (tmp_path / f"{facts.language}.png").stat().st_size > 10_000
        page.close()
