"""Where a settled mail goes: as usual, or as the rule says that took it."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from db.documents import DocumentMissing
from db.mails import Mail
from mail_gateway.ledger import copy_of, holds_something_unread
from mail_gateway.message.reasons import MailReason
from mail_gateway.rulebook import Rulebook
from pulse.claims.mail_rule import Rule
from pulse.claims.office import Office

log = structlog.get_logger(__name__)

#: In place of a folder's name, in the ledger too: the mail is deleted.
DELETED = ""


@dataclass(frozen=True, kw_only=True)
class Afterwards:
    """Asked when nothing else is to be done about a mail."""

    office: Office
    rulebook: Rulebook

    def folder(self, row: Mail, usual: str) -> str:
        """The folder, the one that it lies in where it is kept, or `DELETED`. What nobody could read, or could be told
        of, is filed as usual. Raises `DocumentStoreUnavailable` while nobody knows whether there is a copy."""
        rule = None if needs_a_look(row) else self.rulebook.named(row.rule)
        if rule is None or rule.afterwards == "file":
            return usual
        if rule.afterwards == "move":
            return rule.afterwards_folder
        return DELETED if rule.afterwards == "delete" and self._is_safe(row, rule) else row.folder

    def _is_safe(self, row: Mail, rule: Rule) -> bool:
        """Whether the archive has the mail, byte by byte."""
        digest = copy_of(self.office, row)
        try:
            if digest is not None:
                self.office.documents.get(digest)
                return True
        except DocumentMissing:
            pass
        log.warning("mail kept, as there is no copy of it", action="mail:delete:refused", mail=row.id, rule=rule.id)
        return False


def needs_a_look(row: Mail) -> bool:
    """Whether a person has to look at the mail itself: it failed, or nobody has read what it holds or got it."""
    codes = row.reason.split()
    unread = row.outcome == "person" and holds_something_unread(row.reason)
    return row.outcome == "failed" or unread or MailReason.FORWARD_FAILED in codes
