"""DMN XML to the model. Mistakes of structure are refused here, mistakes within cells at the evaluation."""

from __future__ import annotations

import graphlib
import re
from typing import Final

from pulse.engine.embedded import feel
from pulse.engine.embedded.dmn.model import Column, Decision, Graph, Rule, Table
from pulse.engine.embedded.dmn.xml import Element, child, children, lazy, problem, root, text
from pulse.engine.embedded.errors import ModelProblem
from pulse.engine.embedded.feel import Node

ENGINE: Final = ("http://camunda.org/schema/1.0/dmn", "http://operaton.org/schema/1.0/dmn")
POLICIES: Final = frozenset({"UNIQUE", "ANY", "FIRST", "RULE ORDER", "COLLECT"})
AGGREGATIONS: Final = frozenset({"SUM", "MIN", "MAX", "COUNT"})
NAMED: Final = ("decision", "inputData", "businessKnowledgeModel", "variable", "itemComponent", "formalParameter")


def parse(xml: bytes) -> tuple[Decision, ...]:
    """The decisions of a file, in its order, as the real engines read them. Raises ModelProblem.

    They ask for a history time to live, refuse the hit policies PRIORITY and OUTPUT ORDER and ignore default outputs.
    """
    return _Reader(root(xml)).decisions()


def _engine_attribute(element: Element, name: str) -> str | None:
    found = (element.get(f"{{{namespace}}}{name}") for namespace in ENGINE)
    return next((value for value in found if value is not None), None)


def _type_ref(element: Element | None) -> str | None:
    """`feel:string` of older models is `string`."""
    type_ref = None if element is None else element.get("typeRef")
    return type_ref.rpartition(":")[2] if type_ref else None


class _Reader:
    def __init__(self, root: Element) -> None:
        self._root = root
        self._graph = Graph()
        self._alone = len(list(children(root, "decision"))) == 1
        self._words = feel.vocabulary(found.get("name", "") for name in NAMED for found in root.iter(f"{{*}}{name}"))

    def decisions(self) -> tuple[Decision, ...]:
        for model in children(self._root, "businessKnowledgeModel"):
            for logic in children(model, "encapsulatedLogic"):
                parameters = tuple(one.get("name", "") for one in children(logic, "formalParameter"))
                body = self._expression(child(logic, "literalExpression"))
                self._graph.knowledge[str(model.get("name") or model.get("id"))] = (parameters, body)
        decisions = self._graph.decisions
        for element in children(self._root, "decision"):
            decision = self._decision(element)
            if decision.id in decisions:
                raise problem(element, f"The id '{decision.id}' is used twice")
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
            raise problem(element, "A decision has no id")
        table, literal = child(element, "decisionTable"), child(element, "literalExpression")
        if table is None and literal is None:
            raise problem(element, f"The decision '{key}' has no expression, or one that is not supported")
        variable = child(element, "variable")
        needs = [child(need, "requiredDecision") for need in children(element, "informationRequirement")]
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

    def _time_to_live(self, element: Element) -> int:
        written = _engine_attribute(element, "historyTimeToLive")
        found = re.fullmatch(r"(?:P(\d{1,6})D|(\d{1,6}))", written or "")
        if found is None:
            raise problem(element, f"History Time To Live of '{element.get('id')}' is missing or no time in days")
        return int(found[1] or found[2])

    def _expression(self, element: Element | None) -> Node:
        if element is None or not text(element):
            return lambda _: None
        language = element.get("expressionLanguage", "feel")
        if "feel" not in language.lower():
            raise problem(element, f"The expression language '{language}' is not supported")
        return lazy(text(element), self._words)

    def _table(self, element: Element) -> Table:
        policy, aggregation = element.get("hitPolicy", "UNIQUE"), element.get("aggregation")
        if policy not in POLICIES:
            raise problem(element, f"The hit policy '{policy}' is not supported")
        if aggregation is not None and (policy != "COLLECT" or aggregation not in AGGREGATIONS):
            raise problem(element, f"The aggregation '{aggregation}' of hit policy {policy} is not supported")
        outputs = tuple(map(self._output, children(element, "output")))
        if not outputs or (aggregation and len(outputs) > 1):
            raise problem(element, "The number of output columns does not fit the hit policy")
        inputs = tuple(map(self._input, children(element, "input")))
        rules = tuple(self._rule(found, len(inputs), len(outputs)) for found in children(element, "rule"))
        return Table(hit_policy=policy, aggregation=aggregation, inputs=inputs, outputs=outputs, rules=rules)

    def _input(self, element: Element) -> Column:
        expression = child(element, "inputExpression")
        return Column(
            id=element.get("id", ""),
            label=element.get("label"),
            type_ref=_type_ref(expression),
            name=_engine_attribute(element, "inputVariable") or "cellInput",
            expression=self._expression(expression),
        )

    def _output(self, element: Element) -> Column:
        return Column(
            id=element.get("id", ""),
            label=element.get("label"),
            type_ref=_type_ref(element),
            name=element.get("name", ""),
        )

    def _rule(self, element: Element, inputs: int, outputs: int) -> Rule:
        tests, results = list(children(element, "inputEntry")), list(children(element, "outputEntry"))
        if len(tests) != inputs or len(results) != outputs:
            raise problem(element, "A rule has more or fewer entries than its table has columns")
        return Rule(
            element.get("id", ""),
            tuple(lazy(text(test), self._words, feel.parse_tests) for test in tests),
            tuple(map(self._expression, results)),
        )
