"""Properties and methods that expressions may use on values: a closed list, nothing of Python shows through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.juel.coercion import boolean, compare, to_number, to_text
from pulse.engine.embedded.values import NULL, TypedValue, from_python, json_content, json_text

Lookup = Callable[[str], TypedValue | None]


class Execution:
    """`execution` in an expression: the variables in reach and the identity of the running instance."""

    def __init__(
        self, lookup: Lookup, properties: Mapping[str, object], assign: Callable[[str, TypedValue], None]
    ) -> None:
        self._lookup = lookup
        self._properties = properties
        self._assign = assign

    def invoke(self, name: str, arguments: Sequence[TypedValue]) -> TypedValue:
        """`getVariable`, `hasVariable`, `setVariable`, and a getter for every property (`processBusinessKey`)."""
        match name, len(arguments):
            case "getVariable", 1:
                return self._lookup(to_text(arguments[0])) or NULL
            case "hasVariable", 1:
                return boolean(self._lookup(to_text(arguments[0])) is not None)
            case "setVariable", 2:
                self._assign(to_text(arguments[0]), arguments[1])
                return NULL
        key = name[3:4].lower() + name[4:]
        if name.startswith("get") and not arguments and key in self._properties:
            return from_python(self._properties[key])
        raise ExpressionError(f"Cannot find property or method {name}")


def _at(values: Sequence[Any], index: str) -> Any:
    if not 0 <= int(index) < len(values):
        raise ExpressionError(f"Index {index} out of bounds for length {len(values)}")
    return values[int(index)]


def _substring(text: str, begin: str, end: str | None = None) -> str:
    stop = len(text) if end is None else int(end)
    if not 0 <= int(begin) <= stop <= len(text):
        raise ExpressionError(f"begin {begin}, end {stop}, length {len(text)}")
    return text[int(begin) : stop]


def json_node(content: object) -> TypedValue:
    """A part of a Json variable as a Json variable of its own."""
    return TypedValue("Json", json_text(content))


def _property(node: dict[str, object], key: str) -> TypedValue:
    if key not in node:
        raise ExpressionError(f"SPIN/JACKSON-JSON-01004 Unable to find '{key}'")
    return json_node(node[key])


def _elements(node: list[object]) -> TypedValue:
    if not isinstance(node, list):
        raise TypeError
    return TypedValue("List", [json_node(part) for part in node])


def _leaf(name: str, *kinds: type) -> Callable[[object], object]:
    def read(node: object) -> object:
        if type(node) not in kinds:
            raise ExpressionError(f"SPIN/JACKSON-JSON-01007 Unable to read {name} of this node")
        return node

    return read


_METHODS: Final[Mapping[str, Mapping[str, Callable[..., object]]]] = {
    "String": {
        "length": len,
        "isEmpty": lambda text: not text,
        "toUpperCase": str.upper,
        "toLowerCase": str.lower,
        "trim": lambda text: text.strip(),
        "contains": lambda text, part: part in text,
        "startsWith": lambda text, part: text.startswith(part),
        "endsWith": lambda text, part: text.endswith(part),
        "substring": _substring,
    },
    "Json": {
        "prop": _property,
        "hasProp": lambda node, key: isinstance(node, dict) and key in node,
        "elements": _elements,
        "stringValue": _leaf("stringValue", str),
        "numberValue": _leaf("numberValue", int, float),
        "boolValue": _leaf("boolValue", bool),
        "value": _leaf("value", str, int, float, bool, type(None)),
        "isNull": lambda node: node is None,
    },
    "list": {
        "size": len,
        "isEmpty": lambda parts: not parts,
        "get": _at,
    },
    "map": {
        "size": len,
        "isEmpty": lambda entries: not entries,
        "get": lambda entries, key: entries.get(key),
        "containsKey": lambda entries, key: key in entries,
    },
    "scalar": {"longValue": lambda number: TypedValue("Long", to_number(from_python(number), "Long"))},
}


def elements(value: TypedValue) -> list[TypedValue] | None:
    """The elements of a List or of an Object that is one; None for all else."""
    if value.type == "List":
        assert isinstance(value.value, list)
        return value.value
    content = json_content(value) if value.type == "Object" else None
    return [from_python(part) for part in content] if isinstance(content, list) else None


def _opened(value: TypedValue) -> tuple[str, object]:
    """What kind of methods a value has, and the plain content they work on."""
    if (listed := elements(value)) is not None:
        return "list", listed
    if value.type in {"Object", "Json"}:
        return "map" if value.type == "Object" else "Json", json_content(value)
    return "String" if value.type == "String" else "scalar", value.value


def invoke(value: TypedValue, name: str, arguments: Sequence[TypedValue]) -> TypedValue:
    """Call a method of a value; ExpressionError where the engine has none, or not here."""
    if isinstance(value.value, Execution):
        return value.value.invoke(name, arguments)
    if name == "toString" and not arguments:
        return TypedValue("String", to_text(value))
    if name == "equals" and len(arguments) == 1:
        return boolean(value.type == arguments[0].type and compare("==", value, arguments[0]))
    kind, content = _opened(value)
    try:
        return from_python(_METHODS[kind][name](content, *map(to_text, arguments)))
    except (KeyError, TypeError, ValueError):
        raise ExpressionError(f"Cannot find method {name} of {value.type} for these arguments") from None


def member(value: TypedValue, key: TypedValue) -> TypedValue:
    """`value.key` and `value[key]`: entries of maps and lists, getters of `execution`."""
    name = to_text(key)
    if isinstance(value.value, Execution):
        return value.value.invoke(f"get{name[:1].upper()}{name[1:]}", ())
    if value.value is None:
        return NULL
    kind, _ = _opened(value)
    if kind in {"list", "map"}:
        return invoke(value, "get", [key])
    raise ExpressionError(f"Cannot find property {name} of {value.type}")
