"""The text in a Swiss QR-bill's code: all of its values, and other texts are none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pulse.invoices.codes.payment_slip import SlipParty, read_slip

CREDITOR = ["S", "Dorfapotheke", "Hauptgasse", "3", "3011", "Bern", "CH"]
COMBINED = ["K", "Anna Muster", "Seeweg 7", "8000 Zürich", "", "", "CH"]
LINES = [
    *("SPC", "0200", "1", "CH44 3199 9123 0008 8901 2"),
    *CREDITOR,
    *[""] * 7,
    *("80.35", "CHF"),
    *COMBINED,
    *("QRR", "21 00000 00003 13947 14300 09017", "Rechnung 101", "EPD", "//S1/10/101"),
]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_every_value_of_a_slip_is_read(ending: str) -> None:
    slip = read_slip(ending.join(LINES), 3)
    assert slip is not None
    assert (slip.page, slip.iban, slip.amount, slip.currency) == (3, "CH4431999123000889012", Decimal("80.35"), "CHF")
    assert (slip.reference_type, slip.reference) == ("QRR", "210000000003139471430009017")
    assert slip.creditor == SlipParty("Dorfapotheke", "Hauptgasse", "3", "3011", "Bern", "CH")
    assert slip.debtor == SlipParty(name="Anna Muster", street="Seeweg 7", city="8000 Zürich", country="CH")
    assert (slip.message, slip.billing_information) == ("Rechnung 101", "//S1/10/101")


@pytest.mark.parametrize("amount", ["", "viel"])
def test_an_amount_that_is_not_said_is_none(amount: str) -> None:
    slip = read_slip("\n".join([*LINES[:18], amount, *LINES[19:]]), 1)
    assert slip is not None
    assert slip.amount is None


def test_a_slip_that_ends_with_its_reference_is_read() -> None:
    slip = read_slip("\n".join(LINES[:29]), 1)
    assert slip is not None
    assert (slip.reference, slip.message) == ("210000000003139471430009017", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SPC",
        "https://example.org",
        "\n".join(["BCD", *LINES[1:]]),
        "\n".join(["SPC", "0100", *LINES[2:]]),
        "\n".join([*LINES[:27], "ESR", *LINES[28:]]),
    ],
)
def test_another_text_is_no_slip(text: str) -> None:
    assert read_slip(text, 1) is None
