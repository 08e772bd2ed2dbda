"""DMN XML to the model. Mistakes of structure are refused here, mistakes within cells at the evaluation."""

from __future__ import annotations

import graphlib
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Final

from lxml import etree

from pulse.engine.embedded import feel
from pulse.engine.embedded.dmn.model import Column, Decision, Graph, Rule, Table
from pulse.engine.embedded.errors import ModelProblem
from pulse.engine.embedded.feel import Node, Vocabulary

MODEL: Final = re.compile(r"https?://www\.omg\.org/spec/DMN/\d{8}/(MODEL/|dmn\.xsd|dmn-11\.xsd)")
ENGINE: Final = ("http://camunda.org/schema/1.0/dmn", "http://operaton.org/schema/1.0/dmn")
POLICIES: Final = frozenset({"UNIQUE", "ANY", "FIRST", "RULE ORDER", "COLLECT"})
STANDARD_POLICIES: Final = POLICIES | {"PRIORITY", "OUTPUT ORDER"}
AGGREGATIONS: Final = frozenset({"SUM", "MIN", "MAX", "COUNT"})
LARGEST: Final = 2_000_000
NAMED: Final = ("decision", "inputData", "businessKnowledgeModel", "variable", "itemComponent", "formalParameter")

Element = etree._Element


def parse(xml: bytes, *, standard: bool = False) -> tuple[Decision, ...]:
    """The decisions of a file, in its order. Raises ModelProblem.

    The engine's dialect asks for a history time to live, refuses the hit policies PRIORITY and OUTPUT ORDER and
    ignores default outputs; with `standard` the model is read as the DMN standard says.
    """
    return _Reader(_root(xml), standard=standard).decisions()


