from __future__ import annotations

from collections.abc import Callable

import pytest

from pulse.engine.embedded import juel
from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.values import TypedValue, from_python

VARIABLES = {
    "amount": from_python(80.35),
    "count": from_python(7),
    "text": from_python("alpha"),
    "flag": from_python(True),
    "nothing": from_python(None),
    "blank": from_python(""),
    "digits": from_python("12"),
    "data": TypedValue("Json", '{"name": "n", "n": 5, "list": [1, 2]}'),
    "lines": from_python(["a", "b"]),
    "person": from_python({"name": "x", "age": 3}),
}
set_variables: dict[str, TypedValue] = {}
VARIABLES["execution"] = TypedValue(
    "Bean", juel.Execution(VARIABLES.get, {"processBusinessKey": "bk"}, set_variables.__setitem__)
)


# Values and types as recorded from an Operaton 1.0.3 (scenario `expressions`), and more of the same rules.
@pytest.mark.parametrize(
    ("text", "type_name", "value"),
    [
        ("${amount == 80.35}", "Boolean", True),
        ("${amount + 1}", "Double", 81.35),
        ("${count / 2}", "Double", 3.5),
        ("${count % 2}", "Long", 1),
        ("${count * amount}", "Double", 562.4499999999999),
        ("${count + 1}", "Long", 8),
        ("${digits + 1}", "Long", 13),
        ("${flag and not (count > 3) or empty nothing}", "Boolean", True),
        ("${flag && !false || false}", "Boolean", True),
        ('${count > 3 ? "many" : "few"}', "String", "many"),
        ("${empty blank}", "Boolean", True),
        ("${empty nothing}", "Boolean", True),
        ("${nothing == null}", "Boolean", True),
        ("${nothing > 5}", "Boolean", False),
        ("${not empty text}", "Boolean", True),
        ('${text < "b"}', "Boolean", True),
        ('${count eq 7 and amount gt 80 and amount le 81 and text ne "x"}', "Boolean", True),
        ("Invoice ${count}: ${text}!", "String", "Invoice 7: alpha!"),
        ("just text", "String", "just text"),
        ("42", "String", "42"),
        ("${digits == 12}", "Boolean", True),
        ("${text.length()}", "Integer", 5),
        ("${text.toUpperCase()}", "String", "ALPHA"),
        ("${text.equals('alpha') ? count : 0}", "Integer", 7),
        ('${text.contains("lph")}', "Boolean", True),
        ('${data.prop("name").stringValue()}', "String", "n"),
        ('${data.prop("n").numberValue()}', "Integer", 5),
        ('${data.prop("list").elements().size()}', "Integer", 2),
        ('${data.hasProp("zzz")}', "Boolean", False),
        ('${execution.hasVariable("zzz")}', "Boolean", False),
        ('${execution.getVariable("count")}', "Integer", 7),
        ('${execution.getVariable("zzz")}', "Null", None),
        ("${execution.processBusinessKey}", "String", "bk"),
        ("${-count}", "Integer", -7),
        ("#{count}", "Integer", 7),
        ("${1}", "Long", 1),
        ("${amount > '1.5'}", "Boolean", True),
        ("${'1.5' + 1}", "Double", 2.5),
        ("${(0 - 7) % 3}", "Long", -1),
        ("${-digits}", "Long", -12),
        ("${text == 'abc' and missing or flag}", "Boolean", True),
        ("${count == '7'}", "Boolean", True),
        ("${flag == 'true'}", "Boolean", True),
        ("${lines.size()}", "Integer", 2),
        ("${lines[1]}", "String", "b"),
        ("${person.age + 1}", "Long", 4),
        ("${9223372036854775807 + 1}", "Long", -9223372036854775808),
        ("\\${text}", "String", "${text}"),
        ("${'a}b'}", "String", "a}b"),
        ("${1e7}!", "String", "1.0E7!"),
    ],
)
def test_an_expression_yields_the_engines_value_and_type(text: str, type_name: str, value: object) -> None:
    found = juel.parse(text).evaluate(VARIABLES.get)
    assert (found.type, found.value) == (type_name, value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "${missing == null}",
            "Unknown property used in expression: ${missing == null}. Cause: Cannot resolve identifier 'missing'",
        ),
        (
            "${text > 500}",
            "Error while evaluating expression: ${text > 500}. Cause: Cannot coerce 'alpha' to class java.lang.Long",
        ),
        ("${data.prop('zzz')}", "SPIN/JACKSON-JSON-01004"),
        ("${count % 0}", "/ by zero"),
        ("${count > '1.5'}", "Cannot coerce '1.5' to class java.lang.Long"),
        ("${flag < lines}", "class java.util.ArrayList cannot be cast to class java.lang.Boolean"),
        (
            "${text.getClass()}",
            "Unknown method used in expression: ${text.getClass()}. Cause: Method not found: class java.lang.String",
        ),
        ("${text.__class__}", "The class 'java.lang.String' does not have the property '__class__'."),
        ("${lines.get(9)}", "java.lang.IndexOutOfBoundsException: Index 9 out of bounds for length"),
        ("${lines.first}", 'For input string: "first"'),
        ("${flag < 10}", "Cannot coerce from class java.lang.Boolean to class java.lang.Long"),
        ("${-flag}", "Cannot negate 'class java.lang.Boolean'"),
    ],
)
def test_an_expression_that_fails_says_which_and_why(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as problem:
        juel.parse(text).evaluate(VARIABLES.get)
    assert message in problem.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${count}", "condition expression returns non-Boolean: result has class java.lang.Integer and not"),
        ("${text}", "result has class java.lang.String and not java.lang.Boolean"),
        ("yes", "result has class java.lang.String"),
        ("${'true'}", "result has class java.lang.String"),
        ("${null}", "condition expression returns null: result is null"),
    ],
)
def test_a_condition_must_be_a_boolean(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        juel.parse(text).condition(VARIABLES.get)


def test_a_condition_is_read_as_a_truth_value() -> None:
    assert juel.parse("${count > 5}").condition(VARIABLES.get) is True
    assert juel.parse("${empty text}").condition(VARIABLES.get) is False


@pytest.mark.parametrize(
    "text",
    [
        "${",
        "${}",
        "${1 +}",
        "${a b}",
        "${(1}",
        "${'open}",
        "${a ? b}",
        "${foo()}",
        "${a.}",
        "${1 2}",
        "${__import__('os')}",
    ],
)
def test_a_text_that_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        juel.parse(text)


@pytest.mark.parametrize(
    "hostile",
    [
        lambda: "${" + "(" * 5000 + "1" + ")" * 5000 + "}",
        lambda: "${" + "!" * 5000 + "true}",
        lambda: "${" + "+".join("1" * 5000) + "}",
        lambda: "${a" + ".b" * 5000 + "}",
        lambda: "${a" + "?a:a" * 4000 + "}",
        lambda: "x" * 100_000,
        lambda: "${" + "9" * 5000 + "}",
        lambda: "${1e999}",
    ],
)
def test_a_hostile_text_ends_in_a_refusal(hostile: Callable[[], str]) -> None:
    with pytest.raises(ExpressionError):
        juel.parse(hostile())


def test_the_elements_of_a_json_array_are_a_list() -> None:
    found = juel.parse("${data.prop('list').elements()}").evaluate(VARIABLES.get)
    assert (found.type, found.value) == ("Object", "[1,2]")


def test_a_json_that_is_read_is_written_anew() -> None:
    given = TypedValue("Json", ' {"b": 1.50, "a": [1e8, 1e400, {}], "b": "\\u00e9"} and more')
    for text in ("${given}", "${execution.getVariable('given')}"):
        variables = VARIABLES | {"given": given}
        variables["execution"] = TypedValue("Object", juel.Execution(variables.get, {}, set_variables.__setitem__))
        found = juel.parse(text).evaluate(variables.get)
        assert found == TypedValue("Json", '{"b":"é","a":[1.0E8,"Infinity",{}]}')


@pytest.mark.parametrize("text", ["", "no json", "{a: 1}", "[NaN]", "[" * 100_000])
def test_what_is_no_json_stops_the_expression_that_reads_it(text: str) -> None:
    with pytest.raises(ExpressionError, match="Cannot deserialize"):
        juel.parse("${empty given}").evaluate({"given": TypedValue("Json", text)}.get)


def test_a_model_can_set_a_variable() -> None:
    juel.parse("${execution.setVariable('set', text.toUpperCase())}").evaluate(VARIABLES.get)
    assert set_variables["set"] == TypedValue("String", "ALPHA")


def test_a_plain_text_is_known_as_a_constant() -> None:
    assert juel.parse("just text").constant == "just text"
    assert juel.parse("").constant == ""
    assert juel.parse("${count}").constant is None
