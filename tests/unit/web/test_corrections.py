"""What a person changed of a reading."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import office as desk
import pytest
from claim_steps import case_of, received
from hypothesis import given
from hypothesis import strategies as st
from web_desk import FORM, Browser, TaskEngine

from pulse.base.errors import InvalidInput
from pulse.base.reasons import Reason
from pulse.claims.relay import relay_once
from pulse.invoices.model import FieldEvidence, Finding
from pulse.web.pages.corrections import Snippet, amounts_of, changes_of, inputs_of

CORRECTION = {
    "components": [
        {
            "type": "select",
            "key": "correction",
            "label": "What now?",
            "values": [{"label": "Corrected", "value": "done"}, {"label": "Return", "value": "return"}],
            "validate": {"required": True},
        }
    ]
}


def filled(invoice: object, **changes: str) -> dict[str, str]:
    """The form as a browser sends it: every field, as it stands, with some changed."""
    sheet = inputs_of(invoice, {})  # type: ignore[arg-type]
    inputs = [one for _, group in sheet.groups for one in group] + [one for row in sheet.rows for one in row.inputs]
    return {one.name: one.value for one in inputs} | changes


def test_a_form_that_nobody_touched_changes_nothing() -> None:
    invoice = desk.invoice(positions=[desk.position(), desk.position(2)])
    assert changes_of(invoice, filled(invoice)) == {}


def test_changed_fields_come_as_paths_with_json_values() -> None:
    invoice = desk.invoice()
    given_ = filled(
        invoice,
        **{"c-total_amount": "1'071.55", "c-invoice_date": "2026-06-11", "c-patient.given_name": "  ", "c-tiers": ""},
    )
    assert changes_of(invoice, given_) == {
        "total_amount": "1071.55",
        "invoice_date": "2026-06-11",
        "patient.given_name": None,
        "tiers": None,
    }


def test_positions_are_changed_removed_and_added() -> None:
    invoice = desk.invoice(positions=[desk.position(), desk.position(2), desk.position(3)])
    form = filled(invoice, **{"p-0-quantity": "2", "p-1-remove": "1", "p-3-code": desk.ABUSED, "p-3-amount": "12.30"})
    rows = changes_of(invoice, form)["positions"]
    assert [(row["line"], row.get("code"), row.get("quantity")) for row in rows] == [
        (1, desk.LISTED, "2"),
        (3, desk.LISTED, "1"),
        (4, desk.ABUSED, None),
    ]


def test_what_cannot_be_read_is_named() -> None:
    invoice = desk.invoice()
    wrong = {"c-total_amount": "much", "c-invoice_date": "31.02.2026", "p-0-quantity": "two"}
    with pytest.raises(InvalidInput) as caught:
        changes_of(invoice, filled(invoice, **wrong))
    places = caught.value.details["places"]
    assert places == ["invoice_date", "total_amount", "positions.0.quantity"]
    sheet = inputs_of(invoice, filled(invoice, **wrong), places)  # type: ignore[arg-type]
    assert [one.value for _, group in sheet.groups for one in group if one.wrong] == ["31.02.2026", "much"]


@given(
    st.dictionaries(
        st.sampled_from(["c-total_amount", "c-invoice_date", "c-tiers", "p-0-quantity", "p-0-date", "p-1-code"]),
        st.text(max_size=20),
    )
)
def test_whatever_is_typed_is_a_change_or_named_as_wrong(typed: dict[str, str]) -> None:
    invoice = desk.invoice()
    may_change = {"total_amount", "invoice_date", "tiers", "positions"}
    try:
        told = set(changes_of(invoice, filled(invoice, **typed)))
    except InvalidInput as error:
        told = {place.split(".")[0] for place in error.details["places"]}  # type: ignore[attr-defined]
    assert told <= may_change


def test_amounts_as_worked_out_are_no_review() -> None:
    worked_out = {1: Decimal("71.55"), 2: None}
    assert amounts_of({"pay-1": "71.55", "pay-2": ""}, worked_out) is None
    assert amounts_of({"pay-1": "70.–", "pay-2": "1"}, worked_out) == {1: Decimal(70), 2: Decimal(1)}


def test_a_value_is_shown_where_it_stands_and_doubtful_ones_are_named_first() -> None:
    sure = FieldEvidence(confidence=0.99, page=1, box=(100.0, 50.0, 180.0, 60.0))
    unsure = FieldEvidence(confidence=0.6, page=2, box=(20.0, 3.0, 60.0, 13.0))
    read = desk.invoice().model_copy(update={"fields": {"total_amount": sure, "patient.ssn": unsure}})
    sheet = inputs_of(read, {})
    shown = {one.path: one for _, group in sheet.groups for one in group}
    assert shown["total_amount"].snippet == Snippet(
        page=1, view=(64.0, 43.0, 152.0, 24.0), boxes=(((98.5, 48.5, 83.0, 13.0), "sure"),)
    )
    beside = shown["patient.ssn"].snippet
    assert beside is not None
    assert (beside.page, beside.view[:2]) == (2, (0.0, 0.0))
    assert shown["patient.given_name"].snippet is None
    assert (sheet.wrong, [one.path for one in sheet.unsure]) == ((), ["patient.ssn"])


def test_a_row_in_doubt_is_shown_as_it_is_printed_and_others_are_not() -> None:
    places = {"date": (40.0, 90.0), "amount": (500.0, 540.0)}
    fields = {
        f"positions.{index}.{column}": FieldEvidence(
            confidence=0.4 if (index, column) == (1, "amount") else 0.99,
            page=1,
            box=(left, 100.0 + 20 * index, right, 110.0 + 20 * index),
        )
        for index in (0, 1)
        for column, (left, right) in places.items()
    }
    two = desk.invoice(positions=[desk.position(), desk.position(2)])
    rows = inputs_of(two.model_copy(update={"fields": fields}), {}).rows
    assert rows[0].strip is None
    assert rows[1].strip == Snippet(
        page=1,
        view=(4.0, 113.0, 572.0, 24.0),
        boxes=(((38.5, 118.5, 53.0, 13.0), "sure"), ((498.5, 118.5, 43.0, 13.0), "doubtful")),
    )


def test_everything_that_is_wrong_with_a_field_is_said_beside_it() -> None:
    said = [
        Finding(code=code, severity="error", field="total_amount", message=message)
        for code, message in ((Reason.SUM_DIFFERS, "one"), (Reason.SOURCES_DISAGREE, "two"))
    ]
    sheet = inputs_of(desk.invoice().with_findings(tuple(said)), {})
    assert [(one.path, one.finding) for one in sheet.wrong] == [("total_amount", "one; two")]


@pytest.fixture
def doubtful(parts: desk.TestOffice, engine: TaskEngine, monkeypatch: pytest.MonkeyPatch) -> int:
    """A case whose total is not the sum of its positions, with its task."""
    invoice_id = received(parts, total_amount="90.00")
    relay_once(parts.office, invoice_id=invoice_id)
    engine.add("t1", "correct_reading", engine.instances[f"invoice-{invoice_id}"])
    monkeypatch.setattr(engine, "deployed_form", lambda _: CORRECTION)
    assert "components" in FORM
    return invoice_id


def test_a_corrected_reading_is_checked_again_and_goes_on(
    browser: Callable[..., Browser], doubtful: int, parts: desk.TestOffice, engine: TaskEngine
) -> None:
    case = case_of(parts, doubtful)
    form = filled(case.content, **{"c-total_amount": "71.55", "v-correction": "done"})
    assert browser("anna").post("/tasks/t1", form).status_code == 302
    assert engine.completed["t1"] == {"correction": "done", "reading": "complete"}
    after = case_of(parts, doubtful)
    assert str(after.content.total_amount) == "71.55"
    assert after.content.source.kind == "person"


def test_the_page_that_checks_while_somebody_types_runs_a_script_of_ours_alone(
    browser: Callable[..., Browser], doubtful: int
) -> None:
    page = browser("anna").get("/tasks/t1")
    policy = page.headers["Content-Security-Policy"].split("; ")
    assert [one for one in policy if one.startswith(("default-src", "script-src", "connect-src"))] == [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
    ]
    assert page.text.count("<script") == 1
    with browser("anna").get("/static/check.js") as script:
        assert script.status_code == 200
    assert "script-src" not in browser("anna").get(f"/cases/{doubtful}").headers["Content-Security-Policy"]


def test_a_reading_that_still_contradicts_itself_stays_until_it_is_confirmed(
    browser: Callable[..., Browser], doubtful: int, parts: desk.TestOffice, engine: TaskEngine
) -> None:
    anna = browser("anna")
    case = case_of(parts, doubtful)
    form = filled(case.content, **{"c-total_amount": "80.00", "v-correction": "done"})
    answer = anna.post("/tasks/t1", form)
    assert (answer.status_code, answer.location) == (302, "/tasks/t1")
    assert engine.completed == {}
    page = anna.get("/tasks/t1").text
    assert "Something is still missing or contradicts itself" in page
    assert "the positions add up to 71.55" in page
    form = filled(case_of(parts, doubtful).content, **{"v-correction": "done", "confirmed": "1"})
    assert anna.post("/tasks/t1", form).status_code == 302
    assert engine.completed["t1"]["reading"] == "complete"


def test_a_correction_can_be_checked_without_being_saved(
    browser: Callable[..., Browser], doubtful: int, parts: desk.TestOffice, engine: TaskEngine
) -> None:
    case = case_of(parts, doubtful)
    anna = browser("anna")
    wrong = anna.post("/tasks/t1/check", filled(case.content, **{"c-total_amount": "80.00"}))
    assert wrong.status_code == 200
    assert "Checked, not saved. The findings below remain." in wrong.text
    assert "the positions add up to 71.55" in wrong.text
    assert 'value="80.00"' in wrong.text
    right = anna.post("/tasks/t1/check", filled(case.content, **{"c-total_amount": "71.55"}))
    assert "Nothing is wrong any more." in right.text
    unreadable = anna.post("/tasks/t1/check", filled(case.content, **{"c-total_amount": "much"}))
    assert unreadable.status_code == 422
    assert case_of(parts, doubtful).content == case.content
    assert engine.completed == {}


def test_the_case_tells_who_changed_what_from_what(
    browser: Callable[..., Browser], doubtful: int, parts: desk.TestOffice
) -> None:
    form = filled(case_of(parts, doubtful).content, **{"c-total_amount": "71.55", "v-correction": "done"})
    anna = browser("anna")
    assert anna.post("/tasks/t1", form).status_code == 302
    page = anna.get(f"/cases/{doubtful}").text
    told = page[page.index("<h2>Corrections</h2>") :]
    assert "<strong>anna</strong>" in told
    assert '<td class="was">90.00</td><td>71.55</td>' in told


def test_a_reading_that_cannot_be_saved_is_shown_again_as_typed(
    browser: Callable[..., Browser], doubtful: int, parts: desk.TestOffice, engine: TaskEngine
) -> None:
    form = filled(case_of(parts, doubtful).content, **{"c-total_amount": "much", "v-correction": "done"})
    answer = browser("anna").post("/tasks/t1", form)
    assert answer.status_code == 422
    assert 'value="much"' in answer.text
    assert engine.completed == {}
