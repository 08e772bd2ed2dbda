"""The engine's own Tasklist and Cockpit in a browser, and an engine that is left as it was found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect
from pycamunda.base import RequestMethod

from pulse.engine.client import EngineClient
from pulse.engine.client.requests import Endpoint

#: Chromium alone: no calls home, no sandbox of its own (the tests run as root).
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
#: For an engine and a browser on a machine that does much else.
PATIENCE_MS = 60_000
#: What a test may make on an engine, in the order in which it can be removed, and what else goes with it.
_MADE = {
    "/deployment": {"cascade": True, "skip_io_mappings": True},
    "/process-instance": {},
    "/history/process-instance": {},
    "/filter": {},
    "/authorization": {},
    "/user": {},
    "/group": {},
}


@contextmanager
def left_as_found(engine: EngineClient) -> Iterator[None]:
    """Removes at the end what was made meanwhile, instances with their history, users and rights among them."""
    before = {path: _ids(engine, path) for path in _MADE}
    try:
        yield
    finally:
        for path, query in _MADE.items():
            for one in _ids(engine, path) - before[path]:
                engine.call(Endpoint(engine.url, f"{path}/{one}", method=RequestMethod.DELETE, query=query))


def _ids(engine: EngineClient, path: str) -> set[str]:
    return {dto["id"] for dto in engine.get(path)}


def logged_in(browser: Browser, address: str, login: str, password: str) -> Page:
    """A page of one of the web applications, in a browser session of its own."""
    page = browser.new_context(viewport={"width": 1500, "height": 1000}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page.goto(address)
    page.get_by_placeholder("Username").fill(login)
    page.get_by_placeholder("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    return page


class Tasklist:
    """Somebody at the engine's Tasklist."""

    def __init__(self, browser: Browser, webapps: str, login: str, password: str) -> None:
        self._address = f"{webapps}/app/tasklist/default/"
        self.page = page = logged_in(browser, self._address, login, password)
        self.filters = page.locator(".task-filters .task-filter")
        self.cards = page.locator("li.task")
        self.form = page.locator(".fjs-form")

    def card(self, *texts: str) -> Locator:
        """The card in the list that shows all these texts."""
        found = self.cards
        for text in texts:
            found = found.filter(has_text=text)
        return found

    def open(self, card: Locator) -> None:
        """Opens a task and takes it, so that its form can be filled in."""
        card.click()
        self.page.get_by_text("Claim", exact=True).click()

    def start_anew(self) -> None:
        """Comes back to the list with no task open, still logged in."""
        self.page.goto("about:blank")
        self.page.goto(self._address)

    def value(self, label: str) -> str:
        """What a field of the form shows."""
        return self.form.get_by_label(label, exact=True).input_value()

    def choose(self, label: str, option: str) -> None:
        """Takes an option of a select, by a part of its text."""
        field = self.form.locator(".fjs-form-field-select").filter(has_text=label)
        field.locator(".fjs-input-group").click()
        field.locator(".fjs-dropdownlist-item").filter(has_text=option).click()

    def complete(self) -> None:
        """Hands the form in."""
        self.page.get_by_role("button", name="Complete", exact=True).click()


class Cockpit:
    """An operator at the engine's Cockpit."""

    def __init__(self, browser: Browser, webapps: str, login: str, password: str) -> None:
        self.page = logged_in(browser, f"{webapps}/app/cockpit/default/", login, password)

    def open_instance(self, process: str, business_key: str) -> None:
        """From the list of processes to one instance."""
        self.page.get_by_role("link", name="Processes").first.click()
        self.page.get_by_role("link", name=process).first.click()
        row = self.page.get_by_role("row").filter(has_text=business_key)
        row.get_by_role("link").first.click()

    def incidents(self) -> Locator:
        """The rows of the incidents' tab."""
        self.page.get_by_text("Incidents", exact=True).click()
        return self.page.locator("tr[ng-repeat='incident in incidents']")

    def retry(self, incident: Locator) -> None:
        """Presses the button that gives a failed task another try, and confirms."""
        incident.locator("td.action a:visible").click()
        self.page.locator(".modal-footer").get_by_role("button", name="Retry").click()
