"""What the process must hear about: business errors, which its boundary events catch."""

from __future__ import annotations

from collections.abc import Mapping

from pulse.base.errors import NotFound, PulseError
from pulse.base.reason_texts import label
from pulse.base.reasons import Reason

BUSINESS_ERROR = "business_error"
PAYEE_UNCLEAR = "payee_unclear"
DECISION_REFUSED = "decision-refused"
DELIVERY_UNKNOWN = "delivery_unknown"
LETTER_TO_APPROVE = "letter_to_approve"


class CaseMissing(NotFound):
    """There is no such case."""

    code = "case_missing"


class BusinessError(PulseError):
    """This case needs a person.

    `bpmn_code` is one of `business_error`, `payee_unclear`, `decision-refused`, `delivery_unknown`, `letter_to_approve`
    (the error codes of `bpmn/medication_invoice.bpmn`); `variables` go into the process with it. The message is shown
    in the task's form and holds no personal data.
    """

    code = "business_error"

    def __init__(
        self,
        bpmn_code: str,
        reason: Reason | None,
        message: str | None = None,
        variables: Mapping[str, object] | None = None,
    ) -> None:
        why = message or (label(reason, "en") if reason else None)
        super().__init__(why, code=reason.value if reason else bpmn_code)
        self.bpmn_code = bpmn_code
        self.why = reason
        told = {"clarify_reason": reason.value} if reason else {}
        self.variables: Mapping[str, object] = {**told, **(variables or {})}

    def __reduce__(self) -> tuple[object, ...]:
        return (BusinessError, (self.bpmn_code, self.why, self.message, dict(self.variables)))
