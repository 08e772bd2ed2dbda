"""Corrected readings: what was changed, and the labelled examples that they become."""

from __future__ import annotations

import json
from pathlib import Path

import office as office_desk
import pytest
from claim_steps import received
from sqlalchemy import update

from db.tables import documents
from pulse.claims.correct import correct, tried
from pulse.claims.examples import export
from pulse.claims.revisions import Change, changes_between, corrections
from pulse.invoices import Invoice


def test_a_correction_tells_who_when_and_from_what_to_what(desk: office_desk.TestOffice) -> None:
    invoice_id = received(desk, total_amount="90.00")
    correct(desk.office, invoice_id, {"total_amount": "71.55", "patient.canton": "BE"}, "anna")
    correct(desk.office, invoice_id, {"patient.canton": None}, "beat")
    first, second = corrections(desk.office, invoice_id)
    assert (first.made_by, first.made_at) == ("anna", desk.office.clock.now())
    assert set(first.changes) == {
        Change(path="total_amount", old="90.00", new="71.55"),
        Change(path="patient.canton", old=None, new="BE"),
    }
    assert (second.made_by, second.changes) == ("beat", (Change(path="patient.canton", old="BE", new=None),))


def test_a_reading_that_nobody_touched_has_no_corrections(desk: office_desk.TestOffice) -> None:
    assert corrections(desk.office, received(desk)) == []


def test_a_removed_position_does_not_shift_the_others() -> None:
    old = office_desk.invoice(positions=[office_desk.position(1), office_desk.position(2, quantity="2")]).to_json()
    new = dict(old, positions=old["positions"][1:])
    changed = changes_between(old, new)
    assert {change.path.rpartition(".")[0] for change in changed} == {"positions.0"}
    assert all(change.new is None for change in changed)


def test_what_is_tried_is_checked_and_not_stored(desk: office_desk.TestOffice) -> None:
    invoice_id = received(desk, total_amount="90.00")
    assert "P220" in {finding.code for finding in tried(desk.office, invoice_id, {"total_amount": "80.00"}).findings}
    assert tried(desk.office, invoice_id, {"total_amount": "71.55"}).findings == ()
    assert corrections(desk.office, invoice_id) == []


def test_every_corrected_document_becomes_a_pair_of_document_and_truth(
    desk: office_desk.TestOffice, tmp_path: Path
) -> None:
    corrected = received(desk, total_amount="90.00")
    received(desk, invoice_number="untouched")
    correct(desk.office, corrected, {"total_amount": "71.55"}, "anna")
    assert export(desk.office, tmp_path / "data") == 0, "the desk's documents are data, not PDFs"
    with desk.database.write() as connection:
        connection.execute(update(documents).values(media_type="application/pdf"))
    assert export(desk.office, tmp_path / "set") == 1
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == [f"{corrected}.json", f"{corrected}.pdf"]
    truth = Invoice.model_validate(json.loads((tmp_path / "set" / f"{corrected}.json").read_text()))
    assert str(truth.total_amount) == "71.55"
    assert truth.findings == ()


def test_a_folder_that_cannot_be_written_is_an_error(desk: office_desk.TestOffice, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError, match="file"):
        export(desk.office, tmp_path / "file")
