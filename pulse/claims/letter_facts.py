"""From the registers and the stored decision to the facts of one letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from db import clients, decisions, invoices, providers, questions
from db.questions import Question
from letters.amounts import Bill, CostShare, PositionFact
from letters.facts import LAWS, Address, Facts, InvalidFacts, Law
from letters.occasions import DECISIONS, QUESTIONS, Kind, Recipient
from pulse.base.clock import swiss_date
from pulse.base.identifiers import is_iban, mask_iban
from pulse.base.money import ZERO
from pulse.base.reasons import LANGUAGES, Language, Reason
from pulse.claims.ask import questions_in
from pulse.claims.money import accounts, between_us
from pulse.claims.money.between_us import BetweenUs
from pulse.claims.money.payments import as_party
from pulse.claims.money.payout import order_to_provider
from pulse.claims.money.shares import Shares
from pulse.claims.office import Office
from pulse.claims.rules.decided import BilledLine, DecidedLine, decided_lines
from pulse.claims.rules.payee import Payee
from pulse.claims.rules.settlement import billed_total
from pulse.claims.settle import registered_provider
from pulse.claims.start import case_url
from pulse.claims.steps import case_of, codes

#: The letter that each decision leads to.
LETTER_OF = {"approve": Kind.APPROVED, "partial": Kind.PARTLY_APPROVED, "deny": Kind.DENIED, "ask": Kind.QUESTION}
#: What stays in the house: risk and technical reasons.
_INTERNAL = ("P7", "P9")
#: By how much the engine's clock, which says that the time for an answer is up, may be ahead of ours.
_CLOCKS_DIFFER = timedelta(hours=1)
#: Findings that name a value which the provider has to send.
_MISSING = "P20"


@dataclass(frozen=True, kw_only=True)
class File:
    """The case as a letter needs it, read in one go."""

    case: invoices.Case
    lines: list[invoices.Line]
    client: clients.Client | None
    provider: providers.Provider | None
    decision: decisions.Decision | None
    review: decisions.Review | None
    shares: Shares | None
    between: BetweenUs
    #: What the provider is asked in this round.
    question: Question | None = None


def read_file(
    connection: Connection,
    invoice_id: int,
    *,
    decision: decisions.Decision | None = None,
    review: decisions.Review | None = None,
    round_: int | None = None,
) -> File:
    """The file of a case, with the stored decision of its round, or for a preview with one that is only proposed.

    Raises `CaseMissing`.
    """
    case = case_of(connection, invoice_id)
    question = None
    if decision is None:
        round_ = round_ or questions.round_of(connection, invoice_id)
        decision = decisions.of_round(connection, invoice_id, round_)
        review = decisions.review(connection, decision.review_id) if decision and decision.review_id else None
        shares = accounts.booked(connection, invoice_id, round_)
        between = between_us.between_us(connection, case) if decision else BetweenUs()
        if decision is not None and decision.decision == "ask":
            question = questions.of_round(connection, invoice_id, round_)
    else:
        shares = accounts.foreseen(connection, invoice_id, decision, review)
        between = between_us.foreseen(connection, case)
    return File(
        case=case,
        lines=invoices.lines(connection, invoice_id),
        client=clients.get(connection, case.client_id) if case.client_id is not None else None,
        provider=registered_provider(connection, case),
        decision=decision,
        review=review,
        shares=shares,
        between=between,
        question=question,
    )


def compose(
    office: Office, file: File, recipient: Recipient, kind: Kind, *, reasons: tuple[Reason, ...] = (), comment: str = ""
) -> Facts:
    """The facts of a letter; raises `InvalidFacts` where they would say what they must not, or what our own records
    do not: the process names the occasion, and its variables may have been changed.

    `reasons` and `comment` are those of a notice, or of the person who returned the invoice without a decision.
    """
    case = file.case
    _demand_on_record(file, kind, now=office.clock.now())
    values: dict[str, Any] = {
        "kind": kind,
        "recipient": recipient,
        "language": language_of(file, recipient),
        "case_id": case.id,
        "letter_date": swiss_date(office.clock.now()),
        "insurer": office.policy.insurer,
        "addressee": _addressee(office, file, recipient),
        "law": _law(file),
        "invoice_number": case.content.invoice_number,
        "invoice_date": case.content.invoice_date,
    }
    if recipient is Recipient.CONTROLLER:
        risks = tuple(reason for reason in codes(case.reasons) if reason.startswith("P7"))
        return Facts(**values, reasons=risks, case_url=case_url(office.policy, case.id), due_at=case.due_at)
    values["biller_name"] = file.provider.name if file.provider else case.content.biller.name
    values["patient_name"] = _patient_name(file, recipient)
    if kind is Kind.NOT_INSURED:
        return Facts(**values, reasons=(Reason.NOT_INSURED,))
    values |= {
        "insurance_number": _number(file, recipient),
        "treatment_begin": case.content.treatment.begin,
        "treatment_end": case.content.treatment.end,
        "billed_total": case.content.total_amount,
        "invoice_guid": case.content.guid if recipient is Recipient.PROVIDER else None,
    }
    if kind in DECISIONS:
        return Facts(**(values | _decided(file, recipient, kind)))
    if kind is Kind.RETURNED:
        return Facts(**(values | _returned(file, comment)))
    if kind in QUESTIONS:
        return Facts(**values, **_asked(office, file))
    told = (Reason.ALREADY_RECEIVED,) if kind is Kind.ALREADY_RECEIVED else _tellable(reasons)
    return Facts(**values, reasons=told, comment=comment or None)


def _demand_on_record(file: File, kind: Kind, *, now: datetime) -> None:
    """A letter that ends a case says what was decided, and nothing where something else was; nobody is told to be not
    insured whom the register knows."""
    decided = LETTER_OF[file.decision.decision] if file.decision is not None else None
    if decided is Kind.QUESTION and kind is Kind.QUESTION_REMINDER:
        return
    if decided is Kind.QUESTION and kind is Kind.RETURNED and file.question is not None:
        if now < file.question.give_up_at - _CLOCKS_DIFFER:
            raise InvalidFacts("The provider may still answer.", kind=kind.value)
        return
    if kind in DECISIONS | QUESTIONS or (kind in (Kind.RETURNED, Kind.NOT_INSURED) and decided is not None):
        if decided is not kind:
            raise InvalidFacts("This is not what was decided.", kind=kind.value)
    elif kind is Kind.NOT_INSURED and Reason.NOT_INSURED not in codes(file.case.reasons):
        raise InvalidFacts("Nobody has found that the person is not insured.")


def _decided(file: File, recipient: Recipient, kind: Kind) -> dict[str, Any]:
    """Amounts from the stored decision alone."""
    decision = file.decision
    assert decision is not None  # `_demand_on_record`
    lines = [
        BilledLine(line=line.line, billed=line.amount, payable=line.payable, reasons=_tellable(codes(line.reasons)))
        for line in file.lines
    ]
    amounts = file.review.amounts() if file.review else None
    parts = {d.line: d for d in decided_lines(decision.decision, decision.payable_amount, lines, amounts)}
    own = (Reason(decision.reason_code),) if decision.reason_code and kind is not Kind.APPROVED else ()
    pays = kind in (Kind.APPROVED, Kind.PARTLY_APPROVED)
    return {
        "positions": tuple(_position(line, parts[line.line]) for line in file.lines),
        "billed_total": billed_total(file.case.content),
        "approved_total": decision.payable_amount,
        "payee": file.case.payee if pays else None,
        "account": _account(file, recipient) if pays else None,
        "payment_reference": _payment_reference(file, recipient) if pays else None,
        "cost_share": _cost_share(file) if pays and recipient is Recipient.CLIENT else None,
        "reasons": own,
        "comment": decision.comment or None,
        "automated": decision.automated,
        **_between_us(file, recipient, settled=_settled(file) if pays else ZERO),
    }


def _between_us(file: File, recipient: Recipient, *, settled: Decimal) -> dict[str, Any]:
    """Bills and refunds in the letter of whom they concern; `settled` is what the decision itself transfers (CHF)."""
    party: Payee = "client" if recipient is Recipient.CLIENT else "provider"
    refund = file.between.refund if party == "client" else ZERO
    paid = refund or (settled if file.case.payee == party else ZERO)
    return {
        "bills": tuple(
            Bill(
                case_id=one.invoice_id,
                purpose=one.purpose,
                amount=one.amount,
                due_on=one.due_on,
                iban=one.iban,
                reference=one.reference,
            )
            for one in file.between.bills_of(party)
        ),
        "refund": refund or None,
        "withdrawn": file.between.withdrawn_of(party) or None,
        "account_wanted": paid > ZERO and party in file.between.without_account,
    }


def _settled(file: File) -> Decimal:
    """What the decision transfers to the payee."""
    assert file.decision is not None
    if file.case.payee == "client" and file.shares is not None:
        return file.shares.paid_out
    return file.decision.payable_amount


def _account(file: File, recipient: Recipient) -> str | None:
    """The payee's registered account, masked, in the payee's own letter."""
    if file.case.payee != recipient.value:
        return None
    payee = file.client if recipient is Recipient.CLIENT else file.provider
    iban = (payee.iban if payee is not None else None) or ""
    return mask_iban(iban) if is_iban(iban) else None


def _payment_reference(file: File, recipient: Recipient) -> str | None:
    """The QR or creditor reference that the transfer to the provider will carry, as the order says; else none."""
    if recipient is not Recipient.PROVIDER or file.case.payee != "provider" or file.provider is None:
        return None
    order = order_to_provider(as_party(file.provider), file.case.content, case_id=file.case.id)
    return order.reference if order.reference_type != "NON" else None


def _cost_share(file: File) -> CostShare | None:
    """What the decision's booking says of the client; of one year, where the invoice is of one."""
    shares = file.shares
    if shares is None:
        return None
    year = shares.years[0] if len(shares.years) == 1 else None
    so_far = {"year_franchise": year.franchise, "year_copayment": year.copayment} if year else {}
    return CostShare(
        franchise=shares.franchise,
        copayment=shares.copayment,
        settled=shares.paid_out if file.case.payee == "client" else shares.owed,
        year=year.year if year else None,
        adjustment=shares.adjustment,
        **so_far,
    )


