"""Properties and methods that expressions may use on values: a closed list, nothing of Python shows through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pulse.engine.embedded.errors import ExpressionError, MethodFailed, UnknownMember
from pulse.engine.embedded.juel.coercion import boolean, java_class, to_text
from pulse.engine.embedded.nodes import rewritten
from pulse.engine.embedded.values import NULL, TypedValue, from_python, json_content, json_text

Lookup = Callable[[str], TypedValue | None]


def read(lookup: Lookup, name: str) -> TypedValue | None:
    """A variable as an expression sees it: a Json is unpacked, so its text is written anew. Raises ExpressionError."""
    value = lookup(name)
    if value is None or value.type != "Json" or value.value is None:
        return value
    try:
        return TypedValue("Json", rewritten(str(value.value)), value.info)
    except ValueError as problem:
        raise ExpressionError(f"Cannot deserialize object in variable '{name}': {problem}") from None


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
        given = [to_text(argument) for argument in arguments]
        match name, given:
            case "getVariable", [key]:
                return read(self._lookup, key) or NULL
            case "hasVariable", [key]:
                return boolean(self._lookup(key) is not None)
            case "setVariable", [key, _]:
                self._assign(key, arguments[1])
                return NULL
        key = name[3:4].lower() + name[4:]
        if not name.startswith("get") or given or key not in self._properties:
            raise ExpressionError(f"Cannot find property or method {name}")
        return from_python(self._properties[key])


def _at(values: Sequence[Any], index: str) -> Any:
    if not 0 <= int(index) < len(values):
        length = len(values)
        raise MethodFailed(f"java.lang.IndexOutOfBoundsException: Index {index} out of bounds for length {length}")
    return values[int(index)]


def _substring(text: str, begin: str, end: str | None = None) -> str:
    stop = len(text) if end is None else int(end)
    if not 0 <= int(begin) <= stop <= len(text):
        length = len(text)
        raise MethodFailed(f"java.lang.StringIndexOutOfBoundsException: begin {begin}, end {stop}, length {length}")
    return text[int(begin) : stop]


def _property(node: dict[str, object], key: str) -> TypedValue:
    if key not in node:
        problem = f"SPIN/JACKSON-JSON-01004 Unable to find '{key}'"
        raise MethodFailed(f"org.operaton.spin.json.SpinJsonPropertyException: {problem}")
    return TypedValue("Json", json_text(node[key]))


def _typed(*kinds: type) -> Callable[[object], object]:
    def read(node: object) -> object:
        if type(node) not in kinds:
            raise ExpressionError("SPIN/JACKSON-JSON-01007 Unable to read this node as the type that is asked for")
        return node

    return read


_METHODS: Final[Mapping[str, Mapping[str, Callable[..., object]]]] = {
    "String": {
        "length": len,
        "isEmpty": lambda text: not text,
        "toUpperCase": str.upper,
        "toLowerCase": str.lower,
        "trim": lambda text: text.strip(),
        "equals": lambda text, other: text == other,
        "contains": lambda text, part: part in text,
        "startsWith": lambda text, part: text.startswith(part),
        "endsWith": lambda text, part: text.endswith(part),
        "substring": _substring,
    },
    "Json": {
        "prop": _property,
        "hasProp": lambda node, key: isinstance(node, dict) and key in node,
        "elements": _typed(list),
        "stringValue": _typed(str),
        "numberValue": _typed(int, float),
        "boolValue": _typed(bool),
        "value": _typed(str, int, float, bool, type(None)),
    },
    "list": {"size": len, "isEmpty": lambda parts: not parts, "get": _at},
    "map": {"size": len, "isEmpty": lambda entries: not entries, "get": lambda entries, key: entries.get(key)},
}


def invoke(value: TypedValue, name: str, arguments: Sequence[TypedValue]) -> TypedValue:
    """Call a method of a value; ExpressionError where the engine has none, or not here."""
    if isinstance(value.value, Execution):
        return value.value.invoke(name, arguments)
    if name == "toString" and not arguments:
        return TypedValue("String", to_text(value))
    content = json_content(value) if value.type in {"Json", "Object"} else value.value
    if value.value is None:
        raise UnknownMember("property", "Target unreachable, base expression resolved to null")
    kind = ("list" if isinstance(content, list) else "map") if value.type == "Object" else value.type
    try:
        return from_python(_METHODS[kind][name](content, *map(to_text, arguments)))
    except (AttributeError, KeyError, TypeError, ValueError):
        types = ", ".join(map(java_class, arguments))
        raise UnknownMember("method", f"Method not found: class {java_class(value)}.{name}({types})") from None


def member(value: TypedValue, key: TypedValue) -> TypedValue:
    """`value.key` and `value[key]`: entries of maps and lists, getters of `execution`."""
    name = to_text(key)
    if isinstance(value.value, Execution):
        return value.value.invoke(f"get{name[:1].upper()}{name[1:]}", ())
    if value.value is None:
        return NULL
    if value.type != "Object":
        raise UnknownMember("property", f"The class '{java_class(value)}' does not have the property '{name}'.")
    content = json_content(value)
    if isinstance(content, list):
        return _entry(content, name)
    return invoke(value, "get", [key])


def _entry(values: Sequence[Any], index: str) -> TypedValue:
    """`list[index]`: null beyond the ends."""
    try:
        at = int(index)
    except ValueError:
        raise ExpressionError(f'For input string: "{index}"') from None
    return from_python(values[at]) if 0 <= at < len(values) else NULL
