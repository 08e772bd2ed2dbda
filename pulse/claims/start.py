"""What the process starts with (contracts §3)."""

from __future__ import annotations

from db.invoices import Case
from pulse.claims.facts_text import reading_text
from pulse.claims.office import Policy

PROCESS = "medication-invoice"
MESSAGE = "InvoiceReceived"
#: What leads a case that has asked its provider back to the beginning.
ANSWERED = "ProviderAnswered"


def case_url(policy: Policy, invoice_id: int) -> str:
    """Where people see the case."""
    return f"{policy.web_url.rstrip('/')}/cases/{invoice_id}"


def start_variables(case: Case, policy: Policy) -> dict[str, object]:
    """The variables of the start message. Every name that a condition of the model reads is there from the start, since
    an unknown name in a condition is an error on the engine."""
    return {
        "invoice_id": case.id,
        "insurance_number": case.insurance_number or "",
        "biller_mail": case.biller_mail or "",
        "total_amount": "" if case.content.total_amount is None else format(case.content.total_amount, "f"),
        "received_at": case.received_at,
        "remind_at": case.remind_at,
        "due_at": case.due_at,
        "answer_remind_at": case.received_at + policy.ask_remind_after,
        "answer_due_at": case.received_at + policy.ask_give_up_after,
        "reading": case.reading,
        "confirm_required": policy.confirm_low_risk,
        "facts": reading_text(case),
        "case_url": case_url(policy, case.id),
    } | _NOT_YET


_NOT_YET: dict[str, object] = {
    "client_found": False,
    "client_match": "unknown",
    "client_risk_score": "",
    "client_last_name": "",
    "medication_found": False,
    "positions_valid": False,
    "risk": "",
    "reasons": "",
    "sl_decision": False,
    "abuse_risk": 0,
    "payable_amount": "",
    "outcome": "",
    "decision": "",
    "reason_code": "",
    "comment": "",
    "review": "",
    "clarification": "",
    "clarify_reason": "",
    "delivery": "",
    "letter_kind": "",
    "correction": "",
}
