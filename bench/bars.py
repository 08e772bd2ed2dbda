"""The proofs at full size, one after the other; what they show is written to docs/bars.md.

`python -m bench.bars` (`make bars`). A bar is a set of tests that must pass, run with PULSE_BARS=1, or a figure of a
benchmark with its limit. What was skipped is not proven, and said so. Exit code 1 where a bar is missed. With `--only`
the others' lines of the report stay, each with the commit that it was run at.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "bars.md"
_WITHIN_S = 3600


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Tests, all of which must pass in time."""

    bar: str
    tests: tuple[str, ...]
    within_s: int = _WITHIN_S


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One figure of a benchmark: at most, or at least, so much."""

    bar: str
    key: str
    at_most: float | None = None
    at_least: float | None = None
    #: Where a machine may have no answer, such as for idle cores: then it is not proven rather than missed.
    may_be_absent: bool = False

    @property
    def demanded(self) -> str:
        return f"≤ {self.at_most}" if self.at_most is not None else f"≥ {self.at_least}"

    def holds(self, figure: float) -> bool:
        above = self.at_least is None or figure >= self.at_least
        return above and (self.at_most is None or figure <= self.at_most)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the report; `passed` is None where nothing was proven."""

    bar: str
    demanded: str
    figure: str
    passed: bool | None
    #: Where it was run, such as `1a2b3c4, 2026-11-22`.
    run_at: str = ""


