"""Why a mail got its outcome: stable codes in the ledger, beside the `P1xx` of documents."""

from __future__ import annotations

from enum import StrEnum

from pulse.base.reasons import Reason


class MailReason(StrEnum):
    """A reason that lies in the mail, not in a document."""

    #: No PDF and no XML invoice is attached.
    NO_DOCUMENT = "no_document"
    #: More parts, deeper nesting or more documents than a mail of a person has.
    TOO_COMPLEX = "too_complex"
    #: A ZIP whose files need a password.
    ZIP_LOCKED = "zip_locked"
    #: None of the passwords that the sender wrote opens the file.
    PASSWORD_WRONG = "password_wrong"  # noqa: S105  a code, no password
    #: An archive that is damaged or of a kind that is not opened: RAR, 7-Zip, TAR.
    ARCHIVE = "archive"
    #: A mail saved by Outlook (.msg) that is damaged.
    OUTLOOK_FILE = "outlook_file"
    #: Word, Excel and the like.
    OFFICE_FILE = "office_file"
    #: A picture of a kind that is not read: a bitmap, JPEG 2000, JPEG XL.
    PICTURE_KIND = "picture_kind"
    #: Encrypted with S/MIME, and not with our key.
    SMIME_LOCKED = "smime_locked"
    #: A mail of HIN or of another gateway that is read in a browser after a login.
    HIN_MESSAGE = "hin_message"
    #: A container without an invoice: ZIP, winmail.dat, an attached mail.
    ZIP_EMPTY = "zip_empty"
    WINMAIL_EMPTY = "winmail_empty"
    MAIL_EMPTY = "mail_empty"
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
    #: Sent to the trial address: read, told and forgotten.
    TRIAL = "trial"
    #: A rule of the mailbox says that nothing is done about it.
    RULE = "rule"
    #: A rule says that its sender gets the rule's text.
    RULE_REPLY = "rule_reply"
    #: A rule sends it on to somebody in the house.
    FORWARDED = "forwarded"
    #: It could not be sent on.
    FORWARD_FAILED = "forward_failed"
    #: It answers a question of ours, but comes from elsewhere than from whom we asked.
    QUESTION_STRANGER = "question_stranger"
    #: It answers a question of ours that was answered before.
    QUESTION_ANSWERED = "question_answered"
    #: It answers a question of ours that nobody waits for any more.
    QUESTION_CLOSED = "question_closed"
    #: It brings the invoice that we have, while we wait for an answer about it.
    QUESTION_UNCHANGED = "question_unchanged"
    #: Somebody took the mail away before it was read.
    VANISHED = "vanished"
    #: It broke something every time it was tried.
    INTERNAL = "internal_error"


#: What may hold an invoice that nobody has read: a person looks where the sender cannot be told.
UNREAD = frozenset(
    {
        MailReason.TOO_COMPLEX,
        MailReason.ZIP_LOCKED,
        MailReason.PASSWORD_WRONG,
        MailReason.ARCHIVE,
        MailReason.OUTLOOK_FILE,
        MailReason.SMIME_LOCKED,
        MailReason.HIN_MESSAGE,
    }
)
#: What is told only where the mail holds nothing else: beside an invoice it is no fault.
ASIDE = frozenset(
    {
        MailReason.OFFICE_FILE,
        MailReason.PICTURE_KIND,
        MailReason.ZIP_EMPTY,
        MailReason.WINMAIL_EMPTY,
        MailReason.MAIL_EMPTY,
    }
)
#: What a sender can do something about.
ANSWERABLE = UNREAD | ASIDE | {MailReason.NO_DOCUMENT}
#: A password opens it.
LOCKED = frozenset({Reason.ENCRYPTED.value, MailReason.ZIP_LOCKED.value, MailReason.PASSWORD_WRONG.value})
