"""FEEL as the standard defines it: operators, types, loops and functions of one's own, and whatever text comes."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from feel_expressions import NAMES, WORDS, expressions, shown
from hypothesis import given, settings
from hypothesis import strategies as st

from pulse.engine.embedded import feel
from pulse.engine.embedded.errors import ExpressionError


@expressions(
    '@"2021-01-02" - @"2021-01-01T10:10:10" => null',
    '@"2021-01-02" - @"2021-01-01T10:10:10+11:00" => P1DT49M50S',
    '@"2021-01-02" - @"-PT25H" => 2021-01-03',
    '@"2020-01-31" + @"P1M" => 2020-02-29',
    '@"P1D" + @"2021-01-02" => 2021-01-03',
    '@"23:30:00+01:00" + @"PT1H" => 00:30:00+01:00',
    '@"10:00:00" - @"11:00:00Z" => null',
    '@"10:00:00" - @"11:30:00" => -PT1H30M',
    '-2.5 * @"P1Y11M" => -P4Y9M',
    '@"P10Y11M" / 2.5 => P4Y4M',
    '@"P10D" / @"P4D" => 2.5',
    '@"P1D" / 0 => null',
    '2 / @"P1D" => null',
    '@"P1D" - @"P1Y" => null',
    '@"2021-01-01" + 1 => null',
    '"a" + 1 => null',
    '"a" - "a" => null',
    "2 ** 3 ** 2 => 64",
    "10 ** 7000 => null",
    "[1] + 1 => null",
    "(function(a) a) + 1 => null",
)
def test_arithmetic(text: str, expected: str) -> None:
    assert shown(text) == expected


@expressions(
    "null instance of Any => false",
    "1 instance of number => true",
    "[1] instance of list<number> => true",
    '[1, "a"] instance of list<number> => false',
    '{a: null} instance of context<a: string> => true',
    "{a: {b: 1}} instance of context<a: context<b: string>> => false",
    '@"PT1H" instance of days and time duration and true => true',
    '@"2020-01-01" instance of date and time => false',
    "[1..2] instance of range<number> => true",
    "(function(a: string, b: number) 1) instance of function<string, number>->number => true",
    "(function(a: string) 1) instance of function<string, number>->number => false",
    "count instance of function<list>->number => true",
)  # fmt: skip
def test_types(text: str, expected: str) -> None:
    assert shown(text) == expected


@expressions(
    "for x in [1, 2], y in [x, 10] return x * y => [1, 10, 4, 20]",
    "for i in 3..1 return i => [3, 2, 1]",
    'for d in @"2020-02-28"..@"2020-03-01" return d.day => [28, 29, 1]',
    "for i in 0..4 return if i = 0 then 1 else i * partial[-1] => [1, 1, 2, 6, 24]",
    "for i in in a list return i => [\"a\", \"b\"]",
    "some x in [1, 2], y in [2, 3] satisfies x = y => true",
    "every x in [] satisfies false => true",
    "for x in null return x => null",
    "some x in null satisfies true => null",
    "for x in 1 return x => [1]",
    'some x in [1] satisfies "no boolean" => null',
    "(function(a, b) a * b)(2, 3) => 6",
    "(function(a) function(b) a + b)(1)(2) => 3",
    "(function(a: number) a)(\"x\") => null",
    "(function(a) a)(b: 1) => null",
    "{f: function(x) x * 2, r: f(4)}.r => 8",
    "{f: abs, r: f(-4)}.r => 4",
    "1(2) => null",
    "(function(a) external {java: {class: \"C\", method signature: \"m\"}})(1) => null",
    "if null then 1 else 2 => 2",
    "2 between 1 and null => null",
    "1 = \"1\" => null",
    "[1] = 1 => null",
    "true and 1 => null",
    "false and 1 => false",
    "not(1) => null",
)  # fmt: skip
def test_loops_functions_and_logic(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_a_loop_that_is_too_long_ends_in_a_refusal() -> None:
    with pytest.raises(ExpressionError, match="steps"):
        shown("count(for x in 1..1000, y in 1..1000 return x)")


PIECES = [
    *("1", "2.5", "-1", '"a"', '"1"', "[1, 2]", '["a"]', "{a: 1}", "null", "true", '@"2026-11-22"', '@"10:00:00Z"'),
    *('@"2026-11-22T10:00:00@Europe/Zurich"', '@"P1D"', '@"-P1M"', "[1..3)", "function(x) x", "count", "in a list"),
]


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(sorted(feel.STANDARD.functions)), st.lists(st.sampled_from(PIECES), max_size=4))
def test_any_call_of_a_function_has_a_value_or_is_null(name: str, arguments: list[str]) -> None:
    with suppress(ValueError):  # a function has no text
        shown(f"{name}({', '.join(arguments)})")


SIGNS = [
    "+",
    "-",
    "*",
    "/",
    "**",
    "=",
    "!=",
    "<",
    ">=",
    "and",
    "or",
    "in",
    "instance of",
    "number",
    ".",
    "[",
    "]",
    "(",
    ")",
]
WORDS_OF = [
    "for x in",
    "return",
    "some x in",
    "satisfies",
    "if",
    "then",
    "else",
    "between",
    "not(",
    ",",
    "..",
    "@",
    "?",
]


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, *SIGNS, *WORDS_OF, "a", "item", "x"]), max_size=9).map(" ".join))
def test_any_text_has_a_value_or_is_refused(text: str) -> None:
    scope = feel.Scope(NAMES, datetime(2026, 11, 22, tzinfo=UTC))
    with suppress(ExpressionError), feel.evaluated():
        feel.parse(text, WORDS)(scope)
    with suppress(ExpressionError), feel.evaluated():
        feel.parse_tests(text, WORDS)(scope.inner({"?": None}))