_VERDICTS = {True: "pass", False: "**fail**", None: "not proven"}
_INVOICES, _ENGINE, _MODELS = "tests/integration/invoices", "tests/integration/engine", "tests/integration/models"
_CLAIMS, _MAIL = "tests/integration/claims", "tests/integration/mail_gateway"
PROOFS = (
    Proof(bar="Sample forms read as written down", tests=(f"{_INVOICES}/test_samples.py",)),
    Proof(
        bar="200 synthetic forms: identifiers, dates, amounts and positions exact",
        tests=(f"{_INVOICES}/test_synthetic_forms.py",),
    ),
    Proof(
        bar="2 000 synthetic invoices of all layouts, languages and printing programs: identifiers, dates, amounts and"
        " positions exact, names and addresses ≥ 99.5 %, of what is said at ≥ 0.95 at least 99.9 % right",
        tests=(f"{_INVOICES}/test_reading_bar.py",),
    ),
    Proof(
        bar="Hostile files: a named problem within 20 s and 512 MiB",
        tests=(f"{_INVOICES}/test_hostile_files.py", f"{_INVOICES}/test_sandbox.py"),
    ),
    Proof(
        bar="Scans at 200 dpi, 40 of mixed layouts and languages: 97 % of fields exact, no wrong amount said surely",
        tests=(f"{_INVOICES}/test_mixed_scans.py", f"{_INVOICES}/test_scans.py"),
    ),
    Proof(
        bar="Several invoices in one PDF: 500 of several pages never cut, 200 files of two to five told apart (≥ 99 %)",
        tests=(f"{_INVOICES}/test_several_invoices.py",),
    ),
    Proof(bar="Pictures as documents, 5 000 mutated ones", tests=(f"{_INVOICES}/test_pictures.py",)),
    Proof(bar="Scans, noise and random bytes", tests=(f"{_INVOICES}/test_scans_and_noise.py",)),
    Proof(bar="Fault cases P1 to P12", tests=(f"{_INVOICES}/test_fault_cases.py",)),
    Proof(
        bar="100 000 mutated files: an invoice or a named problem each",
        tests=(f"{_INVOICES}/test_mutated_files.py",),
        within_s=2 * _WITHIN_S,
    ),
    Proof(bar="Text at a fifth of the cost of pdfplumber's words", tests=(f"{_INVOICES}/test_reading_cost.py",)),
    Proof(
        bar="pdfium and pdfminer: the same words and the same invoice, 2 000 synthetic ones and all samples",
        tests=(f"{_INVOICES}/test_two_text_sources.py",),
    ),
    Proof(
        bar="300 positions decided as the sources demand, and as a spreadsheet of formulas works them out",
        tests=("tests/unit/claims/test_golden_table.py", "tests/integration/claims/test_spreadsheet_positions.py"),
    ),
    Proof(
        bar="Money of any invoice: never negative, never above billed, parts add up, free of order",
        tests=("tests/unit/claims/test_money_properties.py",),
    ),
    Proof(
        bar="Every path of the process on the embedded engine, Operaton, Camunda 7 and an Operaton without Spin",
        tests=(_MODELS, "tests/integration/claims"),
    ),
    Proof(
        bar="Client and worker on the same four engines",
        tests=(f"{_ENGINE}/test_client_on_an_engine.py", f"{_ENGINE}/test_worker_on_an_engine.py"),
    ),
    Proof(
        bar="`pulse engine` runs Operaton and Camunda 7; whole invoices on an Operaton without Spin",
        tests=("tests/acceptance/test_java_engines.py", "tests/acceptance/test_the_chain_on_a_bare_engine.py"),
    ),
    Proof(bar="The engine outlives kill -9", tests=(f"{_ENGINE}/test_embedded_durability.py",)),
    Proof(
        bar="Every path of the process, and 2 000 random sequences of calls: the embedded engine answers as Operaton",
        tests=("tests/contract",),
    ),
    Proof(
        bar="Controllers and operators in the engine's own Tasklist and Cockpit",
        tests=("tests/acceptance/test_the_tasklist.py",),
    ),
    Proof(bar="Recorded scenarios of the real engine: no difference", tests=(f"{_ENGINE}/test_recorded_scenarios.py",)),
    Proof(
        bar="Workers and clients of others, unchanged, on the embedded engine", tests=("tests/integration/witnesses",)
    ),
    Proof(bar="pycamunda, unchanged, on the embedded engine", tests=(f"{_ENGINE}/test_pycamunda.py",)),
    Proof(bar="Mail: crashes between any two steps", tests=(f"{_MAIL}/test_crashes.py",)),
    Proof(
        bar="Mail: fault cases M1 to M29 against Dovecot, through a proxy that misbehaves",
        tests=(
            f"{_MAIL}/test_fault_cases_servers.py",
            f"{_MAIL}/test_fault_cases_mails.py",
            f"{_MAIL}/test_gateway.py",
            f"{_MAIL}/test_answers.py",
            f"{_MAIL}/test_imap_servers.py",
            f"{_MAIL}/test_many_gateways.py",
        ),
    ),
    Proof(
        bar="Mail: 10 000 mails in a folder in flat memory, no newsletter downloaded, the second look asks for nothing",
        tests=(f"{_MAIL}/test_large_mailboxes.py",),
    ),
    Proof(
        bar="Mail: 100 000 mutated mails, each settled within 5 s",
        tests=(f"{_MAIL}/test_mutated_mails.py",),
        within_s=3 * _WITHIN_S,
    ),
    Proof(
        bar="Mail in, letters out, over real IMAP, SMTP, engine, workers and REST",
        tests=("tests/acceptance/test_the_chain.py", "tests/acceptance/test_in_the_browser.py"),
    ),
    Proof(
        bar="Every letter in four languages and every look is PDF/A-2b, by veraPDF and by structure",
        tests=("tests/integration/letters/test_archive_validator.py", "tests/unit/letters/test_archive.py"),
    ),
    Proof(
        bar="A language model words letters that are mailed", tests=("tests/acceptance/test_model_words_letters.py",)
    ),
    Proof(
        bar="10 000 letters by a hostile writer in four languages: no wrong fact on the finished PDF",
        tests=("tests/integration/letters/test_hostile_writer.py", "tests/unit/letters/test_letter_judge.py"),
    ),
    Proof(
        bar="Gateway, worker and engine killed 30 times amid 30 invoices: nothing lost, nothing twice",
        tests=("tests/acceptance/test_crashes.py",),
    ),
    Proof(
        bar="Two Operaton nodes, 3 workers, 3 gateways, 12 kills amid 32 invoices: nothing lost, nothing twice",
        tests=("tests/acceptance/test_many_machines.py",),
    ),
    Proof(
        bar="1 000 random years of cost sharing: franchise, co-payment and payout as in LibreOffice, to the centime",
        tests=(f"{_CLAIMS}/test_spreadsheet_of_cost_share.py", "tests/unit/claims/test_cost_share.py"),
    ),
)
ENGINE_LINES = 4500
LIMITS = {
    "worker": (
        Limit(bar="No-op tasks a second over plain pycamunda, engine at no cost", key="ratio", at_least=4),
        Limit(bar="The same over camunda-external-task-client-python3", key="to_python3_client", at_least=1.2),
        Limit(bar="The same over camunda-external-task-client-js", key="to_js_client", at_least=1.2),
        Limit(bar="Connections a slot", key="connections_per_slot", at_most=1),
        Limit(bar="Two worker processes over one, handlers that wait 50 ms", key="second_process_gain", at_least=1.7),
        Limit(bar="No-op tasks a second over pycamunda on the embedded engine", key="embedded_ratio", at_least=1),
        Limit(bar="No-op tasks a second over pycamunda on Operaton", key="operaton_ratio", at_least=1),
        Limit(bar="The same over the python3 client", key="operaton_to_python3_client", at_least=1),
        Limit(bar="The same over the JavaScript client", key="operaton_to_js_client", at_least=1),
    ),
    "engine": (
        Limit(bar="Instances a second over SpiffWorkflow with its state in SQLite", key="to_spiffworkflow", at_least=3),
    ),
    "read": (
        Limit(bar="CPU a page from PDF to JSON over pdfplumber's words", key="ratio_words", at_most=0.15),
        Limit(bar="CPU of a sheet of QR codes over bare pdfium and zxing", key="ratio_annex", at_most=1.3),
        Limit(bar="Two readers over one", key="two_readers_gain_idle", at_least=1.8, may_be_absent=True),
    ),
    "decide": (
        Limit(bar="Deciding 200 positions over 20, CPU a position", key="decided_linear", at_most=1.3),
        Limit(bar="SQL statements more for 200 positions than for 20", key="statements_more", at_most=0),
    ),
    "chain": (
        Limit(bar="CPU of an invoice over the naive composition", key="ratio", at_most=0.25),
        Limit(bar="The same without reading", key="ratio_but_reading", at_most=0.4),
        Limit(bar="CPU of ten times the invoices", key="growth", at_most=11),
    ),
    "mail": (
        Limit(bar="Fetching mails 5 ms away over plain IMAPClient, one by one", key="far_ratio", at_least=2),
        Limit(bar="The same from a server on this machine", key="ratio", at_least=1.2),
        Limit(bar="The same, CPU", key="ratio_cpu", at_least=2),
    ),
    "letters": (
        Limit(bar="CPU of a letter as PDF/A over platypus with Helvetica", key="pdf_to_platypus", at_most=1.8),
        Limit(bar="The same over weasyprint", key="pdf_to_weasyprint", at_most=0.25, may_be_absent=True),
        Limit(bar="Letters a second by a model, 16 in one call over one by one", key="batch16_to_batch1", at_least=4),
    ),
    "reference": (
        Limit(bar="Peak memory of a list of 10 000 packs over one of 1 000", key="memory_growth", at_most=1.2),
        Limit(bar="CPU a pack of the same", key="time_growth", at_most=1.3),
        Limit(bar="Peak memory of a register of 50 000 clients over 5 000", key="clients_memory_growth", at_most=1.2),
        Limit(bar="CPU a client of the same", key="clients_time_growth", at_most=1.3),
    ),
}
#: What a benchmark is asked for besides its figures.
OPTIONS = {"worker": ("--operaton",), "engine": ("--operaton",)}


