"""Settle: what is payable, position by position, and to whom."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from db import audit, clients, decisions, invoices, providers, questions
from pulse.base.clock import swiss_date
from pulse.base.reasons import Reason
from pulse.claims import position_facts
from pulse.claims.errors import BUSINESS_ERROR, PAYEE_UNCLEAR, BusinessError
from pulse.claims.facts_text import case_text
from pulse.claims.office import Office, Policy
from pulse.claims.rules import payee
from pulse.claims.rules.facts import Rules
from pulse.claims.rules.risk_inputs import can_be_abused
from pulse.claims.rules.settlement import Settlement
from pulse.claims.start import case_url
from pulse.claims.steps import Step, answered, case_of, keep, replaced


@dataclass(frozen=True, kw_only=True)
class Settled:
    """The process variables of `settle`."""

    payable_amount: str
    outcome: str
    client_last_name: str
    abuse_risk: int
    facts: str
    case_url: str
    #: Why the payee is in doubt; empty where it is not.
    clarify_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class _File:
    """All that settling needs, read in one go."""

    case: invoices.Case
    lines: list[invoices.Line]
    client: clients.Client
    provider: providers.Provider | None
    abuse_risk: int
    around: position_facts.Surroundings
    #: When the provider has answered a question about it.
    answered_at: datetime | None


def settle(office: Office, invoice_id: int, *, step: Step | None = None) -> Settled:
    """Works out and stores what is payable.

    Raises `BusinessError`: `payee_unclear` with the same variables, so that a person who lets the case go on meets the
    amounts; `business_error` where no client is settled.
    """
    with office.database.read() as connection:
        known = answered(connection, step, Settled)
        if known is not None:
            return _or_unclear(known)
        file = _file(office, connection, invoice_id)
    invoice, result = position_facts.settled(file.case.content, file.around)
    amounts = {position.line: position.amount for position in invoice.positions}
    lines = [replace(line, amount=amounts.get(line.line, line.amount)) for line in file.lines]
    doubt = payee.doubt(file.case.content, payee.Account(iban=file.provider.iban) if file.provider else None)
    doubts = (doubt,) if doubt else ()
    reasons = replaced(file.case.reasons, ("P2", "P3", Reason.CANCELS, "P6"), (*result.reasons, *doubts))
    settled = Settled(
        payable_amount=format(result.payable_amount, "f"),
        outcome=result.outcome,
        client_last_name=file.client.last_name,
        abuse_risk=file.abuse_risk,
        facts=case_text(file.case, file.client, lines, result, reasons, answered_at=file.answered_at),
        case_url=case_url(office.policy, invoice_id),
        clarify_reason=doubt.value if doubt else "",
    )
    now = office.clock.now()
    with office.database.write() as connection:
        invoices.set_lines(connection, invoice_id, _rows(result, amounts))
        invoices.set_case(
            connection,
            invoice_id,
            outcome=result.outcome,
            payable_amount=result.payable_amount,
            payee=payee.payee(file.case.content),
            provider_id=file.provider.id if file.provider else None,
            reasons=reasons,
        )
        audit.note(
            connection,
            "claims:invoice:settled",
            actor="worker",
            at=now,
            invoice_id=invoice_id,
            outcome=result.outcome,
            payable=settled.payable_amount,
            doubt=settled.clarify_reason,
        )
        keep(connection, step, invoice_id, settled, at=now)
    return _or_unclear(settled)


def rules_of(policy: Policy) -> Rules:
    """The checks' settings as the insurer has them."""
    return Rules(tolerance=policy.amount_tolerance)


def registered_provider(connection: Connection, case: invoices.Case) -> providers.Provider | None:
    """The provider as settled; before that, the registered provider who billed."""
    known = providers.get(connection, case.provider_id) if case.provider_id is not None else None
    return known or provider_of(connection, case)


def provider_of(connection: Connection, case: invoices.Case) -> providers.Provider | None:
    """The registered provider who billed: by GLN or ZSR number; the short form names only a mail address. Registered
    on the day of the invoice, or of its receipt."""
    on = case.content.invoice_date or swiss_date(case.received_at)
    biller = case.content.biller
    if case.short_form:
        return providers.by_mail(connection, case.biller_mail, on=on) if case.biller_mail else None
    return providers.find(connection, gln=biller.gln, zsr=biller.zsr, on=on)


def _file(office: Office, connection: Connection, invoice_id: int) -> _File:
    case = case_of(connection, invoice_id)
    client = clients.get(connection, case.client_id) if case.client_id is not None else None
    if client is None:
        raise BusinessError(BUSINESS_ERROR, Reason.NOT_INSURED)
    assessed = decisions.assessments_of(connection, invoice_id)
    asked = questions.of_invoice(connection, invoice_id)
    return _File(
        case=case,
        lines=invoices.lines(connection, invoice_id),
        client=client,
        provider=provider_of(connection, case),
        abuse_risk=max((int(can_be_abused(one.inputs, one.outputs)) for one in assessed), default=0),
        around=position_facts.surroundings_of(connection, case, client, rules_of(office.policy)),
        answered_at=next((one.answered_at for one in reversed(asked) if one.state == "answered"), None),
    )


def _rows(result: Settlement, amounts: dict[int, Decimal | None]) -> list[dict[str, Any]]:
    return [
        {
            "line": line.line,
            "amount": amounts[line.line],
            "outcome": line.outcome,
            "payable": line.payable,
            "reasons": " ".join(line.reasons),
        }
        for line in result.lines
    ]


def _or_unclear(settled: Settled) -> Settled:
    if settled.clarify_reason:
        raise BusinessError(PAYEE_UNCLEAR, Reason(settled.clarify_reason), variables=asdict(settled))
    return settled
