"""What a task's form lets through: the server checks every value again, whatever tasklist it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulse.base.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class FormField:
    """A field that a person fills in; `options` are a select's values with their labels."""

    key: str
    kind: str
    label: str
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    max_length: int | None = None


def fields_of(form: Mapping[str, Any]) -> tuple[FormField, ...]:
    """The fields of a Camunda Form (form-js schema) that are not only shown."""
    return tuple(
        _field(component)
        for component in form.get("components", ())
        if component.get("key") and not component.get("disabled") and component.get("type") != "text"
    )


def validated(fields: tuple[FormField, ...], values: Mapping[str, Any], *, also: frozenset[str]) -> dict[str, str]:
    """The values as process variables; names in `also` pass beside the form's own.

    Raises `InvalidInput` with `places`: unknown names, missing required values, values that the select does not offer,
    texts that are too long or no texts.
    """
    known = {field.key: field for field in fields}
    wrong = [name for name in values if name not in known and name not in also]
    wrong += [field.key for field in fields if field.required and not str(values.get(field.key) or "").strip()]
    wrong += [name for name, value in values.items() if not _fits(known.get(name), value)]
    if wrong:
        raise InvalidInput("The form is not filled in right.", places=sorted(set(wrong)))
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _field(component: Mapping[str, Any]) -> FormField:
    validate = component.get("validate") or {}
    return FormField(
        key=component["key"],
        kind=component.get("type", "textfield"),
        label=component.get("label", component["key"]),
        required=bool(validate.get("required")),
        options=tuple((option["value"], option["label"]) for option in component.get("values", ())),
        max_length=validate.get("maxLength"),
    )


def _fits(field: FormField | None, value: Any) -> bool:
    if value is None or value == "":
        return True
    if not isinstance(value, str) or len(value) > 4000 or "\x00" in value:
        return False
    if field is None:
        return True
    if field.options and value not in {offered for offered, _ in field.options}:
        return False
    return field.max_length is None or len(value) <= field.max_length