def proven(proof: Proof) -> Row:
    """Runs the tests; how many passed is the figure."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-q", "-p", "no:cacheprovider", "--timeout=1500", f"--junitxml={report}"]
        command = [sys.executable, "-m", "pytest", *options, *proof.tests]
        try:
            subprocess.run(command, cwd=ROOT, env=os.environ | {"PULSE_BARS": "1"}, check=False, timeout=proof.within_s)
            figure, passed = _counted(report)
        except subprocess.TimeoutExpired:
            figure, passed = f"not done within {proof.within_s} s", False
    return Row(bar=proof.bar, demanded="all pass", figure=figure, passed=passed)


def _counted(report: Path) -> tuple[str, bool | None]:
    if not report.exists():
        return "the tests did not run", False
    suites = ET.parse(report).getroot().iter("testsuite")
    tests, bad, skipped, seconds = 0, 0, 0, 0.0
    for suite in suites:
        tests += int(suite.get("tests", 0))
        bad += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
        seconds += float(suite.get("time", 0))
    good = tests - bad - skipped
    parts = [f"{good} passed"] + [f"{count} {what}" for count, what in ((bad, "failed"), (skipped, "skipped")) if count]
    complete = None if skipped or not good else True
    return f"{', '.join(parts)} in {seconds:.0f} s", False if bad else complete


def measured(bench: str, limits: Iterable[Limit]) -> list[Row]:
    """Runs a benchmark and holds its figures against their limits."""
    command = [sys.executable, str(ROOT / "bench" / f"{bench}.py"), "--json", *OPTIONS.get(bench, ())]
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False, timeout=_WITHIN_S)
    figures = json.loads(run.stdout.splitlines()[-1]) if run.returncode == 0 and run.stdout else {}
    return [_held(limit, figures.get(limit.key)) for limit in limits]


def _held(limit: Limit, figure: float | None) -> Row:
    if figure is None and limit.may_be_absent:
        return Row(bar=limit.bar, demanded=limit.demanded, figure="the machine could not tell", passed=None)
    told = "the benchmark did not run" if figure is None else str(figure)
    passed = figure is not None and limit.holds(figure)
    return Row(bar=limit.bar, demanded=limit.demanded, figure=told, passed=passed)


def sized() -> Row:
    """The engine's promise to stay small: physical lines of its Python files."""
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in (ROOT / "pulse" / "engine").rglob("*.py"))
    holds = lines <= ENGINE_LINES
    return Row(bar="Lines of `pulse/engine` in all", demanded=f"≤ {ENGINE_LINES}", figure=str(lines), passed=holds)