def _root(xml: bytes) -> Element:
    if len(xml) > LARGEST:
        raise ModelProblem(f"The model is larger than {LARGEST} bytes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        line, column = getattr(problem, "position", (0, 0))
        raise ModelProblem(str(problem), int(line), int(column)) from None
    if getattr(root.getroottree().docinfo, "doctype", ""):
        raise ModelProblem("A model must not hold a document type declaration", 1)
    name = etree.QName(root)
    if name.localname != "definitions" or not MODEL.fullmatch(name.namespace or ""):
        raise _problem(root, "The root element is no DMN definitions")
    return root


def _problem(element: Element, message: str) -> ModelProblem:
    line: object = element.sourceline
    return ModelProblem(message, line if isinstance(line, int) else 0, 0, element.get("id"))


def _children(element: Element, name: str) -> Iterator[Element]:
    return element.iterchildren(f"{{*}}{name}")


def _child(element: Element, name: str) -> Element | None:
    return next(_children(element, name), None)


def _text(element: Element | None) -> str:
    holder = None if element is None else _child(element, "text")
    return "" if holder is None else (holder.text or "").strip()


def _engine_attribute(element: Element, name: str) -> str | None:
    found = (element.get(f"{{{namespace}}}{name}") for namespace in ENGINE)
    return next((value for value in found if value is not None), None)


def _type_ref(element: Element | None) -> str | None:
    """`feel:string` of older models is `string`."""
    type_ref = None if element is None else element.get("typeRef")
    return type_ref.rpartition(":")[2] if type_ref else None


def _lazy(text: str, words: Vocabulary, read: Callable[[str, Vocabulary], Node] = feel.parse) -> Node:
    """An expression that is parsed when it is first asked for, as the engine does."""
    parsed = cache(partial(read, text, words))
    return lambda scope: parsed()(scope)  # noqa: PLW0108 - not before it is called


class _Reader:
    def __init__(self, root: Element, *, standard: bool) -> None:
        self._root = root
        self._standard = standard
        self._graph = Graph()
        self._alone = len(list(_children(root, "decision"))) == 1
        self._words = feel.vocabulary(found.get("name", "") for name in NAMED for found in root.iter(f"{{*}}{name}"))

    def decisions(self) -> tuple[Decision, ...]:
        for model in _children(self._root, "businessKnowledgeModel"):
            for logic in _children(model, "encapsulatedLogic"):
                parameters = tuple(one.get("name", "") for one in _children(logic, "formalParameter"))
                body = self._expression(_child(logic, "literalExpression"))
                self._graph.knowledge[str(model.get("name") or model.get("id"))] = (parameters, body)
        decisions = self._graph.decisions
        for element in _children(self._root, "decision"):
            decision = self._decision(element)
            if decision.id in decisions:
                raise _problem(element, f"The id '{decision.id}' is used twice")
            decisions[decision.id] = decision
        self._check_requirements()
        return tuple(decisions.values())

    def _check_requirements(self) -> None:
        """Every required decision exists, and none needs itself."""
        required = {decision.id: decision.required for decision in self._graph.decisions.values()}
        for key, others in required.items():
            for missing in (other for other in others if other not in required):
                raise ModelProblem(f"The required decision '{missing}' does not exist", element_id=key)
        try:
            graphlib.TopologicalSorter(required).prepare()
        except graphlib.CycleError as problem:
            key = problem.args[1][0]
            raise ModelProblem(f"The decision '{key}' requires itself", element_id=key) from None

    def _decision(self, element: Element) -> Decision:
        key, name = element.get("id"), element.get("name")
        if not key:
            raise _problem(element, "A decision has no id")
        table, literal = _child(element, "decisionTable"), _child(element, "literalExpression")
        if table is None and literal is None:
            raise _problem(element, f"The decision '{key}' has no expression, or one that is not supported")
        variable = _child(element, "variable")
        needs = [_child(need, "requiredDecision") for need in _children(element, "informationRequirement")]
        return Decision(
            id=key,
            name=name,
            category=self._root.get("namespace"),
            version_tag=_engine_attribute(element, "versionTag"),
            history_time_to_live=self._time_to_live(element),
            graph_id=None if self._alone else self._root.get("id"),
            graph_name=None if self._alone else self._root.get("name"),
            required=tuple(str(need.get("href", "")).rpartition("#")[2] for need in needs if need is not None),
            variable=(None if variable is None else variable.get("name")) or name or key,
            type_ref=_type_ref(variable),
            logic=self._expression(literal) if table is None else self._table(table),
            graph=self._graph,
        )

    def _time_to_live(self, element: Element) -> int | None:
        text = _engine_attribute(element, "historyTimeToLive")
        if self._standard and text is None:
            return None
        found = re.fullmatch(r"(?:P(\d{1,6})D|(\d{1,6}))", text or "")
        if found is None:
            raise _problem(element, f"History Time To Live of '{element.get('id')}' is missing or no time in days")
        return int(found[1] or found[2])

    def _expression(self, element: Element | None) -> Node:
        if element is None or not _text(element):
            return lambda _: None
        language = element.get("expressionLanguage", "feel")
        if "feel" not in language.lower():
            raise _problem(element, f"The expression language '{language}' is not supported")
        return _lazy(_text(element), self._words)

    def _table(self, element: Element) -> Table:
        policy, aggregation = element.get("hitPolicy", "UNIQUE"), element.get("aggregation")
        if policy not in (STANDARD_POLICIES if self._standard else POLICIES):
            raise _problem(element, f"The hit policy '{policy}' is not supported")
        if aggregation is not None and (policy != "COLLECT" or aggregation not in AGGREGATIONS):
            raise _problem(element, f"The aggregation '{aggregation}' of hit policy {policy} is not supported")
        outputs = tuple(map(self._output, _children(element, "output")))
        if not outputs or (aggregation and len(outputs) > 1):
            raise _problem(element, "The number of output columns does not fit the hit policy")
        inputs = tuple(map(self._input, _children(element, "input")))
        rules = tuple(self._rule(found, len(inputs), len(outputs)) for found in _children(element, "rule"))
        return Table(hit_policy=policy, aggregation=aggregation, inputs=inputs, outputs=outputs, rules=rules)

    def _input(self, element: Element) -> Column:
        expression = _child(element, "inputExpression")
        return Column(
            id=element.get("id", ""),
            label=element.get("label"),
            type_ref=_type_ref(expression),
            name=_engine_attribute(element, "inputVariable") or "cellInput",
            expression=self._expression(expression),
        )

    def _output(self, element: Element) -> Column:
        values, default = _text(_child(element, "outputValues")), _child(element, "defaultOutputEntry")
        return Column(
            id=element.get("id", ""),
            label=element.get("label"),
            type_ref=_type_ref(element),
            name=element.get("name", ""),
            expression=self._expression(default) if self._standard and default is not None else None,
            priorities=_lazy(f"[{values}]", self._words) if values else None,
        )

    def _rule(self, element: Element, inputs: int, outputs: int) -> Rule:
        tests, results = list(_children(element, "inputEntry")), list(_children(element, "outputEntry"))
        if len(tests) != inputs or len(results) != outputs:
            raise _problem(element, "A rule has more or fewer entries than its table has columns")
        return Rule(
            element.get("id", ""),
            tuple(_lazy(_text(test), self._words, feel.parse_tests) for test in tests),
            tuple(map(self._expression, results)),
        )
