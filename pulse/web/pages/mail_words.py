"""What became of a mail, in plain words."""

from __future__ import annotations

from db.mail_ledger import MailEvent
from pulse.base.reason_texts import label
from pulse.base.reasons import Reason

OUTCOMES = {
    "pending": "Not settled yet",
    "invoice": "Invoice",
    "returned": "Returned",
    "ignored": "Ignored",
    "person": "For a person",
    "failed": "Failed",
}
_WHY = {
    "no_document": "no invoice is attached",
    "too_complex": "it has more parts, or deeper ones, than Pulse takes apart",
    "zip_locked": "a ZIP file needs a password",
    "password_wrong": "none of the passwords that the sender wrote opens the file",
    "archive": "an archive that cannot be opened: RAR, 7-Zip, TAR, or damaged",
    "outlook_file": "a mail saved by Outlook (.msg) that is damaged",
    "office_file": "a Word or Excel file, which is not read",
    "picture_kind": "a picture of a kind that is not read",
    "smime_locked": "encrypted with S/MIME, and not with our key",
    "hin_message": "a message that is read in a browser after a login, such as HIN’s",
    "zip_empty": "a ZIP file without an invoice",
    "winmail_empty": "a winmail.dat without an invoice",
    "mail_empty": "an attached mail without an invoice",
    "bounce": "a report about a mail of ours",
    "letter_bounced": "a letter of ours came back; its case has a task",
    "letter_delayed": "a letter of ours is delayed on its way",
    "own_mail": "our own letter or answer came back to us",
    "own_address": "it was sent from an address of ours, which is not answered",
    "automatic": "sent by a machine, which is not answered",
    "mailing_list": "sent by a mailing list, which is not answered",
    "unusable_sender": "there is no single address to answer to",
    "answer_limit": "this sender has had all its answers of the day",
    "duplicate": "the same mail was taken before",
    "trial": "sent to the trial address: read and told, nothing is kept",
    "same_message_id": "another mail with other content has the same Message-ID",
    "rule": "a rule says so",
    "rule_reply": "a rule has answered it",
    "forwarded": "a rule has forwarded it",
    "forward_failed": "a rule wanted to forward it, and it could not be delivered",
    "vanished": "it was gone from the mailbox before it was read",
    "internal_error": "Pulse broke off each time it tried; the log says where",
    "question_answered": "it answers a question of ours that was answered before",
    "question_stranger": "it quotes a question of ours, and comes from somebody who was not asked",
    "question_closed": "it answers a question of ours that is closed by now",
    "question_unchanged": "we have asked about this invoice, and it says the same as before",
    "by_person": "closed by a person",
}
_EVENTS = {
    "again": "wants it looked at again",
    "ignored": "closed it",
    "looked_again": "looked at it again",
    "not_found": "did not find it any more",
    "gave_up": "broke off each time it looked again",
}
_SENDER = {
    "pass": "verified by our mail server",
    "fail": "not verified: our mail server says that the address is not the sender's",
    "none": "not verified: the sender's domain offers no proof",
}


def outcome(code: str) -> str:
    """An outcome in a word or two."""
    return OUTCOMES.get(code, code)


def why(code: str) -> str:
    """One code of a mail's reason."""
    if code in Reason.__members__.values():
        return label(Reason(code), "en")
    return _WHY.get(code, code.replace("_", " "))


def event(one: MailEvent) -> str:
    """What was done about a mail."""
    return _EVENTS[one.what]


def sender(authenticity: str) -> str:
    """What is known about who sent it; empty where nobody was asked."""
    return _SENDER.get(authenticity, "")
