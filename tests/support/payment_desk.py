"""Decided cases as payments start from them, and the bank's answers to their files."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import claim_steps
import office
from office import TestOffice

from db import clients, decisions, invoices, payments, providers
from db.payments import Payment
from pulse.claims.money.payments import propose

INSURER_IBAN, CLIENT_IBAN = "CH5604835012345678009", "CH9300762011623852957"
QR_IBAN, QR_REFERENCE = "CH4431999123000889012", "210000000003139471430009017"
_ALL_STATES = payments.STATES


def decide(
    desk: TestOffice,
    *,
    invoice_id: int | None = None,
    decision: str = "approve",
    amount: str = "71.55",
    round_: int = 1,
    client_share: Decimal | None = None,
    client_iban: str | None = CLIENT_IBAN,
    **changes: Any,
) -> int:
    """A case whose decision counts, with the payment that it proposes; the case's id."""
    if invoice_id is None:
        changes.setdefault("invoice_number", office.INSURER.zip + str(len(all_payments(desk))))
        invoice_id = claim_steps.received(desk, **changes)
        with desk.database.write() as connection:
            client = clients.by_number(connection, office.CLIENT_NUMBER)
            provider = providers.everyone(connection)[0]
            assert client is not None
            clients.change_many(connection, [{"id": client.id, "iban": client_iban}])
            invoices.set_case(connection, invoice_id, client_id=client.id, provider_id=provider.id)
    now = desk.clock.now()
    with desk.database.write() as connection:
        decisions.add(
            connection,
            invoice_id=invoice_id,
            round=round_,
            decision=decision,
            reason_code="P801",
            comment="",
            review_id=None,
            payable_amount=Decimal(amount),
            decided_by="anna",
            automated=False,
            decided_at=now,
        )
        propose(connection, invoice_id, round_, at=now, client_share=client_share)
    return invoice_id


def all_payments(desk: TestOffice) -> list[Payment]:
    """Every payment, by id."""
    with desk.database.read() as connection:
        return payments.in_states(connection, _ALL_STATES)


def of_case(desk: TestOffice, invoice_id: int) -> list[Payment]:
    """A case's payments."""
    with desk.database.read() as connection:
        return payments.of_invoice(connection, invoice_id)


def pain002(
    original: str,
    *,
    group: str = "",
    instruction: str = "",
    instruction_id: str = "",
    transactions: dict[str, str] | None = None,
    reason: str = "AC04",
    version: str = "10",
    message_id: str = "BANK-1",
) -> bytes:
    """A status report as a bank writes it: `transactions` are statuses by end-to-end id."""

    def why(status: str) -> str:
        cause = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn><AddtlInf>Account closed</AddtlInf></StsRsnInf>"
        return cause if status == "RJCT" else ""

    def said(name: str, status: str) -> str:
        return f"<{name}>{status}</{name}>{why(status)}" if status else ""

    single = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{key}</OrgnlEndToEndId>{said('TxSts', status)}</TxInfAndSts>"
        for key, status in (transactions or {}).items()
    )
    part = ""
    if instruction or single:
        name = instruction_id or f"{original}-1"
        part = (
            f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{name}</OrgnlPmtInfId>"
            f"{said('PmtInfSts', instruction)}{single}</OrgnlPmtInfAndSts>"
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>2026-06-17T08:00:00+02:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{original}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"{said('GrpSts', group)}</OrgnlGrpInfAndSts>{part}</CstmrPmtStsRpt></Document>"
    ).encode()


def camt(
    *came: tuple[str, str, str], kind: str = "054", version: str = "08", more: str = "", message_id: str = "CAMT-1"
) -> bytes:
    """A notice (054) or statement (053) as a bank writes it: each credit with the bank's reference, amount and the
    bill's reference; `more` are further entries as XML."""
    names = {"054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"), "053": ("BkToCstmrStmt", "Stmt")}[kind]
    status = "<Sts><Cd>BOOK</Cd></Sts>" if version == "08" else "<Sts>BOOK</Sts>"

    def party(name: str) -> str:
        return f"<Pty><Nm>{name}</Nm></Pty>" if version == "08" else f"<Nm>{name}</Nm>"

    parts = "".join(
        f'<TxDtls><Refs><AcctSvcrRef>{own}</AcctSvcrRef></Refs><Amt Ccy="CHF">{amount}</Amt>'
        f"<RltdPties><Dbtr>{party('Anna Müller')}</Dbtr></RltdPties><RmtInf><Strd><CdtrRefInf><Ref>{reference}</Ref>"
        "</CdtrRefInf></Strd></RmtInf></TxDtls>"
        for own, amount, reference in came
    )
    entry = (
        f'<Ntry><Amt Ccy="CHF">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>false</RvslInd>{status}'
        f"<BookgDt><Dt>2026-07-01</Dt></BookgDt><AcctSvcrRef>E-1</AcctSvcrRef><NtryDtls>{parts}</NtryDtls></Ntry>"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version}"><{names[0]}>'
        f"<GrpHdr><MsgId>{message_id}</MsgId></GrpHdr><{names[1]}><Id>1</Id>"
        f"<Acct><Id><IBAN>{QR_IBAN}</IBAN></Id></Acct>{entry if came else ''}{more}"
        f"</{names[1]}></{names[0]}></Document>"
    ).encode()
