"""What `explain` tells about a case, from received to decided."""

from __future__ import annotations

import string
import tomllib
from datetime import date, timedelta
from importlib.resources import files

import office
import pytest
from claim_steps import decided, received, settled
from office import TestOffice
from sqlalchemy import delete

from db import audit, invoices, risk_tables
from db.tables import risk_tables as tables
from pulse.base.reasons import Reason
from pulse.claims.deploy import models
from pulse.claims.errors import CaseMissing
from pulse.claims.explain import explain
from pulse.claims.explain_json import as_json
from pulse.claims.explain_words import Language, in_words
from pulse.claims.risk_rows import rows_of
from pulse.claims.rules.sources import SOURCES
from pulse.engine import errors
from pulse.engine.embedded.dmn import evaluate, parse
from pulse.engine.embedded.values import TypedValue

_TYPES = {bool: "Boolean", str: "String", int: "Long", float: "Double", type(None): "Null"}


@pytest.fixture(autouse=True)
def _with_the_real_tables(desk: TestOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    (decision,) = [item for item in parse(models()["medication_risk.dmn"]) if item.id == "medication_risk"]

    def judge(_: str, variables: dict[str, object]) -> list[dict[str, object]]:
        given = {name: TypedValue(_TYPES[type(value)], value) for name, value in variables.items()}
        return [{name: output.value for name, output in row.items()} for row in evaluate(decision, given)]

    monkeypatch.setattr(desk.engine, "evaluate_decision", judge)


def said(desk: TestOffice, invoice_id: int, language: Language = "en", *, names: bool = False) -> dict[str, list[str]]:
    sections = in_words(explain(desk.office, invoice_id), language, names=names)
    return {section.title: [line.text for line in section.lines] for section in sections}


def everything(desk: TestOffice, invoice_id: int, language: Language = "en", *, names: bool = False) -> str:
    return "\n".join(line for lines in said(desk, invoice_id, language, names=names).values() for line in lines)


def test_a_decided_case_tells_outcome_reason_law_rule_version_person_and_comment(desk: TestOffice) -> None:
    positions = [
        office.position(1, unit_price="80.00", amount="80.00"),
        office.position(2, code=office.ABUSED, quantity="3", amount="36.90"),
    ]
    invoice_id = settled(desk, positions=positions)
    decided(desk, invoice_id, "partial", "P812", place="review_high_risk", comment="Cut to the list.")
    told = said(desk, invoice_id)
    assert "Approved in part: CHF 108.45." in told["What was decided"]
    cut = told["Position by position"]
    assert "On the list that day, at CHF 71.55 at most; this price holds since 01.01.2020." in cut
    assert any(line.startswith("P313: ") and line.endswith("(Art. 52 Abs. 3 KVG)") for line in cut)
    assert "Risk of abuse: More than two packs at once, whoever it is [abuse-quantity]" in cut
    assert "Risk: A medication that can be abused, and quantity, supply or person stand out [risk-abuse]" in cut
    assert any("table medication_risk:1:1, version 1" in line for line in told["Risk"])
    assert any("anna decided: in part, P812" in line for line in told["Who decided"])
    assert "Comment: Cut to the list." in told["Who decided"]


def test_the_same_is_told_in_german(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    decided(desk, invoice_id, "approve", place="straight")
    told = said(desk, invoice_id, "de")
    assert "Ganz gutgeheissen: CHF 71.55." in told["Was entschieden wurde"]
    assert "ß" not in everything(desk, invoice_id, "de")


def test_no_name_of_a_person_is_told_unless_asked_for(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    for name in ("Müller", "Anna", "123456789", "756", "Bären"):
        assert name not in everything(desk, invoice_id)
    assert "Anna Müller, 123456789" in everything(desk, invoice_id, names=True)
    assert "Apotheke zum Bären" in everything(desk, invoice_id, names=True)


def test_a_case_that_has_just_come_waits_for_its_start(desk: TestOffice) -> None:
    told = said(desk, received(desk))
    assert "Not decided yet." in told["What was decided"]
    assert told["What happens next"] == ["Waits for its process to start; the outbox tries again."]


def test_a_case_that_was_returned_tells_which_fields_were_missing(desk: TestOffice) -> None:
    invoice_id = received(desk, patient={"family_name": "Müller", "given_name": "Anna"})
    told = said(desk, invoice_id)["What was decided"]
    (missing,) = [line for line in told if line.startswith("P2")]
    assert "insur" in missing.lower()
    assert "Müller" not in "".join(told)


def test_what_a_case_has_to_do_with_others_is_told_from_both_sides(desk: TestOffice) -> None:
    first, again = received(desk), received(desk, source={"kind": "xml", "sha256": "2" * 64})
    assert f"Repeats case {first}." in everything(desk, again)
    assert f"Wird vom Fall {again} wiederholt." in everything(desk, first, "de")
    assert "Nobody yet." in everything(desk, first)
    with desk.database.write() as connection:
        invoices.set_case(connection, again, state="completed", closed_as="already_received", closed_at=office.NOW)
    told = said(desk, again)
    assert "Billed CHF 71.55; what is payable was not worked out." in told["What was decided"]
    assert told["Risk"] == ["Not assessed."]
    assert told["Who decided"] == ["No person is on record: the case was closed without a decision."]


@pytest.mark.parametrize(
    ("tiers", "said_so"),
    [
        ("garant", "For the insured person’s account: CHF 0.00."),
        ("payant", "For the provider’s account: CHF 71.55, of which the insured person owes us CHF 71.55."),
    ],
)
def test_whose_account_the_money_is_for_is_told(desk: TestOffice, tiers: str, said_so: str) -> None:
    invoice_id = settled(desk, tiers=tiers)
    decided(desk, invoice_id, "approve", "P801")
    assert said_so in said(desk, invoice_id)["Cost share"]


def test_who_did_a_task_beside_deciding_is_told(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    with desk.database.write() as connection:
        for kind in ("clarify_case", "decide"):
            details = {"task": "t1", "kind": kind}
            audit.note(connection, "web:task:completed", actor="anna", at=office.NOW, invoice_id=invoice_id, **details)
    assert said(desk, invoice_id)["Who decided"] == ["16.06.2026, 10:00: anna did the task “clarify the case”."]


def test_an_unknown_case_is_an_error(desk: TestOffice) -> None:
    with pytest.raises(CaseMissing):
        explain(desk.office, 99)


def test_the_list_that_was_in_force_when_the_case_was_judged_is_named(desk: TestOffice) -> None:
    from db import lists

    invoice_id = settled(desk)
    with desk.database.write() as connection:
        for day, days_later in ((date(2026, 6, 1), -1), (date(2026, 7, 1), 10)):
            lists.add(
                connection,
                kind="sl",
                list_date=day,
                language="de",
                source="list",
                sha256="0" * 64,
                etag=None,
                rows=1,
                details={},
                overridden="",
                imported_at=office.NOW + timedelta(days=days_later),
                imported_by="test",
            )
    (line,) = [line for line in said(desk, invoice_id)["Risk"] if "Spezialitätenliste" in line]
    assert "of 01.06.2026" in line


def test_rows_that_an_older_engine_did_not_show_are_told_by_their_code(desk: TestOffice) -> None:
    invoice_id = settled(desk)
    with desk.database.write() as connection:
        connection.execute(delete(tables))
    assert "Risk: risk-none [risk-none]" in everything(desk, invoice_id)


def test_an_engine_that_shows_no_model_hinders_no_case(desk: TestOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: str) -> str:
        raise errors.NotFound

    monkeypatch.setattr(desk.engine, "decision_model", refused)
    invoice_id = settled(desk)
    with desk.database.read() as connection:
        assert risk_tables.get(connection, "medication_risk:1:1") is None
    assert explain(desk.office, invoice_id).case.risk == "low"


def test_an_engine_that_is_away_is_said(desk: TestOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    invoice_id = settled(desk)
    with desk.database.write() as connection:
        invoices.process_started(connection, invoice_id, "process-1")

    def away(**_: object) -> list[object]:
        raise errors.EngineUnavailable

    monkeypatch.setattr(desk.engine, "tasks", away)
    assert said(desk, invoice_id)["What happens next"] == [
        "The engine does not answer: what the case waits for cannot be told now."
    ]


def test_programs_get_codes_and_amounts_with_two_decimals(desk: TestOffice) -> None:
    invoice_id = settled(desk, positions=[office.position(1, unit_price="80.00", amount="80.00")])
    told = explain(desk.office, invoice_id)
    data = as_json(told, in_words(told))
    (position,) = data["positions"]
    assert (data["billed"], position["payable"], position["price_since"]) == ("80.00", "71.55", "2020-01-01")
    assert position["reasons"] == [{"code": "P313", "source": "Art. 52 Abs. 3 KVG"}]
    assert position["rule"]["code"] == "risk-none-decide"
    assert position["asked"]["unit_price"] == 80.0
    assert {"column": "Unit price as multiple of the listed price", "cell": "]1..2["} in position["rests_on"][0][
        "conditions"
    ]


def test_every_reason_that_a_position_can_get_names_its_law() -> None:
    of_positions = {reason for reason in Reason if reason.startswith(("P3", "P40", "P51"))}
    assert of_positions <= set(SOURCES)


def test_both_languages_have_the_same_sentences_with_the_same_gaps() -> None:
    english, german = (
        tomllib.loads(files("pulse.claims").joinpath(f"explain_{language}.toml").read_text(encoding="utf-8"))
        for language in ("en", "de")
    )
    gaps = [
        {
            (part, key): {gap for _, gap, _, _ in string.Formatter().parse(text) if gap}
            for part in one
            for key, text in one[part].items()
        }
        for one in (english, german)
    ]
    assert gaps[0] == gaps[1]


def test_what_is_no_model_has_no_rows() -> None:
    assert rows_of("") == {}
    assert rows_of("<broken") == {}
    assert "risk-abuse" in rows_of(models()["medication_risk.dmn"].decode())
