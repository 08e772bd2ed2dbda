"""The rules of the mailboxes as people keep them: in order, each with a switch, every change on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from db import audit, mail_rules
from db.mail_rules import MailRule
from pulse.base.errors import Conflict, InvalidInput, NotFound
from pulse.claims.mail_rule import DAYS, GLOBS, Mistake, Rule, RuleMistakes
from pulse.claims.office import Office
from pulse.claims.rules.mail import Conditions, never_reached

MAX_RULES = 200


class RuleNotFound(NotFound):
    """There is no mail rule of this name."""

    code = "mail_rule_not_found"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A rule in its place, from 1; `shadowed_by` names the earlier rule that leaves it no mail."""

    place: int
    rule: Rule
    shadowed_by: str = ""

    def as_json(self) -> dict[str, Any]:
        """The rule by the keys of its file, with its place and what is odd about it."""
        when, then = list(self.rule.when_words), self.rule.then_words
        return {"place": self.place, **self.rule.values(), "when": when, "then": then, "never_reached": self.warning}

    @property
    def warning(self) -> str:
        """In words; empty where mails can reach the rule."""
        return f"No mail reaches it: {self.shadowed_by} takes them all before." if self.shadowed_by else ""


def rules(connection: Connection) -> list[Rule]:
    """Every rule, in order. Raises `InvalidInput` for one that this version does not know how to read: taken without
    a condition of its own it would take mails of others."""
    return [_rule(row) for row in mail_rules.all_rules(connection)]


def listed(office: Office) -> list[Listed]:
    """Every rule with its place and its warning."""
    with office.database.read() as connection:
        return with_warnings(rules(connection))


def by_id(office: Office, rule_id: int) -> Rule:
    """The rule with this id. Raises `RuleNotFound`."""
    with office.database.read() as connection:
        found = next((rule for rule in rules(connection) if rule.id == rule_id), None)
    if found is None:
        raise RuleNotFound("This mail rule is gone.")
    return found


def with_warnings(every: Sequence[Rule]) -> list[Listed]:
    """The rules with their places, and which of them no mail reaches."""
    before = {rule.name: earlier.name for rule, earlier in never_reached(every)}
    return [
        Listed(place=place, rule=rule, shadowed_by=before.get(rule.name, ""))
        for place, rule in enumerate(every, start=1)
    ]


def add(office: Office, rule: Rule, *, by: str) -> None:
    """A new rule, after the others. Raises `RuleMistakes` where its name is taken."""
    with office.database.write() as connection:
        every = _locked(connection)
        _name_is_free(every, rule)
        if len(every) >= MAX_RULES:
            raise InvalidInput(f"There are {MAX_RULES} rules already.", code="too_many_mail_rules")
        rule_id = mail_rules.add(connection, position=len(every) + 1, **_columns(rule), **_stamp(office, by))
        _note(connection, office, "added", by, id=rule_id, rule=rule.name)


def change(office: Office, name: str, rule: Rule, *, by: str, seen_at: datetime | None = None) -> None:
    """Gives the rule of this name new values, in its place. Raises `RuleNotFound`, `RuleMistakes` where the new name
    is another's, `Conflict` where somebody changed it after `seen_at`."""
    with office.database.write() as connection:
        every = _locked(connection)
        old = _named(every, name)
        if seen_at is not None and old.changed_at != seen_at:
            raise Conflict("Somebody has changed this rule meanwhile.", code="mail_rule_changed", rule=name)
        _name_is_free([one for one in every if one.id != old.id], rule)
        _set(connection, office, replace(rule, id=old.id), by)
        changed = [key for key, value in (old.values() | rule.values()).items() if old.values().get(key) != value]
        gone = [key for key in old.values() if key not in rule.values()]
        _note(connection, office, "changed", by, id=old.id, rule=rule.name, keys=sorted({*changed, *gone}))


def switch(office: Office, name: str, *, on: bool, by: str) -> None:
    """Switches a rule on or off. Raises `RuleNotFound`."""
    with office.database.write() as connection:
        old = _named(_locked(connection), name)
        if old.enabled != on:
            _set(connection, office, replace(old, enabled=on), by)
            _note(connection, office, "switched_on" if on else "switched_off", by, id=old.id, rule=name)


