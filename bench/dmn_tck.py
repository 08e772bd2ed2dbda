"""How many cases of the DMN Technology Compatibility Kit our decision models pass.

DIR is any folder of the kit: models (`NNNN-name.dmn`) beside their test cases (`NNNN-name-test-NN.xml`). A case is one
`resultNode`; one that expects an error passes with null too. A case that crashes or takes too long fails alone.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from lxml import etree

from pulse.engine.embedded.dmn import standard
from pulse.engine.embedded.errors import EmbeddedError
from pulse.engine.embedded.feel import Type, temporal
from pulse.engine.embedded.feel.types import ANY, Allowed, ContextOf, ListOf
from pulse.engine.embedded.feel.values import equal

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
PRECISION = Decimal("1e-8")
NUMBERS = {"decimal", "double", "float", "integer", "int", "long"}
TEMPORAL = {
    "date": temporal.parse_date,
    "time": temporal.parse_time,
    "dateTime": temporal.parse_moment,
    "duration": temporal.parse_duration,
}


class TooLong(BaseException):
    """A case took longer than it may. No Exception, lest the evaluation take it for a mistake in a function."""


CRASHES = (Exception, TooLong)


@dataclass
class Tally:
    """What became of the cases of one model."""

    cases: int = 0
    passed: int = 0
    gaps: list[str] = field(default_factory=list)


class Untyped(str):
    """A value whose type a test case does not tell."""

    __slots__ = ()

    def readings(self) -> Iterator[object]:
        """All that it can mean."""
        yield str(self)
        for read in (Decimal, {"true": True, "false": False}.__getitem__, *TEMPORAL.values()):
            with suppress(ValueError, ArithmeticError, LookupError):
                yield read(self)


def value_of(element: etree._Element) -> object:
    """What a test case writes as `value`, `list` or `component`s; null where it writes none of them."""
    found = list(element.iterchildren("{*}value", "{*}list", "{*}component"))
    if not found or any(one.get(f"{XSI}nil") == "true" for one in found):
        return None
    match etree.QName(found[0]).localname:
        case "component":
            return {str(one.get("name")): value_of(one) for one in found}
        case "list":
            return [value_of(item) for item in found[0].iterchildren("{*}item")]
    text, kind = found[0].text or "", str(found[0].get(f"{XSI}type", "")).rpartition(":")[2]
    if not kind:
        return Untyped(text)
    if kind in NUMBERS:
        return Decimal(text.strip())
    if kind == "boolean":
        return text.strip() in {"true", "1"}
    return TEMPORAL[kind](text.strip()) if kind in TEMPORAL else text


def typed(value: object, wanted: Type | None) -> object:
    """A value with what is untyped in it as its type asks; a number where no type asks."""
    if isinstance(wanted, Allowed):
        return typed(value, wanted.base)
    if isinstance(value, dict):
        entries = wanted.entries if isinstance(wanted, ContextOf) else {}
        return {key: typed(part, entries.get(key)) for key, part in value.items()}
    if isinstance(value, list):
        return [typed(part, wanted.item if isinstance(wanted, ListOf) else None) for part in value]
    if not isinstance(value, Untyped):
        return value
    readings = list(value.readings())
    if wanted is None or wanted == ANY:
        return next((one for one in readings if isinstance(one, Decimal | bool)), str(value))
    item = wanted.item if isinstance(wanted, ListOf) else wanted
    return next((one for one in readings if item.holds(one)), str(value))


def same(found: object, expected: object) -> bool:
    """Whether a result is what a case expects; numbers may differ in the ninth digit."""
    if isinstance(expected, Untyped):
        return any(same(found, one) for one in expected.readings())
    if isinstance(found, Decimal) and isinstance(expected, Decimal):
        return abs(found - expected) <= max(abs(expected), Decimal(1)) * PRECISION
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(same(found[key], expected[key]) for key in found)
    return equal(found, expected) is True


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Of CPU time, so that a busy machine fails no case."""

    def stop(_: int, __: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def gap(model: standard.Model, case: etree._Element, result: etree._Element, seconds: float) -> str | None:
    """Why a case fails; None if it passes."""
    try:
        expecting = next(result.iterchildren("{*}expected"), None)
        expected = None if expecting is None else value_of(expecting)
        with at_most(seconds):
            found = model.evaluate(str(result.get("name")), given(case, model)).value
    except EmbeddedError as problem:
        return None if expected is None else f"{problem} instead of {expected}"
    except TooLong:
        return f"took more than {seconds} s of CPU"
    except CRASHES as crash:
        return f"crashed: {type(crash).__name__}: {crash}"
    if same(found, expected) or (result.get("errorResult") == "true" and found is None):
        return None
    return f"{found} instead of {expected}"


def imported(file: Path, folder: Path) -> Iterator[Path]:
    """The models that a model imports: where it says they are, else by their namespace among all in its folder."""
    by_namespace = {}
    for other in sorted(folder.rglob("*.dmn")):
        with suppress(etree.XMLSyntaxError):
            by_namespace.setdefault(etree.parse(other).getroot().get("namespace"), other)
    for one in etree.parse(file).getroot().iterchildren("{*}import"):
        located = file.parent / one.get("locationURI", "")
        other = located if located.is_file() else by_namespace.get(one.get("namespace"))
        if other is not None and other != file:
            yield other


def loaded(tests: Path, top: etree._Element) -> standard.Model:
    """The model of a file of test cases, with those it imports, directly or not."""
    file = tests.parent / (top.findtext("{*}modelName") or "").strip()
    if not file.is_file():
        file = min(tests.parent.glob("*.dmn"), default=file)
    files = [file]
    for one in files:
        files += [other for other in imported(one, tests.parent) if other not in files]
    model, *others = [one.read_bytes() for one in files]
    return standard.load(model, others)


def given(case: etree._Element, model: standard.Model) -> dict[str, object]:
    """The inputs of a case by name, with their namespace where the case tells it."""
    found, types = {}, model.inputs
    for node in case.iterchildren("{*}inputNode"):
        name, namespace = str(node.get("name")), node.get("namespace")
        value = typed(value_of(node), types.get(name))
        found[f"{{{namespace}}}{name}" if namespace else name] = value
    return found


def run(tests: Path, top: etree._Element, tally: Tally, seconds: float) -> None:
    """All cases of one file of test cases."""
    model: standard.Model | None = None
    why_not = ""
    try:
        with at_most(seconds):
            model = loaded(tests, top)
    except CRASHES as problem:
        why_not = f"the model cannot be read: {type(problem).__name__}: {problem}"
    for case in top.iterchildren("{*}testCase"):
        for result in case.iterchildren("{*}resultNode"):
            tally.cases += 1
            why = gap(model, case, result, seconds) if model else why_not
            if why is None:
                tally.passed += 1
            else:
                tally.gaps.append(f"{tests.name} {case.get('id')} {result.get('name')}: {why}")


def tallies(folder: Path, seconds: float) -> dict[str, Tally]:
    """By folder of a model, relative to DIR."""
    found: dict[str, Tally] = {}
    for file in sorted(folder.rglob("*.xml")):
        try:
            top = etree.parse(file).getroot()
        except etree.XMLSyntaxError:
            continue
        if etree.QName(top).localname == "testCases":
            run(file, top, found.setdefault(str(file.parent.relative_to(folder)), Tally()), seconds)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", metavar="DIR", type=Path, help="a folder of the kit")
    parser.add_argument("--case-s", type=float, default=5, help="CPU seconds that a case may take (default 5)")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        parser.error(f"{arguments.folder} is no folder")
    found = tallies(arguments.folder, arguments.case_s)
    cases, passed = sum(one.cases for one in found.values()), sum(one.passed for one in found.values())
    if not cases:
        parser.error(f"{arguments.folder} holds no test cases")
    if arguments.json:
        models = {name: {"cases": one.cases, "passed": one.passed, "gaps": one.gaps} for name, one in found.items()}
        print(json.dumps({"cases": cases, "passed": passed, "rate": round(passed / cases, 4), "models": models}))
        return 0
    for name, one in found.items():
        print(f"{name:50} {one.passed:5} of {one.cases}")
        for line in one.gaps:
            print(f"    {line}")
    print(f"{'all':50} {passed:5} of {cases} ({passed / cases:.1%})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
