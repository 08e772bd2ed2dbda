"""DMN XML to the model. Mistakes of structure are refused here, mistakes within cells at the evaluation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree

from pulse.engine.embedded.dmn.model import Decision, Graph
from pulse.engine.embedded.dmn.table import AGGREGATORS, Input, Output, Rule, Table, table_value
from pulse.engine.embedded.errors import ExpressionError, ModelProblem
from pulse.engine.embedded.feel import Node, Scope, nodes, parse_tests
from pulse.engine.embedded.feel import parse as parse_feel
from pulse.engine.embedded.feel.lexer import special_names

MODEL: Final = re.compile(r"https?://www\.omg\.org/spec/DMN/\d{8}/(MODEL/|dmn\.xsd|dmn-11\.xsd)")
ENGINE: Final = ("http://camunda.org/schema/1.0/dmn", "http://operaton.org/schema/1.0/dmn")
POLICIES: Final = frozenset({"UNIQUE", "ANY", "FIRST", "RULE ORDER", "COLLECT"})
STANDARD_POLICIES: Final = POLICIES | {"PRIORITY", "OUTPUT ORDER"}
LARGEST: Final = 2_000_000
BOXED: Final = (
    *("decisionTable", "literalExpression", "context", "list", "relation"),
    *("invocation", "functionDefinition"),
)


def parse(xml: bytes, *, standard: bool = False) -> tuple[Decision, ...]:
    """The decisions of a file, in its order. Raises ModelProblem.

    The engine's dialect asks for a history time to live and refuses the hit policies PRIORITY and OUTPUT ORDER;
    with `standard` the model is read as the DMN standard says.
    """
    try:
        return _Reader(_root(xml), standard=standard).decisions()
    except ExpressionError as problem:
        raise ModelProblem(problem.message) from None


def _root(xml: bytes) -> etree._Element:
    if len(xml) > LARGEST:
        raise ModelProblem(f"The model is larger than {LARGEST} bytes")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        line, column = getattr(problem, "position", (0, 0))
        raise ModelProblem(str(problem), int(line), int(column)) from None
    if getattr(root.getroottree().docinfo, "doctype", ""):
        raise ModelProblem("A model must not hold a document type declaration", 1)
    name = etree.QName(root)
    if name.localname != "definitions" or not MODEL.fullmatch(name.namespace or ""):
        raise ModelProblem("The root element is no DMN definitions", _line(root))
    return root


def _line(element: etree._Element) -> int:
    line: object = element.sourceline
    return line if isinstance(line, int) else 0


def _engine_attribute(element: etree._Element, name: str) -> str | None:
    found = (element.get(f"{{{namespace}}}{name}") for namespace in ENGINE)
    return next((str(value) for value in found if value is not None), None)


def _child(element: etree._Element, *names: str) -> etree._Element | None:
    return next((found for name in names for found in element.iterchildren(f"{{*}}{name}")), None)


def _children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return element.iterchildren(f"{{*}}{name}")


def _text(element: etree._Element | None) -> str:
    holder = None if element is None else _child(element, "text")
    return "" if holder is None else (holder.text or "").strip()


def _plain_type(type_ref: str | None) -> str | None:
    """`feel:string` of older models is `string`."""
    return type_ref.rpartition(":")[2] if type_ref else None


class _Reader:
    def __init__(self, root: etree._Element, *, standard: bool) -> None:
        self._root = root
        self._standard = standard
        self._graph = Graph()
        named = ("decision", "inputData", "businessKnowledgeModel", "variable", "itemComponent", "formalParameter")
        self._names = special_names(str(found.get("name", "")) for name in named for found in root.iter(f"{{*}}{name}"))

    def decisions(self) -> tuple[Decision, ...]:
        for element in _children(self._root, "businessKnowledgeModel"):
            if (logic := _child(element, "encapsulatedLogic")) is not None:
                name = str(element.get("name") or element.get("id"))
                self._graph.knowledge[name] = self._signature(logic)
        elements = list(_children(self._root, "decision"))
        alone = len(elements) == 1
        for element in elements:
            decision = self._decision(element, alone=alone)
            if decision.id in self._graph.decisions:
                raise self._problem(element, f"The id '{decision.id}' is used twice")
            self._graph.decisions[decision.id] = decision
        self._check_requirements()
        return tuple(self._graph.decisions.values())

    def _problem(self, element: etree._Element, message: str) -> ModelProblem:
        return ModelProblem(message, _line(element), 0, element.get("id"))

    def _check_requirements(self) -> None:
        """Every required decision exists, and none needs itself."""
        decisions = self._graph.decisions
        done: set[str] = set()
        for decision in decisions.values():
            path: dict[str, Iterator[str]] = {decision.id: iter(decision.required)}
            while path:
                current, rest = next(reversed(path.items()))
                following = next(rest, None)
                if following is None:
                    done.add(path.popitem()[0])
                elif following in path:
                    raise ModelProblem(f"The decision '{following}' requires itself", element_id=following)
                elif following not in decisions:
                    raise ModelProblem(f"The required decision '{following}' does not exist", element_id=current)
                elif following not in done:
                    path[following] = iter(decisions[following].required)

    def _decision(self, element: etree._Element, *, alone: bool) -> Decision:
        if not element.get("id"):
            raise self._problem(element, "A decision has no id")
        logic = _child(element, *BOXED)
        if logic is None:
            raise self._problem(element, f"The decision '{element.get('id')}' has no expression")
        variable = _child(element, "variable")
        required = [_child(need, "requiredDecision") for need in _children(element, "informationRequirement")]
        table = etree.QName(logic).localname == "decisionTable"
        name = element.get("name")
        return Decision(
            id=str(element.get("id")),
            name=name,
            category=self._root.get("namespace"),
            version_tag=_engine_attribute(element, "versionTag"),
            history_time_to_live=self._time_to_live(element),
            graph_id=None if alone else self._root.get("id"),
            graph_name=None if alone else self._root.get("name"),
            required=tuple(str(need.get("href", "")).rpartition("#")[2] for need in required if need is not None),
            variable=str((None if variable is None else variable.get("name")) or name or element.get("id")),
            type_ref=None if variable is None else _plain_type(variable.get("typeRef")),
            logic=self._table(logic) if table else self._boxed(logic),
            graph=self._graph,
        )

    def _time_to_live(self, element: etree._Element) -> int | None:
        text = _engine_attribute(element, "historyTimeToLive")
        if self._standard and text is None:
            return None
        found = re.fullmatch(r"(?:P(\d{1,6})D|(\d{1,6}))", text or "")
        if found is None:
            raise self._problem(element, f"History Time To Live of '{element.get('id')}' is missing or no time in days")
        return int(found[1] or found[2])

    def _lazy(self, text: str, read: Callable[..., Node] = parse_feel) -> Node:
        """An expression that is parsed when it is first asked for, as the engine does."""
        parsed: list[Node] = []

        def run(scope: Scope) -> object:
            if not parsed:
                parsed.append(read(text, self._names))
            return parsed[0](scope)

        return Node(run)

    def _expression(self, element: etree._Element | None) -> Node:
        if element is None or not _text(element):
            return nodes.constant(None)
        language = element.get("expressionLanguage", "feel")
        if "feel" not in language.lower():
            raise self._problem(element, f"The expression language '{language}' is not supported")
        return self._lazy(_text(element))

    def _boxed(self, element: etree._Element) -> Node:
        """A boxed expression of any kind as a node that yields its FEEL value."""
        match etree.QName(element).localname:
            case "decisionTable":
                table = self._table(element)
                return Node(lambda scope: table_value(table, scope))
            case "context":
                return self._context(element)
            case "list":
                return nodes.listed([self._boxed(part) for part in element if etree.QName(part).localname in BOXED])
            case "relation":
                return self._relation(element)
            case "invocation":
                return self._invocation(element)
            case "functionDefinition":
                return nodes.function(*self._signature(element))
        return self._expression(element)

    def _signature(self, element: etree._Element) -> tuple[tuple[str, ...], Node]:
        body = _child(element, *BOXED)
        if body is None:
            raise self._problem(element, "A function has no body")
        return tuple(str(one.get("name")) for one in _children(element, "formalParameter")), self._boxed(body)

    def _context(self, element: etree._Element) -> Node:
        entries: dict[str, Node] = {}
        for entry in _children(element, "contextEntry"):
            variable, value = _child(entry, "variable"), _child(entry, *BOXED)
            if value is not None:
                # an entry without a name, the last one, is the value of the whole box
                entries["" if variable is None else str(variable.get("name"))] = self._boxed(value)

        whole = nodes.context(entries)
        return nodes.entry(whole, "") if "" in entries else whole

    def _relation(self, element: etree._Element) -> Node:
        columns = [str(column.get("name")) for column in _children(element, "column")]
        rows = [dict(zip(columns, map(self._boxed, row), strict=False)) for row in _children(element, "row")]
        cells = [cell for row in rows for cell in row.values()]
        return Node(lambda scope: [{name: cell(scope) for name, cell in row.items()} for row in rows], *cells)

    def _invocation(self, element: etree._Element) -> Node:
        named: dict[str, Node] = {}
        for binding in _children(element, "binding"):
            parameter, value = _child(binding, "parameter"), _child(binding, *BOXED)
            if parameter is not None and value is not None:
                named[str(parameter.get("name"))] = self._boxed(value)
        return nodes.call("", self._expression(_child(element, "literalExpression")), (), named)

    def _table(self, element: etree._Element) -> Table:
        policy, aggregation = str(element.get("hitPolicy", "UNIQUE")), element.get("aggregation")
        if policy not in (STANDARD_POLICIES if self._standard else POLICIES):
            raise self._problem(element, f"The hit policy '{policy}' is not supported")
        if aggregation is not None and (policy != "COLLECT" or aggregation not in AGGREGATORS):
            raise self._problem(element, f"The aggregation '{aggregation}' of hit policy {policy} is not supported")
        outputs = tuple(self._output(found) for found in _children(element, "output"))
        if not outputs or (aggregation and len(outputs) > 1):
            raise self._problem(element, "The number of output columns does not fit the hit policy")
        inputs = tuple(self._input(found) for found in _children(element, "input"))
        rules = tuple(self._rule(found, len(inputs), len(outputs)) for found in _children(element, "rule"))
        return Table(hit_policy=policy, aggregation=aggregation, inputs=inputs, outputs=outputs, rules=rules)

    def _input(self, element: etree._Element) -> Input:
        expression = _child(element, "inputExpression")
        return Input(
            id=str(element.get("id", "")),
            label=element.get("label"),
            type_ref=None if expression is None else _plain_type(expression.get("typeRef")),
            expression=self._expression(expression),
            variable=_engine_attribute(element, "inputVariable") or "cellInput",
        )

    def _output(self, element: etree._Element) -> Output:
        values, default = _child(element, "outputValues"), _child(element, "defaultOutputEntry")
        return Output(
            id=str(element.get("id", "")),
            name=str(element.get("name") or ""),
            label=element.get("label"),
            type_ref=_plain_type(element.get("typeRef")),
            priorities=self._lazy(f"[{_text(values)}]") if _text(values) else None,
            default=None if default is None else self._expression(default),
        )

    def _rule(self, element: etree._Element, inputs: int, outputs: int) -> Rule:
        tests, results = list(_children(element, "inputEntry")), list(_children(element, "outputEntry"))
        if len(tests) != inputs or len(results) != outputs:
            raise self._problem(element, "A rule has more or fewer entries than its table has columns")
        return Rule(
            str(element.get("id", "")),
            tuple(self._lazy(_text(test), parse_tests) for test in tests),
            tuple(self._expression(result) for result in results),
        )
