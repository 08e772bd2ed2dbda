"""What is kept with a letter about how it was worded, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from chat_server import answers, chat_server, said
from claim_steps import decided, settled
from office import TestOffice, fill_registers, open_office

from db import letters
from letters import prompt
from letters.endpoint import EndpointModel
from letters.model_writer import ModelWriter, Price
from pulse.claims.write_letter import write_letter

pytest.importorskip("lingua", reason="the extra `models` is not installed")

USAGE = {"prompt_tokens": 300, "completion_tokens": 20, "total_tokens": 320}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestOffice]:
    for opened in open_office(tmp_path):
        fill_registers(opened.database)
        yield opened


def recorded(desk: TestOffice, model: EndpointModel) -> dict[str, Any]:
    """The record of an approval's letter to the client, as this model left it."""
    invoice_id = settled(desk)
    decided(desk, invoice_id, "approve", "P801")
    writer = ModelWriter("our-model", model=model, price=Price(Decimal("0.50"), Decimal("2.50")))
    letter_id = write_letter(replace(desk.office, writer=writer), invoice_id, "client", "approved").letter_id
    with desk.database.read() as connection:
        letter = letters.get(connection, letter_id)
    assert letter is not None
    assert letter.wording is not None
    return letter.wording


def test_two_answers_that_could_not_be_used_are_kept_with_what_they_took(desk: TestOffice) -> None:
    with chat_server(answers(said("We pay 99 francs.", usage=USAGE))) as server:
        record = recorded(desk, EndpointModel(server.url, "our-model", revision="r7"))
    seconds = record.pop("seconds")
    assert 0 < seconds < 60
    (first, second) = record.pop("failed")
    assert first == second == record.pop("fallback_reason")
    assert {"language", "number"} <= set(first.split(","))
    assert record == {
        "worded_by": "template",
        "model": "our-model",
        "revision": "r7",
        "prompt_version": prompt.VERSION,
        "attempts": 2,
        "prompt_tokens": 600,
        "tokens": 40,
        "cost": "0.000400",
    }


def test_an_endpoint_that_failed_is_named_with_its_status(desk: TestOffice) -> None:
    with chat_server(answers(b"busy", 503)) as server:
        record = recorded(desk, EndpointModel(server.url, "our-model"))
    assert (record["worded_by"], record["attempts"], record["cost"]) == ("template", 1, None)
    assert (record["fallback_reason"], record["failed"]) == ("model_unavailable", ["model_unavailable:http_503"])
