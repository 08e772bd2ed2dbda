"""What holds after power cuts: exactly one process and one decision for each invoice, each letter at most once."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from typing import Any

from chain import Chain
from sqlalchemy import select

from db import decisions, invoices
from db.tables import mails
from pulse.demo.api import ApiProblem
from pulse.demo.people import work_off
from pulse.demo.samples import Printer, Sample
from pulse.demo.stage import Stage

#: The ends of a letter: proven sent, or a task for a person, here by its kind.
RECIPIENTS = {"settle_delivery_client": "client", "settle_delivery_provider": "provider"}
DUE = set(RECIPIENTS.values())


def mixed_samples(stage: Stage, rng: random.Random, count: int) -> list[Sample]:
    """Invoices that go straight through, and such that wait for a person."""
    printer = Printer(stage.registers(), rng, dt.date(2026, 11, 20))
    makers = (printer.straight_through, printer.without_annex, printer.high_risk_approved, printer.price_above_list)
    return [makers[n % len(makers)]() for n in range(count)]


def decide_what_is_open(chain: Chain, samples: list[Sample]) -> None:
    """Scripted people decide as the samples say; unknown deliveries wait."""
    try:
        work_off(chain.api, chain.api.tasks(), _by_case(chain, samples), leave=frozenset(RECIPIENTS))
    except ApiProblem:
        return  # the engine is down, or the task went on meanwhile: the next look tries again


def all_ended(chain: Chain, samples: list[Sample]) -> bool:
    """Every mail is settled, every sample has a case that knows its process, and each case is closed, or its letters
    have each left or wait for a person to settle their delivery."""
    decide_what_is_open(chain, samples)
    cases = chain.cases()
    try:
        waiting = _waiting(chain)
    except ApiProblem:
        return False  # the engine is down
    with chain.stage.database.read() as connection:
        pending = connection.execute(select(mails.c.id).where(mails.c.outcome == "pending")).first()
    return (
        pending is None
        and len(cases) >= len(samples)
        and all(case["process_instance_id"] for case in cases)
        and all(case["state"] == "completed" or _delivered(case) | waiting[case["id"]] >= DUE for case in cases)
    )


def _delivered(case: dict[str, Any]) -> set[str]:
    return {letter["recipient"] for letter in case["letters"] if letter["state"] in ("sent", "by_post")}


def assert_each_once(stage: Stage, chain: Chain, samples: list[Sample]) -> None:
    """Nothing is lost and nothing has happened twice, by database, engine and all mailboxes."""
    cases = chain.cases()
    waiting = _waiting(chain)
    assert sorted(str(case["invoice_number"]) for case in cases) == sorted(str(sample.number) for sample in samples)
    with stage.database.read() as connection, stage.engine_client() as engine:
        outcomes = Counter(connection.execute(select(mails.c.outcome)).scalars())
        assert outcomes == {"invoice": len(samples)}
        for case in cases:
            assert len(decisions.of_invoice(connection, case["id"])) == 1
            stored = invoices.get(connection, case["id"])
            assert stored is not None
            instances = engine.history_process_instances(business_key=stored.business_key)
            assert [instance.id for instance in instances] == [stored.process_instance_id]
    in_mailboxes = Counter(
        message_id
        for person in (*stage.registers().clients, *stage.registers().providers)
        for message_id in chain.letter_ids(person.email)
    )
    assert set(in_mailboxes.values()) <= {1}
    for case in cases:
        for letter in case["letters"]:
            if letter["recipient"] == "controller":
                continue
            message_id = (
                f"<letter.{case['id']}.{letter['recipient']}.{letter['kind']}.{letter['round']}@insurer.example>"
            )
            if letter["state"] == "sent":
                assert in_mailboxes[message_id] == 1
            else:
                assert letter["recipient"] in waiting[case["id"]]


def _by_case(chain: Chain, samples: list[Sample]) -> dict[int, Sample]:
    by_number = {sample.number: sample for sample in samples}
    found = ((case["id"], by_number.get(case["invoice_number"])) for case in chain.api.invoices(after=0))
    return {case_id: sample for case_id, sample in found if sample is not None}


def _waiting(chain: Chain) -> defaultdict[int, set[str]]:
    """Whose letters wait for a person, by case. Raises `ApiProblem`."""
    found = defaultdict[int, set[str]](set)
    for task in chain.api.tasks():
        if task["kind"] in RECIPIENTS:
            found[task["invoice_id"]].add(RECIPIENTS[task["kind"]])
    return found
