"""Boxed expressions of a model to nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pulse.engine.embedded.dmn.standard.items import Items
from pulse.engine.embedded.dmn.standard.table import Input, Output, Rule, Table
from pulse.engine.embedded.dmn.xml import Element, child, children, lazy, problem, text
from pulse.engine.embedded.feel import Closure, Node, Scope, Type, Vocabulary, coerced, parse_tests
from pulse.engine.embedded.feel import nodes as feel_nodes

POLICIES: Final = frozenset({"UNIQUE", "ANY", "FIRST", "RULE ORDER", "COLLECT", "PRIORITY", "OUTPUT ORDER"})
AGGREGATIONS: Final = frozenset({"SUM", "MIN", "MAX", "COUNT"})


def _nothing(_: Scope) -> None:
    return None


class Boxed:
    """Reads the expressions of one model."""

    def __init__(self, words: Vocabulary, items: Items) -> None:
        self._words = words
        self._items = items
        self._readers: Mapping[str, Callable[[Element], Node]] = {
            "literalExpression": self._literal,
            "decisionTable": self._table,
            "context": self._context,
            "invocation": self._invocation,
            "functionDefinition": self.function,
            "list": self._list,
            "relation": self._relation,
            "conditional": self._conditional,
            "filter": self._filter,
            "for": self._loop,
            "some": self._quantified,
            "every": self._quantified,
        }

    def within(self, element: Element | None) -> Node:
        """The expression that an element holds; null where it holds none."""
        for found in element.iterchildren() if element is not None else ():
            name = str(found.tag).rpartition("}")[2]
            if name in self._readers:
                return _typed(self._readers[name](found), self._items.referred(found))
        return _nothing

    def function(self, element: Element) -> Node:
        """A function with formal parameters; one that is written in Java or PMML has no result."""
        if element.get("kind", "FEEL") != "FEEL":
            return _nothing
        parameters = self.parameters(element)
        body = self.within(element)
        return lambda scope: Closure(parameters, body, scope)

    def parameters(self, element: Element) -> Mapping[str, Type | None]:
        return {str(one.get("name")): self._items.referred(one) for one in children(element, "formalParameter")}

    def _text(self, element: Element | None) -> Node:
        written = text(element)
        return lazy(written, self._words) if written else _nothing

    def _literal(self, element: Element) -> Node:
        language = element.get("expressionLanguage", "feel")
        if "feel" not in language.lower():
            raise problem(element, f"The expression language '{language}' is not supported")
        return self._text(element)

    def _context(self, element: Element) -> Node:
        entries: list[tuple[str, Node]] = []
        result: Node | None = None
        for entry in children(element, "contextEntry"):
            variable, value = child(entry, "variable"), self.within(entry)
            if variable is None:
                result = value
            else:
                entries.append((str(variable.get("name")), _typed(value, self._items.referred(variable))))

        def run(scope: Scope) -> object:
            found: dict[str, object] = {}
            inner = scope.inner(found)
            for name, value in entries:
                found[name] = value(inner)
            return scope.paid(found) if result is None else result(inner)

        return run

    def _invocation(self, element: Element) -> Node:
        bindings = {
            str(parameter.get("name")): self.within(binding)
            for binding in children(element, "binding")
            for parameter in children(binding, "parameter")
        }
        return feel_nodes.call_named(self.within(element), bindings)

    def _list(self, element: Element) -> Node:
        parts = [self._alone(found) for found in element.iterchildren()]
        return lambda scope: scope.paid([part(scope) for part in parts if part is not _nothing])

    def _alone(self, element: Element) -> Node:
        read = self._readers.get(str(element.tag).rpartition("}")[2])
        return _typed(read(element), self._items.referred(element)) if read else _nothing

    def _relation(self, element: Element) -> Node:
        columns = [(str(one.get("name")), self._items.referred(one)) for one in children(element, "column")]
        rows = [[self._alone(cell) for cell in row.iterchildren()] for row in children(element, "row")]

        def run(scope: Scope) -> object:
            return scope.paid(
                [
                    {name: coerced(cell(scope), wanted) for (name, wanted), cell in zip(columns, row, strict=False)}
                    for row in rows
                ]
            )

        return run

    def _conditional(self, element: Element) -> Node:
        test, yes, no = (self.within(child(element, name)) for name in ("if", "then", "else"))
        return lambda scope: yes(scope) if test(scope) is True else no(scope)

    def _filter(self, element: Element) -> Node:
        return feel_nodes.filtered(self.within(child(element, "in")), self.within(child(element, "match")))

    def _iterators(self, element: Element) -> feel_nodes.Iterators:
        return [(element.get("iteratorVariable", ""), self.within(child(element, "in")), None)]

    def _loop(self, element: Element) -> Node:
        return feel_nodes.loop(self._iterators(element), self.within(child(element, "return")), partial=True)

    def _quantified(self, element: Element) -> Node:
        decisive = str(element.tag).endswith("some")
        test = self.within(child(element, "satisfies"))
        return feel_nodes.quantified(self._iterators(element), test, decisive=decisive)

    def _table(self, element: Element) -> Node:
        policy, aggregation = element.get("hitPolicy", "UNIQUE"), element.get("aggregation")
        if policy not in POLICIES:
            raise problem(element, f"The hit policy '{policy}' is not supported")
        outputs = [self._output(found) for found in children(element, "output")]
        if not outputs or (aggregation and (aggregation not in AGGREGATIONS or len(outputs) > 1)):
            raise problem(element, "The output columns do not fit the hit policy and its aggregation")
        inputs = [self._input(found) for found in children(element, "input")]
        rules = []
        for rule in children(element, "rule"):
            tests, results = list(children(rule, "inputEntry")), list(children(rule, "outputEntry"))
            if len(tests) != len(inputs) or len(results) != len(outputs):
                raise problem(rule, "A rule has more or fewer entries than its table has columns")
            rules.append(Rule([self._tests(test) for test in tests], [self._text(result) for result in results]))
        return Table(policy=policy, aggregation=aggregation, inputs=inputs, outputs=outputs, rules=rules)

    def _tests(self, element: Element) -> Node:
        return lazy(text(element), self._words, parse_tests)

    def _input(self, element: Element) -> Input:
        expression, values = child(element, "inputExpression"), child(element, "inputValues")
        allowed = self._tests(values) if values is not None and text(values) else None
        return Input(self._text(expression), self._items.referred(expression), allowed)

    def _output(self, element: Element) -> Output:
        default, values = child(element, "defaultOutputEntry"), text(child(element, "outputValues"))
        return Output(
            element.get("name", ""),
            self._items.referred(element),
            None if default is None else self._text(default),
            lazy(f"[{values}]", self._words) if values else None,
        )


def _typed(node: Node, wanted: Type | None) -> Node:
    return node if wanted is None else lambda scope: coerced(node(scope), wanted)
