"""Giving a mail back to its sender, where its sender may be answered."""

from __future__ import annotations

from mail_gateway.ledger import Ledger, Verdict
from mail_gateway.message.reasons import MailReason
from mail_gateway.message.standing import Standing


def may_answer(ledger: Ledger, standing: Standing) -> bool:
    """Whether an answer to this sender starts no loop and no flood."""
    return standing.silence is None and standing.address is not None and ledger.may_be_answered(standing.address)


def returned(ledger: Ledger, standing: Standing, *reasons: str, worth_a_look: bool) -> Verdict:
    """Back to the sender; where nobody may be answered, a person looks at what may have been an invoice
    (`worth_a_look`), and what was none is left alone."""
    if may_answer(ledger, standing):
        return Verdict(outcome="returned", reasons=reasons)
    if worth_a_look:
        return Verdict(outcome="person", reasons=reasons)
    return Verdict(outcome="ignored", reasons=(standing.silence or MailReason.ANSWER_LIMIT,))
