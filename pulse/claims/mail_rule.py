"""One rule of the mailboxes: its values, read from a file or a form, and what it does in words."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from typing import Any, Literal, get_args

from pulse.base.errors import InvalidInput
from pulse.claims.office import Policy
from pulse.claims.rules.mail import Conditions

#: As usual; left alone; sent on to somebody in the house; answered with a text of our own.
Action = Literal["invoice", "ignore", "forward", "reply"]
#: What happens to the mail then: filed as usual, moved to a folder, kept where it is, deleted.
Afterwards = Literal["file", "move", "keep", "delete"]
ACTIONS: tuple[Action, ...] = get_args(Action)
AFTERWARDS: tuple[Afterwards, ...] = get_args(Afterwards)

GLOBS = ("account", "folder", "sender", "subject", "attachment", "without_attachment")
DAYS = ("older_than_days", "younger_than_days")
KEYS = ("name", "enabled", *GLOBS, *DAYS, "action", "forward_to", "reply_text", "afterwards", "move_to")

MAX_NAME, MAX_GLOBS, MAX_GLOB, MAX_TEXT, MAX_FOLDER, MAX_DAYS = 80, 20, 200, 4000, 200, 36500
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[A-Za-z0-9\u0080-\uffff.-]{1,190}")

_LABELS = {
    "account": "mailbox",
    "folder": "folder",
    "sender": "sender",
    "subject": "subject",
    "attachment": "an attachment named",
    "without_attachment": "no attachment named",
}
_DOES: Mapping[Action, str] = {
    "invoice": "taken as usual",
    "ignore": "left unanswered",
    "forward": "forwarded to {}",
    "reply": "answered with the rule’s text",
}
_THEN: Mapping[Afterwards, str] = {
    "file": "filed as usual",
    "move": "moved to {}",
    "keep": "kept where it is",
    "delete": "deleted once its copy is in the archive",
}


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """What is wrong with a rule, and at which of its keys; `rule` is its name, or its place in a file."""

    rule: str
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.key}: {self.message}"


class RuleMistakes(InvalidInput):
    """The rules cannot be taken as they are."""

    code = "mail_rule_invalid"

    def __init__(
        self, message: str | None = None, *, code: str | None = None, mistakes: tuple[Mistake, ...] = (), **_: object
    ) -> None:
        super().__init__(message or "\n".join(map(str, mistakes)) or None, code=code, mistakes=mistakes)
        self.mistakes = mistakes


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Takes mails and says what becomes of them."""

    name: str
    enabled: bool = True
    conditions: Conditions = field(default_factory=Conditions)
    action: Action = "invoice"
    #: The address to forward to, or the text of the reply.
    argument: str = ""
    afterwards: Afterwards = "file"
    afterwards_folder: str = ""
    #: 0 before it is kept.
    id: int = 0
    changed_by: str = ""
    changed_at: datetime | None = None

    def values(self) -> dict[str, Any]:
        """By the keys of files and forms; what is not given is left out."""
        named = {"forward": "forward_to", "reply": "reply_text"}
        return (
            {"name": self.name, "enabled": self.enabled}
            | {key: list(one) if isinstance(one, tuple) else one for key, one in self.conditions.given().items()}
            | {"action": self.action}
            | ({named[self.action]: self.argument} if self.action in named else {})
            | {"afterwards": self.afterwards}
            | ({"move_to": self.afterwards_folder} if self.afterwards == "move" else {})
        )

    @property
    def when_words(self) -> tuple[str, ...]:
        """The conditions in words, each by itself; empty where the rule takes every mail."""
        given = self.conditions.given()
        words = [f"{_LABELS[key]} {' or '.join(given[key])}" for key in GLOBS if key in given]  # type: ignore[arg-type]
        words += [f"{key.partition('_')[0]} than {given[key]} days" for key in DAYS if key in given]
        return tuple(words)

    @property
    def then_words(self) -> str:
        """What becomes of a mail that it takes."""
        does = _DOES[self.action].format(self.argument)
        return f"{does}, then {_THEN[self.afterwards].format(self.afterwards_folder)}"


def read_rule(values: Mapping[str, object], policy: Policy, *, place: str = "") -> Rule:
    """The rule that these values mean, by the keys of files and forms. Raises `RuleMistakes` with all that is wrong."""
    return _Reading(values, policy, place).rule()


def may_forward_to(address: str, policy: Policy) -> str | None:
    """Why mails of strangers may not be forwarded to an address; None where they may: it is the insurer's own, and
    none that mails to us, or copies of ours, arrive at."""
    if not _ADDRESS.fullmatch(address):
        return "this is no mail address"
    policy_addresses = (policy.mail_from, policy.controllers_mail, policy.insurer.email or "")
    domains = {parseaddr(one)[1].rpartition("@")[2].lower() for one in policy_addresses} - {""}
    if address.rpartition("@")[2].lower() not in domains:
        return f"mails are forwarded within the house alone: to addresses at {' or '.join(sorted(domains))}"
    if address.lower() in {parseaddr(one)[1].lower() for one in (policy.mail_from, policy.sent_address or "")}:
        return "this address is a mailbox of Pulse: the mail would come back"
    return None


