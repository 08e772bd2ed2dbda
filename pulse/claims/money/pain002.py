"""The bank's status report: pain.002.001.10 and .03, at the level of group, payment and transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lxml import etree

from pulse.base.errors import InvalidInput
from pulse.claims.money.bank_xml import child, children, parse, text

MESSAGES = ("pain.002.001.10", "pain.002.001.03")
_NAMESPACES = {f"urn:iso:std:iso:20022:tech:xsd:{message}" for message in MESSAGES}
#: Swiss banks send pain.002.001.03 with a schema of their own.
_NAMESPACES.add("http://www.six-interbank-clearing.com/de/pain.002.001.03.ch.02.xsd")

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
    root = parse(data, _NAMESPACES, UnreadableReport, what="status report")
    space = etree.QName(root).namespace
    report = root.find(f"{{{space}}}CstmrPmtStsRpt")
    group = child(report, "OrgnlGrpInfAndSts")
    original = text(group, "OrgnlMsgId")
    if report is None or not original:
        raise UnreadableReport("The status report does not say which file it speaks of.")
    if not (text(group, "OrgnlMsgNmId") or "pain.001").startswith("pain.001"):
        raise UnreadableReport("The status report speaks of something else than a payment file.")
    instructions: dict[str, Status] = {}
    transactions: dict[str, Status] = {}
    for part in children(report, "OrgnlPmtInfAndSts"):
        status = _status(part, "PmtInfSts")
        if status is not None:
            instructions[text(part, "OrgnlPmtInfId")] = status
        for one in children(part, "TxInfAndSts"):
            said = _status(one, "TxSts")
            if said is not None:
                transactions[text(one, "OrgnlEndToEndId") or text(one, "OrgnlInstrId")] = said
    return Report(
        message_id=text(child(report, "GrpHdr"), "MsgId")[:35],
        original_message_id=original,
        group=_status(group, "GrpSts"),
        instructions=instructions,
        transactions=transactions,
    )


def _status(parent: etree._Element | None, name: str) -> Status | None:
    """The status named so, with the first of its reasons."""
    status = text(parent, name)
    if not status:
        return None
    if status not in _VERDICTS and status not in _PARTLY:
        raise UnreadableReport("The status report has a status that is not known.", status=status[:8])
    why = child(parent, "StsRsnInf")
    kind = child(why, "Rsn")
    words = " ".join((one.text or "").strip() for one in children(why, "AddtlInf"))
    return Status(
        status=status,
        verdict=_VERDICTS.get(status),
        reason=(text(kind, "Cd") or text(kind, "Prtry"))[:35],
        text=" ".join(words.split())[:200],
    )
