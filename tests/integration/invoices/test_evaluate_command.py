"""`pulse evaluate`: what it says of a set, and what it learns from a label that nobody knew."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas
from serving import serving
from typer.testing import CliRunner

from pulse.cli.root import app
from pulse.evaluation.label_tables import ROOT, LabelTable
from pulse.invoices import Invoice
from pulse.synthetic import form_pdf, invoice

WORDS = LabelTable("pulse.invoices.plain.labels", "TOTALS")


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["evaluate", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def put(folder: Path, name: str, truth: Invoice, pdf: bytes) -> None:
    (folder / f"{name}.pdf").write_bytes(pdf)
    (folder / f"{name}.json").write_text(json.dumps(truth.to_json()), encoding="utf-8")


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    """A form read rightly, one whose truth names another total, and a file that is no invoice."""
    rightly, other = invoice(31, rows=2), invoice(32, rows=2)
    put(tmp_path, "right", rightly, form_pdf(rightly, annex=True))
    truth = other.model_copy(update={"total_amount": other.total_amount + 1})
    put(tmp_path, "wrong", truth, form_pdf(other, annex=True))
    put(tmp_path, "broken", rightly, b"%PDF-1.7 nothing startxref")
    return tmp_path


def test_figures_are_one_json_object(forms: Path) -> None:
    figures = json.loads(run("reading", str(forms), "--json"))
    assert (figures["documents"], figures["exact_documents"]) == (3, 1)
    assert figures["unread"] == ["broken.pdf"]
    assert [place["field"] for place in figures["sure"]["places"]] == ["total_amount"]
    assert figures["sure"]["wrong_amounts"] == 1
    assert figures["readers"]["qr_annex"]["wrong"] == 1


def test_tables_show_places_and_values_only_where_asked_for(forms: Path) -> None:
    shown, whole = run("reading", str(forms)), run("reading", str(forms), "--values")
    total = json.loads((forms / "wrong.json").read_text())["total_amount"]
    assert "1 of 3 documents exact" in shown
    assert "total_amount" in shown
    assert total not in shown
    assert total in whole


def test_a_folder_without_pairs_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pulse", "evaluate", "reading", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert (done.returncode, done.stdout) == (1, "")
    assert "not_a_set" in done.stderr


def slip(truth: Invoice, *, insured: str = "Versicherten-Nr.", total: str = "Total CHF") -> bytes:
    """A small letter with labels of one's own."""
    canvas = Canvas("slip.pdf")
    canvas.setFont("Helvetica", 10)
    biller, patient = truth.biller, truth.patient
    lines = [(50, 800, biller.name), (50, 786, biller.street), (50, 772, f"{biller.zip} {biller.city}")]
    lines += [(50, 758, f"GLN: {biller.gln}"), (50, 720, "Rechnung")]
    lines += [(50, 700, "Rechnung Nr."), (200, 700, truth.invoice_number)]
    lines += [(50, 686, "Rechnungsdatum"), (200, 686, f"{truth.invoice_date:%d.%m.%Y}")]
    lines += [(50, 672, insured), (200, 672, patient.insured_number), (50, 658, "AHV-Nr."), (200, 658, patient.ssn)]
    headings = {50: "Datum", 120: "GTIN", 220: "Bezeichnung", 420: "Menge", 470: "Preis", 520: "Betrag"}
    lines += [(x, 620, heading) for x, heading in headings.items()]
    for x, y, text in lines:
        canvas.drawString(x, y, text or "")
    y = 604
    for one in truth.positions:
        canvas.drawString(50, y, f"{one.date:%d.%m.%Y}")
        canvas.drawString(120, y, one.code or "")
        canvas.drawString(220, y, (one.name or "")[:34])
        for x, number in ((446, one.quantity), (494, one.unit_price), (550, one.amount)):
            canvas.drawRightString(x, y, f"{number}")
        y -= 14
    canvas.drawString(420, y - 10, total)
    canvas.drawRightString(550, y - 10, f"{truth.total_amount}")
    return canvas.getpdfdata()


