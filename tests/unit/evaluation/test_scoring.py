"""A reading held against the truth, and the figures of a set."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest

from pulse.evaluation.measure import Result
from pulse.evaluation.pairs import NotASet, Pair, find_pairs
from pulse.evaluation.scoring import score
from pulse.evaluation.summary import summary
from pulse.invoices.evidence import calibrated
from pulse.invoices.model import FieldEvidence, Invoice, Patient, Position, Source

TRUTH = Invoice(
    source=Source(kind="text"),
    invoice_number="101",
    invoice_date=dt.date(2026, 6, 16),
    language="de",
    patient=Patient(family_name="Muster"),
    positions=(Position(line=1, code="7680562090041", amount=Decimal("8.80")),),
    total_amount=Decimal("8.80"),
)


def read_as(**changes: object) -> Invoice:
    paths = ("invoice_number", "invoice_date", "total_amount", "patient.family_name", "positions.0.amount")
    fields = {path: FieldEvidence(confidence=0.95) for path in paths}
    return TRUTH.model_copy(update={"fields": fields, **changes})


def outcomes(read: Invoice | None) -> dict[str, str]:
    return {one.path: one.outcome for one in score(TRUTH, read)}


def result(read: Invoice | None, **about: object) -> Result:
    pair = Pair(Path("a.pdf"), TRUTH, about)
    problem = None if read else "P107"
    return Result(pair, tuple(score(TRUTH, read)), invoice=calibrated(read) if read else None, problem=problem)


def test_every_field_of_a_perfect_reading_is_right() -> None:
    assert set(outcomes(read_as()).values()) == {"right"}
    assert set(outcomes(read_as())) == {
        "invoice_number", "invoice_date", "language", "patient.family_name",
        "positions", "positions.0.code", "positions.0.amount", "total_amount",
    }  # fmt: skip


def test_wrong_missing_and_invented_are_told_apart() -> None:
    told = outcomes(read_as(invoice_number="107", invoice_date=None, refers_to="99"))
    assert (told["invoice_number"], told["invoice_date"], told["refers_to"]) == ("wrong", "missing", "invented")


def test_a_row_too_many_is_a_wrong_number_of_rows_and_its_values_are_invented() -> None:
    told = outcomes(read_as(positions=(*TRUTH.positions, Position(line=2, amount=Decimal(1)))))
    assert (told["positions"], told["positions.1.amount"]) == ("wrong", "invented")


def test_amounts_are_equal_by_value_whatever_their_digits() -> None:
    assert outcomes(read_as(total_amount=Decimal("8.8")))["total_amount"] == "right"


def test_an_unread_document_misses_everything() -> None:
    assert set(outcomes(None).values()) == {"missing"}


def test_a_wrong_value_that_was_said_surely_is_counted_and_named() -> None:
    figures = summary([result(read_as(invoice_number="107"), layout="slip"), result(None)], limit=0.5)
    assert (figures["documents"], figures["exact_documents"]) == (2, 0)
    assert figures["unreadable"] == {"P107": 1}
    assert (figures["sure"]["wrong"], figures["sure"]["wrong_amounts"]) == (1, 0)
    assert figures["sure"]["places"][0]["field"] == "invoice_number"
    assert figures["layouts"]["slip"]["wrong"] == 1
    assert figures["groups"]["identifiers"] == {
        "of": 2,
        "right": 0,
        "missing": 1,
        "wrong": 1,
        "invented": 0,
        "exact": 0.0,
    }
    assert sum(row["said"] for row in figures["calibration"]) == 5
    assert "Muster" not in json.dumps(figures), "figures name places, never values"


def test_planted_faults_are_counted_as_named_or_silent() -> None:
    planted = {"faults": [{"name": "wrong-sum", "code": "P220"}]}
    figures = summary([result(read_as(), **planted)], limit=0.95)
    assert figures["faults"] == {"wrong-sum": {"of": 1, "named": 0}}


def test_pairs_are_found_below_a_folder_with_what_the_manifest_says(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"%PDF-")
    (folder / "a.json").write_text(json.dumps(TRUTH.to_json()))
    (folder / "lonely.pdf").write_bytes(b"%PDF-")
    (folder / "manifest.jsonl").write_text('{"name": "a", "layout": "form-5.0"}\n')
    (pair,) = find_pairs(tmp_path)
    assert (pair.document.name, pair.truth, pair.layout) == ("a.pdf", TRUTH, "form-5.0")


def test_a_folder_without_pairs_and_a_truth_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotASet):
        find_pairs(tmp_path)
    (tmp_path / "a.pdf").write_bytes(b"%PDF-")
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(NotASet, match="truth"):
        find_pairs(tmp_path)
