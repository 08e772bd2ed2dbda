"""The rules of the mailboxes as they stood when they were last looked up: once a poll, not once a mail."""

from __future__ import annotations

from collections.abc import Sequence

from pulse.claims.mail_rule import Rule
from pulse.claims.mail_rules import rules
from pulse.claims.office import Office


class Rulebook:
    """Shared by all who ask about rules in one poll; looks them up at its first question."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._rules: Sequence[Rule] | None = None

    def refresh(self) -> None:
        """Forgets what it knows: whatever is changed from here on counts at the next question."""
        self._rules = None

    @property
    def rules(self) -> Sequence[Rule]:
        """All rules, in order."""
        if self._rules is None:
            with self._office.database.read() as connection:
                self._rules = rules(connection)
        return self._rules

    def named(self, name: str) -> Rule | None:
        """The rule of this name, switched on or off."""
        return next((rule for rule in self.rules if rule.name == name), None) if name else None
