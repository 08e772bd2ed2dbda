"""The payment file: pain.001.001.09 as the Swiss Payment Standards 2.x want it (SIX, Implementation Guidelines for
credit transfers), transfers in CHF to accounts in Switzerland and Liechtenstein.

The same values always make the same bytes: a file that is made again is the file that was made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from lxml import etree

from pulse.base.clock import SWISS_TIME
from pulse.base.identifiers import compact
from pulse.base.money import ZERO, to_cents

MESSAGE = "pain.001.001.09"
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{MESSAGE}"
ReferenceType = Literal["QRR", "SCOR", "NON"]

#: Basic Latin, Latin-1, Latin Extended-A and five more: all that Swiss banks take (SPS 2.x, chapter 3.1).
_TAKEN = re.compile("[\u0020-\u007e\u00a0-\u017f\u0218-\u021b\u20ac]")
_TYPOGRAPHY = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014\u2026", "''\"\"--.")
#: `Bahnhofstrasse 12a`, `Rue du Lac 3-5`: the number stands last.
_HOUSE = re.compile(r"(?P<street>.*\D)\s+(?P<number>\d+\s?[a-zA-Z]?(?:[-/]\d+\s?[a-zA-Z]?)?)")
_LIECHTENSTEIN = re.compile(r"94(8[5-9]|9\d)")
_NAME, _STREET, _HOUSE_NUMBER, _ZIP, _CITY, _TEXT = 70, 70, 16, 16, 35, 140


@dataclass(frozen=True, kw_only=True)
class Debtor:
    """Whose account is charged: the insurer's. Without `bic` the bank is named by the number in the IBAN."""

    name: str
    iban: str
    bic: str | None = None


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One payment in CHF. `reference` is a QR reference (QRR), a creditor reference (SCOR), or a text (NON)."""

    end_to_end_id: str
    amount: Decimal
    name: str
    street: str
    zip: str
    city: str
    iban: str
    reference_type: ReferenceType = "NON"
    reference: str = ""


def payment_file(
    *, message_id: str, made_at: datetime, execute_on: date, debtor: Debtor, transfers: Sequence[Transfer]
) -> bytes:
    """The file as UTF-8: one group, one payment instruction booked as a whole, one transaction a transfer.

    `message_id` has at most 33 characters. There is one transfer at least, each of a positive amount.
    """
    assert transfers
    assert all(transfer.amount > ZERO for transfer in transfers)
    total = sum((to_cents(transfer.amount) for transfer in transfers), ZERO)
    root = etree.fromstring(f'<Document xmlns="{NAMESPACE}"/>')
    initiation = _add(root, "CstmrCdtTrfInitn")
    header = _add(initiation, "GrpHdr")
    _add(header, "MsgId", message_id)
    _add(header, "CreDtTm", made_at.astimezone(SWISS_TIME).replace(microsecond=0).isoformat())
    _add(header, "NbOfTxs", str(len(transfers)))
    _add(header, "CtrlSum", f"{total:f}")
    _add(_add(header, "InitgPty"), "Nm", bank_text(debtor.name, _NAME))
    instruction = _add(initiation, "PmtInf")
    _add(instruction, "PmtInfId", f"{message_id}-1")
    _add(instruction, "PmtMtd", "TRF")
    _add(instruction, "BtchBookg", "true")
    _add(_add(instruction, "ReqdExctnDt"), "Dt", execute_on.isoformat())
    _add(_add(instruction, "Dbtr"), "Nm", bank_text(debtor.name, _NAME))
    _account(instruction, "DbtrAcct", debtor.iban)
    _bank(_add(instruction, "DbtrAgt"), debtor)
    for transfer in transfers:
        _transaction(instruction, transfer)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def bank_text(text: str, most: int) -> str:
    """A text in the characters that Swiss banks take, at most so many: others lose their accents or become a dot."""
    kept = []
    for character in unicodedata.normalize("NFC", " ".join(text.split())).translate(_TYPOGRAPHY):
        if _TAKEN.match(character):
            kept.append(character)
        else:
            bare = [one for one in unicodedata.normalize("NFKD", character) if _TAKEN.match(one)]
            kept += bare or ["."]
    return "".join(kept)[:most].strip()


def _transaction(instruction: etree._Element, transfer: Transfer) -> None:
    transaction = _add(instruction, "CdtTrfTxInf")
    ids = _add(transaction, "PmtId")
    _add(ids, "InstrId", transfer.end_to_end_id)
    _add(ids, "EndToEndId", transfer.end_to_end_id)
    _add(_add(transaction, "Amt"), "InstdAmt", f"{to_cents(transfer.amount):f}", Ccy="CHF")
    creditor = _add(transaction, "Cdtr")
    _add(creditor, "Nm", bank_text(transfer.name, _NAME))
    if transfer.city.strip():
        _address(_add(creditor, "PstlAdr"), transfer)
    _account(transaction, "CdtrAcct", transfer.iban)
    if transfer.reference:
        _remittance(_add(transaction, "RmtInf"), transfer)


def _address(address: etree._Element, transfer: Transfer) -> None:
    """Structured: town and country are what the standard asks for at least."""
    street = transfer.street.strip()
    house = _HOUSE.fullmatch(street)
    if house:
        _add(address, "StrtNm", bank_text(house["street"], _STREET))
        _add(address, "BldgNb", bank_text(house["number"], _HOUSE_NUMBER))
    elif street:
        _add(address, "StrtNm", bank_text(street, _STREET))
    if transfer.zip.strip():
        _add(address, "PstCd", bank_text(transfer.zip, _ZIP))
    _add(address, "TwnNm", bank_text(transfer.city, _CITY))
    _add(address, "Ctry", "LI" if _LIECHTENSTEIN.fullmatch(transfer.zip.strip()) else "CH")


def _remittance(remittance: etree._Element, transfer: Transfer) -> None:
    if transfer.reference_type == "NON":
        _add(remittance, "Ustrd", bank_text(transfer.reference, _TEXT))
        return
    reference = _add(_add(remittance, "Strd"), "CdtrRefInf")
    kind = _add(_add(reference, "Tp"), "CdOrPrtry")
    _add(kind, "Prtry" if transfer.reference_type == "QRR" else "Cd", transfer.reference_type)
    _add(reference, "Ref", compact(transfer.reference))


def _account(parent: etree._Element, name: str, iban: str) -> None:
    _add(_add(_add(parent, name), "Id"), "IBAN", compact(iban))


def _bank(agent: etree._Element, debtor: Debtor) -> None:
    """The debtor's bank: by BIC, else by its clearing number, which is the fifth to ninth character of the IBAN."""
    institution = _add(agent, "FinInstnId")
    if debtor.bic:
        _add(institution, "BICFI", debtor.bic)
        return
    member = _add(institution, "ClrSysMmbId")
    _add(_add(member, "ClrSysId"), "Cd", "CHBCC")
    _add(member, "MmbId", compact(debtor.iban)[4:9].lstrip("0"))


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, _tag(name), attributes)
    element.text = text
    return element
