"""A decision model and those it imports, from XML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from pulse.engine.embedded.dmn.standard.boxed import Boxed
from pulse.engine.embedded.dmn.standard.evaluation import (
    Decision,
    Element,
    InputData,
    Key,
    Knowledge,
    Need,
    Result,
    Run,
    Service,
)
from pulse.engine.embedded.dmn.standard.items import Items
from pulse.engine.embedded.dmn.xml import Element as Xml
from pulse.engine.embedded.dmn.xml import child, children, root
from pulse.engine.embedded.errors import DecisionError
from pulse.engine.embedded.feel import STANDARD, Closure, Node, Scope, Type, evaluated, vocabulary
from pulse.engine.embedded.feel.types import FunctionOf
from pulse.engine.embedded.feel.values import Function

NAMED: Final = (
    *("decision", "inputData", "businessKnowledgeModel", "decisionService", "variable", "itemDefinition", "import"),
    *("itemComponent", "formalParameter", "parameter", "parameters", "column", "output"),
)


def load(xml: bytes, others: Iterable[bytes] = ()) -> Model:
    """The model of a file; `others` are files that it may import, directly or not. Raises ModelProblem.

    The namespace of the elements is not looked at: older files of the kit have them in their own.
    """
    return Model(root(xml, any_namespace=True), [root(other, any_namespace=True) for other in others])


class Model:
    """A decision model, read once; evaluations share it."""

    def __init__(self, main: Xml, others: Iterable[Xml]) -> None:
        roots = [main, *others]
        self._namespace = main.get("namespace", "")
        self._elements: dict[Key, Element] = {}
        self._prefixes: dict[str, set[str]] = {}
        names = {one.get("name", "") for top in roots for name in NAMED for one in top.iter(f"{{*}}{name}")}
        names |= {one.get("iteratorVariable", "") for top in roots for one in top.iter("{*}for", "{*}some", "{*}every")}
        items: dict[str, Items] = {}
        known = frozenset(filter(None, names))
        for part in [_Part(top, known, items) for top in reversed(roots)]:  # of two with one namespace the first counts
            self._elements.update({element.key: element for element in part.elements()})
            for prefix, namespace in part.imports.items():
                self._prefixes.setdefault(namespace, set()).add(prefix)

    def __iter__(self) -> Iterator[str]:
        """The names of its decisions."""
        return (one.title for one in self._elements.values() if type(one) is Decision and self._is_own(one))

    @property
    def inputs(self) -> Mapping[str, Type | None]:
        """The types of its input data by name."""
        return {one.name: one.type for one in self._elements.values() if isinstance(one, InputData)}

    def evaluate(self, name: str, inputs: Mapping[str, object], *, now: datetime | None = None) -> Result:
        """A decision, a decision service or a business knowledge model by name, for values by name.

        A name of an imported model is written `{namespace}name` where it is not the only one. Raises DecisionError for
        an unknown name, ExpressionError for an evaluation that grows too large.
        """
        with evaluated():
            run = Run(self._elements, _Given(inputs, self._prefixes), Scope({}, now or datetime.now(UTC)))
            value = run.value(self._key(name))
            element = self._elements[self._key(name)]
            if isinstance(element, Service):
                value = run.served(element, {one.name: run.given(one) for one in self._inputs(element)})
            elif isinstance(value, Function) and isinstance(element, Knowledge):
                value = value.call_named(inputs)
        return Result(value, tuple(run.problems))

    def _inputs(self, service: Service) -> list[Element]:
        return [self._elements[key] for key in service.inputs]

    def _key(self, name: str) -> Key:
        """Its own element of this name before one that it imports, a decision before any other."""
        name = " ".join(name.split())
        others = [one for one in self._elements.values() if not isinstance(one, InputData)]
        found = [one for one in others if name in {one.name, one.title}]
        found.sort(key=lambda one: (not self._is_own(one), type(one) is not Decision, one.title != name))
        if not found:
            raise DecisionError(f"The model has no decision '{name}'")
        return found[0].key

    def _is_own(self, element: Element) -> bool:
        return element.key[0] == self._namespace


class _Given:
    """Finds the value of an input: by `{namespace}name`, under the name of its import, or by name."""

    def __init__(self, inputs: Mapping[str, object], prefixes: Mapping[str, set[str]]) -> None:
        self._inputs = inputs
        self._prefixes = prefixes

    def __call__(self, element: Element) -> object:
        namespace, name = element.key[0], element.name
        prefixes = self._prefixes.get(namespace, ())
        for key in (f"{{{namespace}}}{name}", *(f"{prefix}.{name}" for prefix in prefixes)):
            if key in self._inputs:
                return self._inputs[key]
        for prefix in prefixes:
            imported = self._inputs.get(prefix)
            if isinstance(imported, dict) and name in imported:
                return imported[name]
        return self._inputs.get(name)


class _Part:
    """One file of a model."""

    def __init__(self, top: Xml, names: frozenset[str], items: dict[str, Items]) -> None:
        self._top = top
        self._namespace = top.get("namespace", "")
        self.imports = {one.get("name", ""): one.get("namespace", "") for one in children(top, "import")}
        self._all_items = items
        self._items = items[self._namespace] = Items(top, self._foreign)
        words = vocabulary(names, STANDARD, self._items.named)
        self._items.words = words
        self._boxed = Boxed(words, self._items)

    def elements(self) -> Iterator[Element]:
        for element in children(self._top, "inputData"):
            key, title, name, wanted = self._named(element)
            yield InputData(key=key, title=title, name=name, type=wanted)
        for element in children(self._top, "decision"):
            key, title, name, wanted = self._named(element)
            logic = self._boxed.within(element)
            yield Decision(key=key, title=title, name=name, type=wanted, needs=self._needs(element), logic=logic)
        for element in children(self._top, "businessKnowledgeModel"):
            key, title, name, wanted = self._named(element)
            logic = self._function(child(element, "encapsulatedLogic"), wanted)
            yield Knowledge(key=key, title=title, name=name, type=wanted, needs=self._needs(element), logic=logic)
        for element in children(self._top, "decisionService"):
            key, title, name, wanted = self._named(element)
            inputs = self._references(element, "inputData") + self._references(element, "inputDecision")
            outputs = self._references(element, "outputDecision")
            yield Service(key=key, title=title, name=name, type=_result(wanted), outputs=outputs, inputs=inputs)

    def _function(self, element: Xml | None, wanted: Type | None) -> Node:
        """The function of a business knowledge model; its variable's type may be that of the function."""
        if element is None:
            return lambda _: None
        if element.get("kind", "FEEL") != "FEEL":
            return self._boxed.function(element)
        parameters, body, result = self._boxed.parameters(element), self._boxed.within(element), _result(wanted)
        return lambda scope: Closure(parameters, body, scope, result=result)

    def _named(self, element: Xml) -> tuple[Key, str, str, Type | None]:
        """Its key, its own name, and name and type of its variable."""
        variable = child(element, "variable")
        title, name = (" ".join(one.get("name", "").split()) if one is not None else "" for one in (element, variable))
        return (self._namespace, element.get("id", "") or title), title, name or title, self._items.referred(variable)

    def _needs(self, element: Xml) -> list[Need]:
        """What is required for values first, then functions."""
        kinds = {"informationRequirement": ("requiredInput", "requiredDecision"), "knowledgeRequirement": None}
        needs = []
        for kind, names in kinds.items():
            for requirement in children(element, kind):
                for name in names or ("requiredKnowledge",):
                    needs += [self._need(key) for key in self._references(requirement, name)]
        return needs

    def _need(self, key: Key) -> Need:
        prefix = next((name for name, namespace in self.imports.items() if namespace == key[0]), "")
        return Need(key=key, prefix="" if key[0] == self._namespace else prefix)

    def _references(self, element: Xml, name: str) -> list[Key]:
        found = []
        for one in children(element, name):
            namespace, _, key = one.get("href", "").rpartition("#")
            found.append((namespace or self._namespace, key))
        return found

    def _foreign(self, name: str, own: str) -> Type | None:
        items = self._all_items.get(self.imports.get(name, ""))
        return items.named(own) if items else None


def _result(declared: Type | None) -> Type | None:
    """The type of a function's result: what a function type says, or the type itself."""
    return declared.result if isinstance(declared, FunctionOf) else declared