def _returned(file: File, comment: str) -> dict[str, Any]:
    """Why, and which fields are missing; the question that nobody has answered, where there was one."""
    if file.question is not None:
        return {"reasons": (Reason.NO_ANSWER,), "questions": file.question.questions}
    errors = [finding for finding in file.case.content.findings if finding.severity == "error"]
    missing = tuple(f.field for f in errors if f.code.startswith(_MISSING) and f.field)
    findings = [finding.code for finding in errors if not finding.code.startswith(_MISSING)]
    lines = [reason for line in file.lines for reason in codes(line.reasons)]
    reasons = _tellable(tuple(dict.fromkeys([*codes(file.case.reasons), *findings, *lines])))
    if not reasons and not missing and not comment:
        reasons = (Reason.VALUE_UNREADABLE,)
    return {
        "reasons": reasons,
        "missing_fields": missing,
        "comment": comment or None,
        "positions": tuple(
            _position(line, DecidedLine(line=line.line, approved=None, reasons=_tellable(codes(line.reasons))))
            for line in file.lines
        ),
    }


def _asked(office: Office, file: File) -> dict[str, Any]:
    """The questions as stored; those of a preview are in the decision that is only proposed."""
    if file.question is not None:
        asked, until = file.question.questions, file.question.give_up_at
    else:
        asked = questions_in(file.decision.comment if file.decision else "")
        until = office.clock.now() + office.policy.ask_give_up_after
    return {"questions": asked, "answer_by": swiss_date(until)}


