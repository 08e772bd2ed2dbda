from __future__ import annotations

from collections.abc import Callable

import office as desk
from claim_steps import decided, settled
from web_desk import Browser, text

from db import clients


def a_year(parts: desk.TestOffice) -> tuple[int, int]:
    """Two cases, of which the one that came later was treated earlier."""
    cases = []
    for number, (day, amount) in enumerate((("2026-06-01", "300.00"), ("2026-02-01", "200.00"))):
        positions = [desk.position(date=day, unit_price=amount, amount=amount)]
        cases.append(settled(parts, invoice_number=str(number), positions=positions))
        decided(parts, cases[-1], "approve", "P801")
    return cases[0], cases[1]


def test_a_controller_sees_what_counts_and_every_entry(parts: desk.TestOffice, browser: Callable[..., Browser]) -> None:
    late, early = a_year(parts)
    page = text(browser("carla").get("/clients/1/account"))
    assert "Account of Müller Anna" in page
    assert "Franchise 300.00 (ordinary) · co-payment counts up to 700.00" in page
    standing, _, booked = page.partition("<details>")
    assert standing.index(str(early)) < standing.index(str(late))
    assert "4 entries, as booked" in booked
    assert "Reversal" in booked
    for amount in ("500.00", "300.00", "20.00", "180.00"):
        assert amount in standing


def test_a_case_shows_its_cost_share_and_leads_to_the_account(
    parts: desk.TestOffice, browser: Callable[..., Browser]
) -> None:
    _, early = a_year(parts)
    page = text(browser("carla").get(f"/cases/{early}"))
    assert "Cost share" in page
    assert "the client owes 200.00" in page
    assert "changed by CHF -180.00" in page
    assert "/clients/1/account" in page


def test_the_account_is_for_controllers(parts: desk.TestOffice, browser: Callable[..., Browser]) -> None:
    _, early = a_year(parts)
    anna = browser("anna")
    assert anna.get("/clients/1/account").status_code == 403
    assert "/clients/1/account" not in text(anna.get(f"/cases/{early}"))
    assert browser().get("/clients/1/account").status_code == 302


def test_a_client_without_bookings_and_one_who_does_not_exist(
    parts: desk.TestOffice, browser: Callable[..., Browser]
) -> None:
    carla = browser("carla")
    with parts.database.read() as connection:
        assert clients.get(connection, 2) is not None
    assert "Nothing has been booked" in text(carla.get("/clients/2/account"))
    assert carla.get("/clients/99999/account").status_code == 404
