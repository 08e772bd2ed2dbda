"""A task's Camunda Form with its values: what to show and what to fill in, for pages and REST alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulse.claims import tasks
from pulse.claims.forms import FormField
from pulse.claims.office import Office
from pulse.claims.tasks import Task
from pulse.engine import errors

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_LINK = re.compile(r"\[[^\]]*\]\([^)]*\):?")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A field that the form only shows."""

    key: str
    label: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Note:
    """A text of the form; `level` 1 for its heading, 2 for a warning, 3 for the rest."""

    level: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A field to fill in, with the value it has now."""

    field: FormField
    value: str


@dataclass(frozen=True, kw_only=True)
class Form:
    """The form of one task as it stands now."""

    notes: tuple[Note, ...] = ()
    shown: tuple[Shown, ...] = ()
    asked: tuple[Asked, ...] = ()


def form_of(office: Office, task: Task) -> Form:
    """The form with its current values; raises `Conflict` where the task was done meanwhile."""
    fields = tasks.fields(office, task.id)
    if task.letter_id is not None:
        return Form(asked=tuple(Asked(field=field, value="") for field in fields))
    try:
        components = office.engine.deployed_form(task.id).get("components", [])
        values = office.engine.task_variables(task.id)
    except errors.EngineRejected:
        tasks.task(office, task.id)  # where the task is gone, an engine may answer with 400, 404 or 500
        raise
    return Form(
        notes=tuple(note for one in components if one.get("type") == "text" for note in _notes(one, values)),
        shown=tuple(
            Shown(key=one["key"], label=one.get("label", one["key"]), value=_text(values.get(one["key"])))
            for one in components
            if one.get("disabled") and one.get("key")
        ),
        asked=tuple(Asked(field=field, value=_text(values.get(field.key))) for field in fields),
    )


def _notes(component: Mapping[str, Any], values: Mapping[str, Any]) -> list[Note]:
    """Texts with a variable that is empty are hidden, as their condition says; links lead to where we are already."""
    text = str(component.get("text", ""))
    names = _VARIABLE.findall(text)
    if _LINK.match(text) or (names and not all(_text(values.get(name)) for name in names)):
        return []
    filled = _VARIABLE.sub(lambda match: _text(values.get(match[1])), text).replace("**", "")
    level = 2 if names else 3
    return [
        Note(level=1, text=line.lstrip("# ")) if line.startswith("#") else Note(level=level, text=line)
        for line in filled.splitlines()
        if line.strip()
    ]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