def move(office: Office, name: str, place: int, *, by: str) -> int:
    """Puts a rule into another place, from 1; where it stands now, the nearest there is. Raises `RuleNotFound`."""
    with office.database.write() as connection:
        every = _locked(connection)
        rule = _named(every, name)
        others = [one for one in every if one.id != rule.id]
        now = min(max(place, 1), len(every))
        others.insert(now - 1, rule)
        if others != every:
            _renumber(connection, others)
            _note(connection, office, "moved", by, id=rule.id, rule=name, place=now)
    return now


def remove(office: Office, name: str, *, by: str) -> None:
    """Deletes a rule. Raises `RuleNotFound`."""
    with office.database.write() as connection:
        every = _locked(connection)
        rule = _named(every, name)
        mail_rules.remove(connection, [rule.id])
        _renumber(connection, [one for one in every if one.id != rule.id])
        _note(connection, office, "removed", by, id=rule.id, rule=name)


def replace_all(office: Office, new: Sequence[Rule], *, by: str) -> None:
    """Puts these rules, in this order, in the place of all there are. A rule that stays as it is keeps its record.
    Raises `RuleMistakes` where two have one name."""
    names = [rule.name for rule in new]
    twice = tuple(
        Mistake(rule=name, key="name", message="two rules have this name")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    )
    if twice:
        raise RuleMistakes(mistakes=twice)
    if len(new) > MAX_RULES:
        raise InvalidInput(f"There may be {MAX_RULES} rules.", code="too_many_mail_rules")
    with office.database.write() as connection:
        old = {rule.name: rule for rule in _locked(connection)}
        mail_rules.remove(connection, [rule.id for name, rule in old.items() if name not in names])
        for position, rule in enumerate(new, start=1):
            known = old.get(rule.name)
            if known is None:
                mail_rules.add(connection, position=position, **_columns(rule), **_stamp(office, by))
                continue
            mail_rules.set_rule(connection, known.id, position=position)
            if known.values() != rule.values():
                _set(connection, office, replace(rule, id=known.id), by)
        _note(connection, office, "imported", by, rules=len(new))


def _locked(connection: Connection) -> list[Rule]:
    mail_rules.lock(connection)
    return rules(connection)


def _named(every: Sequence[Rule], name: str) -> Rule:
    found = next((rule for rule in every if rule.name == name), None)
    if found is None:
        raise RuleNotFound(f"There is no mail rule {name!r}.")
    return found


def _name_is_free(others: Sequence[Rule], rule: Rule) -> None:
    if any(one.name == rule.name for one in others):
        raise RuleMistakes(mistakes=(Mistake(rule=rule.name, key="name", message="another rule has this name"),))


def _renumber(connection: Connection, every: Sequence[Rule]) -> None:
    for position, rule in enumerate(every, start=1):
        mail_rules.set_rule(connection, rule.id, position=position)


def _set(connection: Connection, office: Office, rule: Rule, by: str) -> None:
    mail_rules.set_rule(connection, rule.id, **_columns(rule), **_stamp(office, by))


def _columns(rule: Rule) -> dict[str, Any]:
    conditions = {key: list(one) if isinstance(one, tuple) else one for key, one in rule.conditions.given().items()}
    return {
        "name": rule.name,
        "enabled": rule.enabled,
        "conditions": conditions,
        "action": rule.action,
        "argument": rule.argument,
        "afterwards": rule.afterwards,
        "afterwards_folder": rule.afterwards_folder,
    }


def _stamp(office: Office, by: str) -> dict[str, Any]:
    return {"changed_by": by[:100], "changed_at": office.clock.now()}


def _rule(row: MailRule) -> Rule:
    conditions = dict(row.conditions)
    given = {key: tuple(conditions.pop(key, ())) for key in GLOBS} | {key: conditions.pop(key, None) for key in DAYS}
    if conditions:
        raise InvalidInput(f"The mail rule {row.name!r} has conditions that this version does not know.")
    return Rule(
        id=row.id,
        name=row.name,
        enabled=row.enabled,
        conditions=Conditions(**given),
        action=row.action,  # type: ignore[arg-type]
        argument=row.argument,
        afterwards=row.afterwards,  # type: ignore[arg-type]
        afterwards_folder=row.afterwards_folder,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )


def _note(connection: Connection, office: Office, what: str, by: str, **details: Any) -> None:
    audit.note(connection, f"claims:mail_rule:{what}", actor=by, at=office.clock.now(), **details)
