"""Every path of `medication-invoice`, played on the embedded engine and on Operaton: the same state after each step."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from contract_pair import Pair
from contract_process import Line, Teller, answer, do, fail, fire, refuse, retry, start, work
from process_walk import SETTLED

from pulse.claims.deploy import models

pytestmark = pytest.mark.xdist_group("operaton")

CLARIFY, DECIDE, REVIEW = "clarify_case@assistants", "decide@controllers", "review_high_risk@controllers"
CORRECT, CONFIRM = "correct_reading@assistants", "confirm@assistants"
BOTH = "write_letter_client write_letter_provider"


def known() -> Line:
    """The person is insured with us."""
    return work("check_client", client_found=True, client_match="found", client_risk_score="low"), "check_medication"


def assessed(*, risk: str = "low", listed: bool = True) -> list[Line]:
    return [
        known(),
        (work("check_medication", positions_valid=True, medication_found=listed), "assess_risk"),
        (work("assess_risk", risk=risk, reasons="", sl_decision=listed), "settle"),
    ]


def settled(then: str, *, risk: str = "low", outcome: str = "full", listed: bool = True) -> list[Line]:
    """From the start to the question who decides."""
    paid = "80.35" if outcome == "full" else "0.00"
    lines = assessed(risk=risk, listed=listed)
    return [*lines, (work("settle", payable_amount=paid, outcome=outcome, **SETTLED), then)]


def reviewed() -> list[Line]:
    """To the review of a high risk."""
    return [*settled("notify_controllers", risk="high"), (work("notify_controllers"), f"{REVIEW} reminder")]


def letters(*recipients: str) -> list[Line]:
    """One letter after the other, to the end."""
    waiting, lines = [f"write_letter_{recipient}" for recipient in recipients], list[Line]()
    for recipient in recipients:
        for verb, then in (("write_letter", f"send_letter_{recipient}"), ("send_letter", "")):
            waiting = [other for other in waiting if recipient not in other] + [then]
            lines.append((work(f"{verb}_{recipient}"), " ".join(waiting).strip() or "-"))
    return lines


USUAL: Line = (start(), "check_client")
TO_CLIENT, TO_PROVIDER = letters("client", "provider"), letters("provider")
UNCLEAR = {"client_found": True, "client_match": "mismatch", "clarify_reason": "P403"}

#: From the decision to ask until the provider's answer is waited for.
WAITS = "answer_reminder answer_given_up"
ASKED: list[Line] = [
    (do("decide", decision="ask", comment="Which pack?"), "check_decision"),
    (work("check_decision"), "write_letter_provider"),
    (work("write_letter_provider"), "send_letter_provider"),
    (work("send_letter_provider"), WAITS),
]

SCRIPTS: dict[str, list[Line]] = {
    # reading
    "an incomplete reading is returned": [(start(reading="incomplete"), "write_letter_provider"), *TO_PROVIDER],
    "a doubtful reading is corrected, and comes back until somebody settles it": [
        (start(reading="doubtful"), CORRECT),
        (do("correct_reading"), CORRECT),
        (do("correct_reading", reading="complete", correction="done"), "check_client"),
    ],
    "a doubtful reading is returned": [
        (start(reading="doubtful"), CORRECT),
        (do("correct_reading", correction="return"), "write_letter_provider"),
        *TO_PROVIDER,
    ],
    # the client
    "nobody insured with us": [
        USUAL,
        (work("check_client", client_found=False, client_match="unknown"), "write_letter_provider"),
        *TO_PROVIDER,
    ],
    "a mismatch goes on": [
        USUAL,
        (work("check_client", **UNCLEAR), CLARIFY),
        (do("clarify_case", comment="not said"), CLARIFY),
        (do("clarify_case", clarification="go_on", comment="her maiden name"), "check_medication"),
    ],
    "a mismatch is returned": [
        USUAL,
        (work("check_client", **UNCLEAR), CLARIFY),
        (do("clarify_case", clarification="return"), "write_letter_provider"),
        *TO_PROVIDER,
    ],
    "a mismatch is denied, refused once": [
        USUAL,
        (work("check_client", **UNCLEAR), CLARIFY),
        (do("clarify_case", clarification="deny", reason_code="P816"), "check_decision"),
        (refuse("check_decision", "decision-refused", "a comment is missing"), CLARIFY),
        (do("clarify_case", clarification="deny", reason_code="P816", comment="No cover."), "check_decision"),
        (work("check_decision"), BOTH),
        *TO_CLIENT,
    ],
    "a client nobody could look up is looked up again": [
        USUAL,
        (refuse("check_client", "business_error", clarify_reason="P402"), CLARIFY),
        (do("clarify_case", clarification="go_on"), "check_client"),
    ],
    # medications and amounts
    "no valid GTIN": [
        USUAL,
        known(),
        (work("check_medication", positions_valid=False, medication_found=False), BOTH),
        *TO_CLIENT,
    ],
    "no list of medications": [
        USUAL,
        known(),
        (refuse("check_medication", "business_error", clarify_reason="P901"), CLARIFY),
        (do("clarify_case", clarification="go_on"), "check_medication"),
    ],
    "a risk that nobody can assess": [
        USUAL,
        *assessed()[:2],
        (refuse("assess_risk", "business_error"), CLARIFY),
        (do("clarify_case", clarification="return"), "write_letter_provider"),
    ],
    "nothing to settle with": [
        USUAL,
        *assessed(),
        (refuse("settle", "business_error"), CLARIFY),
        (do("clarify_case", clarification="go_on"), "check_medication"),
    ],
    "an unclear payee, amounts worked out": [
        USUAL,
        *assessed(),
        (refuse("settle", "payee_unclear", payable_amount="80.35", outcome="full", clarify_reason="P601"), CLARIFY),
        (do("clarify_case", clarification="go_on"), "check_decision"),
    ],
    # low risk
    "low risk in full is approved straight": [
        USUAL,
        *settled("check_decision"),
        (work("check_decision"), BOTH),
        *TO_CLIENT,
    ],
    "the provider's letter first": [
        USUAL,
        *settled("check_decision"),
        (work("check_decision"), BOTH),
        *letters("provider", "client"),
    ],
    "a straight approval that is refused is decided": [
        USUAL,
        *settled("check_decision"),
        (refuse("check_decision", "decision-refused"), DECIDE),
        (do("decide", decision="partial", reason_code="P818", comment="c"), "check_decision"),
        (work("check_decision"), BOTH),
        *TO_CLIENT,
    ],
    "confirmed, refused once": [
        (start(confirm_required=True), "check_client"),
        *settled(CONFIRM),
        (do("confirm", decision="approve"), "check_decision"),
        (refuse("check_decision", "decision-refused"), CONFIRM),
        (do("confirm", decision="approve"), "check_decision"),
        (work("check_decision"), BOTH),
    ],
    "not confirmed, then a decision that nobody knows, then denied": [
        (start(confirm_required=True), "check_client"),
        *settled(CONFIRM),
        (do("confirm", decision="controller"), DECIDE),
        (do("decide", decision="perhaps"), "check_decision"),
        (work("check_decision"), DECIDE),
        (do("decide", decision="deny", reason_code="P811"), "check_decision"),
        (work("check_decision"), BOTH),
        *TO_CLIENT,
    ],
    "nothing listed is decided; the provider is asked and reminded, and answers with another invoice": [
        USUAL,
        *settled(DECIDE, outcome="none", listed=False),
        *ASKED,
        (fire("answer_reminder"), "answer_given_up remind_provider"),
        (work("remind_provider"), "answer_given_up"),
        (answer(), "check_client"),
        *settled("check_decision"),
        (work("check_decision"), BOTH),
        *TO_CLIENT,
    ],
    "asked twice: an answer that must be corrected, then none, and the case is given up": [
        USUAL,
        *settled(DECIDE, outcome="partial"),
        *ASKED,
        (answer(reading="doubtful"), CORRECT),
        (do("correct_reading", reading="complete", correction="done"), "check_client"),
        *settled(DECIDE, outcome="partial"),
        *ASKED,
        (fire("answer_given_up"), "write_letter_provider"),
        *TO_PROVIDER,
    ],
    "a question that went by post is waited for, too": [
        USUAL,
        *settled(DECIDE, outcome="partial"),
        *ASKED[:3],
        (refuse("send_letter_provider", "delivery_unknown"), "settle_delivery_provider@assistants"),
        (do("settle_delivery_provider", delivery="post"), WAITS),
        (answer(), "check_client"),
    ],
    # high risk
    "a review is reminded once, refused, reminded no more": [
        USUAL,
        *reviewed(),
        (fire("reminder"), f"{REVIEW} notify_escalation"),
        (work("notify_escalation"), REVIEW),
        (do("review_high_risk", decision="approve"), "check_decision"),
        (refuse("check_decision", "decision-refused"), f"{REVIEW} reminder"),
        (fire("reminder"), REVIEW),
        (do("review_high_risk", decision="approve"), "check_decision"),
        (work("check_decision"), BOTH),
        *TO_CLIENT,
    ],
    "decided while the escalation is under way": [
        USUAL,
        *reviewed(),
        (fire("reminder"), f"{REVIEW} notify_escalation"),
        (do("review_high_risk", decision="deny", reason_code="P702"), "notify_escalation check_decision"),
        (work("check_decision"), f"notify_escalation {BOTH}"),
        (work("notify_escalation"), BOTH),
        *TO_CLIENT,
    ],
    "decided before the reminder": [
        USUAL,
        *reviewed(),
        (do("review_high_risk", decision="partial"), "check_decision"),
        (work("check_decision"), BOTH),
    ],
    # delivery
    "both deliveries unknown: one sent again, one settled by hand": [
        USUAL,
        *settled("check_decision"),
        (work("check_decision"), BOTH),
        (work("write_letter_client"), "send_letter_client write_letter_provider"),
        (refuse("send_letter_client", "delivery_unknown"), "settle_delivery_client@assistants write_letter_provider"),
        (work("write_letter_provider"), "settle_delivery_client@assistants send_letter_provider"),
        (refuse("send_letter_provider", "delivery_unknown"),
         "settle_delivery_client@assistants settle_delivery_provider@assistants"),
        (do("settle_delivery_client"), "settle_delivery_client@assistants settle_delivery_provider@assistants"),
        (do("settle_delivery_client", delivery="again"), "send_letter_client settle_delivery_provider@assistants"),
        (do("settle_delivery_provider", delivery="post"), "send_letter_client"),
        (work("send_letter_client"), "-"),
    ],
    "both letters wait for approval: what is said leads back to the sending": [
        USUAL,
        *settled("check_decision"),
        (work("check_decision"), BOTH),
        (work("write_letter_client"), "send_letter_client write_letter_provider"),
        (refuse("send_letter_client", "letter_to_approve"), "approve_letter_client@controllers write_letter_provider"),
        (work("write_letter_provider"), "approve_letter_client@controllers send_letter_provider"),
        (refuse("send_letter_provider", "letter_to_approve"),
         "approve_letter_client@controllers approve_letter_provider@controllers"),
        (do("approve_letter_client", letter_approval="approve"),
         "send_letter_client approve_letter_provider@controllers"),
        (work("send_letter_client"), "approve_letter_provider@controllers"),
        (do("approve_letter_provider"), "send_letter_provider"),
        (refuse("send_letter_provider", "letter_to_approve"), "approve_letter_provider@controllers"),
        (do("approve_letter_provider", letter_approval="approve"), "send_letter_provider"),
        (work("send_letter_provider"), "-"),
    ],
    "both deliveries unknown, the other way round": [
        USUAL,
        *settled("check_decision"),
        (work("check_decision"), BOTH),
        (work("write_letter_provider"), "write_letter_client send_letter_provider"),
        (refuse("send_letter_provider", "delivery_unknown"), "write_letter_client settle_delivery_provider@assistants"),
        (do("settle_delivery_provider"), "write_letter_client settle_delivery_provider@assistants"),
        (do("settle_delivery_provider", delivery="again"), "write_letter_client send_letter_provider"),
        (work("write_letter_client"), "send_letter_client send_letter_provider"),
        (refuse("send_letter_client", "delivery_unknown"), "settle_delivery_client@assistants send_letter_provider"),
        (do("settle_delivery_client", delivery="sent"), "send_letter_provider"),
        (work("send_letter_provider"), "-"),
    ],
    # technical failures
    "a worker fails until there is an incident; an operator lets it go on": [
        USUAL,
        (fail("check_client", 2), "check_client"),
        (fail("check_client", 1), "check_client"),
        (fail("check_client", 0), "check_client"),
        (retry("check_client"), "check_client"),
        known(),
    ],
    "a worker that waits before it tries again holds the task until then": [
        USUAL,
        (fail("check_client", 1, wait_ms=3_600_000), "check_client"),
        (retry("check_client", 3), "check_client"),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def process(pair: Pair) -> Pair:
    pair.deploy(models())
    return pair


@pytest.fixture
def teller(process: Pair) -> Teller:
    process.forget()
    return Teller(process)


_PASSED: set[str] = set()


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_path_of_the_process_is_the_same_on_both_engines(teller: Teller, name: str) -> None:
    _PASSED.update(teller.play(SCRIPTS[name]))


def test_the_scripts_pass_every_element_of_the_process() -> None:
    if not _PASSED:
        pytest.skip("no script was played")
    process = ET.fromstring(models()["medication_invoice.bpmn"])
    nodes = {"startEvent", "endEvent", "userTask", "serviceTask", "receiveTask", "boundaryEvent"}
    elements = {element.get("id") for element in process.iter() if element.tag.rpartition("}")[2] in nodes}
    gateways = {element.get("id") for element in process.iter() if element.tag.endswith("Gateway")}
    assert (elements | gateways) - _PASSED == set()
