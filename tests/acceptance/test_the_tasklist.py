"""Controllers and operators in the engine's own web applications, with the whole chain on Operaton."""

from __future__ import annotations

import datetime as dt
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from chain import Chain, text_of
from engine_webapps import ARGUMENTS, Cockpit, Tasklist, left_as_found
from playwright.sync_api import Browser, expect, sync_playwright
from pycamunda.base import RequestMethod

from db.database import Database
from db.upgrade import upgrade
from pulse.claims.tasks import CONTROLLERS
from pulse.demo.samples import Printer, Sample
from pulse.demo.stage import EngineElsewhere, Stage
from pulse.engine import errors
from pulse.engine.client import EngineClient
from pulse.engine.client.requests import Endpoint
from pulse.engine.java import JavaEngine

pytestmark = [pytest.mark.xdist_group("operaton"), pytest.mark.timeout(600)]


@dataclass(frozen=True)
class House:
    """The chain on Operaton, and people who may log in there."""

    chain: Chain
    printer: Printer
    engine: JavaEngine
    passwords: dict[str, str]
    browser: Browser

    def of(self, login: str) -> tuple[Browser, str, str, str]:
        """What somebody needs who sits down at the engine's web applications."""
        return self.browser, self.engine.webapp_url, login, self.passwords[login]

    def mailed(self, sample: Sample, kind: str) -> dict[str, Any]:
        """The task that a mailed sample leads to."""
        self.chain.mail(sample)
        return self.chain.task(self.chain.case_of(sample)["id"], kind)


@pytest.fixture(scope="module")
def house(
    operaton: JavaEngine, need: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    there = EngineElsewhere(url=operaton.url, user=operaton.user, password=operaton.password)
    stage = Stage(tmp_path_factory.mktemp("tasklist"), model=None, web_port=0, engine=there)
    with (
        EngineClient(there.url, auth=(there.user, there.password)) as admin,
        left_as_found(admin),
        stage,
        Chain(stage) as chain,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=need("chromium"), args=ARGUMENTS) as browser,
    ):
        printer = Printer(stage.registers(), random.Random(20260616), dt.date(2026, 11, 20))
        yield House(chain, printer, operaton, _passwords(deployed(stage)), browser)


@pytest.fixture(scope="module")
def tasklist(house: House) -> Tasklist:
    """The controller, logged in at the engine's Tasklist."""
    return Tasklist(*house.of("controller"))


def deployed(stage: Stage) -> str:
    """What `pulse deploy --demo-users` says."""
    command = [sys.executable, "-m", "pulse", "deploy", "--demo-users"]
    environment = {**os.environ, **stage.environment}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def _passwords(said: str) -> dict[str, str]:
    users = [line.split() for line in said.splitlines() if line.startswith("User: ")]
    return {login: password for _, login, password in users}


def test_a_controller_denies_a_case_in_the_engines_tasklist_and_both_letters_go_out(
    house: House, tasklist: Tasklist
) -> None:
    sample = house.printer.high_risk_denied()
    truth = sample.truth
    assert truth is not None
    assert truth.patient.family_name is not None
    assert truth.total_amount is not None
    task = house.mailed(sample, "review_high_risk")
    case = house.chain.api.invoice(task["invoice_id"])
    tasklist.start_anew()
    expect(tasklist.filters).to_have_count(1)
    expect(tasklist.filters).to_contain_text("controllers")
    card = tasklist.card(
        "Review high-risk invoice", str(case["id"]), truth.patient.family_name, format(truth.total_amount, "f")
    )
    tasklist.open(card)
    expect(tasklist.form.get_by_role("link", name="Open the case in Pulse")).to_have_attribute(
        "href", f"{house.chain.stage.web_url}/cases/{case['id']}"
    )
    shown = {
        "Last name of the client": truth.patient.family_name,
        "Risk score of the client": "medium",
        "Abuse risk of a medication": "1",
        "Risk of the case": "high",
        "Reason codes": "P702",
        "Billed, CHF": format(truth.total_amount, "f"),
        "Payable as worked out, CHF": case["payable_amount"],
        "Payable": "full",
    }
    assert {label: tasklist.value(label) for label in shown} == shown
    facts = tasklist.value("Facts and positions")
    for position in truth.positions:
        assert f"{position.line}. {position.name}" in facts
        assert f"billed {position.amount}" in facts
    tasklist.choose("Decision", "Deny")
    tasklist.choose("Reason", "P814")
    tasklist.form.get_by_label("Comment").fill("Eine Indikation ist nicht dokumentiert.")
    tasklist.complete()
    case = house.chain.closed(task["invoice_id"])
    assert (case["closed_as"], case["decision"]["decided_by"]) == ("denied", "controller")
    assert task["id"] not in [open_["id"] for open_ in house.chain.api.tasks()]
    clients = house.chain.stage.registers().clients
    client = next(one for one in clients if one.insurance_number == truth.patient.insured_number)
    assert sorted(letter["recipient"] for letter in case["letters"] if letter["kind"] == "denied") == [
        "client",
        "provider",
    ]
    for address in (client.email, sample.provider.email):
        (letter,) = house.chain.letters_to(address, case["id"])
        assert "Eine Indikation ist nicht dokumentiert." in text_of(letter)


