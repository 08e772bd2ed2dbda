"""Which letters there are: the occasions, and who hears of each."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The occasion of a letter."""

    RETURNED = "returned"
    ALREADY_RECEIVED = "already_received"
    NOT_INSURED = "not_insured"
    APPROVED = "approved"
    PARTLY_APPROVED = "partly_approved"
    DENIED = "denied"
    NOTICE = "notice"
    QUESTION = "question"
    QUESTION_REMINDER = "question_reminder"
    CONTROLLER_NOTICE = "controller_notice"
    ESCALATION = "escalation"


class Recipient(StrEnum):
    """Who gets it."""

    CLIENT = "client"
    PROVIDER = "provider"
    CONTROLLER = "controller"


#: Which letters exist at all.
RECIPIENTS: dict[Kind, frozenset[Recipient]] = {
    Kind.RETURNED: frozenset({Recipient.PROVIDER, Recipient.CLIENT}),
    Kind.ALREADY_RECEIVED: frozenset({Recipient.PROVIDER}),
    Kind.NOT_INSURED: frozenset({Recipient.PROVIDER}),
    Kind.APPROVED: frozenset({Recipient.CLIENT, Recipient.PROVIDER}),
    Kind.PARTLY_APPROVED: frozenset({Recipient.CLIENT, Recipient.PROVIDER}),
    Kind.DENIED: frozenset({Recipient.CLIENT, Recipient.PROVIDER}),
    Kind.NOTICE: frozenset({Recipient.CLIENT}),
    Kind.QUESTION: frozenset({Recipient.PROVIDER}),
    Kind.QUESTION_REMINDER: frozenset({Recipient.PROVIDER}),
    Kind.CONTROLLER_NOTICE: frozenset({Recipient.CONTROLLER}),
    Kind.ESCALATION: frozenset({Recipient.CONTROLLER}),
}
#: Letters that tell a decision about money.
DECISIONS = frozenset({Kind.APPROVED, Kind.PARTLY_APPROVED, Kind.DENIED})
#: Letters that ask the provider something before anything is decided.
QUESTIONS = frozenset({Kind.QUESTION, Kind.QUESTION_REMINDER})
