"""Compliance level 2 of the DMN Technology Compatibility Kit, whole."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from pulse.engine.embedded import dmn
from pulse.engine.embedded.errors import EmbeddedError

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def _value(element: etree._Element) -> object:
    """The value that a test case writes as `value`, `list` or `component`s."""
    found = [child for child in element if isinstance(child.tag, str)]
    if not found:
        return None
    if etree.QName(found[0]).localname == "component":
        return {str(child.get("name")): _value(child) for child in found}
    first = found[0]
    if etree.QName(first).localname == "list":
        return [_value(item) for item in first]
    if first.get(f"{XSI}nil") == "true":
        return None
    text, name = first.text or "", str(first.get(f"{XSI}type", "xsd:string")).rpartition(":")[2]
    if name in {"decimal", "double", "integer"}:
        return Decimal(text)
    if name == "boolean":
        return text == "true"
    assert name == "string", f"level 2 has no values of type {name}"
    return text


def _same(found: object, expected: object) -> bool:
    if isinstance(found, Decimal) and isinstance(expected, Decimal):
        return abs(found - expected) <= abs(expected) * Decimal("1e-10")
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(_same, found, expected))
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(_same(found[key], expected[key]) for key in found)
    return type(found) is type(expected) and found == expected


def _failures(folder: Path) -> tuple[int, list[str]]:
    count, failures = 0, []
    model = next(folder.glob("*.dmn"))
    decisions = {decision.name: decision for decision in dmn.parse(model.read_bytes(), standard=True)}
    for file in sorted(folder.glob("*-test-*.xml")):
        for case in etree.parse(file).getroot().iterchildren("{*}testCase"):
            inputs = {str(node.get("name")): _value(node) for node in case.iterchildren("{*}inputNode")}
            for result in case.iterchildren("{*}resultNode"):
                count += 1
                expected = _value(next(result.iterchildren("{*}expected")))
                name = str(result.get("name"))
                try:
                    found = dmn.evaluate_value(decisions[name], inputs)
                except EmbeddedError as problem:
                    found = problem
                if not _same(found, expected):
                    failures.append(f"{file.name} {case.get('id')} {name}: {found!r} instead of {expected!r}")
    return count, failures


def test_every_case_of_compliance_level_2_gives_the_expected_value(shared_folder: Path) -> None:
    level = shared_folder / "samples" / "dmn-tck" / "compliance-level-2"
    if not level.is_dir():
        pytest.skip("the folder has no copy of the DMN TCK")
    results = [_failures(folder) for folder in sorted(level.iterdir()) if folder.is_dir()]
    assert [failure for _, failures in results for failure in failures] == []
    assert len(results) == 28
    assert sum(count for count, _ in results) > 120