@pytest.mark.parametrize(
    ("labels", "meaning", "field"),
    [
        ({"insured": "Kassenkennzahl"}, "insured_number", "patient.insured_number"),
        ({"total": "Verrechnungssumme"}, "total_amount", "total_amount"),
    ],
    ids=["a number", "the total"],
)
def test_a_label_that_no_table_knows_is_proposed_with_its_effect_and_nothing_is_changed(
    tmp_path: Path, labels: dict[str, str], meaning: str, field: str
) -> None:
    (label,) = labels.values()
    folder, patch = tmp_path / "set", tmp_path / "words.diff"
    folder.mkdir()
    for seed in (41, 42):
        drawn = invoice(seed, rows=2)
        patient = drawn.patient.model_copy(update={"insured_number": f"21009{seed}77", "card_number": None})
        truth = drawn.model_copy(update={"patient": patient, "amount_due": None})
        put(folder, f"slip-{seed}", truth, slip(truth, **labels))
    table = (ROOT / WORDS.path).read_text("utf-8")
    learnt = json.loads(run("reading", str(folder), "--json", "--learn", "--diff", str(patch)))
    (word,) = [one for one in learnt["learnt"]["words"] if one["word"] == label]
    assert (word["meaning"], word["language"], word["documents"]) == (meaning, "de", 2)
    before, after = (figures["fields"][field]["right"] for figures in (learnt, learnt["learnt"]["after"]))
    assert (before, after) == (0, 2)
    assert (ROOT / WORDS.path).read_text("utf-8") == table, "nothing is changed"
    assert patch.read_text("utf-8") == learnt["learnt"]["diff"]
    subprocess.run(["git", "apply", "--check", str(patch)], cwd=ROOT, check=True)


def test_the_diff_is_shown_with_its_effect(tmp_path: Path) -> None:
    truth = invoice(43, rows=2)
    put(tmp_path, "slip", truth, slip(truth, total="Verrechnungssumme"))
    shown = run("reading", str(tmp_path), "--learn", "--least", "1")
    assert "| Verrechnungssumme" in shown
    assert "Nothing was changed" in shown


class _Scripted(http.server.BaseHTTPRequestHandler):
    """Answers a chat with the answer that its server was given."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"choices": [{"message": {"role": "assistant", "content": self.server.answer}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def scripted() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Scripted)
    with serving(server):
        yield server


def strange_layout(truth: Invoice) -> bytes:
    """Words that no reader takes for an invoice."""
    canvas = Canvas("strange.pdf")
    (row,) = truth.positions
    born = f"{truth.patient.birth_date:%d.%m.%Y}"
    told = [truth.invoice_number, f"{truth.invoice_date:%d.%m.%Y}", truth.biller.gln, truth.patient.family_name, born]
    told += [
        truth.patient.ssn,
        f"{row.date:%d.%m.%Y}",
        row.code,
        str(row.quantity),
        str(row.unit_price),
        str(row.amount),
    ]
    for index, text in enumerate(told):
        canvas.drawString(60, 780 - 30 * index, text or "")
    return canvas.getpdfdata()


def test_with_a_models_help_beside_without(
    tmp_path: Path, scripted: http.server.ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = invoice(51, rows=1)
    (row,) = truth.positions
    put(tmp_path, "strange", truth, strange_layout(truth))
    scripted.answer = json.dumps(
        {
            "invoice_number": truth.invoice_number,
            "invoice_date": f"{truth.invoice_date:%d.%m.%Y}",
            "biller.gln": truth.biller.gln,
            "patient.family_name": truth.patient.family_name,
            "patient.birth_date": f"{truth.patient.birth_date:%d.%m.%Y}",
            "patient.ssn": truth.patient.ssn,
            "treatment.begin": f"{row.date:%d.%m.%Y}",
            "total_amount": str(row.amount),
            "patient.given_name": "Invented",
            "positions": [{"code": row.code, "quantity": str(row.quantity), "unit_price": str(row.unit_price),
                           "amount": str(row.amount), "date": f"{row.date:%d.%m.%Y}"}],
        }
    )  # fmt: skip
    monkeypatch.setenv("PULSE_READING_MODEL", "scripted")
    monkeypatch.setenv("PULSE_READING_MODEL_URL", f"http://127.0.0.1:{scripted.server_port}/v1")
    figures = json.loads(run("reading", str(tmp_path), "--json", "--model"))
    assert figures["unread"] == ["strange.pdf"]
    helped = figures["with_model"]
    assert helped["unread"] == []
    assert helped["readers"]["model"]["right"] > 5
    assert helped["sure"]["wrong"] == 0
    assert "patient.given_name" not in [one["field"] for one in helped["misses"] if one["outcome"] != "missing"]
    assert "With a model's help" in run("reading", str(tmp_path), "--model")


def test_corrections_of_a_database_that_is_not_there_are_one_line_and_exit_code_1(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pulse", "evaluate", "export", str(tmp_path / "corrected")]
    settings = {"PULSE_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert "pulse db upgrade" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_that_is_not_set_is_wrong_usage(forms: Path) -> None:
    done = CliRunner().invoke(app, ["evaluate", "reading", str(forms), "--model"])
    assert done.exit_code == 2
    assert "PULSE_READING_MODEL" in done.output


def test_weights_are_fitted_and_printed_beside_those_in_use(forms: Path) -> None:
    shown = run("calibrate", str(forms))
    assert "origin:form" in shown
    assert "with the fitted weights" in shown