def _position(line: invoices.Line, decided: DecidedLine) -> PositionFact:
    return PositionFact(
        line=line.line,
        date=line.date,
        code=line.gtin or line.code,
        name=line.name,
        quantity=line.quantity,
        billed=line.amount,
        approved=decided.approved,
        reasons=decided.reasons,
    )


def _tellable(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(reason for reason in reasons if not reason.startswith(_INTERNAL))


def _addressee(office: Office, file: File, recipient: Recipient) -> Address:
    if recipient is Recipient.CONTROLLER:
        return office.policy.insurer.address
    if recipient is Recipient.CLIENT:
        client = file.client
        if client is None:
            return Address(name="")
        name = f"{client.first_name} {client.last_name}"
        return Address(name=name, street=client.street, zip=client.zip, city=client.city)
    if file.provider is not None:
        p = file.provider
        return Address(name=p.name, street=p.street, zip=p.zip, city=p.city)
    biller = file.case.content.biller
    name = biller.name or file.case.biller_mail or biller.gln or biller.zsr or "—"
    return Address(name=name, street=biller.street or "", zip=biller.zip or "", city=biller.city or "")


def _law(file: File) -> Law:
    """The law of the invoice, else of the cover; the two agree wherever something is decided."""
    law = file.case.content.law or (file.client.law if file.client is not None else None)
    return next((known for known in LAWS if known == law), "KVG")


def language_of(file: File, recipient: Recipient) -> Language:
    """The registered one. German is what a provider is registered with where nobody said otherwise: then they get the
    language that they wrote the invoice in."""
    written = file.case.content.language
    if recipient is Recipient.CLIENT:
        spoken = file.client.language if file.client is not None else written
    elif recipient is Recipient.PROVIDER:
        registered = file.provider.language if file.provider is not None else "de"
        spoken = written if written and registered == "de" else registered
    else:
        spoken = "de"
    return next((known for known in LANGUAGES if known == spoken), "de")


def _patient_name(file: File, recipient: Recipient) -> str | None:
    """To a provider only what they wrote themselves."""
    if recipient is Recipient.CLIENT and file.client is not None:
        return f"{file.client.first_name} {file.client.last_name}"
    patient = file.case.content.patient
    return " ".join(part for part in (patient.given_name, patient.family_name) if part) or None


def _number(file: File, recipient: Recipient) -> str | None:
    if recipient is Recipient.CLIENT and file.client is not None:
        return file.client.insurance_number
    return file.case.content.insurance_number
