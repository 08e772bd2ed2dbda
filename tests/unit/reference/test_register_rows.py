from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib import resources

import pytest

from pulse.reference import register_csv
from pulse.reference.register_rows import ApprovalRow, ClientRow, Numbered, ProviderRow, Refused, checked
from pulse.reference.rows import BrokenList, NotThisList

HEAD = "insurance_number,first_name,last_name,covered_from"
ANNA = {"insurance_number": "1", "first_name": "Anna", "last_name": "Müller", "covered_from": "2020-01-01"}


def test_the_demos_registers_are_read_without_a_refusal() -> None:
    demo = resources.files("pulse.demo")
    for name, read in (("clients", register_csv.clients), ("providers", register_csv.providers)):
        text = demo.joinpath(f"{name}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        rows = list(read(text))  # type: ignore[operator]
        assert len(rows) == len(text) - 1
        assert all(isinstance(row, Numbered) for row in rows)


def test_a_row_is_read_with_its_franchises_consents_and_numbers_without_separators() -> None:
    text = [
        f"\ufeff{HEAD};ahv_number;franchise_2026;consent_mail;sex\n".replace(",", ";"),
        "12.3;Anna;Müller;2020-01-01;756.9217.0769.85;2500;yes;F\n",
    ]
    (found,) = register_csv.clients(text)
    assert isinstance(found, Numbered)
    assert found.line == 2
    row = found.row
    assert (row.insurance_number, row.ahv_number, row.sex) == ("123", "7569217076985", "female")
    assert row.franchises == {2026: Decimal(2500)}
    assert row.consent_mail is True
    assert row.consent_data_use is None


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("ahv_number", "7561234567890", "is no AHV number"),
        ("iban", "CH9300762011623852958", "is no IBAN"),
        ("iban", "CH4431999123000889012", "is a QR-IBAN"),
        ("email", "anna@", "is no mail address"),
        ("email", "a@b.example\nBcc: c@d.example", "is no mail address"),
        ("covered_from", "2020-13-01", "valid date"),
        ("covered_until", "2019-12-31", "covered_until lies before covered_from"),
        ("language", "rm", "'de', 'fr', 'it' or 'en'"),
        ("franchises", {2026: "250"}, "is no franchise of the law"),
        ("maternity_from", "2026-01-01", "stand together"),
        ("consent_mail", "perhaps", "valid boolean"),
        ("last_name", "  ", "at least 1 character"),
    ],
)
def test_a_wrong_value_is_refused_by_line_and_field_and_never_repeated(field: str, value: object, why: str) -> None:
    refused = checked(ClientRow, ANNA | {field: value}, 7)
    assert isinstance(refused, Refused)
    assert refused.line == 7
    assert why in refused.why
    assert refused.field in ("", field, "franchises.2026")
    assert str(value) not in refused.why


def test_a_provider_needs_a_number_and_an_approval_a_pack_or_a_group() -> None:
    assert isinstance(checked(ProviderRow, {"name": "Apotheke"}, 2), Refused)
    approval = {"insurance_number": "1", "valid_from": "2026-01-01"}
    assert isinstance(checked(ApprovalRow, approval, 2), Refused)
    assert isinstance(checked(ApprovalRow, approval | {"gtin": "7680562090041", "atc": "L01"}, 2), Refused)
    assert isinstance(checked(ApprovalRow, approval | {"gtin": "7680562090042"}, 2), Refused)
    assert isinstance(checked(ApprovalRow, approval | {"atc": "L01XX"}, 2), Numbered)


@pytest.mark.parametrize(
    ("headings", "why"),
    [
        ("insurance_number,first_name,last_name", "column covered_from is missing"),
        (f"{HEAD},shoe_size", "'shoe_size' is not known"),
        (f"{HEAD},{HEAD}", "twice"),
        ("", "is missing"),
    ],
)
def test_other_headings_refuse_the_file(headings: str, why: str) -> None:
    with pytest.raises(NotThisList, match=why):
        list(register_csv.clients([headings + "\n"]))


def test_a_row_with_too_few_cells_is_refused_and_an_open_quote_breaks_the_file() -> None:
    (refused,) = register_csv.clients([HEAD + "\n", "1,Anna\n"])
    assert refused == Refused(line=2, field="", code="wrong_columns", why="has 2 columns, not 4")
    with pytest.raises(BrokenList, match="line"):
        list(register_csv.clients([HEAD + "\n", '1,"Anna\n']))


def test_a_row_is_told_by_its_first_line_where_a_cell_has_two_of_them() -> None:
    rows = list(register_csv.clients([f"{HEAD},street\n", '1,A,B,2020-01-01,"Weg 1\n', 'Hof"\n', "2,A,B,x,\n"]))
    assert [row.line for row in rows] == [2, 4]
    assert rows[1] == Refused(line=4, field="covered_from", code="invalid_value", why=rows[1].why)  # type: ignore[union-attr]
    assert date(2020, 1, 1) == rows[0].row.covered_from  # type: ignore[union-attr]
