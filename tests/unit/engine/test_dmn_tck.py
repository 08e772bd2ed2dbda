"""The DMN Technology Compatibility Kit, run by bench/dmn_tck.py."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[3] / "bench" / "dmn_tck.py"


def bench(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, BENCH, *arguments], capture_output=True, text=True, check=False, timeout=600)


def figures(folder: Path, *more: str) -> dict[str, Any]:
    done = bench(folder, "--json", *more)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def level(shared_folder: Path, number: int) -> Path:
    folder = shared_folder / "samples" / "dmn-tck" / f"compliance-level-{number}"
    if not folder.is_dir():
        pytest.skip(f"the folder has no copy of level {number} of the DMN TCK")
    return folder


def test_every_case_of_compliance_level_2_gives_the_expected_value(shared_folder: Path) -> None:
    found = figures(level(shared_folder, 2))
    assert [gap for model in found["models"].values() for gap in model["gaps"]] == []
    assert (len(found["models"]), found["cases"], found["passed"]) == (28, 126, 126)


def test_six_of_ten_cases_of_compliance_level_3_give_the_expected_value(shared_folder: Path) -> None:
    found = figures(level(shared_folder, 3))
    assert found["cases"] > 1000
    assert found["passed"] / found["cases"] >= 0.6


MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="https://example.org/tiny">
  <inputData id="_n" name="n"><variable name="n" typeRef="number"/></inputData>
  <decision id="_twice" name="twice"><variable name="twice"/>
    <informationRequirement><requiredInput href="#_n"/></informationRequirement>
    <literalExpression><text>{sum: n * 2, all: [n, null], day: date("2026-11-22")}</text></literalExpression></decision>
  <inputData id="_row" name="row"><variable name="row" typeRef="tRow"/></inputData>
  <itemDefinition name="tRow"><itemComponent name="zip"><typeRef>string</typeRef></itemComponent>
    <itemComponent name="sum"><typeRef>number</typeRef></itemComponent>
    <itemComponent name="days" isCollection="true"><typeRef>date</typeRef></itemComponent></itemDefinition>
  <decision id="_untyped" name="untyped"><variable name="another name"/>
    <informationRequirement><requiredInput href="#_row"/></informationRequirement>
    <literalExpression><text>{zip: row.zip, sum: row.sum + 1, year: row.days[1].year}</text></literalExpression>
  </decision>
  <decision id="_wrong" name="wrong"><variable name="wrong"/>
    <literalExpression><text>1 +</text></literalExpression></decision>
  <decision id="_slow" name="slow"><variable name="slow"/>
    <literalExpression><text>matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "a*a*a*a*a*a*a*a*a*a*a*b")</text>
    </literalExpression></decision>
</definitions>"""
CASES = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><modelName>0001-tiny.dmn</modelName>
  <testCase id="right"><inputNode name="n"><value xsi:type="xsd:decimal">3</value></inputNode>
    <resultNode name="twice" type="decision"><expected>
      <component name="sum"><value xsi:type="xsd:decimal">6.0</value></component>
      <component name="all"><list><item><value xsi:type="xsd:decimal">3</value></item>
        <item><value xsi:nil="true"/></item></list></component>
      <component name="day"><value xsi:type="xsd:date">2026-11-22</value></component></expected></resultNode></testCase>
  <testCase id="untyped"><inputNode name="row"><component name="zip"><value>3011</value></component>
    <component name="sum"><value>2</value></component>
    <component name="days"><list><item><value>2026-11-22</value></item></list></component></inputNode>
    <resultNode name="untyped"><expected><component name="zip"><value xsi:type="xsd:string">3011</value></component>
      <component name="sum"><value>3.0</value></component><component name="year"><value>2026</value></component>
    </expected></resultNode></testCase>
  <testCase id="other"><inputNode name="n"><value xsi:type="xsd:decimal">4</value></inputNode>
    <resultNode name="twice"><expected><value xsi:type="xsd:decimal">6</value></expected></resultNode></testCase>
  <testCase id="error"><resultNode name="wrong" errorResult="true"/></testCase>
  <testCase id="null"><resultNode name="wrong"><expected><value xsi:nil="true"/></expected></resultNode></testCase>
  <testCase id="no error"><inputNode name="n"><value xsi:type="xsd:decimal">4</value></inputNode>
    <resultNode name="twice" errorResult="true"/></testCase>
  <testCase id="unreadable"><inputNode name="n"><value xsi:type="xsd:date">soon</value></inputNode>
    <resultNode name="twice"/></testCase>
  <testCase id="unknown"><resultNode name="nobody"><expected><value>x</value></expected></resultNode></testCase>
  <testCase id="slow"><resultNode name="slow"><expected><value xsi:nil="true"/></expected></resultNode></testCase>