def test_a_decision_that_is_blank_or_wrong_comes_back_with_the_reason(house: House, tasklist: Tasklist) -> None:
    blank = house.mailed(house.printer.high_risk_denied(), "review_high_risk")
    with EngineClient(house.engine.url, auth=("controller", house.passwords["controller"])) as controller:
        controller.complete_task(blank["id"])
    task = house.chain.task(blank["invoice_id"], "review_high_risk", but=blank["id"])
    tasklist.start_anew()
    tasklist.open(tasklist.card("Review high-risk invoice", str(task["invoice_id"])))
    expect(tasklist.form).to_contain_text("The last decision was refused: This decision cannot be taken here.")
    tasklist.choose("Decision", "Deny")
    tasklist.choose("Reason", "P801")
    tasklist.complete()
    house.chain.task(task["invoice_id"], "review_high_risk", but=task["id"])
    tasklist.start_anew()
    tasklist.open(tasklist.card("Review high-risk invoice", str(task["invoice_id"])))
    expect(tasklist.form).to_contain_text("The last decision was refused: The reason does not fit: deny takes")
    tasklist.choose("Decision", "Deny")
    tasklist.choose("Reason", "P814")
    tasklist.complete()
    assert house.chain.closed(task["invoice_id"])["closed_as"] == "denied"


def test_a_case_decided_in_pulse_is_gone_from_the_engines_tasklist(house: House, tasklist: Tasklist) -> None:
    sample = house.printer.not_listed()
    task = house.mailed(sample, "decide")
    tasklist.start_anew()
    expect(tasklist.card("Decide", str(task["invoice_id"]))).to_have_count(1)
    house.chain.closed(task["invoice_id"], sample)
    expect(tasklist.card("Decide", str(task["invoice_id"]))).to_have_count(0)


def test_nobody_else_sees_or_does_the_controllers_tasks(house: House) -> None:
    sample = house.printer.not_listed()
    task = house.mailed(sample, "decide")
    for login, filters in {"assistant": ["Invoices: assistants"], "operator": []}.items():
        with EngineClient(house.engine.url, auth=(login, house.passwords[login])) as other:
            assert [one["name"] for one in other.get("/filter")] == filters
            assert other.tasks(candidate_groups=[CONTROLLERS]) == []
            with pytest.raises(errors.NotFound):
                other.task(task["id"])
            for attempt in (partial(other.claim, user_id=login), other.complete_task):
                with pytest.raises(errors.Unauthorized):
                    attempt(task["id"])
    house.chain.closed(task["invoice_id"], sample)


@pytest.fixture(scope="module")
def failed(house: House) -> list[int]:
    """Cases whose first step failed, since the worker's settings named an empty database. They are mended now."""
    stage, chain = house.chain.stage, house.chain
    elsewhere = f"sqlite:///{stage.folder}/elsewhere.db"
    with closing(Database(elsewhere)) as empty:
        upgrade(empty)
    stage.stop("worker")
    own = dict(stage.environment)
    stage.environment["PULSE_DATABASE_URL"] = elsewhere
    stage.start("worker")
    samples = [house.printer.straight_through() for _ in range(3)]
    chain.mail(*samples)
    case_ids = [chain.case_of(sample)["id"] for sample in samples]
    with stage.engine_client() as admin:
        chain.until(lambda: len(admin.incidents()) == len(samples) or None, "an incident of each case")
    stage.stop("worker")
    stage.environment = own
    stage.start("worker")
    return case_ids


def test_an_operator_sees_a_failed_step_in_cockpit_and_a_retry_there_goes_on(house: House, failed: list[int]) -> None:
    cockpit = Cockpit(*house.of("operator"))
    cockpit.open_instance("Medication invoice", f"invoice-{failed[0]}")
    incident = cockpit.incidents()
    expect(incident).to_contain_text("case_missing: There is no such case.")
    expect(incident).to_contain_text("Check the client")
    cockpit.retry(incident)
    assert house.chain.closed(failed[0])["closed_as"] == "approved"


def test_an_operator_retries_at_once_all_steps_that_failed(house: House, failed: list[int]) -> None:
    every = {
        "retries": 1,
        "external_task_query": {"noRetriesLeft": True, "processDefinitionKey": "medication-invoice"},
    }
    with EngineClient(house.engine.url, auth=("operator", house.passwords["operator"])) as operator:
        operator.call(Endpoint(operator.url, "/external-task/retries", method=RequestMethod.PUT, body=every))
        assert [house.chain.closed(case_id)["closed_as"] for case_id in failed] == ["approved"] * 3
        assert operator.incidents() == []
