"""The reference on a bill, which comes back with the money: a QR reference where the account is a QR-IBAN, else a
creditor reference (ISO 11649)."""

from __future__ import annotations

from stdnum import iso11649
from stdnum.ch import esr

from pulse.base.identifiers import is_qr_iban

#: Tells our bills from those of others that are paid to the same account.
_OURS = "7857"


def reference_of(iban: str, number: int) -> str:
    """The reference of the bill with this number, without blanks."""
    if is_qr_iban(iban):
        body = f"{_OURS}{number:022}"
        return f"{body}{esr.calc_check_digit(body)}"
    body = f"{_OURS}{number:010}"
    letters = f"{body}RF00"
    check = 98 - int("".join(str(int(sign, 36)) for sign in letters)) % 97
    return str(iso11649.validate(f"RF{check:02}{body}"))