</testCases>"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    folder = tmp_path / "0001-tiny"
    folder.mkdir()
    (folder / "0001-tiny.dmn").write_text(MODEL)
    (folder / "0001-tiny-test-01.xml").write_text(CASES)
    broken = tmp_path / "0002-broken"
    broken.mkdir()
    (broken / "0002-broken.dmn").write_text("<nothing/>")
    (broken / "0002-broken-test-01.xml").write_text(CASES.replace("0001-tiny", "0002-broken"))
    (broken / "notes.xml").write_text("no test cases")
    return tmp_path


def test_the_bench_counts_a_case_for_each_result_and_tells_why_each_of_the_others_fails(tiny: Path) -> None:
    found = figures(tiny, "--case-s", "0.5")
    right = found["models"]["0001-tiny"]
    assert (right["cases"], right["passed"]) == (9, 4)
    failed = {gap.partition(": ")[0].split(" ", 1)[1]: gap.partition(": ")[2] for gap in right["gaps"]}
    assert set(failed) == {"other twice", "no error twice", "unreadable twice", "unknown nobody", "slow slow"}
    assert "instead of 6" in failed["other twice"]
    assert failed["unreadable twice"].startswith("crashed: ValueError")
    assert failed["slow slow"] == "took more than 0.5 s of CPU"
    broken = found["models"]["0002-broken"]
    assert (broken["cases"], broken["passed"]) == (9, 0)
    assert all("the model cannot be read" in gap for gap in broken["gaps"])
    assert (found["cases"], found["passed"], found["rate"]) == (18, 4, 0.2222)


def test_a_model_imports_from_where_it_says_or_from_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "0003-imports"
    (folder / "theirs").mkdir(parents=True)
    other = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="https://example.org/{0}">
      <decision id="_d" name="d"><literalExpression><text>"{1}"</text></literalExpression></decision></definitions>"""
    (folder / "a.dmn").write_text(other.format("located", "the wrong one"))
    (folder / "theirs" / "b.dmn").write_text(other.format("located", "located"))
    (folder / "c.dmn").write_text(other.format("beside", "beside"))
    (folder / "unread.dmn").write_text("<definitions")
    needed = "".join(
        f'<informationRequirement><requiredDecision href="https://example.org/{name}#_d"/></informationRequirement>'
        for name in ("located", "beside")
    )
    (folder / "0003-imports.dmn").write_text(
        '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="https://example.org/main">'
        '<import name="x" namespace="https://example.org/located" locationURI="theirs/b.dmn"/>'
        '<import name="y" namespace="https://example.org/beside"/><decision id="_m" name="m">'
        f"{needed}<literalExpression><text>x.d + y.d</text></literalExpression></decision></definitions>"
    )
    (folder / "0003-imports-test-01.xml").write_text(
        "<testCases><modelName>0003-imports.dmn</modelName><testCase><resultNode name='m'><expected>"
        "<value>locatedbeside</value></expected></resultNode></testCase></testCases>"
    )
    assert figures(tmp_path)["passed"] == 1


def test_without_json_the_bench_prints_each_model_and_its_gaps(tiny: Path) -> None:
    done = bench(tiny / "0001-tiny", "--case-s", "0.5")
    assert done.returncode == 0
    assert "4 of 9" in done.stdout
    assert "slow: took more than" in done.stdout


def test_a_folder_without_test_cases_is_wrong_usage(tmp_path: Path) -> None:
    assert bench(tmp_path, "--json").returncode == 2
    assert bench(tmp_path / "missing").returncode == 2
