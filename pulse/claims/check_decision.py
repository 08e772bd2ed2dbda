"""Check decision: a decision from any tasklist passes here before it counts, and is stored once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from db import audit, decisions, invoices, links, questions
from pulse.base.money import ZERO
from pulse.base.reasons import Reason
from pulse.claims.ask import answered_in_words, ask, demand_waiting, new_token, questions_in
from pulse.claims.decider import Decider
from pulse.claims.errors import DECISION_REFUSED, BusinessError
from pulse.claims.money import accounts, dues, payments
from pulse.claims.office import Office
from pulse.claims.rules import settlement
from pulse.claims.rules.decision import Proposal, Refused, Standing, examine
from pulse.claims.rules.duplicates import takes_back
from pulse.claims.steps import Step, answered, case_of, codes, keep

_DOUBTS = (Reason.CLIENT_MISMATCH, Reason.IBAN_NOT_REGISTERED, Reason.PROVIDER_NOT_REGISTERED)


@dataclass(frozen=True, kw_only=True)
class DecisionCheck:
    """The process variables of `check-decision`: the decision as it is stored."""

    decision: str
    reason_code: str


def check_decision(
    office: Office,
    invoice_id: int,
    *,
    decided_by: Decider,
    decision: str,
    reason_code: str = "",
    comment: str = "",
    review: str = "",
    definition_id: str | None = None,
    step: Step | None = None,
) -> DecisionCheck:
    """Stores the decision, or raises `BusinessError` (`decision-refused`) with what is wrong with it.

    Amounts, risk and outcome come from our own records, never from process variables. Where the case's round already
    has a decision, that one stays and is what the process gets back: the letters tell what is stored. `definition_id`
    is the version of the process that the case began with.
    """
    with office.database.read() as connection:
        known = answered(connection, step, DecisionCheck)
        if known is not None:
            return known
        round_ = questions.round_of(connection, invoice_id)
        stored = decisions.of_round(connection, invoice_id, round_)
        if stored is not None:
            return DecisionCheck(decision=stored.decision, reason_code=stored.reason_code)
        refusal: Refused | None = None
        try:
            if decision == "ask":
                demand_waiting(office.engine, definition_id)
            if not decided_by.known:
                raise Refused("Whoever decides takes the task first, and does such tasks: this name is not known.")
            proposal = Proposal(
                place=decided_by.place,
                decision=decision,
                reason_code=reason_code,
                comment=comment,
                review=review_amounts(connection, invoice_id, review) if review else None,
            )
            accepted = examine(proposal, standing_of(connection, invoice_id))
        except Refused as error:
            refusal = error
    if refusal is not None:
        _note_refusal(office, invoice_id, decided_by, refusal)
        raise _refused(refusal) from refusal
    row = {
        "invoice_id": invoice_id,
        "round": round_,
        "decision": accepted.decision,
        "reason_code": accepted.reason_code,
        "comment": proposal.comment.strip(),
        "review_id": review if accepted.decision == "partial" and review else None,
        "payable_amount": accepted.payable_amount,
        "decided_by": decided_by.name,
        "automated": accepted.automated,
        "decided_at": office.clock.now(),
        "decided_in": proposal.place,
    }
    asked = questions_in(proposal.comment) if accepted.decision == "ask" else ()
    return _store(office, row, asked, place=proposal.place, step=step)


def standing_of(connection: Connection, invoice_id: int) -> Standing:
    """What our records say about a case, as far as a decision depends on it. Raises `CaseMissing`."""
    case = case_of(connection, invoice_id)
    lines = invoices.lines(connection, invoice_id)
    doubts = set(codes(case.reasons)) & set(_DOUBTS)
    return Standing(
        # A cancellation asks for nothing, whatever amounts it repeats.
        billed=ZERO if takes_back(case.content) else settlement.billed_total(case.content),
        payable=case.payable_amount,
        outcome=case.outcome,
        risk=case.risk,
        client_known=case.client_id is not None and not _identity_is_open(case),
        was_unclear=bool(doubts)
        or links.is_cancelled(connection, invoice_id)
        or answered_in_words(connection, invoice_id),
        billed_by_line={line.line: line.amount or ZERO for line in lines},
    )


def _identity_is_open(case: invoices.Case) -> bool:
    """A mismatch that nobody has let go on: the case was not settled since. A denial now could go to the wrong
    person."""
    return Reason.CLIENT_MISMATCH in codes(case.reasons) and case.outcome is None


def review_amounts(connection: Connection, invoice_id: int, review: str) -> dict[int, Decimal]:
    """The amounts of a stored review; raises `Refused` where it is not one of this case."""
    stored = decisions.review(connection, review)
    if stored is None or stored.invoice_id != invoice_id:
        raise Refused("The review is not one of this case.")
    return stored.amounts()


def _store(
    office: Office, row: dict[str, Any], asked: tuple[str, ...], *, place: str, step: Step | None
) -> DecisionCheck:
    """The round's decision: this one, or the one that another worker has stored meanwhile."""
    invoice_id, now = row["invoice_id"], row["decided_at"]
    token_hash = new_token(office) if asked else ""
    check = DecisionCheck(decision=row["decision"], reason_code=row["reason_code"])
    with office.database.write() as connection:
        if not decisions.add(connection, **row):
            stored = decisions.of_round(connection, invoice_id, row["round"])
            assert stored is not None
            return DecisionCheck(decision=stored.decision, reason_code=stored.reason_code)
        if asked:
            ask(office, connection, row, asked, token_hash)
        shares = accounts.book(connection, invoice_id, row["round"], at=now)
        if row["reason_code"] == Reason.DECIDED_CANCELLED:
            accounts.reverse_cancelled(connection, invoice_id, at=now)
        audit.note(
            connection,
            "claims:decision:taken",
            actor=row["decided_by"],
            at=now,
            invoice_id=invoice_id,
            decision=row["decision"],
            reason=row["reason_code"],
            payable=format(row["payable_amount"], "f"),
            place=place,
            automated=row["automated"],
        )
        client_share = shares.paid_out if shares else None
        payments.propose(connection, invoice_id, row["round"], at=now, client_share=client_share)
        cancels = row["reason_code"] == Reason.DECIDED_CANCELLED
        dues.settle(connection, invoice_id, account=office.policy.bill_iban, at=now, cancels=cancels)
        keep(connection, step, invoice_id, check, at=now)
    return check


def _note_refusal(office: Office, invoice_id: int, decided_by: Decider, refusal: Refused) -> None:
    with office.database.write() as connection:
        audit.note(
            connection,
            "claims:decision:refused",
            actor=decided_by.name or "unknown",
            at=office.clock.now(),
            invoice_id=invoice_id,
            place=decided_by.place,
            why=refusal.message,
        )


def _refused(refusal: Refused) -> BusinessError:
    """Back to the task it came from; a review that was refused with it must not be taken for the next decision's."""
    variables = {"clarify_reason": "", "review": "", "decision": ""}
    return BusinessError(DECISION_REFUSED, Reason.DECISION_INCOMPLETE, refusal.message, variables)
