from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulse.engine.embedded import feel
from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.feel.functions import ENGINE, engine_text

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
NAMES: dict[str, object] = {
    "amount": Decimal("80.35"),
    "text": "alpha",
    "flag": True,
    "missing": None,
    "lines": [{"sum": Decimal(2), "code": "a"}, {"sum": Decimal(3), "code": "b"}],
    "Monthly Salary": Decimal(10),
    "Approved/Declined": "yes",
}
WORDS = feel.vocabulary(NAMES)
LIST = "[" + "1, " * 1000 + "1]"


def value(text: str) -> object:
    with feel.evaluated():
        return feel.parse(text, WORDS)(feel.Scope(NAMES, NOW))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", "7"),
        ("10 + 20 / -5 - 3", "3"),
        ("2 ** 3 ** 2", "64"),
        ("-2 ** 2", "4"),
        ("-0", "0"),
        ("[[1], [2]][2][1]", "2"),
        ("amount in (1..2, 3)", None),
        ("2 in ([1..2], 3)", "true"),
        ("0.1 + 0.2", "0.3"),
        ("1 / 3", "0.3333333333333333333333333333333333"),
        ("1 / 0", "null"),
        ("missing + 1", "null"),
        ('"a" + 1', "null"),
        ("missing = null", "true"),
        ('1 = "1"', "null"),
        ("1 < missing", "null"),
        ("true and missing", "null"),
        ("false and missing", "false"),
        ("true or missing", "true"),
        ("not(missing)", "null"),
        ("12 * Monthly Salary", "120"),
        ("Approved/Declined", "yes"),
        ("if amount > 50 then 1 else 2", "1"),
        ("if missing then 1 else 2", "2"),
        ("amount between 80 and 81 and flag", "true"),
        ("amount in [80..81]", "true"),
        ("amount in (80..80.35)", "false"),
        ("amount in (1, 2, > 80)", "true"),
        ("amount in < 5", "false"),
        ("3 in [1, 2, 3]", "true"),
        ("[1,2,3,4][item > 2]", "[3, 4]"),
        ("[1,2,3][-1]", "3"),
        ("[1,2,3][4]", "null"),
        ("lines[sum > 2].code", '["b"]'),
        ("sum(lines.sum)", "5"),
        ("lines[1].code", "a"),
        ("for x in [1, 2], y in [10] return x", "[1, 2]"),
        ("for x in [1, 2] return for y in [10, 20] return x * y", "[[10, 20], [20, 40]]"),
        ("some x in lines satisfies x.sum = 3", "true"),
        ("every x in lines satisfies x.sum = 3", "false"),
        ("{a: 1, b: a + 1}.b", "2"),
        ('{"the key": 1, c d: 2}', "{the key:1, c d:2}"),
        ('date("2026-11-22") + duration("P1D")', "2026-11-23"),
        ('date("2024-01-31") + duration("P1M")', "2024-02-29"),
        ('date("2026-03-01") - date("2026-02-27")', "PT48H"),
        ('date and time("2026-11-22T10:00:00").hour', "10"),
        ('years and months duration(date("1979-05-14"), date("2026-06-16"))', "P47Y1M"),
        ('date("no date")', "null"),
        ('date("2026-13-01")', "null"),
        ("now()", "2026-11-22T09:30:00"),
        ("today()", "2026-11-22"),
        ("string(12.50)", "12.50"),
        ("decimal(1/3, 2)", "0.33"),
        ("round half up(2.5)", "3"),
        ("round up(1.121, 2)", "1.13"),
        ("floor(-1.9)", "-2"),
        ("modulo(-12, 5)", "3"),
        ('substring("foobar", -2)', "ar"),
        ('substring before("foobar", "bar")', "foo"),
        ('matches("Alpha", "^a", "i")', "true"),
        ("max([1, 3, 2])", "3"),
        ("min(4, 2)", "2"),
        ('max("a", 1)', "null"),
        ('"\\uD83D\\uDE00"', "😀"),
        ("3 in > 2 and 3 in (5, [1..4))", "true"),
        ("mean([1, 2, 3])", "2"),
        ("count(missing)", "null"),
        ("upper case(5)", "null"),
        ("no such function(1)", None),
        ("unknown(1)", "null"),
        ('"a \\"b\\" \\u00fc"', 'a "b" ü'),
        ("1 // the rest\n + 1 /* two */", "2"),
    ],
)
def test_an_expression_has_this_value(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ExpressionError):
            value(text)
    else:
        assert engine_text(value(text)) == expected


