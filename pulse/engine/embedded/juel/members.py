"""Properties and methods that expressions may use on values: a closed list, nothing of Python shows through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.juel.coercion import boolean, equal, to_number, to_text
from pulse.engine.embedded.values import LONGEST_STRING, NULL, TypedValue, from_python, json_content, json_text, whole

Arguments = Sequence[TypedValue]
Lookup = Callable[[str], TypedValue | None]


@runtime_checkable
class Bean(Protocol):
    """An object that a model may call, given to an expression as `TypedValue("Bean", it)`."""

    def invoke(self, name: str, arguments: Arguments) -> TypedValue:
        """Call a method; a property `x` is asked for as the method `getX`. ExpressionError if there is none."""


class Execution:
    """`execution` in an expression: the variables in reach and the identity of the running instance."""

    def __init__(
        self, lookup: Lookup, properties: Mapping[str, object], assign: Callable[[str, TypedValue], None]
    ) -> None:
        self._lookup = lookup
        self._properties = properties
        self._assign = assign

    def invoke(self, name: str, arguments: Arguments) -> TypedValue:
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


def _java_index(values: Sequence[object], index: TypedValue) -> int:
    number = to_number(index, double=False).value
    assert isinstance(number, int)
    if not 0 <= number < len(values):
        raise ExpressionError(f"Index {number} out of bounds for length {len(values)}")
    return number


def _substring(text: str, arguments: Arguments) -> str:
    begin, end = (*(to_number(argument, double=False).value for argument in arguments), len(text))[:2]
    assert isinstance(begin, int)
    assert isinstance(end, int)
    if not 0 <= begin <= end <= len(text):
        raise ExpressionError(f"begin {begin}, end {end}, length {len(text)}")
    return text[begin:end]


def _replace(text: str, old: str, new: str) -> str:
    if len(text) * len(new) > LONGEST_STRING * 1000:
        raise ExpressionError("The replaced text grows too large")
    return text.replace(old, new)


_TEXT: Final[Mapping[tuple[str, int], Callable[[str, list[str]], object]]] = {
    ("length", 0): lambda text, _: len(text),
    ("isEmpty", 0): lambda text, _: not text,
    ("toUpperCase", 0): lambda text, _: text.upper(),
    ("toLowerCase", 0): lambda text, _: text.lower(),
    ("trim", 0): lambda text, _: text.strip(),
    ("toString", 0): lambda text, _: text,
    ("contains", 1): lambda text, given: given[0] in text,
    ("startsWith", 1): lambda text, given: text.startswith(given[0]),
    ("endsWith", 1): lambda text, given: text.endswith(given[0]),
    ("indexOf", 1): lambda text, given: text.find(given[0]),
    ("concat", 1): lambda text, given: text + given[0],
    ("equalsIgnoreCase", 1): lambda text, given: text.lower() == given[0].lower(),
    ("replace", 2): lambda text, given: _replace(text, *given),
}
_KINDS: Final[Mapping[str, Callable[[object], bool]]] = {
    "isObject": lambda node: isinstance(node, dict),
    "isArray": lambda node: isinstance(node, list),
    "isString": lambda node: isinstance(node, str),
    "isBoolean": lambda node: isinstance(node, bool),
    "isNumber": lambda node: isinstance(node, int | float) and not isinstance(node, bool),
    "isNull": lambda node: node is None,
    "isValue": lambda node: isinstance(node, str | int | float),
}
_LEAVES: Final = {"stringValue": "isString", "numberValue": "isNumber", "boolValue": "isBoolean", "value": "isValue"}


def json_node(content: object) -> TypedValue:
    """A part of a Json variable as a Json variable of its own."""
    return TypedValue("Json", json_text(content))


def _json_method(node: object, name: str, arguments: Arguments) -> TypedValue:
    if name in _KINDS and not arguments:
        return boolean(_KINDS[name](node))
    if name in _LEAVES and not arguments:
        if node is None and name == "value":
            return NULL
        if not _KINDS[_LEAVES[name]](node):
            raise ExpressionError(f"SPIN/JACKSON-JSON-01007 Unable to read {name} of this node")
        return from_python(node)
    match name, node, [to_text(argument) for argument in arguments]:
        case "prop", dict(), [key]:
            if key not in node:
                raise ExpressionError(f"SPIN/JACKSON-JSON-01004 Unable to find '{key}'")
            return json_node(node[key])
        case "hasProp", _, [key]:
            return boolean(isinstance(node, dict) and key in node)
        case "fieldNames", dict(), []:
            return from_python(list(node))
        case "elements", list(), []:
            return TypedValue("List", [json_node(part) for part in node])
        case "toString", _, []:
            return TypedValue("String", json_text(node))
    raise ExpressionError(f"Cannot find method {name} of a Json node")


def _list_method(values: list[TypedValue], name: str, arguments: Arguments) -> TypedValue:
    match name, arguments:
        case "size", []:
            return whole(len(values))
        case "isEmpty", []:
            return boolean(not values)
        case "get", [index]:
            return values[_java_index(values, index)]
        case "contains", [wanted]:
            return boolean(any(value.type == wanted.type and equal(value, wanted) for value in values))
    raise ExpressionError(f"Cannot find method {name} of a list")


def _map_method(entries: dict[str, object], name: str, arguments: Arguments) -> TypedValue:
    match name, [to_text(argument) for argument in arguments]:
        case "size", []:
            return whole(len(entries))
        case "isEmpty", []:
            return boolean(not entries)
        case "get", [key]:
            return from_python(entries.get(key))
        case "containsKey", [key]:
            return boolean(key in entries)
    raise ExpressionError(f"Cannot find method {name} of a map")


def elements(value: TypedValue) -> list[TypedValue] | None:
    """The elements of a List or of an Object that is one; None for all else."""
    if value.type == "List":
        assert isinstance(value.value, list)
        return value.value
    content = json_content(value) if value.type == "Object" else None
    return [from_python(part) for part in content] if isinstance(content, list) else None


def invoke(value: TypedValue, name: str, arguments: Arguments) -> TypedValue:
    """Call a method of a value; ExpressionError where the engine has none, or not here."""
    if value.type == "Bean":
        assert isinstance(value.value, Bean)
        return value.value.invoke(name, arguments)
    if value.value is None:
        raise ExpressionError(f"Cannot find method {name} of null")
    if name == "equals" and len(arguments) == 1:
        return boolean(value.type == arguments[0].type and equal(value, arguments[0]))
    if value.type == "String":
        if name == "substring" and len(arguments) in {1, 2}:
            return TypedValue("String", _substring(to_text(value), arguments))
        if (method := _TEXT.get((name, len(arguments)))) is not None:
            return from_python(method(to_text(value), [to_text(argument) for argument in arguments]))
    if value.type == "Json":
        return _json_method(json_content(value), name, arguments)
    if (listed := elements(value)) is not None:
        return _list_method(listed, name, arguments)
    content = json_content(value) if value.type == "Object" else None
    if isinstance(content, dict):
        return _map_method(content, name, arguments)
    return _scalar_method(value, name, arguments)


def _scalar_method(value: TypedValue, name: str, arguments: Arguments) -> TypedValue:
    match name, value.value, arguments:
        case "toString", _, []:
            return TypedValue("String", to_text(value))
        case "longValue" | "doubleValue", int() | float(), []:
            return to_number(value, double=name == "doubleValue")
        case "getTime", datetime() as moment, []:
            return TypedValue("Long", int(moment.timestamp() * 1000))
    raise ExpressionError(f"Cannot find method {name} of {value.type}")


def member(value: TypedValue, key: TypedValue) -> TypedValue:
    """`value.key` and `value[key]`: entries of maps and lists, getters of beans."""
    if value.type == "Bean":
        name = to_text(key)
        return invoke(value, f"get{name[:1].upper()}{name[1:]}", ())
    if value.value is None:
        return NULL
    if (listed := elements(value)) is not None:
        return listed[_java_index(listed, key)]
    content = json_content(value) if value.type == "Object" else None
    if isinstance(content, dict):
        return from_python(content.get(to_text(key)))
    raise ExpressionError(f"Cannot find property {to_text(key)} of {value.type}")
