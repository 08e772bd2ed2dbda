"""Which mails a rule of the mailbox takes, by what is known of a mail before anybody reads it.

Patterns are globs: `*` stands for any number of characters, `?` for one, everything else for itself, brackets too;
capital and small letters are the same. There are no regular expressions: none of people's own can run for ever.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Protocol, TypeVar

Globs = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MailFacts:
    """What the conditions ask about."""

    #: What the mailbox is called: its name in the settings, and its address.
    accounts: tuple[str, ...]
    folder: str
    #: Who wrote it and where answers go: the addresses of From and Return-Path.
    senders: tuple[str, ...]
    subject: str
    #: Names of everything attached, in forwarded mails too; None where nobody knows: no condition on them holds then.
    attachments: tuple[str, ...] | None
    #: Since the mail server got it.
    age: timedelta


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """All that are given must hold; of several patterns one is enough. None given: every mail."""

    account: Globs = ()
    folder: Globs = ()
    #: With `@` the whole address, else its domain.
    sender: Globs = ()
    subject: Globs = ()
    #: At least one attachment has such a name.
    attachment: Globs = ()
    #: No attachment has such a name.
    without_attachment: Globs = ()
    older_than_days: int | None = None
    younger_than_days: int | None = None

    @property
    def of_attachments(self) -> bool:
        """Whether the names of what is attached must be known."""
        return bool(self.attachment or self.without_attachment)

    def given(self) -> dict[str, Globs | int]:
        """The conditions that are given, by name."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name)) not in ((), None)}


class Conditional(Protocol):
    """A rule, as far as it matters here."""

    @property
    def enabled(self) -> bool: ...

    @property
    def conditions(self) -> Conditions: ...


SomeRule = TypeVar("SomeRule", bound=Conditional)


def first_that_takes(rules: Iterable[SomeRule], mail: MailFacts) -> SomeRule | None:
    """The first enabled rule whose conditions hold."""
    return next((rule for rule in rules if rule.enabled and takes(rule.conditions, mail)), None)


def takes(conditions: Conditions, mail: MailFacts) -> bool:
    """Whether all conditions hold."""
    return (
        takes_apart_from_age_and_attachments(conditions, mail)
        and _of_age(conditions, mail.age)
        and (not conditions.of_attachments or _of_attachments(conditions, mail.attachments))
    )


def takes_apart_from_age_and_attachments(conditions: Conditions, mail: MailFacts) -> bool:
    """Whether the conditions hold that a mail's headers answer."""
    return (
        (not conditions.account or _any(conditions.account, mail.accounts))
        and (not conditions.folder or _any(conditions.folder, (mail.folder,)))
        and (not conditions.sender or _any(map(_of_address, conditions.sender), mail.senders))
        and (not conditions.subject or _any(conditions.subject, (mail.subject,)))
    )


def never_reached(rules: Sequence[SomeRule]) -> list[tuple[SomeRule, SomeRule]]:
    """Enabled rules that no mail comes to, each with the earlier one that takes everything it would take.

    Only what one earlier rule takes alone is found, pattern by pattern; what is found is certain.
    """
    enabled = [rule for rule in rules if rule.enabled]
    pairs = []
    for place, rule in enumerate(enabled):
        before = next((one for one in enabled[:place] if takes_all_of(one.conditions, rule.conditions)), None)
        if before is not None:
            pairs.append((rule, before))
    return pairs


def takes_all_of(earlier: Conditions, later: Conditions) -> bool:
    """Whether `earlier` surely takes every mail that `later` takes."""
    return (
        _within(later.account, earlier.account)
        and _within(later.folder, earlier.folder)
        and _within(tuple(map(_of_address, later.sender)), tuple(map(_of_address, earlier.sender)))
        and _within(later.subject, earlier.subject)
        and _within(later.attachment, earlier.attachment)
        # Whatever the earlier rule does not want to see, the later one must not want to see either.
        and all(_covered(glob, later.without_attachment) for glob in earlier.without_attachment)
        and (earlier.older_than_days is None or (later.older_than_days or 0) >= earlier.older_than_days)
        and (
            earlier.younger_than_days is None
            or (later.younger_than_days is not None and later.younger_than_days <= earlier.younger_than_days)
        )
    )


def matches(glob: str, text: str) -> bool:
    """Whether the whole text fits the pattern; takes time proportional to both lengths at worst."""
    return _fits(_plain(glob), _plain(text))


def _of_age(conditions: Conditions, age: timedelta) -> bool:
    older, younger = conditions.older_than_days, conditions.younger_than_days
    return (older is None or age > timedelta(days=older)) and (younger is None or age < timedelta(days=younger))


def _of_attachments(conditions: Conditions, names: Sequence[str] | None) -> bool:
    if names is None:
        return False
    has_one = not conditions.attachment or _any(conditions.attachment, names)
    return has_one and not _any(conditions.without_attachment, names)


def _any(globs: Iterable[str], texts: Sequence[str]) -> bool:
    plain = [_plain(text) for text in texts]
    return any(_fits(_plain(glob), text) for glob in globs for text in plain)


def _of_address(glob: str) -> str:
    return glob if "@" in glob else f"*@{glob}"


def _within(inner: Globs, outer: Globs) -> bool:
    """Whether every text that one of `inner` fits is fitted by one of `outer`; no pattern at all fits everything."""
    return not outer or (bool(inner) and all(_covered(glob, outer) for glob in inner))


def _covered(glob: str, by: Globs) -> bool:
    # A pattern that fits another one's own signs fits what they stand for: `*` alone may stand for `*`.
    return any(_fits(_plain(other), _plain(glob), signs=True) for other in by)


def _fits(glob: str, text: str, *, signs: bool = False) -> bool:
    """`signs`: the text is itself a pattern, whose `*` is no single character."""
    at = place = 0
    star, resume = -1, 0
    while place < len(text):
        if at < len(glob) and glob[at] == "*":
            star, resume = at, place
            at += 1
        elif at < len(glob) and (glob[at] == text[place] or (glob[at] == "?" and not (signs and text[place] == "*"))):
            at += 1
            place += 1
        elif star >= 0:
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return glob[at:].strip("*") == ""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
