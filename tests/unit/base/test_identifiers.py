from __future__ import annotations

import pytest

from pulse.base import identifiers


def test_an_ahv_number_needs_its_check_digit() -> None:
    assert identifiers.is_ahv_number("756.9217.0769.85")
    assert not identifiers.is_ahv_number("7561234567890")
    assert not identifiers.is_ahv_number("")


@pytest.mark.parametrize(
    ("written", "gtin"),
    [
        ("7680562090041", "7680562090041"),
        ("7680 5620 90041", "7680562090041"),
        ("07680562090041", "7680562090041"),
        ("17680562090041", None),
        ("7680562090042", None),
        ("768056209004", None),
        ("", None),
        ("768056209004X", None),
    ],
)
def test_a_gtin_is_thirteen_digits_with_a_right_check_digit(written: str, gtin: str | None) -> None:
    assert identifiers.gtin_13(written) == gtin


def test_other_numbers_are_checked_by_their_own_rule() -> None:
    assert identifiers.is_gln("7601000001115")
    assert not identifiers.is_gln("7634567890000")
    assert identifiers.is_zsr("P 012345")
    assert not identifiers.is_zsr("012345")
    assert identifiers.is_iban("CH93 0076 2011 6238 5295 7")
    assert not identifiers.is_iban("CH94 0076 2011 6238 5295 7")
    assert identifiers.is_qr_iban("CH4431999123000889012")
    assert not identifiers.is_qr_iban("CH9300762011623852957")
    assert identifiers.is_uid("CHE-123.456.788 MWST")
    assert identifiers.is_qr_reference("21 00000 00003 13947 14300 09017")
    assert not identifiers.is_qr_reference("21 00000 00003 13947 14300 09018")
    assert identifiers.is_creditor_reference("RF18 5390 0754 7034")
    assert identifiers.is_indication_code("20416.01")
    assert not identifiers.is_indication_code("2041.01")


def test_a_masked_account_shows_its_ends_only() -> None:
    assert identifiers.mask_iban("CH93 0076 2011 6238 5295 7") == "CH93 … 2957"
