"""The case's page tells in words why the case stands where it stands."""

from __future__ import annotations

from collections.abc import Callable

import office as desk
from claim_steps import decided, settled
from web_desk import Browser, TaskEngine

from db import invoices


def test_the_page_tells_what_was_decided_by_whom_and_by_which_table(
    browser: Callable[..., Browser], parts: desk.TestOffice
) -> None:
    invoice_id = settled(parts, positions=[desk.position(unit_price="80.00", amount="80.00")])
    decided(parts, invoice_id, "partial", "P812", comment="<b>Cut</b>")
    page = browser("anna").get(f"/cases/{invoice_id}")
    why = page.text.partition('id="why"')[2].partition("</details>")[0]
    for said in ("Approved in part: CHF 71.55.", "Art. 52 Abs. 3 KVG", "version 1", "anna decided", "&lt;b&gt;Cut"):
        assert said in why, said
    assert "<b>Cut" not in why


def test_the_page_tells_who_has_to_act_and_stays_when_the_engine_is_away(
    browser: Callable[..., Browser], parts: desk.TestOffice, engine: TaskEngine
) -> None:
    invoice_id = settled(parts)
    with parts.database.write() as connection:
        invoices.process_started(connection, invoice_id, "process-1")
    engine.add("t1", "decide", "process-1")
    engine.add("t2", "decide", "process-2")
    carla = browser("carla")
    assert carla.get(f"/cases/{invoice_id}").text.count("Waits for the controllers: decide, due") == 1
    engine.away = True
    page = carla.get(f"/cases/{invoice_id}")
    assert page.status_code == 200
    assert "The engine does not answer" in page.text
