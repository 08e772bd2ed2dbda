"""Evaluating the elements of a decision requirements graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pulse.engine.embedded.errors import DecisionError, EmbeddedError
from pulse.engine.embedded.feel import Node, Scope, Type, coerced
from pulse.engine.embedded.feel.values import Function

Key = tuple[str, str]
"""Namespace and id of an element."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """What an element requires; `prefix` is the name of the import it is found under, empty for its own model."""

    key: Key
    prefix: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """What a graph consists of; `name` and `type` are those of its variable, `title` is its own name."""

    key: Key
    title: str
    name: str
    type: Type | None


class InputData(Element):
    """A value from outside."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision(Element):
    """`logic` gives its value in a scope of what it needs."""

    needs: Sequence[Need]
    logic: Node


class Knowledge(Decision):
    """A business knowledge model: the value is a function."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Service(Element):
    """A decision service: a function of its input data and input decisions, in this order."""

    outputs: Sequence[Key]
    inputs: Sequence[Key]


@dataclass(frozen=True, slots=True)
class Result:
    """The value, and what went wrong on the way to it, which made some value null."""

    value: object
    problems: Sequence[str] = ()


@dataclass(slots=True)
class Run:
    """One evaluation: each element is evaluated once. `given` holds the values of input data and input decisions."""

    elements: Mapping[Key, Element]
    given: Callable[[Element], object]
    scope: Scope
    problems: list[str] = field(default_factory=list)
    overridden: Mapping[Key, object] = field(default_factory=dict)
    _values: dict[Key, object] = field(default_factory=dict)
    _open: set[Key] = field(default_factory=set)

    def value(self, key: Key) -> object:
        """Raises DecisionError for an element that does not exist or requires itself."""
        if key in self.overridden:
            return self.overridden[key]
        if key not in self._values:
            if key in self._open or key not in self.elements:
                raise DecisionError(f"The element '{key[1]}' requires itself or does not exist")
            self._open.add(key)
            self._values[key] = self._evaluated(self.elements[key])
            self._open.discard(key)
        return self._values[key]

    def _evaluated(self, element: Element) -> object:
        match element:
            case InputData():
                return coerced(self.given(element), element.type)
            case Service():
                return ServiceFunction(element, self)
            case Knowledge():
                return self._knowledge(element)
            case Decision():
                return self._decision(element)
        raise TypeError(element)

    def _decision(self, element: Decision) -> object:
        try:
            names: dict[str, object] = {}
            self._name(element.needs, names)
            return coerced(element.logic(self.scope.inner(names)), element.type)
        except EmbeddedError as problem:
            self.problems.append(f"{element.name}: {problem}")
            return None

    def _knowledge(self, element: Knowledge) -> object:
        """Its function, which may call itself."""
        names: dict[str, object] = {}
        function = element.logic(self.scope.inner(names))
        self._values[element.key] = names[element.name] = function
        self._name(element.needs, names)
        return function

    def _name(self, needs: Sequence[Need], names: dict[str, object]) -> None:
        for need in needs:
            value = self.value(need.key)
            place = names
            for prefix in filter(None, [need.prefix]):
                inner = place.setdefault(prefix, {})
                place = inner if isinstance(inner, dict) else {}
            place[self.elements[need.key].name] = value

    def served(self, service: Service, given: Mapping[str, object]) -> object:
        """The outputs of a service for the values of its inputs by name: one as it is, several as a context."""
        inputs = {key: coerced(given.get(self.elements[key].name), self.elements[key].type) for key in service.inputs}
        run = Run(self.elements, self.given, self.scope, self.problems, inputs)
        values = {self.elements[key].name: run.value(key) for key in service.outputs}
        found = next(iter(values.values())) if len(values) == 1 else values
        return coerced(found, service.type)


class ServiceFunction(Function):
    """A decision service as a function of its inputs."""

    def __init__(self, service: Service, run: Run) -> None:
        self._service = service
        self._run = run
        self._names = [run.elements[key].name for key in service.inputs]

    def call(self, values: Sequence[object]) -> object:
        if len(values) != len(self._names):
            return None
        return self._run.served(self._service, dict(zip(self._names, values, strict=True)))

    def call_named(self, values: Mapping[str, object]) -> object:
        return self._run.served(self._service, values) if values.keys() == set(self._names) else None
