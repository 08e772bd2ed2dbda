"""A generated form as the HTML that the engine's Tasklist fills in; names of its parts are the real engine's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from pulse.engine.embedded.forms import TYPES, Field
from pulse.engine.embedded.juel.members import Lookup

Html = tuple[str, Sequence["Html | str"]]
"""An opening tag without its brackets, and what stands in it; `/` ends a tag that holds nothing."""


def render(fields: Iterable[Field], lookup: Lookup) -> str:
    """The form with its fields' defaults."""
    groups = [('div class="form-group"', _group(field, lookup)) for field in fields]
    return "".join(f"{line}\n" for line in _lines(('form name="generatedForm" role="form"', groups), ""))


def _lines(part: Html | str, indent: str) -> Iterator[str]:
    if isinstance(part, str):
        yield indent + part
        return
    tag, inner = part
    yield f"{indent}<{tag}>"
    if not tag.endswith("/"):
        for child in inner:
            yield from _lines(child, indent + "  ")
        yield f"{indent}</{tag.partition(' ')[0]}>"


def _group(field: Field, lookup: Lookup) -> list[Html | str]:
    label = str(field.label.evaluate(lookup).value) if field.label else None
    parts: list[Html | str] = [(f'label for="{field.id}"', [escape(label)])] if label else []
    control = {"date": _date_input, "enum": _choice}.get(field.type or "", _input)
    return [*parts, control(field, lookup), _problems(field)]


def _attributes(*pairs: tuple[str, str | None]) -> str:
    return " ".join(name if value is None else f"{name}={quoteattr(value)}" for name, value in pairs)


def _common(field: Field) -> list[tuple[str, str | None]]:
    named = ("class", "form-control"), ("name", field.id), ("cam-variable-type", TYPES[field.type or "string"])
    said = {"required": ("required", None), "readonly": ("disabled", None)}
    held = [said.get(name, (name, config)) for name, config in field.constraints.items()]
    return [*named, ("cam-variable-name", field.id), *held]


def _default(field: Field, lookup: Lookup) -> list[tuple[str, str | None]]:
    value = field.shown(field.default_value(lookup)).value
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return [] if value in {None, ""} else [("value", text)]


def _input(field: Field, lookup: Lookup) -> Html:
    kind = "checkbox" if field.type == "boolean" else "text"
    return f"input {_attributes(*_common(field), ('type', kind), *_default(field, lookup))} /", []


def _choice(field: Field, lookup: Lookup) -> Html:
    options: list[Html | str] = [
        (f"option value={quoteattr(one)}", [escape(name)]) for one, name in field.choices.items()
    ]
    return f"select {_attributes(*_common(field))}", options


def _date_input(field: Field, lookup: Lookup) -> Html:
    opened = f"dateFieldOpened{field.id}"
    popup = (("uib-datepicker-popup", field.pattern), ("is-open", opened))
    box = f"input {_attributes(*_common(field), ('type', 'text'), *_default(field, lookup), *popup)} /"
    button = f'button type="button" class="btn btn-default" ng-click="open{field.id}($event)"'
    click = f"function ($event) {{ $event.preventDefault(); $event.stopPropagation(); $scope.{opened} = true; }};"
    return 'div class="input-group"', [
        (box, []),
        ('div class="input-group-btn"', [(button, [('i class="glyphicon glyphicon-calendar"', [])])]),
        ('script cam-script type="text/form-script"', [f"$scope.open{field.id} = {click}"]),
    ]


def _problems(field: Field) -> Html:
    """What the form says where a value does not fit."""
    name, is_date = f"this.generatedForm.{field.id}", field.type == "date"
    kind = TYPES[field.type or "string"].lower()
    wrong = f"Invalid date format: the date should have the pattern '{field.pattern}'" if is_date else ""
    told = {
        f"{name}.$error.required" + (f" && !{name}.$error.date" if is_date else ""): "Required field",
        f"{name}.$error.{'date' if is_date else 'camVariableType'}": wrong or f"Only a {kind} value is allowed",
    }
    shown: list[Html | str] = [(f'div ng-show="{when}" class="help-block"', [text]) for when, text in told.items()]
    return f'div ng-if="{name}.$invalid && {name}.$dirty" class="has-error"', shown
