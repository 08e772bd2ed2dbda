from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import claim_steps
import office as desk
import pytest
from flask import Flask
from payment_desk import INSURER_IBAN, QR_IBAN, camt
from web_desk import Browser, TaskEngine, text

from db import invoices, receivables
from pulse.claims.money.references import reference_of


@pytest.fixture
def parts(tmp_path: Path, engine: TaskEngine) -> Iterator[desk.TestOffice]:
    for parts in desk.open_office(tmp_path, engine=engine, insurer_iban=INSURER_IBAN, insurer_qr_iban=QR_IBAN):
        desk.fill_registers(parts.database)
        yield parts


@pytest.fixture
def owed(parts: desk.TestOffice) -> receivables.Receivable:
    """Anna Müller owes CHF 310.00."""
    case, now = claim_steps.received(parts), parts.clock.now()
    with parts.database.write() as connection:
        invoices.set_case(connection, case, client_id=1, provider_id=1)
        made = receivables.add(
            connection, invoice_id=case, cause_id=case, number=1, debtor="client", client_id=1, purpose="cost_share",
            amount=Decimal("310.00"), due_on=now.date() + timedelta(days=30), state="open", iban=QR_IBAN, made_at=now,
            changed_at=now,
        )  # fmt: skip
        receivables.change(connection, made, was=("open",), reference=reference_of(QR_IBAN, made))
        found = receivables.get(connection, made)
    assert found is not None
    return found


def test_only_controllers_see_receivables(browser: Callable[..., Browser]) -> None:
    assert browser("anna").get("/receivables").status_code == 403
    assert "Receivables" not in text(browser("anna").get("/cases"))
    assert "Nothing here" in text(browser("carla").get("/receivables"))


def test_a_controller_sees_who_owes_what_and_takes_the_bill(
    owed: receivables.Receivable, browser: Callable[..., Browser]
) -> None:
    carla = browser("carla")
    page = text(carla.get("/receivables"))
    for told in ("Anna Müller", "310.00", "16.07.2026", "Cost share", "Goes with the letter"):
        assert told in page
    assert "Overdue" not in page
    assert "Bills" in text(carla.get("/clients/1/account"))
    bill = carla.post(f"/receivables/{owed.id}/bill")
    assert (bill.content_type, bill.data[:5]) == ("application/pdf", b"%PDF-")


def test_what_came_in_is_read_and_what_does_not_fit_waits_for_a_word(
    owed: receivables.Receivable, browser: Callable[..., Browser]
) -> None:
    carla = browser("carla")
    notice = camt(("B-1", "100.00", owed.reference or ""))
    answer = carla.post("/receivables/statements", {"statement": (io.BytesIO(notice), "camt.xml")})
    page = text(carla.get(answer.headers["Location"]))
    assert "0 paid in full, 1: less than the bill." in page
    assert "Came in, needs a person" in page
    carla.post("/receivables/credits/1/settle", {"note": "The rest is on its way"})
    assert "Came in, needs a person" not in text(carla.get("/receivables"))


def test_a_receivable_is_written_off_with_a_reason_alone(
    owed: receivables.Receivable, browser: Callable[..., Browser]
) -> None:
    carla = browser("carla")
    refused = carla.post(f"/receivables/{owed.id}/close", {"note": " ", "as": "written_off"})
    assert "Say why" in text(carla.get(refused.headers["Location"]))
    carla.post(f"/receivables/{owed.id}/close", {"note": "Estate is empty", "as": "written_off"})
    assert "Estate is empty" in text(carla.get("/receivables?state=written_off"))
    assert "Nothing here" in text(carla.get("/receivables"))


def test_a_file_that_is_none_of_the_banks_is_said_on_the_page(browser: Callable[..., Browser]) -> None:
    carla = browser("carla")
    answer = carla.post("/receivables/statements", {"statement": (io.BytesIO(b"<a/>"), "camt.xml")})
    assert "camt.054" in text(carla.get(answer.headers["Location"]))


def test_rest_tells_receivables_to_a_token_with_the_scope(
    owed: receivables.Receivable, app: Flask, bearer: Callable[..., dict[str, str]]
) -> None:
    api = app.test_client()
    allowed = bearer("receivables:read")
    page = api.get("/api/v1/receivables?state=open", headers=allowed).get_json()
    (one,) = page["receivables"]
    assert (one["id"], one["amount"], one["state"], one["reference"]) == (owed.id, "310.00", "open", owed.reference)
    assert "name" not in one
    assert api.get("/api/v1/receivables", headers=bearer("payments:read")).status_code == 403
    assert api.get("/api/v1/receivables?state=nowhere", headers=allowed).status_code == 422