@pytest.mark.parametrize(
    ("cell", "asked", "hit"),
    [
        ("-", None, True),
        ("", 5, True),
        ("< 5", 4, True),
        ("[1..5)", 5, False),
        ("]1..5[", 3, True),
        ("1, 2, >= 7", 8, True),
        ("not(1, 2)", 3, True),
        ("not(1, 2)", 2, False),
        ("true", False, False),
        ("false", False, True),
        ("? > 4 and ? < 6", 5, True),
        ("? = 1", False, False),
        ('contains(?, "x") or true', "a", True),
        ('not(contains(?, "b")) and flag', "a", True),
        ("[5, 6]", 6, True),
        ("amount", Decimal("80.35"), True),
        ("null", None, True),
        ("null", 1, False),
        ("< 5", None, False),
    ],
)
def test_a_cell_matches_an_input(cell: str, asked: object, hit: bool) -> None:
    found = Decimal(asked) if isinstance(asked, int) and not isinstance(asked, bool) else asked
    with feel.evaluated():
        assert feel.parse_tests(cell, WORDS)(feel.Scope(NAMES, NOW).inner({"?": found})) is hit


@pytest.mark.parametrize(
    "text",
    ["", "= 5", "1 +", "(1", "[1", "{a 1}", "{a: }", "if 1 then 2", "for x return 1", "a b", '"open', "1 ]", "@", "#",
     "for in in x return 1", "function(x", '"\\uD83D"', "f(1", "> 5"],
)  # fmt: skip
def test_a_text_that_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        feel.parse(text)


@pytest.mark.parametrize(
    "hostile",
    [
        lambda: "(" * 6000 + "1" + ")" * 6000,
        lambda: "[" * 6000,
        lambda: "-" * 6000 + "1",
        lambda: "+".join("1" * 6000),
        lambda: "a" + ".b" * 6000,
        lambda: "if a then b else " * 900 + "c",
        lambda: "{a:" * 3000,
        lambda: "not(" * 3000,
        lambda: "1 in (" * 400 + "1" + "..2)" * 400,
        lambda: "1 in (" * 30 + "1" + ", 2)" * 29,
        lambda: "x" * 30_000,
        lambda: "{a: " + LIST + ", b: for x in a return for y in a return for z in a return 1}",
        lambda: "{a0: text" + "".join(f", a{n + 1}: a{n} + a{n}" for n in range(39)) + "}.a39",
        lambda: "{a0: [1]" + "".join(f", a{n + 1}: [a{n}, a{n}]" for n in range(39)) + "}.a39",
        lambda: "{a: " + LIST + ", b: for x in a return a = a}",
    ],
)
def test_a_hostile_text_ends_in_a_refusal(hostile: Callable[[], str]) -> None:
    with pytest.raises(ExpressionError):
        value(hostile())


@pytest.mark.parametrize("harmless", ["9 ** 9 ** 9 ** 9 ** 9", 'matches("' + "a" * 40 + '!", "(a+)+$")', "10 ** 7000"])
def test_a_calculation_out_of_bounds_is_null(harmless: str) -> None:
    assert value(harmless) is None


PIECES = [
    *("1", "2.5", '"a"', "text", "lines", "amount", "missing", "(", ")", "[", "]", "{", "}", ",", ":", ".", ".."),
    *("+", "-", "*", "/", "**", "=", "!=", "<", ">=", "and", "or", "not", "in", "between", "if", "then", "else"),
    *("for", "x", "return", "some", "satisfies", "function", "@", "?", "item", *ENGINE.functions),
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
def test_any_text_has_a_value_or_is_refused(text: str) -> None:
    with suppress(ExpressionError):
        value(text)
    with suppress(ExpressionError), feel.evaluated():
        feel.parse_tests(text, WORDS)(feel.Scope(NAMES, NOW))
