from __future__ import annotations

import office
import pytest
from claim_steps import decided, received, settled
from office import TestOffice

from db import effects
from pulse.base.errors import InvalidInput, NotFound
from pulse.claims import cases
from pulse.claims.errors import CaseMissing
from pulse.claims.facts_text import MOST_CHARACTERS, limited
from pulse.claims.forms import fields_of, validated
from pulse.claims.rules.decision import Proposal, Refused
from pulse.claims.send_letter import send_letter
from pulse.claims.settle import settle
from pulse.claims.write_letter import write_letter


def test_a_case_is_shown_with_everything_that_is_known(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    decided(desk, invoice_id, "approve", place="straight")
    write_letter(desk.office, invoice_id, "client", "approved")
    send_letter(desk.office, invoice_id, "client", "approved")
    view = cases.case_view(desk.office, invoice_id)
    assert view.client is not None
    assert view.provider is not None
    assert (view.client.last_name, view.provider.name) == ("Müller", "Apotheke zum Bären")
    assert view.assessments[0].outputs["rule"] == "risk-test"
    assert [one.decision for one in view.decisions] == ["approve"]
    effect = view.effect_of(view.letters[0])
    assert isinstance(effect, effects.Effect)
    assert effect.state == "sent"
    assert [event.action for event in view.timeline] == [
        "mail:invoice:received",
        "claims:client:checked",
        "claims:medication:checked",
        "claims:risk:assessed",
        "claims:invoice:settled",
        "claims:decision:taken",
        "claims:payment:proposed",
        "claims:receivable:made",
        "claims:letter:written",
        "claims:letter:sent",
    ]
    assert cases.letter_pdf(desk.office, view.letters[0].id).startswith(b"%PDF")


def test_the_document_and_its_pages_can_be_seen(desk: TestOffice) -> None:
    invoice_id = received(desk)
    assert cases.document_of(desk.office, invoice_id)[0] == office.document()
    assert cases.page_image(desk.office, invoice_id, 1).startswith(b"\x89PNG")


def test_what_is_not_there_is_not_found(desk: TestOffice) -> None:
    for look in (cases.case_view, cases.document_of):
        with pytest.raises(CaseMissing):
            look(desk.office, 99999999)
    with pytest.raises(NotFound):
        cases.letter_pdf(desk.office, "none")


def test_cases_come_by_page_and_state(desk: TestOffice) -> None:
    ids = [received(desk, invoice_number=str(number)) for number in range(3)]
    assert [case.id for case in cases.case_page(desk.office, limit=2)] == ids[:0:-1]
    assert [case.id for case in cases.case_page(desk.office, before=ids[1])] == ids[:1]
    assert cases.case_counts(desk.office)["in_queue"] == 3


def test_a_letter_is_previewed_without_a_trace(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    proposal = Proposal(place="decide", decision="deny", reason_code="P814", comment="nicht nötig")
    assert cases.preview_letter(desk.office, invoice_id, "client", proposal).startswith(b"%PDF")
    view = cases.case_view(desk.office, invoice_id)
    assert (view.letters, view.decisions) == ([], [])
    with pytest.raises(Refused):
        cases.preview_letter(desk.office, invoice_id, "client", Proposal(place="decide", decision="deny"))
    with pytest.raises(InvalidInput):
        cases.preview_letter(desk.office, invoice_id, "controller", proposal)


def test_the_facts_stay_within_what_an_engine_variable_holds(desk: TestOffice) -> None:
    positions = [office.position(line, name="Ein sehr langer Name " * 3) for line in range(1, 90)]
    facts = settle(desk.office, settled(desk, positions=positions)).facts
    assert len(facts) <= MOST_CHARACTERS
    assert facts.endswith("more, see the case")


@pytest.mark.parametrize("count", [0, 1, 38, 39, 40, 500])
def test_no_row_is_dropped_in_silence(count: int) -> None:
    rows = [f"{number:099d}" for number in range(count)]
    text = limited(rows, [])
    kept = [row for row in text.split("\n") if row in rows]
    assert len(text) <= MOST_CHARACTERS
    assert len(kept) == count or text.endswith(f"… and {count - len(kept)} more, see the case")


FORM = {
    "components": [
        {"type": "text", "text": "x"},
        {"type": "textfield", "key": "facts", "disabled": True},
        {
            "type": "select",
            "key": "decision",
            "label": "Decision",
            "values": [{"label": "Deny", "value": "deny"}],
            "validate": {"required": True},
        },
        {"type": "textarea", "key": "comment", "label": "Comment", "validate": {"maxLength": 5}},
    ]
}


def test_a_form_gives_the_fields_that_a_person_fills_in() -> None:
    assert [field.key for field in fields_of(FORM)] == ["decision", "comment"]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"decision": ""},
        {"decision": "approve"},
        {"decision": "deny", "comment": "123456"},
        {"decision": "deny", "facts": "other"},
        {"decision": "deny", "risk": "low"},
        {"decision": ["deny"]},
        {"decision": "deny", "comment": "\x00"},
    ],
)
def test_a_form_lets_nothing_through_that_it_does_not_offer(values: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        validated(fields_of(FORM), values, also=frozenset({"review"}))


def test_a_form_that_is_filled_in_right_gives_variables() -> None:
    values = {"decision": "deny", "comment": None, "review": "r"}
    assert validated(fields_of(FORM), values, also=frozenset({"review"})) == {
        "decision": "deny",
        "comment": "",
        "review": "r",
    }
