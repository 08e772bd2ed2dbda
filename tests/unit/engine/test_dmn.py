from __future__ import annotations

import pytest

from pulse.engine.embedded import dmn
from pulse.engine.embedded.errors import DecisionError, ExpressionError, ModelProblem, RestProblem
from pulse.engine.embedded.values import TypedValue, from_python

HEAD = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="g" name="Graph" namespace="test" '
    'xmlns:camunda="http://camunda.org/schema/1.0/dmn">'
)


def decision(body: str, *, key: str = "d", attributes: str = 'camunda:historyTimeToLive="P30D"') -> str:
    return f'<decision id="{key}" name="{key} name" {attributes}>{body}</decision>'


def model(*parts: str) -> bytes:
    return (HEAD + "".join(parts) + "</definitions>").encode()


def literal(text: str, type_ref: str = "") -> str:
    declared = f'typeRef="{type_ref}"' if type_ref else ""
    return f'<variable name="v" {declared}/><literalExpression><text>{text}</text></literalExpression>'


def table(rules: list[tuple[str, str]], *, policy: str = "UNIQUE", type_ref: str = "string", more: str = "") -> str:
    rows = "".join(
        f'<rule id="r{number}"><inputEntry><text>{test}</text></inputEntry>'
        f"<outputEntry><text>{result}</text></outputEntry></rule>"
        for number, (test, result) in enumerate(rules, 1)
    )
    return (
        f'<decisionTable hitPolicy="{policy}" {more}><input id="i" label="N"><inputExpression typeRef="integer">'
        f'<text>n</text></inputExpression></input><output id="o" label="V" name="v" typeRef="{type_ref}"/>'
        f"{rows}</decisionTable>"
    )


def run(body: str, **variables: object) -> list[dict[str, object]]:
    (found,) = dmn.parse(model(decision(body)))
    rows = dmn.evaluate(found, {name: from_python(value) for name, value in variables.items()})
    return [{name: value.value for name, value in row.items()} for row in rows]


def test_a_decision_tells_what_its_deployment_needs() -> None:
    (alone,) = dmn.parse(
        model(decision(literal("1"), attributes='camunda:historyTimeToLive="30" camunda:versionTag="7"'))
    )
    assert (alone.key, alone.name, alone.category, alone.version_tag) == ("d", "d name", "test", "7")
    assert (alone.history_time_to_live, alone.graph_id) == (30, None)
    first, _ = dmn.parse(model(decision(literal("1"), key="a"), decision(literal("1"), key="b")))
    assert (first.graph_id, first.graph_name) == ("g", "Graph")


def boxed(text: str) -> str:
    return f"<literalExpression><text>{text}</text></literalExpression>"


NEEDS_ITSELF = '<informationRequirement><requiredDecision href="#d"/></informationRequirement>'
MISSING = '<informationRequirement><requiredDecision href="#x"/></informationRequirement>'


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        (model(decision(table([("1", "2")], policy="NONSENSE"))), "hit policy 'NONSENSE'"),
        (model(decision(table([("1", "2")], policy="PRIORITY"))), "hit policy 'PRIORITY'"),
        (model(decision(table([], more='aggregation="SUM"'))), "aggregation 'SUM' of hit policy UNIQUE"),
        (model(decision(literal("1"), attributes="")), "History Time To Live"),
        (model(decision(literal("1"), attributes='camunda:historyTimeToLive="soon"')), "History Time To Live"),
        (model(decision("")), "has no expression"),
        (model(decision(literal("1")), decision(literal("1"))), "used twice"),
        (model(decision(NEEDS_ITSELF + literal("1"))), "requires itself"),
        (model(decision(MISSING + literal("1"))), "'x' does not exist"),
        (model(decision(boxed("1").replace("n>", 'n expressionLanguage="groovy">', 1))), "groovy"),
        (model(decision(table([("1", "2")]).replace("</inputEntry>", "</inputEntry><inputEntry/>"))), "more or fewer"),
        (b"<definitions", "Couldn't find end of Start Tag"),
        (b"<definitions/>", "no DMN definitions"),
        (b"not xml", "Start tag expected"),
        (b'<!DOCTYPE d [<!ENTITY e "x">]>' + model(decision(literal("1"))), "document type declaration"),
        (model("<x>" * 300 + "</x>" * 300), "depth"),
        (model(decision("<context/>")), "not supported"),
        (b" " * 3_000_000, "larger than"),
    ],
)  # fmt: skip
def test_a_model_that_cannot_work_is_refused_at_its_deployment(xml: bytes, message: str) -> None:
    with pytest.raises(ModelProblem) as problem:
        dmn.parse(xml)
    assert message in problem.value.message


def test_a_refusal_names_the_place() -> None:
    xml = model("\n", decision(table([], policy="NONSENSE").replace("<decisionTable", '<decisionTable id="t"')))
    with pytest.raises(ModelProblem) as problem:
        dmn.parse(xml)
    assert (problem.value.line, problem.value.element_id) == (2, "t")


def test_a_cell_that_does_not_parse_fails_when_it_is_asked() -> None:
    with pytest.raises(ExpressionError):
        run(table([("&gt; &gt; 5", '"x"')]), n=1)


def test_an_external_entity_is_not_read() -> None:
    xml = b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + model(decision(literal("&e;")))
    with pytest.raises(ModelProblem):
        dmn.parse(xml)


RULES = [("&lt; 10", '"a"'), ("&lt; 5", '"b"'), ("&lt; 3", '"a"')]