def written(rows: Sequence[Row]) -> str:
    """The report as Markdown."""
    lines = [f"| {row.bar} | {row.demanded} | {row.figure} | {_VERDICTS[row.passed]} | {row.run_at} |" for row in rows]
    head = [
        "# Bars",
        "",
        "What the project promises of itself, run at full size by `make bars`. Ratios come from one run with both",
        "sides in turns, so they hold on another machine too; times do not. A proof of which a part was skipped is not",
        "proven.",
        "",
        f"On {_machine()}.",
        "",
        "| bar | demanded | figure | | commit, day |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *lines]) + "\n"


def read(report: str) -> dict[str, Row]:
    """The lines of a report, by bar."""
    verdicts = {told: passed for passed, told in _VERDICTS.items()}
    found = {}
    for line in report.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) == 5 and cells[3] in verdicts:
            bar, demanded, figure, verdict, run_at = cells
            found[bar] = Row(bar=bar, demanded=demanded, figure=figure, passed=verdicts[verdict], run_at=run_at)
    return found


def _run_at() -> str:
    return f"{_commit()}, {dt.datetime.now(dt.UTC):%Y-%m-%d}"


def _commit() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs/bars.md")
    return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def _machine() -> str:
    cores = os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores, Python {platform.python_version()}"


def _rows(only: str) -> Iterator[Row]:
    """Runs each bar that has the text `only`; of a benchmark also its name may have it."""

    def wanted(*names: str) -> bool:
        return any(only.lower() in name.lower() for name in names)

    if wanted((row := sized()).bar):
        yield row
    for proof in PROOFS:
        if wanted(proof.bar):
            yield proven(proof)
    for bench, limits in LIMITS.items():
        if wanted(bench, *(limit.bar for limit in limits)):
            yield from measured(bench, limits)


def _bars() -> list[tuple[str, str]]:
    """Every bar in the report's order, and what it demands."""
    limits = [(limit.bar, limit.demanded) for limits in LIMITS.values() for limit in limits]
    return [(sized().bar, sized().demanded), *((proof.bar, "all pass") for proof in PROOFS), *limits]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=REPORT, help="the report (docs/bars.md)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only bars with this text; the others' lines stay")
    arguments = parser.parse_args()
    run_at = _run_at()
    known = read(arguments.out.read_text("utf-8")) if arguments.only and arguments.out.exists() else {}
    for row in _rows(arguments.only):
        known[row.bar] = replace(row, run_at=run_at)
        print(known[row.bar], file=sys.stderr, flush=True)
    missing = {bar: Row(bar=bar, demanded=told, figure="not run", passed=None) for bar, told in _bars()}
    rows = [known.get(bar, missing[bar]) for bar in missing]
    report = written(rows)
    arguments.out.write_text(report, encoding="utf-8")
    print(report)
    sys.exit(any(row.passed is False for row in rows))


if __name__ == "__main__":
    main()
