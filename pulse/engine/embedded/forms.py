"""Generated forms (`camunda:formData`): what their fields show, and what may be submitted.

Rules, and where they are odd, are those of the real engine: `max` is exclusive while `min` is not, a text that is not
`true` is false, an absent field takes its default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pulse.engine.embedded.errors import ExpressionError, RestProblem
from pulse.engine.embedded.juel import Expression
from pulse.engine.embedded.juel.members import Lookup
from pulse.engine.embedded.values import NULL, TypedValue, read_whole

TYPES: Final = {"string": "String", "long": "Long", "boolean": "Boolean", "date": "String", "enum": "String"}
"""Types of fields, and the variables that show them."""
DATE_PATTERN: Final = "dd/MM/yyyy"
_LETTERS: Final = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_PATTERN: Final = re.compile(rf"(?:{'|'.join(_LETTERS)}|[^A-Za-z%])+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a generated form; constraints by name with what they are set to, the choices of an enum by id."""

    id: str
    type: str | None
    label: Expression | None = None
    default: Expression | None = None
    pattern: str = DATE_PATTERN
    constraints: Mapping[str, str | None]
    choices: Mapping[str, str]

    def default_value(self, lookup: Lookup) -> TypedValue:
        return NULL if self.default is None else self.default.evaluate(lookup)

    def shown(self, value: TypedValue) -> TypedValue:
        """A value as the form shows it: dates as text."""
        if self.type == "date":
            moment = _model(self, value)
            text = moment.value.strftime(_strptime(self.pattern)) if isinstance(moment.value, datetime) else ""
            return TypedValue("String", text)
        return _model(self, value) if self.type else value


def is_date_pattern(pattern: str) -> bool:
    """Whether dates can be read by a pattern of Java's."""
    return _PATTERN.fullmatch(pattern) is not None


def _strptime(pattern: str) -> str:
    return re.sub("|".join(_LETTERS), lambda found: _LETTERS[found[0]], pattern)


# --- constraints ---


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _length(value: object) -> int:
    if not isinstance(value, str):
        raise ExpressionError(f"A validator of texts cannot be used on a {type(value).__name__}")
    return len(value)


def _required(field: Field, value: object, lookup: Lookup) -> bool:
    known = lookup(field.id)
    return value != "" if value is not None else known is not None and known.value is not None


Check = Callable[[object, float], bool]
CONSTRAINTS: Final[Mapping[str, Check | None]] = {
    "required": None,
    "readonly": None,
    "min": lambda value, limit: (number := _number(value)) is not None and number >= limit,
    "max": lambda value, limit: (number := _number(value)) is not None and number < limit,
    "minlength": lambda value, limit: _length(value) >= limit,
    "maxlength": lambda value, limit: _length(value) <= limit,
}
"""What a field may be held to; those without a check of their own look at whether there is a value."""


def _validate(field: Field, value: object, lookup: Lookup) -> None:
    for name, config in field.constraints.items():
        check = CONSTRAINTS[name]
        if name == "required":
            fits = _required(field, value, lookup)
        elif value is None:
            fits = True
        else:
            fits = check is not None and check(value, float(config or 0))
        if not fits:
            told = name if config is None else f"{name}({config})"
            message = f"Invalid value submitted for form field '{field.id}': validation of {told} failed."
            raise RestProblem(500, "RestException", message, 0)


# --- values ---


def _model(field: Field, value: TypedValue) -> TypedValue:
    """A value as the variable of a field's type."""
    given = value.value
    if field.type == "date":
        return TypedValue("Date", _date(field, given))
    kind = TYPES[field.type or "string"]
    if given is None:
        return TypedValue(kind, None)
    if field.type == "enum" and given not in field.choices:
        raise ExpressionError(f"Invalid value for enum form property: {given}")
    if kind == "String":
        return TypedValue(kind, str(given))
    if kind == "Boolean":
        return TypedValue(kind, given if isinstance(given, bool) else str(given).lower() == "true")
    try:
        return TypedValue(kind, read_whole(str(given), "Long"))
    except ValueError:
        raise RestProblem(500, "NumberFormatException", f'For input string: "{given}"') from None


def _date(field: Field, given: object) -> datetime | None:
    if isinstance(given, datetime):
        return given
    if given is None or given == "":
        return None
    try:
        return datetime.strptime(str(given), _strptime(field.pattern)).replace(tzinfo=UTC)
    except ValueError:
        message = f"Could not parse value '{given}' as date using date format '{field.pattern}'."
        raise ExpressionError(message) from None


def variables(fields: Iterable[Field], seen: Mapping[str, TypedValue], lookup: Lookup) -> dict[str, TypedValue]:
    """What a form is filled with: of each field the variable of its name, else its default."""
    return {field.id: field.shown(seen.get(field.id) or field.default_value(lookup)) for field in fields}


def submitted(fields: Iterable[Field], given: Mapping[str, TypedValue], lookup: Lookup) -> dict[str, TypedValue]:
    """What is submitted, each field checked and of its type; what belongs to no field stays as it is.

    Raises RestProblem 500 for a value that a constraint refuses, ExpressionError for one that cannot be converted.
    """
    found = dict(given)
    for field in fields:
        value = given.get(field.id)
        _validate(field, None if value is None else value.value, lookup)
        if value is None and field.default is not None:
            value = field.default_value(lookup)
        if value is not None:
            found[field.id] = _model(field, value) if field.type else value
    return found