@pytest.mark.parametrize(
    ("policy", "n", "expected"),
    [
        ("UNIQUE", 7, ["a"]),
        ("UNIQUE", 4, None),
        ("FIRST", 1, ["a"]),
        ("ANY", 4, None),
        ("ANY", 20, []),
        ("RULE ORDER", 1, ["a", "b", "a"]),
        ("COLLECT", 4, ["a", "b"]),
    ],
)
def test_a_hit_policy_chooses_among_the_rules_that_apply(policy: str, n: int, expected: list[str] | None) -> None:
    if expected is None:
        with pytest.raises(DecisionError):
            run(table(RULES, policy=policy), n=n)
    else:
        assert [row["v"] for row in run(table(RULES, policy=policy), n=n)] == expected


def test_any_takes_rules_that_agree() -> None:
    assert run(table([("1", '"a"'), ("&lt; 2", '"a"')], policy="ANY"), n=1) == [{"v": "a"}]


@pytest.mark.parametrize(("aggregation", "expected"), [("SUM", 5), ("MIN", 2), ("MAX", 3), ("COUNT", 2)])
def test_collected_values_are_aggregated(aggregation: str, expected: int) -> None:
    body = table(
        [("1", "2"), ("1", "3"), ("2", "9")],
        policy="COLLECT",
        type_ref="integer",
        more=f'aggregation="{aggregation}"',
    )
    assert run(body, n=1) == [{"v": expected}]


def test_an_untyped_output_keeps_its_value_and_has_no_type() -> None:
    (found,) = dmn.parse(model(decision(literal("[1, {a: 0.5}]"))))
    assert dmn.evaluate(found, {}) == [{"v": TypedValue("", [1, {"a": 0.5}])}]
    assert from_python(dmn.evaluate(found, {})[0]["v"]).type == "Object"


def test_an_object_is_read_for_a_process_and_refused_for_rest() -> None:
    (found,) = dmn.parse(model(decision(literal("count(l)", "integer"))))
    variables = {"l": from_python(["a", "b"])}
    assert dmn.evaluate(found, variables, unpack_objects=True)[0]["v"].value == 2
    with pytest.raises(DecisionError):
        dmn.evaluate(found, variables)


def test_a_json_variable_that_is_none_is_an_error() -> None:
    (found,) = dmn.parse(model(decision(literal("j.a"))))
    with pytest.raises(RestProblem, match="Cannot deserialize"):
        dmn.evaluate(found, {"j": TypedValue("Json", "{")})
    with pytest.raises((RestProblem, ExpressionError)):
        dmn.evaluate(found, {"j": TypedValue("Json", "[" * 1000 + "]" * 1000)})


def need(key: str) -> str:
    return f'<informationRequirement><requiredDecision href="#{key}"/></informationRequirement>'


def test_a_required_decision_is_known_by_its_outputs_and_by_its_name() -> None:
    xml = model(
        decision(table([("1", '"x"')]), key="level"),
        decision(need("level") + literal("v + level + level name", "string"), key="top"),
    )
    top = dmn.parse(xml)[1]
    assert dmn.evaluate(top, {"n": from_python(1)})[0]["v"].value == "xxx"
    assert dmn.evaluate(top, {"n": from_python(2)})[0]["v"].value is None


def test_a_decision_that_is_required_twice_is_evaluated_once_and_all_is_recorded() -> None:
    xml = model(
        decision(table([("1", '"x"')]), key="a"),
        decision(need("a") + literal("v", "string"), key="b"),
        decision(need("a") + need("b") + literal("v", "string"), key="c"),
    )
    evaluation = dmn.evaluate_traced(dmn.parse(xml)[2], {"n": from_python(1)})
    assert [record.decision.key for record in evaluation.records] == ["a", "b", "c"]
    first = evaluation.records[0]
    assert [(column.id, value.value) for column, value in first.inputs] == [("i", 1)]
    assert [(rule, number, name, value.value) for _, rule, number, name, value in first.outputs] == [
        ("r1", 1, "v", "x")
    ]


def knowledge(name: str, parameters: str, body: str) -> str:
    formal = "".join(f'<formalParameter name="{parameter}"/>' for parameter in parameters.split())
    return (
        f'<businessKnowledgeModel id="{name}" name="{name}"><encapsulatedLogic>{formal}{boxed(body)}'
        "</encapsulatedLogic></businessKnowledgeModel>"
    )


def test_a_business_knowledge_model_is_a_function_of_its_decisions() -> None:
    models = (knowledge("take", "x y", "x - y"), knowledge("twice", "x", "2 * take(x, 1)"))
    top = decision(literal("[twice(n) + take(3, 1), take(1, 2, 3)]"))
    rows = dmn.evaluate(dmn.parse(model(*models, top))[-1], {"n": from_python(21)})
    assert rows[0]["v"].value == [42, None]


@pytest.mark.parametrize("body", ["f(n + 1)", "f(n) + f(n)", "[f(n)]", "if n = 0 then [] else f([n, n])"])
def test_a_function_that_calls_itself_without_end_ends_in_a_refusal(body: str) -> None:
    with pytest.raises(ExpressionError):
        dmn.evaluate(dmn.parse(model(knowledge("f", "n", body), decision(literal("f(1)"))))[-1], {})


def test_a_graph_too_deep_to_evaluate_ends_in_a_refusal() -> None:
    chain = [decision((need(f"d{n - 1}") if n else "") + literal("1"), key=f"d{n}") for n in range(2000)]
    with pytest.raises(ExpressionError):
        dmn.evaluate(dmn.parse(model(*chain))[-1], {})
