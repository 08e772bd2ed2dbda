"""A running insurer, shared by the tests of a module; each test sends invoices of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from engine_webapps import PATIENCE_MS
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright
from waitress.wasyncore import close_all
from web_world import PASSWORD, World, world

from pulse.web.server import listen


@pytest.fixture(scope="module")
def insurer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("insurer")) as running:
        yield running


@pytest.fixture(scope="module")
def address(insurer: World) -> Iterator[str]:
    """Where the pages are served, by the server of `pulse web`."""
    server = listen(insurer.app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, name="web", daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"

    def end() -> None:
        server.task_dispatcher.shutdown()
        close_all(server._map)

    # in the server's own loop, which else would meet a closed socket, and its threads a closed pipe
    server.trigger.pull_trigger(end)
    thread.join(timeout=60)
    assert not thread.is_alive()


@dataclass
class Desk:
    """Somebody at a browser; what the page complained about is kept."""

    page: Page
    address: str
    complaints: list[str]

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page


@pytest.fixture(scope="module")
def chromium(need: Callable[[str], str]) -> Iterator[Callable[[], BrowserContext]]:
    """Chromium, headless; a context is a person's own browser."""
    path = need("chromium")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    playwright: Playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=quiet)
        expect.set_options(timeout=PATIENCE_MS)
        yield lambda: browser.new_context(locale="en-GB", viewport={"width": 1500, "height": 1000})
        browser.close()


@pytest.fixture
def sit_down(chromium: Callable[[], BrowserContext], address: str) -> Iterator[Callable[[str], Desk]]:
    """`sit_down("carla")` logs somebody in by the form."""
    contexts: list[BrowserContext] = []

    def start(login: str) -> Desk:
        contexts.append(chromium())
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/")
        page.get_by_label("Login").fill(login)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/tasks")
        return Desk(page=page, address=address, complaints=complaints)

    yield start
    for context in contexts:
        context.close()
