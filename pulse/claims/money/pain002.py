"""The bank's status report: pain.002.001.10 and .03, at the level of group, payment and transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from pulse.base.errors import InvalidInput

MESSAGES = ("pain.002.001.10", "pain.002.001.03")
_NAMESPACES = {f"urn:iso:std:iso:20022:tech:xsd:{message}" for message in MESSAGES}
#: Swiss banks send pain.002.001.03 with a schema of their own.
_NAMESPACES.add("http://www.six-interbank-clearing.com/de/pain.002.001.03.ch.02.xsd")
MAX_BYTES = 16 * 1024 * 1024
_DOCTYPE = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))

Verdict = Literal["accepted", "rejected", "pending"]
#: ISO 20022 ExternalPaymentTransactionStatus and group statuses; PART speaks of the parts and says nothing of the rest.
_VERDICTS: dict[str, Verdict] = {
    "ACTC": "accepted",
    "ACCP": "accepted",
    "ACSP": "accepted",
    "ACSC": "accepted",
    "ACCC": "accepted",
    "ACWC": "accepted",
    "RCVD": "pending",
    "PDNG": "pending",
    "RJCT": "rejected",
    "CANC": "rejected",
}
_PARTLY = ("PART", "PATC")


class UnreadableReport(InvalidInput):
    """This is no status report pain.002 of a known version."""

    code = "status_report_unreadable"


@dataclass(frozen=True, kw_only=True)
class Status:
    """What the bank says of a group, a payment instruction or a transaction: `status` as written, such as ACCP;
    `verdict` None where it says nothing of the whole; the reason's code and the bank's own words."""

    status: str
    verdict: Verdict | None
    reason: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report on the file `original_message_id`. `instructions` by their id, `transactions` by their end-to-end id; a
    transaction that is not among them has its instruction's status, else the group's."""

    message_id: str
    original_message_id: str
    group: Status | None
    instructions: dict[str, Status]
    transactions: dict[str, Status]

    def of_transaction(self, end_to_end_id: str) -> Status | None:
        """The status that holds for a transaction; None where the report says nothing of it."""
        wider = [*self.instructions.values(), self.group]
        own = self.transactions.get(end_to_end_id)
        return own or next((one for one in wider if one is not None), None)


def read_report(data: bytes) -> Report:
    """The report in a file.

    Raises `UnreadableReport`: too large, with a DTD, not well-formed, not pain.002, without the id of the file that it
    speaks of, or with a status that is not known.
    """
    root = _parse(data)
    space = etree.QName(root).namespace
    report = root.find(f"{{{space}}}CstmrPmtStsRpt")
    group = _child(report, "OrgnlGrpInfAndSts")
    original = _text(group, "OrgnlMsgId")
    if report is None or not original:
        raise UnreadableReport("The status report does not say which file it speaks of.")
    if not (_text(group, "OrgnlMsgNmId") or "pain.001").startswith("pain.001"):
        raise UnreadableReport("The status report speaks of something else than a payment file.")
    instructions: dict[str, Status] = {}
    transactions: dict[str, Status] = {}
    for part in _children(report, "OrgnlPmtInfAndSts"):
        status = _status(part, "PmtInfSts")
        if status is not None:
            instructions[_text(part, "OrgnlPmtInfId")] = status
        for one in _children(part, "TxInfAndSts"):
            said = _status(one, "TxSts")
            if said is not None:
                transactions[_text(one, "OrgnlEndToEndId") or _text(one, "OrgnlInstrId")] = said
    return Report(
        message_id=_text(_child(report, "GrpHdr"), "MsgId")[:35],
        original_message_id=original,
        group=_status(group, "GrpSts"),
        instructions=instructions,
        transactions=transactions,
    )


def _parse(data: bytes) -> etree._Element:
    if len(data) > MAX_BYTES:
        raise UnreadableReport("The status report is too large.")
    if any(mark in data for mark in _DOCTYPE):
        raise UnreadableReport("A status report with a DTD is not accepted.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableReport("The status report is not well-formed XML.") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableReport("A status report with a DTD is not accepted.")
    name = etree.QName(root)
    if name.localname != "Document" or name.namespace not in _NAMESPACES:
        raise UnreadableReport
    return root


def _status(parent: etree._Element | None, name: str) -> Status | None:
    """The status named so, with the first of its reasons."""
    status = _text(parent, name)
    if not status:
        return None
    if status not in _VERDICTS and status not in _PARTLY:
        raise UnreadableReport("The status report has a status that is not known.", status=status[:8])
    why = _child(parent, "StsRsnInf")
    kind = _child(why, "Rsn")
    words = " ".join((one.text or "").strip() for one in _children(why, "AddtlInf"))
    return Status(
        status=status,
        verdict=_VERDICTS.get(status),
        reason=(_text(kind, "Cd") or _text(kind, "Prtry"))[:35],
        text=" ".join(words.split())[:200],
    )


def _children(parent: etree._Element | None, name: str) -> Iterator[etree._Element]:
    if parent is not None:
        yield from parent.iterchildren(f"{{{etree.QName(parent).namespace}}}{name}")


def _child(parent: etree._Element | None, name: str) -> etree._Element | None:
    return next(_children(parent, name), None)


def _text(parent: etree._Element | None, name: str) -> str:
    found = _child(parent, name)
    return (found.text or "").strip() if found is not None else ""
