"""Why a mail got its outcome: stable codes in the ledger, beside the `P1xx` of documents."""

from __future__ import annotations

from enum import StrEnum


class MailReason(StrEnum):
    """A reason that lies in the mail, not in a document."""

    #: No PDF and no XML invoice is attached.
    NO_DOCUMENT = "no_document"
    #: More parts, deeper nesting or more documents than a mail of a person has.
    TOO_COMPLEX = "too_complex"
    #: A report about a mail of ours.
    BOUNCE = "bounce"
    #: A letter of ours could not be delivered: its case has a task to send it by post.
    LETTER_BOUNCED = "letter_bounced"
    #: A letter of ours waits on its way; the server goes on trying.
    LETTER_DELAYED = "letter_delayed"
    #: Our own letter or answer has come back.
    OWN_MAIL = "own_mail"
    #: Written in our own house: nobody to answer.
    OWN_ADDRESS = "own_address"
    #: Sent by a machine, or with an empty return path: answering it may start a loop.
    AUTOMATIC = "automatic"
    MAILING_LIST = "mailing_list"
    #: There is no single address to answer to.
    UNUSABLE_SENDER = "unusable_sender"
    #: This sender has had its answers of the day.
    ANSWER_LIMIT = "answer_limit"
    #: The same mail has been dealt with under another UID.
    DUPLICATE = "duplicate"
    #: An earlier mail had the same Message-ID and said something else.
    SAME_MESSAGE_ID = "same_message_id"
    #: A rule of the mailbox says that nothing is done about it.
    RULE = "rule"
    #: A rule says that its sender gets the rule's text.
    RULE_REPLY = "rule_reply"
    #: A rule sends it on to somebody in the house.
    FORWARDED = "forwarded"
    #: It could not be sent on.
    FORWARD_FAILED = "forward_failed"
    #: Somebody took the mail away before it was read.
    VANISHED = "vanished"
    #: It broke something every time it was tried.
    INTERNAL = "internal_error"
