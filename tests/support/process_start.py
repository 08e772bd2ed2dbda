"""What the message that starts `medication-invoice` always carries."""

from __future__ import annotations

#: Name → (type, value) of a usual invoice; every variable that a condition of the process reads is among them.
START: dict[str, tuple[str, object]] = {
    "invoice_id": ("Long", 101),
    "insurance_number": ("String", "123456789"),
    "biller_mail": ("String", "praxis@provider.example"),
    "total_amount": ("String", "80.35"),
    "received_at": ("Date", "2099-06-10T08:00:00.000+0000"),
    "remind_at": ("Date", "2099-06-11T02:00:00.000+0000"),
    "due_at": ("Date", "2099-06-11T08:00:00.000+0000"),
    "reading": ("String", "complete"),
    "confirm_required": ("Boolean", False),
    "client_found": ("Boolean", False),
    "client_match": ("String", "unknown"),
    "client_risk_score": ("String", ""),
    "medication_found": ("Boolean", False),
    "positions_valid": ("Boolean", False),
    "risk": ("String", ""),
    "reasons": ("String", ""),
    "sl_decision": ("Boolean", False),
    "payable_amount": ("String", ""),
    "outcome": ("String", ""),
    "decision": ("String", ""),
    "reason_code": ("String", ""),
    "comment": ("String", ""),
    "review": ("String", ""),
    "clarification": ("String", ""),
    "clarify_reason": ("String", ""),
    "delivery": ("String", ""),
    "letter_kind": ("String", ""),
    "correction": ("String", ""),
    "client_last_name": ("String", ""),
    "abuse_risk": ("Long", 0),
    "facts": ("String", ""),
    "case_url": ("String", ""),
}
