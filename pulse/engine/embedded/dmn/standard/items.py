"""Item definitions: the types that a model names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from pulse.engine.embedded.dmn.xml import Element, child, children, lazy, text
from pulse.engine.embedded.errors import EmbeddedError
from pulse.engine.embedded.feel import Node, Scope, Type, Vocabulary, parse_tests, parse_type
from pulse.engine.embedded.feel.types import ANY, SIMPLE, Allowed, ContextOf, FunctionOf, ListOf

Foreign = Callable[[str, str], Type | None]
"""The type of an imported model, by the name of the import and its own."""


class Items:
    """The item definitions of one model. `foreign` finds those of the models it imports."""

    def __init__(self, definitions: Element, foreign: Foreign) -> None:
        self._elements = {str(one.get("name")): one for one in children(definitions, "itemDefinition")}
        self._foreign = foreign
        self._types: dict[str, Type] = {}
        self.words: Vocabulary | None = None

    def named(self, name: str) -> Type | None:
        """The type of this name, also `import.name` and `prefix:name`; None for an unknown name."""
        if (found := self._types.get(name)) is not None:
            return found
        element = self._elements.get(name)
        if element is not None:
            self._types[name] = ANY  # what contains itself holds anything there
            self._types[name] = self._defined(element)
            return self._types[name]
        if name in SIMPLE:
            return SIMPLE[name]
        if ":" in name:
            return self.named(name.rpartition(":")[2])
        before, _, own = name.rpartition(".")
        return self._foreign(before, own) if before else None

    def referred(self, element: Element | None) -> Type | None:
        """The type that an element's `typeRef` names; None if it names none that is known."""
        name = "" if element is None else element.get("typeRef", "")
        return self._typed(name) if name else None

    def _typed(self, name: str) -> Type | None:
        """A type by name, or written out as in an expression: `list<number>`."""
        found = self.named(name)
        if found is None and "<" in name and self.words is not None:
            try:
                found = parse_type(name, self.words)
            except EmbeddedError:
                return None
        return found

    def _defined(self, element: Element) -> Type:
        reference, components = child(element, "typeRef"), list(children(element, "itemComponent"))
        function = child(element, "functionItem")
        found: Type = ANY
        if reference is not None and reference.text:
            found = self._typed(reference.text.strip()) or ANY
        elif components:
            found = ContextOf({str(one.get("name")): self._defined(one) for one in components})
        elif function is not None:
            parameters = tuple(self.referred(one) or ANY for one in children(function, "parameters"))
            found = FunctionOf(parameters, self._typed(function.get("outputTypeRef", "Any")) or ANY)
        found = self._allowed(found, child(element, "allowedValues"))
        if element.get("isCollection") == "true":
            found = ListOf(found)
        return self._allowed(found, child(element, "typeConstraint"))

    def _allowed(self, base: Type, values: Element | None) -> Type:
        written = text(values)
        if not written or self.words is None:
            return base
        return Allowed(base, _test(lazy(written, self.words, parse_tests)))


def _test(node: Node) -> Callable[[object], bool]:
    return lambda value: node(Scope({"?": value}, datetime.now(UTC))) is True
