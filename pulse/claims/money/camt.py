"""Credits on our account: camt.054 (notice) and camt.053 (statement), versions 001.04 and 001.08, as Swiss banks send
them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from pulse.base.errors import InvalidInput
from pulse.base.identifiers import compact
from pulse.base.money import ZERO
from pulse.claims.money.bank_xml import Element, child, children, parse, text

_MESSAGES = {"BkToCstmrDbtCdtNtfctn": "Ntfctn", "BkToCstmrStmt": "Stmt"}
_NAMESPACES = {
    f"urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version}" for kind in ("053", "054") for version in ("04", "08")
}


class UnreadableStatement(InvalidInput):
    """This is no camt.054 or camt.053 of a known version."""

    code = "statement_unreadable"


@dataclass(frozen=True, kw_only=True)
class Credit:
    """Money that came in: CHF; `bank_reference` is the bank's own name for it, the same in every file; `reference` is
    the bill's, without blanks, or the payer's words. `reversed`: the bank takes an earlier booking back."""

    bank_reference: str
    account: str
    amount: Decimal
    booked_on: date | None
    reference: str
    payer: str
    reversed: bool = False


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A file of the bank: its id and the booked credits in CHF."""

    message_id: str
    credits: tuple[Credit, ...]


def read_statement(data: bytes) -> Statement:
    """The credits in a file. What is not booked yet, debits, and other currencies are read past.

    Raises `UnreadableStatement`: too large, with a DTD, not well-formed, another message, a credit without an amount.
    """
    root = parse(data, _NAMESPACES, UnreadableStatement, what="camt file")
    message = next((one for name in _MESSAGES if (one := child(root, name)) is not None), None)
    if message is None:
        raise UnreadableStatement
    reports = [one for name in _MESSAGES.values() for one in children(message, name)]
    found = [credit for report in reports for credit in _credits(report)]
    return Statement(message_id=text(message, "GrpHdr", "MsgId")[:35], credits=tuple(found))


def _credits(report: Element) -> Iterator[Credit]:
    account = compact(text(report, "Acct", "Id", "IBAN"))
    for entry in children(report, "Ntry"):
        status = text(entry, "Sts", "Cd") or text(entry, "Sts")
        taken_back = text(entry, "RvslInd") == "true"
        direction = text(entry, "CdtDbtInd")
        # A reversal of a credit is booked as a debit.
        if status != "BOOK" or (direction == "CRDT") == taken_back:
            continue
        yield from _of_entry(entry, account, taken_back=taken_back)


def _of_entry(entry: Element, account: str, *, taken_back: bool) -> Iterator[Credit]:
    """One a transaction; a collective booking whose parts the file does not tell is one credit."""
    parts = [one for details in children(entry, "NtryDtls") for one in children(details, "TxDtls")] or [entry]
    named = text(entry, "AcctSvcrRef") or text(entry, "NtryRef")
    booked = text(entry, "BookgDt", "Dt") or text(entry, "BookgDt", "DtTm")[:10]
    for number, one in enumerate(parts, 1):
        amount = _amount(one) or (_amount(entry) if len(parts) == 1 else None)
        if amount is None:
            raise UnreadableStatement("A credit in the bank's file has no amount in CHF.")
        own = text(one, "Refs", "AcctSvcrRef") or (f"{named}/{number}" if named else "")
        reference = compact(text(one, "RmtInf", "Strd", "CdtrRefInf", "Ref")) or text(one, "RmtInf", "Ustrd")
        yield Credit(
            bank_reference=own[:70],
            account=account,
            amount=amount,
            booked_on=_day(booked),
            reference=reference[:140],
            payer=(text(one, "RltdPties", "Dbtr", "Pty", "Nm") or text(one, "RltdPties", "Dbtr", "Nm"))[:70],
            reversed=taken_back,
        )


def _amount(one: Element) -> Decimal | None:
    found = child(one, "Amt")
    if found is None or found.get("Ccy") != "CHF":
        return None
    try:
        amount = Decimal((found.text or "").strip())
    except InvalidOperation as error:
        raise UnreadableStatement("An amount in the bank's file is no number.") from error
    if not amount.is_finite() or amount <= ZERO:
        raise UnreadableStatement("A credit in the bank's file is not above zero.")
    return amount


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