class _Reading:
    """Values on their way to a rule."""

    def __init__(self, values: Mapping[str, object], policy: Policy, place: str) -> None:
        self._values, self._policy = values, policy
        name = values.get("name")
        self._place = name if isinstance(name, str) and name else place or "the rule"
        self._mistakes: list[Mistake] = []

    def rule(self) -> Rule:
        for key in self._values:
            if key not in KEYS:
                self._wrong(str(key), f"there is no such key; there are {', '.join(KEYS)}")
        action = self._one_of("action", ACTIONS, "")
        afterwards = self._one_of("afterwards", AFTERWARDS, "file")
        conditions = Conditions(
            **{key: self._globs(key) for key in GLOBS},  # type: ignore[arg-type]
            **{key: self._days(key) for key in DAYS},  # type: ignore[arg-type]
        )
        older, younger = conditions.older_than_days, conditions.younger_than_days
        if older is not None and younger is not None and older >= younger:
            self._wrong("younger_than_days", "no mail is older and younger at once; it must be more than the other")
        made = Rule(
            name=self._line("name", MAX_NAME, needed=True),
            enabled=self._switch(),
            conditions=conditions,
            action=action or "invoice",
            argument=self._forward_to(action) or self._reply_text(action),
            afterwards=afterwards or "file",
            afterwards_folder=self._only_with("move_to", afterwards == "move", "afterwards = move", MAX_FOLDER),
        )
        if self._mistakes:
            raise RuleMistakes(mistakes=tuple(self._mistakes))
        return made

    def _forward_to(self, action: str) -> str:
        address = self._only_with("forward_to", action == "forward", "action = forward", 254)
        if address and (why := may_forward_to(address, self._policy)):
            self._wrong("forward_to", why)
        return address

    def _reply_text(self, action: str) -> str:
        given = self._values.get("reply_text", "")
        text = "\n".join(given.splitlines()).strip() if isinstance(given, str) else given
        if action != "reply":
            if text:
                self._wrong("reply_text", "only with action = reply")
        elif not isinstance(text, str) or not text:
            self._wrong("reply_text", "say what the answer says")
        elif len(text) > MAX_TEXT or _CONTROL_IN_TEXT.search(text):
            self._wrong("reply_text", f"at most {MAX_TEXT} characters, no control characters")
        return text if isinstance(text, str) and action == "reply" else ""

    def _only_with(self, key: str, needed: bool, why: str, longest: int) -> str:
        if needed:
            return self._line(key, longest, needed=True)
        if self._values.get(key):
            self._wrong(key, f"only with {why}")
        return ""

    def _line(self, key: str, longest: int, *, needed: bool) -> str:
        given = self._values.get(key, "")
        text = given.strip() if isinstance(given, str) else ""
        if not isinstance(given, str):
            self._wrong(key, "must be a text")
        elif needed and not text:
            self._wrong(key, "this is needed")
        elif len(text) > longest or _CONTROL.search(text):
            self._wrong(key, f"one line of at most {longest} characters")
            return ""
        return text

    def _switch(self) -> bool:
        given = self._values.get("enabled", True)
        if not isinstance(given, bool):
            self._wrong("enabled", "must be true or false")
        return given is True

    def _one_of(self, key: str, words: Collection[Any], default: str) -> Any:
        given = self._values.get(key, default)
        if given in words:
            return given
        self._wrong(key, f"must be one of {', '.join(words)}")
        return ""

    def _globs(self, key: str) -> tuple[str, ...]:
        given = self._values.get(key, [])
        several = [given] if isinstance(given, str) else given
        if not isinstance(several, list | tuple) or not all(isinstance(one, str) for one in several):
            self._wrong(key, "must be a pattern or a list of patterns")
            return ()
        globs = tuple(dict.fromkeys(one.strip() for one in several))
        if len(globs) > MAX_GLOBS:
            self._wrong(key, f"at most {MAX_GLOBS} patterns")
        if any(not one or len(one) > MAX_GLOB or _CONTROL.search(one) for one in globs):
            self._wrong(key, f"each pattern has 1 to {MAX_GLOB} characters on one line")
        return globs

    def _days(self, key: str) -> int | None:
        given = self._values.get(key)
        if given is None:
            return None
        if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= MAX_DAYS:
            self._wrong(key, f"must be a number of days from 1 to {MAX_DAYS}")
            return None
        return given

    def _wrong(self, key: str, message: str) -> None:
        self._mistakes.append(Mistake(rule=self._place, key=key, message=message))
