"""Decision models as the standard defines them: boxed expressions, types, functions, services, imports."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pulse.engine.embedded.dmn import standard
from pulse.engine.embedded.errors import DecisionError, ExpressionError, ModelProblem

NAMESPACE = "https://example.org/main"
OTHER = "https://example.org/other"


def model(*parts: str, namespace: str = NAMESPACE) -> bytes:
    return (
        f'<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="{namespace}">'
        f"{''.join(parts)}</definitions>"
    ).encode()


def literal(text: str, type_ref: str = "") -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f"<literalExpression {typed(type_ref)}><text>{escaped}</text></literalExpression>"


def typed(type_ref: str) -> str:
    return f'typeRef="{type_ref}"' if type_ref else ""


def needs(*references: str) -> str:
    """`d:` decision, `i:` input data, `k:` knowledge; the rest is the reference."""
    kinds = {"d": "requiredDecision", "i": "requiredInput", "k": "requiredKnowledge"}
    found = ""
    for reference in references:
        kind, _, href = reference.partition(":")
        requirement = "knowledgeRequirement" if kind == "k" else "informationRequirement"
        found += f'<{requirement}><{kinds[kind]} href="{href}"/></{requirement}>'
    return found


def decision(body: str, name: str = "d", type_ref: str = "", requires: str = "") -> str:
    return (
        f'<decision id="_{name}" name="{name}"><variable name="{name}" {typed(type_ref)}/>{requires}{body}</decision>'
    )


def entry(name: str, body: str, type_ref: str = "") -> str:
    variable = f'<variable name="{name}" {typed(type_ref)}/>' if name else ""
    return f"<contextEntry>{variable}{body}</contextEntry>"


def inputs(*names: str) -> str:
    pairs = (name.partition(":") for name in names)
    return "".join(
        f'<inputData id="_{name}" name="{name}"><variable name="{name}" {typed(kind)}/></inputData>'
        for name, _, kind in pairs
    )


def value(body: str, *others: str, type_ref: str = "", requires: str = "", **given: object) -> object:
    loaded = standard.load(model(*others, decision(body, type_ref=type_ref, requires=requires)))
    return loaded.evaluate("d", given).value


def numbers(*values: int | str) -> list[Decimal]:
    return [Decimal(value) for value in values]


NAME_AND_AGE = (
    '<itemDefinition name="tPerson"><itemComponent name="name"><typeRef>string</typeRef></itemComponent>'
    '<itemComponent name="age"><typeRef>number</typeRef></itemComponent></itemDefinition>'
)
LISTS = '<itemDefinition name="tNumbers" isCollection="true"><typeRef>number</typeRef></itemDefinition>'
COLOURS = (
    '<itemDefinition name="tColour"><typeRef>string</typeRef><allowedValues><text>"red", "blue"</text>'
    "</allowedValues></itemDefinition>"
)
FEW = (
    '<itemDefinition name="tFew" isCollection="true"><typeRef>number</typeRef><typeConstraint>'
    "<text>count(?) &lt; 3</text></typeConstraint></itemDefinition>"
)


@pytest.mark.parametrize(
    ("text", "type_ref", "expected"),
    [
        ("1 + 1", "number", Decimal(2)),
        ("1 + 1", "string", None),
        ('"x"', "tNumbers", None),
        ("[1, 2]", "tNumbers", numbers(1, 2)),
        ('[1, "x"]', "tNumbers", None),
        ("3", "tNumbers", numbers(3)),
        ("[3]", "number", Decimal(3)),
        ("null", "tNumbers", None),
        ('"red"', "tColour", "red"),
        ('"green"', "tColour", None),
        ("[1, 2, 3]", "tFew", None),
        ("[1, 2]", "tFew", numbers(1, 2)),
        ('{name: "a", age: 3, more: 1}', "tPerson", {"name": "a", "age": Decimal(3), "more": Decimal(1)}),
        ('{name: "a"}', "tPerson", None),
        ('{name: "a", age: null}', "feel:tPerson", {"name": "a", "age": None}),
        ("1", "tUnheardOf", Decimal(1)),
        ("1", "list&lt;number>", numbers(1)),
    ],
)
def test_a_result_that_is_not_of_its_type_becomes_null_and_a_list_of_one_its_part(
    text: str, type_ref: str, expected: object
) -> None:
    assert value(literal(text), NAME_AND_AGE, LISTS, COLOURS, FEW, type_ref=type_ref) == expected


def test_a_date_stands_for_its_midnight_where_a_moment_is_asked() -> None:
    assert str(value(literal('date("2026-11-22")'), type_ref="date and time")) == "2026-11-22T00:00:00Z"


def test_an_input_that_is_not_of_its_type_is_null() -> None:
    requires = needs("i:#_colour")
    parts = (COLOURS, inputs("colour:tColour"))
    assert value(literal("colour"), *parts, requires=requires, colour="blue") == "blue"
    assert value(literal("colour = null"), *parts, requires=requires, colour="green") is True
    assert value(literal("colour = null"), *parts, requires=requires) is True


def test_a_decision_sees_what_it_requires_and_nothing_else() -> None:
    parts = (inputs("a", "b"), decision(literal("a * 2"), "twice a", requires=needs("i:#_a")))
    assert value(literal("twice a + 1"), *parts, requires=needs("d:#_twice a"), a=Decimal(3)) == 7
    assert value(literal("b"), *parts, requires=needs("d:#_twice a"), a=Decimal(3), b=Decimal(1)) is None


CONTEXT = "<context>{}</context>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (CONTEXT.format(entry("a", literal("1")) + entry("b", literal("a + 1"))), {"a": 1, "b": 2}),
        (CONTEXT.format(entry("a b", literal("1")) + entry("", literal("a b + 1"))), 2),
        (CONTEXT.format(entry("a", literal("1"), "string")), {"a": None}),
        (f"<list>{literal('1')}{literal('2 * 3')}</list>", [1, 6]),
        (
            f'<relation><column name="n"/><column name="the sum"/><row>{literal("1")}{literal("2")}</row></relation>',
            [{"n": 1, "the sum": 2}],
        ),
        (f"<conditional><if>{literal('1 > 0')}</if><then>{literal('1')}</then><else/></conditional>", 1),
        (f"<conditional><if>{literal('null')}</if><then/><else>{literal('2')}</else></conditional>", 2),
        (f"<filter><in>{literal('[1, 2, 3]')}</in><match>{literal('item > 1')}</match></filter>", [2, 3]),
        (f"<filter><in>{literal('[1, 2]')}</in><match>{literal('item')}</match></filter>", 1),
        (f'<for iteratorVariable="x"><in>{literal("1")}</in><return>{literal("x + 1")}</return></for>', [2]),
        (f'<for iteratorVariable="x"><in>{literal("[1..3]")}</in><return>{literal("x")}</return></for>', [1, 2, 3]),
        (f'<some iteratorVariable="x"><in>{literal("1")}</in><satisfies>{literal("x > 0")}</satisfies></some>', True),
        (f'<every iteratorVariable="x"><in>{literal("[1, 2]")}</in><satisfies>{literal("x > 1")}</satisfies></every>',
         False),
        ("", None),
        ('<functionDefinition kind="Java"/>', None),
    ],
)  # fmt: skip
def test_each_boxed_expression_has_its_value(body: str, expected: object) -> None:
    assert value(body) == expected


def test_a_boxed_function_is_called_by_position_and_by_name_and_closes_over_its_scope() -> None:
    function = (
        f'<functionDefinition><formalParameter name="x" typeRef="number"/>{literal("x + n")}</functionDefinition>'
    )
    invoked = f'<invocation>{literal("f")}<binding><parameter name="x"/>{literal("3")}</binding></invocation>'
    body = CONTEXT.format(
        entry("n", literal("1")) + entry("f", function) + entry("a", literal("f(2)")) + entry("b", invoked)
        + entry("c", literal('f("x")')) + entry("e", literal("f()")) + entry("g", literal("f(y: 1)"))
    )  # fmt: skip
    found = value(CONTEXT.format(entry("all", body) + entry("", literal("[all.a, all.b, all.c, all.e, all.g]"))))
    assert found == [3, 4, None, None, None]


def knowledge(name: str, body: str, *parameters: str, type_ref: str = "", requires: str = "") -> str:
    formal = "".join(
        f'<formalParameter name="{p.partition(":")[0]}" {typed(p.partition(":")[2])}/>' for p in parameters
    )
    return (
        f'<businessKnowledgeModel id="_{name}" name="{name}"><variable name="{name}" {typed(type_ref)}/>'
        f"<encapsulatedLogic>{formal}{body}</encapsulatedLogic>{requires}</businessKnowledgeModel>"
    )


def test_a_business_knowledge_model_is_a_function_with_typed_parameters_and_result() -> None:
    parts = (
        knowledge("twice", literal("2 * x"), "x:number"),
        knowledge("as text", literal("x"), "x", type_ref="string"),
        knowledge("faculty", literal("if n = 0 then 1 else n * faculty(n - 1)"), "n", requires=needs("k:#_faculty")),
    )
    requires = needs("k:#_twice", "k:#_as text", "k:#_faculty")
    text = '[twice(4), twice(x: 5), twice("a"), as text(1), as text("b"), faculty(5), twice(1, 2)]'
    assert value(literal(text), *parts, requires=requires) == [8, 10, None, None, "b", 120, None]
    loaded = standard.load(model(*parts))
    assert loaded.evaluate("twice", {"x": Decimal(2)}).value == 4


SERVICE = (
    inputs("a:number")
    + decision(literal("a + 1"), "b", requires=needs("i:#_a"))
    + decision(literal("a + b"), "c", requires=needs("i:#_a", "d:#_b"))
    + '<decisionService id="_s" name="s"><variable name="s"/><outputDecision href="#_c"/><inputDecision href="#_b"/>'
    '<inputData href="#_a"/></decisionService>'
    '<decisionService id="_t" name="t"><outputDecision href="#_b"/><outputDecision href="#_c"/><inputData href="#_a"/>'
    "</decisionService>"
)


def test_a_decision_service_takes_input_data_and_then_input_decisions() -> None:
    requires = needs("k:#_s", "k:#_t")
    text = "[s(1, 10), s(b: 20, a: 1), s(1), t(2)]"
    assert value(literal(text), SERVICE, requires=requires) == [11, 21, None, {"b": 3, "c": 5}]
    loaded = standard.load(model(SERVICE))
    assert loaded.evaluate("s", {"a": Decimal(1), "b": Decimal(5)}).value == 6
    assert loaded.evaluate("t", {"a": Decimal(1)}).value == {"b": 2, "c": 3}


def test_an_imported_model_is_known_by_the_name_of_its_import() -> None:
    other = model(
        NAME_AND_AGE,
        inputs("who:tPerson"),
        knowledge("greet", literal('"Hello " + p.name'), "p:tPerson"),
        decision(literal("greet(who)"), "greeting", requires=needs("i:#_who", "k:#_greet")),
        namespace=OTHER,
    )
    requires = needs(f"d:{OTHER}#_greeting", f"k:{OTHER}#_greet")
    main = model(
        f'<import name="their model" namespace="{OTHER}"/>',
        decision(literal('their model.greeting + "|" + their model.greet({name: "B", age: 1})'), requires=requires),
        decision(literal('{name: "x"}'), "typed", type_ref="their model.tPerson"),
    )
    loaded = standard.load(main, [other])
    person = {"name": "A", "age": Decimal(1)}
    assert list(loaded) == ["d", "typed"]
    for given in (
        {"who": person},
        {f"{{{OTHER}}}who": person},
        {"their model.who": person},
        {"their model": {"who": person}},
    ):
        assert loaded.evaluate("d", given).value == "Hello A|Hello B"
    assert loaded.evaluate("typed", {}).value is None
    assert loaded.evaluate("greeting", {"who": person}).value == "Hello A"


def table(policy: str, *rules: tuple[str, str], more: str = "", output: str = "", allowed: str = "") -> str:
    rows = "".join(
        f"<rule><inputEntry><text>{test}</text></inputEntry><outputEntry><text>{result}</text></outputEntry></rule>"
        for test, result in rules
    )
    return (
        f'<decisionTable hitPolicy="{policy}" {more}><input><inputExpression><text>n</text></inputExpression>{allowed}'
        f"</input><output>{output}</output>{rows}</decisionTable>"
    )


RULES = (("&lt; 10", '"a"'), ("&lt; 5", '"b"'), ("&lt; 3", '"a"'))
LISTED = '<outputValues><text>"b", "a"</text></outputValues>'
DEFAULT = "<defaultOutputEntry><text>0</text></defaultOutputEntry>"
NUMBERS = (("1", "2"), ("1", "3"), ("2", "9"))


@pytest.mark.parametrize(
    ("body", "n", "expected"),
    [
        (table("UNIQUE", *RULES), 7, "a"),
        (table("UNIQUE", *RULES), 4, None),
        (table("UNIQUE", *RULES, output=DEFAULT), 70, Decimal()),
        (table("FIRST", *RULES), 1, "a"),
        (table("ANY", *RULES), 4, None),
        (table("ANY", *RULES), 7, "a"),
        (table("PRIORITY", *RULES, output=LISTED), 1, "b"),
        (table("OUTPUT ORDER", *RULES, output=LISTED), 1, ["b", "a", "a"]),
        (table("RULE ORDER", *RULES), 1, ["a", "b", "a"]),
        (table("COLLECT", *RULES), 70, None),
        *[
            (table("COLLECT", *NUMBERS, more=f'aggregation="{aggregation}"'), 1, Decimal(expected))
            for aggregation, expected in (("SUM", 5), ("MIN", 2), ("MAX", 3), ("COUNT", 2))
        ],
        (table("COLLECT", *NUMBERS, more='aggregation="COUNT"'), 7, Decimal()),
        (table("FIRST", ("-", "1"), allowed="<inputValues><text>[0..5]</text></inputValues>"), 6, None),
        (table("FIRST", ("-", "1"), allowed="<inputValues><text>[0..5]</text></inputValues>"), 5, Decimal(1)),
    ],
)
def test_a_hit_policy_chooses_and_a_violated_one_gives_null(body: str, n: int, expected: object) -> None:
    assert value(body, inputs("n"), requires=needs("i:#_n"), n=Decimal(n)) == expected


def test_several_outputs_are_a_context() -> None:
    body = (
        '<decisionTable><input><inputExpression><text>1</text></inputExpression></input><output name="a"/>'
        '<output name="b"/><rule><inputEntry><text>1</text></inputEntry><outputEntry><text>2</text></outputEntry>'
        "<outputEntry><text>3</text></outputEntry></rule></decisionTable>"
    )
    assert value(body) == {"a": 2, "b": 3}


def test_what_goes_wrong_in_a_decision_makes_it_null_and_is_told() -> None:
    loaded = standard.load(
        model(decision(literal("1 +"), "wrong"), decision(literal("wrong = null"), requires=needs("d:#_wrong")))
    )
    result = loaded.evaluate("d", {})
    assert result.value is True
    assert len(result.problems) == 1
    assert "wrong" in result.problems[0]


def test_a_decision_that_requires_itself_or_what_is_not_there_is_null() -> None:
    assert value(literal("1"), requires=needs("d:#_d")) is None
    assert value(literal("1"), requires=needs("d:#_missing")) is None


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(DecisionError):
        standard.load(model(decision(literal("1")))).evaluate("unknown", {})


@pytest.mark.parametrize("body", ["f(n + 1)", "f(n) + f(n)", "[f(n)]"])
def test_a_function_that_calls_itself_without_end_ends(body: str) -> None:
    parts = knowledge("f", literal(body), "n", requires=needs("k:#_f"))
    with pytest.raises(ExpressionError, match="too deep"):
        value(literal("f(1)"), parts, requires=needs("k:#_f"))


def test_a_chain_of_decisions_too_long_for_the_stack_ends_in_a_refusal() -> None:
    chain = [decision(literal("1"), f"d{n}", requires=needs(f"d:#_d{n - 1}") if n else "") for n in range(3000)]
    with pytest.raises(ExpressionError):
        standard.load(model(*chain)).evaluate("d2999", {})


@pytest.mark.parametrize(
    "body",
    [
        '<decisionTable hitPolicy="NONSENSE"><output/></decisionTable>',
        "<decisionTable/>",
        '<decisionTable hitPolicy="COLLECT" aggregation="PRODUCT"><output/></decisionTable>',
        "<decisionTable><output/><rule/></decisionTable>",
        '<literalExpression expressionLanguage="groovy"><text>1</text></literalExpression>',
    ],
)
def test_a_model_that_cannot_work_is_refused_when_it_is_read(body: str) -> None:
    with pytest.raises(ModelProblem):
        standard.load(model(decision(body)))
