"""veraPDF, the reference validator of PDF/A, on every letter in every language and look."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from letter_samples import make_facts
from paper import BILL, VeraPdfAbsent, letters_of_all_shapes, looks, verapdf

from letters.bill import render_bill
from letters.pdf import render
from letters.writer import TemplateWriter

Findings = dict[str, list[str]]
Validator = Callable[..., Findings]


@pytest.fixture(scope="module")
def validate(need: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Validator:
    """What veraPDF finds wrong in each file; skips by name where Maven cannot get it."""
    maven, javac = need("mvn"), need("javac")
    try:
        command = verapdf(tmp_path_factory.mktemp("verapdf"), maven, javac)
    except VeraPdfAbsent as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"veraPDF is absent: {error}", pytrace=False)
        pytest.skip("veraPDF is absent: Maven cannot get org.verapdf:validation-model")

    def run(*files: Path) -> Findings:
        done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=True, timeout=150)
        found: Findings = {file.name: [] for file in files}
        verdicts = set()
        for line in done.stdout.splitlines():
            path, _, what = line.partition(": ")
            name = Path(path).name
            if what.startswith(("compliant", "not compliant")):
                verdicts.add(name)
            else:
                found[name].append(what)
        assert verdicts == set(found)
        return found

    return run


@pytest.mark.timeout(400)
def test_every_letter_is_pdf_a_2b(validate: Validator, tmp_path: Path) -> None:
    styles, files = looks(tmp_path), []
    for number, facts in enumerate(letters_of_all_shapes()):
        wording = TemplateWriter().write(facts)
        files.append(tmp_path / f"{number}-{facts.kind}-{facts.recipient}-{facts.language}.pdf")
        files[-1].write_bytes(render(facts, wording, look=styles[number % len(styles)]))
    letter = make_facts()
    bill = render_bill(BILL, letter.insurer, letter.addressee, "fr", letter.letter_date, look=styles[2])
    files.append(tmp_path / "bill.pdf")
    files[-1].write_bytes(bill)
    wrong = {name: found for name, found in validate(*files).items() if found}
    assert wrong == {}


def test_the_validator_sees_what_is_missing(
    validate: Validator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letters.layout.archive", lambda *_: None)
    facts = make_facts()
    file = tmp_path / "plain.pdf"
    file.write_bytes(render(facts, TemplateWriter().write(facts)))
    found = " ".join(validate(file)[file.name])
    for clause in ("6.2.4.3-2", "6.6.2.1-1", "6.1.7.1-2"):
        assert clause in found
