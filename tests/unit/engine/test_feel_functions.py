"""FEEL's values and their functions as the standard defines them, area by area: an expression and its result."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from feel_expressions import expressions, shown

from pulse.engine.embedded import feel
from pulse.engine.embedded.errors import ExpressionError


@expressions(
    'substring("foobar", 3, 3.8) => "oba"',
    'substring("foobar", -2, 1) => "a"',
    'substring("foobar", 0) => null',
    'substring(start position: 3, string: "foobar") => "obar"',
    'substring(text: "foobar", start position: 3) => null',
    'substring("a\\U01F600b", 2, 1) => "😀"',
    'string length("\\uD83D\\uDE00") => 1',
    'upper case(["a"]) => "A"',
    "upper case([1]) => null",
    'substring before("foobar", "") => ""',
    'substring before("foobar", "x") => ""',
    'substring after("foobar", "") => "foobar"',
    'substring after("foobar", "ob") => "ar"',
    'contains("foobar", "ob") => true',
    'starts with("a", null) => null',
    'split("John Doe", "\\s") => ["John", "Doe"]',
    'split("a;b;;", ";") => ["a", "b", "", ""]',
    'string join(["a", null, "b"], "-") => "a-b"',
    'string join(["a", "b"]) => "ab"',
    'string join(["a", 1]) => null',
    'string join([]) => ""',
    'replace("abracadabra", "a(.)", "a$1$1") => "abbraccaddabbra"',
    'replace("abc", "[A-Z]", "#", "i") => "###"',
    'replace("a1", "\\d", "[$0]") => "a[1]"',
    'replace("abc", "x*", "-") => null',
    'replace("abc", "b", "$") => null',
    'replace("abc", "b", "\\\\$") => "a$c"',
    'matches("a\nb", "a.b") => false',
    'matches("a\nb", "a.b", "s") => true',
    'matches("a\nb", "^b$", "m") => true',
    'matches("hello world", " hello[ ]world", "x") => true',
    'matches("hello world", "hello\\ sworld", "x") => true',
    'matches("a", "A", "i") => true',
    'matches("a", "a", "y") => null',
    'matches("a", "[") => null',
    'matches("a\n", "a$") => false',
    'matches("x", "[A-Z-[OI]]", "i") => true',
    'matches("i", "[A-Z-[OI]]", "i") => false',
    'matches("hello world", "^\\p{ Is BasicLatin}+$", "x") => true',
    'matches("é1", "^\\p{L}\\p{N}$") => true',
    'matches("é", "\\p{Lu}") => null',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$") => null',
)
def test_strings(text: str, expected: str) -> None:
    assert shown(text) == expected


@expressions(
    "1 / 3 => 0.3333333333333333333333333333333333",
    "decimal(2.5, 0) => 2",
    "decimal(1/3, 2) => 0.33",
    "decimal(1, null) => null",
    "floor(-1.5) => -2",
    "ceiling(-1.56, 1) => -1.5",
    "round up(-1.121, 2) => -1.13",
    "round down(1.129, 2) => 1.12",
    "round half up(-5.5, 0) => -6",
    "round half down(5.5, 0) => 5",
    "round half down(5.5, null) => null",
    "round half down(5.5, 6177) => null",
    "round half down(scale: 0, n: 5.5) => 5",
    "abs(-1) => 1",
    'abs(@"-P1D") => P1D',
    "modulo(-12, 5) => 3",
    "modulo(12, -5) => -3",
    "modulo(1, 0) => null",
    "sqrt(16) => 4",
    "sqrt(-1) => null",
    "log(0) => null",
    "exp(0) => 1",
    "odd(-1) => true",
    "even(0) => true",
    "even(1.5) => null",
    "odd(n: 1) => null",
    "sum(1, 2, null) => null",
    "sum([]) => null",
    "product([2, 3, 4]) => 24",
    "mean(1, 2, 3) => 2",
    "median([6, 1, 2, 3]) => 2.5",
    "median(list: [8, 2, 5]) => 5",
    "median() => null",
    "stddev(2, 4, 7, 5) => 2.081665999466132735282297706979931",
    "stddev([1]) => null",
    "mode([6, 1, 9, 6, 1]) => [1, 6]",
    "mode([]) => []",
    'number("1 000,5", " ", ",") => 1000.5',
    'number("1,000", ",", ",") => null',
    'number("1,000", "x", ".") => null',
    'number(from: "1.000,01", decimal separator: ",", grouping separator: ".") => 1000.01',
    'number("12x") => null',
    "1.5e3 => 1500",
)
def test_numbers(text: str, expected: str) -> None:
    assert shown(text) == expected


@expressions(
    "count([1, null]) => 2",
    "count(null) => null",
    "count(1) => 1",
    'min("b", "a") => "a"',
    'max([1, "a"]) => null',
    "min([]) => null",
    'max(@"2020-01-01", @"2021-01-01") => 2021-01-01',
    "list contains([1, null], null) => true",
    "sublist([1, 2, 3], -2) => [2, 3]",
    "sublist([1, 2, 3], 2, 1) => [2]",
    "sublist([1, 2, 3], 0) => null",
    "append([1], 2, 3) => [1, 2, 3]",
    "append(1, 2) => [1, 2]",
    "concatenate([1], [2], 3) => [1, 2, 3]",
    "insert before([1, 3], 2, 2) => [1, 2, 3]",
    "insert before([1, 3], -1, 2) => [1, 2, 3]",
    "insert before([1], 3, 2) => null",
    "remove([1, 2, 3], -1) => [1, 2]",
    "remove([1], 2) => null",
    "reverse([1, 2]) => [2, 1]",
    "index of([1, 2, 1], 1) => [1, 3]",
    "union([1, 2], [2, 3]) => [1, 2, 3]",
    "distinct values([1, 1, null, null]) => [1, null]",
    "duplicate values([1, 2, 1]) => [1]",
    "flatten([[1, [2]], 3]) => [1, 2, 3]",
    "sort([3, 1, 2], function(x, y) x > y) => [3, 2, 1]",
    "sort(precedes: function(x, y) x < y, list: [3, 1]) => [1, 3]",
    "list replace([1, 2, 3], -1, 4) => [1, 2, 4]",
    "list replace([1, 2, 3], 2.5, 4) => null",
    "list replace([2, 4, 7], function(item, newItem) item < newItem, 5) => [5, 5, 7]",
    "list replace([2, 4], function(item) item = 2, 5) => null",
    "list replace([2, 4], function(item, newItem) item, 5) => null",
    "all([true, null]) => null",
    "all([]) => true",
    "any(false, true, null) => true",
    "any(null) => null",
    "all() => null",
    "[1, 2, 3][0] => null",
    "[1, 2, 3][1.5] => null",
    "true[1] => true",
    "100[false] => []",
    "null[true] => []",
    '[1, 2][if item = 1 then true else "x"] => null',
    "[{item: 1}, {item: 2}][item >= 2] => [{item: 2}]",
    "[{a: {b: 1}}, {a: {b: [2]}}].a.b => [1, [2]]",
)
def test_lists(text: str, expected: str) -> None:
    assert shown(text) == expected


@expressions(
    'date("2012-12-25").weekday => 2',
    'date("-2017-12-31").year => -2017',
    'date("999999999-12-31") => 999999999-12-31',
    'date("02012-12-25") => null',
    'date("2021-02-30") => null',
    "date(2017, 2, 29) => null",
    'date(date and time("2017-08-14T14:25:00")) => 2017-08-14',
    'time("13:20:00-05:00").time offset => -PT5H',
    'time("11:22:33-00:00") => 11:22:33Z',
    'time("24:00:00") => null',
    'time("13:20:00+19:00") => null',
    'time("13:20:00+02:00@Europe/Zurich") => null',
    'time("10:20:00@Nowhere/City") => null',
    'time(11, 59, 45.5, duration("PT2H1M")) => 11:59:45.5+02:01',
    "time(11, 59, 45, null) => 11:59:45",
    'time(date("2017-08-14")) => 00:00:00Z',
    'time("10:30:00@Europe/Paris") = time("10:30:00") => false',
    'time("10:30:00Z") = time("10:30:00+00:00") => true',
    'date and time("2018-12-08") = date and time("2018-12-08T00:00:00.0") => true',
    'date and time("2018-12-08T12:00:00+01:00") = date and time("2018-12-08T11:00:00Z") => true',
    'date and time("2018-12-08T00:00:00+00:00") = date and time("2018-12-08T00:00:00@Etc/UTC") => false',
    'date and time("2018-12-08T00:00:00") < date and time("2018-12-08T00:00:00Z") => null',
    'date and time("2021-07-01T00:00:00@Europe/Zurich") < date and time("2021-06-30T23:00:00Z") => true',
    'date and time("2011-12-31T10:15:30.123456789@Europe/Paris") => 2011-12-31T10:15:30.123456789@Europe/Paris',
    'date and time(@"2017-08-10T10:20:00+02:00", @"23:59:01") => 2017-08-10T23:59:01',
    '@"2021-01-01T10:10:10@Australia/Melbourne".timezone => "Australia/Melbourne"',
    '@"2021-01-01T10:10:10Z".timezone => null',
    '@"foo" => null',
    '@"-P1Y2M" => -P1Y2M',
    'duration("P1DT2H3.5S") => P1DT2H3.5S',
    'duration("PT0.000000001S") => PT0.000000001S',
    'duration("P1Y2M3D") => null',
    'duration("P") => null',
    'duration("P1DT") => null',
    'duration("P14M") => P1Y2M',
    'duration("P1D") = duration("PT24H") => true',
    'duration("P1Y") = duration("P365D") => null',
    'duration("P1D").hours => 0',
    'duration("P1Y").days => null',
    'years and months duration(@"2011-12-22", @"2013-08-24") => P1Y8M',
    'years and months duration(@"2013-08-24", @"2011-12-22") => -P1Y8M',
    'years and months duration(@"2017-12-31T13:00:00", @"2019-10-01") => P1Y9M',
    'day of year(@"2020-12-31") => 366',
    'day of week(date: @"2026-11-22T10:00:00") => "Sunday"',
    'month of year(@"2026-11-22") => "November"',
    'week of year(@"2005-01-01") => 53',
    'is(@"23:00:50Z", @"23:00:50+00:00") => true',
    'is(@"20:00:50+00:00", @"21:00:50+01:00") => false',
    'is(@"2012-12-25", @"2012-12-25T00:00:00Z") => false',
    "now() => 2026-11-22T09:30:00Z",
    "today() => 2026-11-22",
    "today(1) => null",
)
def test_dates_times_and_durations(text: str, expected: str) -> None:
    assert shown(text) == expected


@expressions(
    "before(1, [2..3]) => true",
    "before([1..2), [2..3]) => true",
    "before([1..2], [2..3]) => false",
    "after([5..8], 4) => true",
    "meets([1..3], [3..5]) => true",
    "met by([3..5], [1..3)) => false",
    "overlaps([1..5], [3..8]) => true",
    "overlaps([1..5), [5..8]) => false",
    "overlaps before([1..5], [3..8]) => true",
    "overlaps after([3..8], [1..5]) => true",
    "finishes(5, [1..5]) => true",
    "finished by([1..5], [3..5]) => true",
    "includes([1..10), 10) => false",
    "includes([1..10], [1..10)) => true",
    "during(range: [1..10], point: 5) => true",
    "starts([1..5], [1..10]) => true",
    "started by((1..10], 1) => false",
    "coincides([1..5], [1..5)) => false",
    'before(1, "a") => null',
    "[1..10).end included => false",
    "]1..10].start included => false",
    "1 in [null..10] => null",
    "null in [1..10] => null",
    "5 in (> 3, < 1) => true",
    "5 in != 5 => false",
    "5 in =5 => true",
    '"b" in [["f".."h"], ["a".."c"]] => true',
    "[1, 2] in [[1, 2], [3]] => true",
    'range("[2..)") = >= 2 => true',
    'range("[..2]") => null',
    'range("[3..1]") => null',
    'range("[1..x]") => null',
    'range("(date(\\"2020-01-01\\")..@\\"2020-01-02\\"]") = (@"2020-01-01"..@"2020-01-02"] => true',
    "string([1..3)) => \"[1..3)\"",
)  # fmt: skip
def test_ranges(text: str, expected: str) -> None:
    assert shown(text) == expected


@expressions(
    "{a: 1, b: a + 1}.b => 2",
    "{a: 1, a: 2} => null",
    "{foo bar: 1, b: foo bar + 1}.b => 2",
    '{"+": 1} => {+: 1}',
    "{🐎: 1}.🐎 => 1",
    'get value({a: 1}, "a") => 1',
    'get value({a: {b: 1}}, ["a", "b"]) => 1',
    "get value({a: 1}, 1) => null",
    "get entries({a: 1}) => [{key: \"a\", value: 1}]",
    'context([{key: "a", value: 1}]) => {a: 1}',
    'context([{key: "a", value: 1}, {key: "a", value: 2}]) => null',
    'context({key: "a"}) => null',
    'context put({a: 1}, "a", 2) => {a: 2}',
    'context put({y: {a: 0}}, ["y", "b"], 2) => {y: {a: 0, b: 2}}',
    'context put({y: 1}, ["y", "b"], 2) => null',
    "context put({}, [], 1) => null",
    "context merge([{a: 1}, {a: 2, b: 3}]) => {a: 2, b: 3}",
    "context merge([1]) => null",
)  # fmt: skip
def test_contexts(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_a_list_that_nests_too_deep_to_flatten_is_refused() -> None:
    with pytest.raises(ExpressionError):
        shown("flatten(" + "[" * 150 + "1" + "]" * 150 + ")")


def test_what_compares_each_with_each_is_bounded() -> None:
    with pytest.raises(ExpressionError, match="distinct"):
        shown("distinct values(for x in 1..3000 return x)")
    assert shown('string join(for x in 1..2000 return "", "' + "x" * 1000 + '")') == "null"


def test_the_reference_names_every_function() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "dmn.md").read_text()
    listed = page.partition("## Functions")[2].partition("Each by position")[0]
    assert sorted(re.findall(r"`([^`]+)`", listed)) == sorted([*feel.STANDARD.functions, "now", "today"])
