"""Values as people read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pulse.base.clock import SWISS_TIME
from pulse.base.errors import PulseError
from pulse.base.identifiers import mask_iban
from pulse.base.money import format_amount
from pulse.base.reason_texts import field_label, label
from pulse.base.reasons import Reason

_WORDS = {
    "in_run": "In a run",
    "no_account": "No account registered",
    "account_invalid": "The account registered is no valid IBAN",
    "account_abroad": "The account registered is abroad",
    "no_qr_reference": "A QR-IBAN, and no QR reference on the invoice",
    "payee_unknown": "Nobody to pay",
    "cost_share": "Cost share",
    "written_off": "Written off",
    "no_bill": "Names no bill of ours",
    "too_little": "Less than the bill",
    "too_much": "More than the bill",
    "not_open": "The bill is not open any more",
    "reversed": "The bank took the credit back",
    "invoice_cancelled": "The biller has taken the invoice back",
    "in_queue": "In queue",
    "in_progress": "In progress",
    "completed": "Completed",
    "waiting_for_approval": "Waiting for approval",
    "by_post": "By post",
    "bounced": "Came back",
    "partly_approved": "Partly approved",
    "not_insured": "Not insured",
    "already_received": "Already received",
    "controller_notice": "Notice to controllers",
    "reminds": "Reminds of",
    "copies": "Is a copy of",
    "copied_by": "Has a copy",
    "conflicts": "Same number as",
    "qr_annex": "QR annex",
    "ocr": "OCR",
    "xml": "XML",
    "text": "Text layer",
}

_STEPS = {
    "mail:invoice:received": "Received by mail",
    "rest:invoice:received": "Received by REST",
    "folder:invoice:received": "Received from a folder",
    "relay:process:started": "Process started",
    "claims:client:checked": "Client checked",
    "claims:medication:checked": "Medications checked",
    "claims:risk:assessed": "Risk assessed",
    "claims:invoice:settled": "Amounts worked out",
    "claims:decision:taken": "Decision taken",
    "claims:letter:written": "Letter written",
    "claims:letter:sent": "Letter sent",
    "claims:letter:unsettled": "Delivery unknown",
    "claims:letter:bounced": "Mail came back",
    "claims:letter:delayed": "Mail delayed on its way",
    "web:letter-password:shown": "Password for letters looked up",
    "web:letter-password:made": "New password for letters",
    "claims:delivery:settled": "Delivery settled",
    "claims:case:closed": "Case closed",
    "claims:question:answered": "Question answered by the provider",
    "claims:question:withdrawn": "Question withdrawn",
    "claims:question:given_up": "Question given up",
    "relay:question:closed": "Begun anew after the question",
    "relay:question:too_late": "The answer came when the case was over",
    "claims:account:changed": "Cost share changed",
    "claims:payment:proposed": "Payment proposed",
    "claims:payment:withdrawn": "Payment withdrawn",
    "claims:payment:overpaid": "More was paid than is due now",
    "claims:payment:rejected": "Payment rejected by the bank",
    "claims:payment:returned": "Payment returned by the bank",
    "claims:payment:settled": "Payment settled another way",
    "claims:receivable:made": "Receivable made",
    "claims:receivable:withdrawn": "Receivable withdrawn",
    "claims:receivable:paid": "Receivable paid",
    "claims:receivable:too_little": "Part of a receivable paid",
    "claims:receivable:too_much": "More than a receivable paid",
    "claims:receivable:not_open": "Paid for a receivable that is not open",
    "claims:receivable:reversed": "Credit for a receivable taken back",
    "claims:receivable:written_off": "Receivable written off",
    "web:reading:corrected": "Reading corrected",
    "web:case:adopted": "Taken as the answer to another case's question",
    "web:task:completed": "Task completed",
    "web:letter:approved": "Letter approved",
    "web:letter:withdrawn": "Letter withdrawn",
    "web:letter:worded": "Letter worded anew",
    "web:letter:called_back": "Letter called back",
    "claims:letter:approval_refused": "Approval refused: nobody known as a controller",
}


def chf(amount: Decimal | None) -> str:
    """`1'234.50`, or a dash."""
    return "–" if amount is None else format_amount(amount)


def plain_number(value: Decimal | None) -> str:
    """A quantity without zeros at its end."""
    return "–" if value is None else format(value.normalize(), "f")


def day(value: date | None) -> str:
    """`16.06.2026`, or a dash."""
    return "–" if value is None else value.strftime("%d.%m.%Y")


def moment(value: datetime | None) -> str:
    """`16.06.2026, 10:00` in Swiss time, or a dash."""
    return "–" if value is None else value.astimezone(SWISS_TIME).strftime("%d.%m.%Y, %H:%M")


def iso(value: datetime) -> str:
    """For machines, in a `time` element."""
    return value.isoformat(timespec="seconds")


def word(value: str | None) -> str:
    """A state or kind in words."""
    return "–" if not value else _WORDS.get(value, value.replace("_", " ").capitalize())


def reason(code: str) -> str:
    """A reason code in a few words."""
    return label(Reason(code), "en") if code in Reason.__members__.values() else code


def field_name(path: str | None) -> str:
    """What a field of the invoice is called."""
    return field_label(path, "en") if path else ""


def step(action: str) -> str:
    """An event of the audit trail in words."""
    return _STEPS.get(action, action.replace(":", " ").replace("_", " "))


def said(value: object) -> str:
    """A detail of an event."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def percent(value: float) -> str:
    """`98 %`."""
    return f"{value * 100:.0f} %"


def sentence(error: PulseError) -> str:
    """An error with who and when, for people."""
    who, when = error.details.get("who"), error.details.get("when")
    parts = [f"by {who}"] if who else []
    if isinstance(when, str):
        parts.append(f"on {moment(datetime.fromisoformat(when))}")
    return f"{error.message.rstrip('.')} ({', '.join(parts)})." if parts else error.message


FILTERS: dict[str, Callable[..., Any]] = {
    "account": mask_iban,
    "chf": chf,
    "plain_number": plain_number,
    "day": day,
    "moment": moment,
    "iso": iso,
    "word": word,
    "reason": reason,
    "field_name": field_name,
    "percent": percent,
    "step": step,
    "said": said,
}
