"""The rules of the mailboxes in a TOML file: to keep them beside other settings, and to bring them elsewhere."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence

from pulse.base.errors import InvalidInput
from pulse.claims.mail_rule import Mistake, Rule, RuleMistakes, read_rule
from pulse.claims.office import Policy


def to_toml(rules: Sequence[Rule]) -> str:
    """The rules in their order, as `from_toml` reads them."""
    return "\n".join(f"[[rule]]\n{_table(rule)}" for rule in rules)


def from_toml(text: str, policy: Policy) -> list[Rule]:
    """The rules of a file, in its order. Raises `RuleMistakes` with every mistake of every rule, `InvalidInput` where
    the file is no TOML."""
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidInput(f"This is no TOML: {error}", code="mail_rules_file") from error
    tables = found.pop("rule", [])
    mistakes = [Mistake(rule="the file", key=key, message="there is only [[rule]]") for key in found]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise RuleMistakes(mistakes=(*mistakes, Mistake(rule="the file", key="rule", message="write [[rule]]")))
    rules: list[Rule] = []
    for number, table in enumerate(tables, start=1):
        try:
            rules.append(read_rule(table, policy, place=f"rule {number}"))
        except RuleMistakes as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise RuleMistakes(mistakes=tuple(mistakes))
    return rules


def _table(rule: Rule) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in rule.values().items())


def _value(value: object) -> str:
    if isinstance(value, str) and "\n" in value:
        return '"""\n' + "\n".join(_value(line)[1:-1] for line in value.split("\n")) + '"""'
    # A string of JSON is one of TOML; DEL alone may stand in the first and not in the second.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
