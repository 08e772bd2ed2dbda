"""The step for mails that a rule of the mailbox takes; reports, answers to us and our own mails come before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from mail_gateway.connection.account import Entrance
from mail_gateway.ledger import Ledger, Verdict
from mail_gateway.message.headers import Headers, address_of, decoded
from mail_gateway.message.reasons import MailReason
from mail_gateway.message.standing import Standing
from mail_gateway.rulebook import Rulebook
from mail_gateway.steps import attachment_names
from mail_gateway.steps.arrived import Arrived, Step
from mail_gateway.steps.attachment_names import Names
from mail_gateway.steps.returning import returned
from pulse.base.reasons import Reason
from pulse.claims.mail_rule import Rule
from pulse.claims.office import Office
from pulse.claims.rules.mail import MailFacts, first_that_takes, takes_apart_from_age_and_attachments


@dataclass(frozen=True, kw_only=True)
class Ruled:
    """Does what the first rule says that takes the mail; without one, or to be an invoice, it goes on."""

    office: Office
    account: Entrance
    ledger: Ledger
    rulebook: Rulebook
    #: Where a mail goes that a rule takes as an invoice.
    invoices: Step
    #: What else the mailbox is called.
    called: str = ""

    def wants(self, headers: Headers, standing: Standing) -> bool:
        """A mail that may be sent on or deleted is needed whole, for whoever gets it and for the archive."""
        whole = [rule for rule in self.rulebook.rules if rule.action == "forward" or rule.afterwards == "delete"]
        if not whole:
            return False
        known = self.facts(headers, standing, folder=self.account.folder, names=(), age=timedelta(0))
        return any(rule.enabled and takes_apart_from_age_and_attachments(rule.conditions, known) for rule in whole)

    def is_mine(self, mail: Arrived) -> bool:
        return self.rule_for(mail) is not None

    def take(self, mail: Arrived) -> Verdict | None:
        rule = self.rule_for(mail)
        if rule is None:
            return None
        verdict = self._done(rule, mail)
        return replace(verdict, rule=rule.name) if verdict else None

    def rule_for(self, mail: Arrived) -> Rule | None:
        """The rule that takes the mail."""
        if not any(rule.enabled for rule in self.rulebook.rules):
            return None
        facts = self.facts(
            mail.headers,
            mail.standing,
            folder=mail.folder,
            names=self._names(mail),
            age=self.office.clock.now() - mail.received_at,
        )
        return self.first(facts)

    def first(self, facts: MailFacts) -> Rule | None:
        """The first rule that takes such a mail."""
        return first_that_takes(self.rulebook.rules, facts)

    def facts(self, headers: Headers, standing: Standing, *, folder: str, names: Names, age: timedelta) -> MailFacts:
        """What the rules ask about."""
        return MailFacts(
            accounts=tuple(dict.fromkeys(filter(None, (self.called, self.account.name, self.account.own_address)))),
            folder=folder,
            senders=_senders(headers, standing),
            subject=decoded(headers.get("subject")),
            attachments=names,
            age=age,
        )

    def _names(self, mail: Arrived) -> Names:
        if mail.content:
            asked = any(rule.enabled and rule.conditions.of_attachments for rule in self.rulebook.rules)
            return attachment_names.of_content(mail.content) if asked else ()
        # Of a mail that is too large to be downloaded nobody knows; any other one without content has nothing attached.
        return None if mail.size > self.account.max_bytes else ()

    def _done(self, rule: Rule, mail: Arrived) -> Verdict | None:
        match rule.action:
            case "ignore":
                return Verdict(outcome="ignored", reasons=(MailReason.RULE,))
            case "reply":
                return returned(self.ledger, mail.standing, MailReason.RULE_REPLY, worth_a_look=False)
            case "forward":
                # What is too large is not here to be sent on.
                return Verdict(outcome="person", reasons=(MailReason.FORWARDED if mail.content else Reason.TOO_LARGE,))
            case "invoice":
                return self.invoices.take(mail)


def _senders(headers: Headers, standing: Standing) -> tuple[str, ...]:
    """Who wrote it, where From names one, and where answers go."""
    authors: Sequence[str] = headers.all("from")
    author = address_of(authors[0]) if len(authors) == 1 else None
    return tuple(dict.fromkeys(address for address in (author, standing.address) if address))
