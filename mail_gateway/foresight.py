"""What the rules would do with the mails that lie in a mailbox: asked before they do it; nothing is changed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC

from db import mails
from mail_gateway.connection.account import Account, NamedAccount
from mail_gateway.connection.mailbox import FolderMissing, Head, Mailbox, MailboxRefused
from mail_gateway.ledger import Ledger
from mail_gateway.message.standing import standing
from mail_gateway.rulebook import Rulebook
from mail_gateway.steps import attachment_names
from mail_gateway.steps.arrived import Arrived, Step
from mail_gateway.steps.attachment_names import Names
from mail_gateway.steps.order import steps
from mail_gateway.steps.returning import may_answer
from mail_gateway.steps.rules import Ruled
from pulse.claims.mail_rule import Rule
from pulse.claims.mailboxes import Foreseen
from pulse.claims.office import Office

#: What is asked for that does not come from a rule.
_BEFORE_RULES = "a report, an answer to us, a trial or a mail of our own: looked at before the rules"
_NO_RULE = "no rule takes it: taken as usual, then filed as usual"
_MAY_NOT = "its sender may not be answered: left alone, then {}"


def foresee(office: Office, named: NamedAccount, last: int) -> list[Foreseen]:
    """The newest `last` mails of a mailbox, newest first: those that wait, and those that were filed, as if they came
    now. Raises `MailboxUnavailable`, `FolderMissing`."""
    mailbox = Mailbox.open(named.account)
    try:
        rulebook = Rulebook(office)
        found = [
            one
            for folder in _folders(named, rulebook.rules)
            for one in _look_into(office, mailbox, named, rulebook, folder=folder, last=last)
        ]
    finally:
        mailbox.close()
    found.sort(key=lambda one: one.received_at or office.clock.now(), reverse=True)
    return found[:last]


def _folders(named: NamedAccount, rules: Sequence[Rule]) -> list[str]:
    account = named.account
    moved_to = [rule.afterwards_folder for rule in rules if rule.afterwards == "move"]
    return list(dict.fromkeys([*named.folders, account.processed, account.returned, account.failed, *moved_to]))


def _look_into(
    office: Office, mailbox: Mailbox, named: NamedAccount, rulebook: Rulebook, *, folder: str, last: int
) -> Iterator[Foreseen]:
    try:
        mailbox.select(folder, only_look=True)
    except FolderMissing:
        if folder in named.folders:
            raise
        return
    uids = mailbox.uids_above(0)[-last:]
    heads = mailbox.heads(uids)
    names = _names(mailbox, rulebook.rules, heads, largest=named.account.max_bytes)
    came_to = _came_to(office, named, folder, heads)
    for uid, head in sorted(heads.items(), reverse=True):
        account = replace(named.account, folder=came_to[uid])
        sight = _Sight(office, account, rulebook, named.name)
        yield sight.foreseen(mailbox, uid, head, names[uid])


def _names(mailbox: Mailbox, rules: Sequence[Rule], heads: Mapping[int, Head], *, largest: int) -> dict[int, Names]:
    """The names of what is attached, as far as a rule asks: by the mails' structure, else by their content; None for
    mails that are too large to be downloaded."""
    if not any(rule.enabled and rule.conditions.of_attachments for rule in rules):
        return dict.fromkeys(heads, ())
    wanted = [uid for uid, head in heads.items() if head.size <= largest]
    try:
        structures = mailbox.structures(wanted)
    except MailboxRefused:
        structures = {}
    names: dict[int, Names] = dict.fromkeys(heads)
    for uid in wanted:
        told = structures.get(uid)
        names[uid] = (
            attachment_names.of_structure(told)
            if told is not None
            else attachment_names.of_content(mailbox.fetch(uid) or b"")
        )
    return names


def _came_to(office: Office, named: NamedAccount, folder: str, heads: Mapping[int, Head]) -> dict[int, str]:
    """The folder that each mail arrived in: where it lies, or what the ledger knows of one that was filed."""
    if folder in named.folders:
        return dict.fromkeys(heads, folder)
    ids = {uid: head.headers.get("message-id")[:500] for uid, head in heads.items()}
    with office.database.read() as connection:
        known = mails.folders_by_message_id(connection, account=named.account.name, message_ids=set(ids.values()))
    return {uid: known.get(message_id, named.folders[0]) for uid, message_id in ids.items()}


class _Sight:
    """The steps that mails of one folder would meet."""

    def __init__(self, office: Office, account: Account, rulebook: Rulebook, called: str) -> None:
        self._office, self._account = office, account
        self._ledger = Ledger(office, account)
        met = steps(office, account, self._ledger, rulebook=rulebook, called=called)
        place = next(at for at, step in enumerate(met) if isinstance(step, Ruled))
        self._before: Sequence[Step] = met[:place]
        self._ruled = met[place]

    def foreseen(self, mailbox: Mailbox, uid: int, head: Head, names: Names) -> Foreseen:
        assert isinstance(self._ruled, Ruled)
        headers = head.headers
        who = standing(headers, self._office.policy, self._account.own_address)
        now = self._office.clock.now()
        received_at = head.received_at or now
        facts = self._ruled.facts(headers, who, folder=self._account.folder, names=names, age=now - received_at)
        mail = Arrived(
            mail_id=0,
            folder=facts.folder,
            headers=headers,
            standing=who,
            size=head.size,
            content=b"",
            received_at=received_at,
        )
        made = Foreseen(
            # IMAPClient's own time zone cannot be copied.
            received_at=head.received_at.astimezone(UTC) if head.received_at else None,
            folder=facts.folder,
            sender=next(iter(facts.senders), ""),
            subject=facts.subject,
            rule="",
            action="invoice",
            words=_NO_RULE,
        )
        if self._is_taken_before(mailbox, uid, mail):
            return replace(made, action="before_rules", words=_BEFORE_RULES)
        rule = self._ruled.first(facts)
        if rule is None:
            return made
        if rule.action == "reply" and not may_answer(self._ledger, who):
            words = _MAY_NOT.format(rule.then_words.rpartition(", then ")[2])
            return replace(made, rule=rule.name, action="ignore", words=words)
        return replace(made, rule=rule.name, action=rule.action, words=rule.then_words)

    def _is_taken_before(self, mailbox: Mailbox, uid: int, mail: Arrived) -> bool:
        wanted = any(step.wants(mail.headers, mail.standing) for step in self._before)
        if wanted and mail.size <= self._account.max_bytes:
            with contextlib.suppress(MailboxRefused):
                mail = replace(mail, content=mailbox.fetch(uid) or b"")
        return any(step.is_mine(mail) for step in self._before)
