from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bars_under_test", ROOT / "bench" / "bars.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


def test_every_proof_names_tests_that_exist(bars: ModuleType) -> None:
    named = [test for proof in bars.PROOFS for test in proof.tests]
    assert named
    assert [test for test in named if not (ROOT / test).exists()] == []


def test_every_limit_is_a_figure_that_the_readme_names(bars: ModuleType) -> None:
    readme = (ROOT / "bench" / "README.md").read_text("utf-8")
    for bench, limits in bars.LIMITS.items():
        assert (ROOT / "bench" / f"{bench}.py").exists()
        assert all(f"`{limit.key}`" in readme for limit in limits)


def test_a_proof_with_a_failure_fails_and_one_with_a_skip_is_not_proven(bars: ModuleType, tmp_path: Path) -> None:
    own = tmp_path / "test_own.py"
    outcomes = {"pass": True, "assert False": False, "pytest.skip('absent')": None}
    for body, expected in outcomes.items():
        own.write_text(f"import pytest\ndef test_good():\n    pass\ndef test_own():\n    {body}\n", encoding="utf-8")
        row = bars.proven(bars.Proof(bar="own", tests=(str(own),)))
        assert row.passed is expected
        assert "passed" in row.figure


def test_a_proof_that_takes_too_long_fails_and_the_others_go_on(bars: ModuleType, tmp_path: Path) -> None:
    own = tmp_path / "test_own.py"
    own.write_text("import threading\ndef test_endless():\n    threading.Event().wait()\n", encoding="utf-8")
    row = bars.proven(bars.Proof(bar="own", tests=(str(own),), within_s=2))
    assert row.passed is False
    assert row.figure == "not done within 2 s"


def test_limits_hold_on_their_own_side(bars: ModuleType) -> None:
    assert bars.Limit(bar="", key="k", at_most=0.4).holds(0.4)
    assert not bars.Limit(bar="", key="k", at_most=0.4).holds(0.41)
    assert bars.Limit(bar="", key="k", at_least=4).holds(4.0)
    assert not bars.Limit(bar="", key="k", at_least=4).holds(3.9)


def test_the_report_tells_each_bar_with_its_verdict_and_is_read_back(bars: ModuleType) -> None:
    rows = [
        bars.Row(bar="speed", demanded="≤ 1", figure="2", passed=False, run_at="abc1234, 2026-11-22"),
        bars.Row(bar="proof of `pulse`", demanded="all pass", figure="not run", passed=None),
    ]
    report = bars.written(rows)
    assert "| speed | ≤ 1 | 2 | **fail** | abc1234, 2026-11-22 |" in report
    assert list(bars.read(report).values()) == rows


def test_one_bar_alone_leaves_the_others_as_they_were(bars: ModuleType, tmp_path: Path, monkeypatch) -> None:
    report, own = tmp_path / "bars.md", tmp_path / "test_own.py"
    own.write_text("def test_it() -> None: pass\n", "utf-8")
    monkeypatch.setattr(bars, "PROOFS", (bars.Proof(bar="own", tests=(str(own),)),))
    monkeypatch.setattr(bars, "LIMITS", {})
    size = bars.sized()
    report.write_text(bars.written([bars.replace(size, figure="1", passed=True, run_at="before")]), "utf-8")
    monkeypatch.setattr("sys.argv", ["bars", "--only", "OWN", "--out", str(report)])
    with pytest.raises(SystemExit) as ended:
        bars.main()
    assert ended.value.code == 0
    lines = bars.read(report.read_text("utf-8"))
    assert (lines[size.bar].figure, lines[size.bar].run_at) == ("1", "before")
    assert lines["own"].passed
    assert lines["own"].figure.startswith("1 passed")
