"""Answers of two engines made comparable: ids become names, times classes, lists lose an order nobody promised."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from typing import Any

#: An id; those of activity instances may tell their activity first.
UUID = re.compile(r"(?:[\w-]+:)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")
NAME = re.compile(r"<([\w -]+#\d+)>")
#: Values that differ from run to run by their nature; whether there is one is compared all the same.
VOLATILE = {
    "durationInMillis", "duration", "sequenceCounter", "hostname", "version", "processDefinitionVersion", "href",
    "exceptionMessage", "removalTime",
}  # fmt: skip
#: Renamed by each fork.
_FORM_REF = re.compile(r"^(camunda|operaton|cibseven)FormRef$")
#: The package of each fork; type arguments, which an engine adds once it has unpacked a value.
_PACKAGE = re.compile(r"^org\.(?:camunda|operaton|cibseven)|<.*>$")
#: Times further away than this are the caller's own, and told as they are.
_NEAR = dt.timedelta(days=3)


class Names:
    """The stable names of one engine's ids: given in the order in which the ids come to be known."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def copy(self) -> Names:
        other = Names()
        other.of, other.ids, other._counts = dict(self.of), dict(self.ids), dict(self._counts)
        return other

    def give(self, identifier: str, kind: str) -> str:
        """The id's name; where it has none yet, the next of its kind."""
        if identifier not in self.of:
            self._counts[kind] = number = self._counts.get(kind, 0) + 1
            self.of[identifier] = name = f"{kind}#{number}"
            self.ids[name] = identifier
        return self.of[identifier]

    def fill(self, value: Any) -> Any:
        """What a call says, with this engine's ids for `<name>`; a name that is not known stays."""
        if isinstance(value, str):
            return NAME.sub(lambda found: self.ids.get(found[1], found[0]), value)
        if isinstance(value, dict):
            return {self.fill(key): self.fill(item) for key, item in value.items()}
        return [self.fill(item) for item in value] if isinstance(value, list) else value


def alike(ours: Any, real: Any, names: tuple[Names, Names], now: dt.datetime, *, ordered: bool) -> tuple[Any, Any]:
    """Both answers with stable names. An id that is new on both sides, in the same place, gets the same name."""
    blanks = [_Blank(one, now, ordered=ordered) for one in names]
    values = [blank.value(value) for blank, value in zip(blanks, (ours, real), strict=True)]
    _give_both(*values, names, blanks[0].alike | blanks[1].alike)
    first, second = (_named(value, one) for value, one in zip(values, names, strict=True))
    return first, second


class _Blank:
    """Ids without a name as `<<id>>`, lists sorted by what is left; which ids nothing else tells apart."""

    def __init__(self, names: Names, now: dt.datetime, *, ordered: bool) -> None:
        self._names = names
        self._now = now
        self._ordered = ordered
        self.alike: set[str] = set()

    def value(self, value: Any, key: str = "") -> Any:
        if key in VOLATILE and value is not None and not isinstance(value, dict):
            return "<some>"
        if isinstance(value, dict):
            made = {_FORM_REF.sub("formRef", self._text(name)): self.value(value[name], name) for name in value}
            return dict(sorted(made.items()))
        if isinstance(value, list):
            items = [self.value(item, key) for item in value]
            return items if self._ordered else self._sorted(items)
        return self._text(value) if isinstance(value, str) else value

    def _sorted(self, items: list[Any]) -> list[Any]:
        told = ((_without_ids(item), item) for item in items)
        # by what is no id first, so that a row stands in the same place on both sides
        keyed = sorted(told, key=lambda pair: (NAME.sub("<id>", pair[0]), pair[0]))
        for (one, first), (other, second) in itertools.pairwise(keyed):
            if one == other:
                self.alike |= set(_ids(first)) | set(_ids(second))
        return [item for _, item in keyed]

    def _text(self, text: str) -> str:
        if text in self._names.of:
            return f"<{self._names.of[text]}>"
        text = _PACKAGE.sub("", text) if text.startswith(("org.", "java.")) else text
        text = UUID.sub(self._uuid, text) if "-" in text else text
        return TIME.sub(self._time, text) if "T" in text else text

    def _uuid(self, found: re.Match[str]) -> str:
        known = self._names.of.get(found[0])
        return f"<{known}>" if known else f"<<{found[0]}>>"

    def _time(self, found: re.Match[str]) -> str:
        moment = dt.datetime.strptime(found[0], "%Y-%m-%dT%H:%M:%S.%f%z")
        away = moment - self._now
        if abs(away) > _NEAR:
            return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        # Locks and waits are of whole hours: a class ends half an hour away from each, where no story comes to.
        hours = round(away.total_seconds() / 3600)
        return f"<now{hours:+d} h>" if hours else "<now>"


_OPEN = re.compile(r"<<([^<>]+)>>")


def _ids(value: Any) -> list[str]:
    return _OPEN.findall(json.dumps(value))


def _without_ids(value: Any) -> str:
    return _OPEN.sub("<id>", json.dumps(value, sort_keys=True))


def _give_both(ours: Any, real: Any, names: tuple[Names, Names], without: set[str]) -> None:
    if isinstance(ours, dict) and isinstance(real, dict):
        for key in sorted(ours.keys() & real.keys()):
            _give_both(ours[key], real[key], names, without)
    elif isinstance(ours, list) and isinstance(real, list) and len(ours) == len(real):
        for one, other in zip(ours, real, strict=True):
            _give_both(one, other, names, without)
    elif isinstance(ours, str) and isinstance(real, str):
        for one, other in zip(_OPEN.findall(ours), _OPEN.findall(real), strict=False):
            if one not in names[0].of and other not in names[1].of and not {one, other} & without:
                names[0].give(one, "id")
                names[1].give(other, "id")


def _named(value: Any, names: Names) -> Any:
    """With the names of ids instead of them; an id without a name is `<id>`."""
    if isinstance(value, dict):
        return {_named(key, names): _named(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    if isinstance(value, str) and "<<" in value:
        return _OPEN.sub(lambda found: f"<{names.of.get(found[1], 'id')}>", value)
    return value
