"""Which letters wait for a person before they leave."""

from __future__ import annotations

from typing import Literal

from db.decisions import Decision
from letters.facts import Facts
from letters.occasions import Kind, Recipient
from letters.writer import Wording

#: `all` letters; `denials` that no controller has confirmed on this very case; those that a `model` has worded; `none`.
LetterApproval = Literal["all", "denials", "model", "none"]
#: Tasks in which a controller decides, and so has confirmed what the letter says.
_CONFIRMED_IN = frozenset({"decide", "review_high_risk"})


def needs_approval(asked: LetterApproval, facts: Facts, wording: Wording, decision: Decision | None) -> bool:
    """Whether this letter waits for a person. `decision` is the case's own, which the letter tells, if there is one.

    What goes to the controllers themselves never waits.
    """
    if facts.recipient is Recipient.CONTROLLER:
        return False
    match asked:
        case "all":
            return True
        case "denials":
            return facts.kind is Kind.DENIED and not _confirmed(decision)
        case "model":
            return wording.worded_by == "model"
        case "none":
            return False


def _confirmed(decision: Decision | None) -> bool:
    denied = decision is not None and decision.decision == "deny"
    return denied and decision is not None and decision.decided_in in _CONFIRMED_IN
