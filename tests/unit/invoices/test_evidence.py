"""How sure a value is: check digits, sums and contradictions weighed with what its reader said."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pulse.base.reasons import Reason
from pulse.invoices import evidence
from pulse.invoices.model import FieldEvidence, Finding, Invoice, Party, Patient, Payment, Position, Source


def printed(*, kind: str = "text", confidence: float = 0.95, **changes: object) -> Invoice:
    """An invoice of two rows whose sums agree, each value found as surely as said."""
    rows = (
        Position(
            line=1,
            tariff="402",
            code="7680562090041",
            name="Abilify Tabl",
            quantity=1,
            unit_price="71.55",
            amount="71.55",
        ),
        Position(
            line=2, tariff="402", code="7680562090041", name="Dafalgan", quantity=2, unit_price="4.40", amount="8.80"
        ),
    )
    values = {
        "invoice_number": "101",
        "biller": Party(gln="7601000001115", zsr="P012345"),
        "patient": Patient(family_name="Muster", ssn="7569217076985"),
        "positions": rows,
        "total_amount": Decimal("80.35"),
        "amount_due": Decimal("80.35"),
        "payment": Payment(iban="CH9300762011623852957"),
    }
    paths = [
        "invoice_number",
        "biller.gln",
        "patient.family_name",
        "patient.ssn",
        "positions",
        "total_amount",
        "amount_due",
    ]
    paths += ["payment.iban"]
    paths += [
        f"positions.{row}.{name}" for row in (0, 1) for name in ("code", "name", "quantity", "unit_price", "amount")
    ]
    fields = {path: FieldEvidence(confidence=confidence, page=1) for path in paths}
    return Invoice.model_validate({"source": Source(kind=kind), "fields": fields, **values, **changes})


def sureness(invoice: Invoice, path: str) -> float:
    return evidence.calibrated(invoice).fields[path].confidence


def with_row(invoice: Invoice, index: int, **changes: object) -> Invoice:
    rows = list(invoice.positions)
    rows[index] = rows[index].model_copy(update=changes)
    return invoice.model_copy(update={"positions": tuple(rows)})


def test_what_is_printed_with_right_digits_and_sums_is_sure() -> None:
    weighed = evidence.calibrated(printed())
    assert min(one.confidence for one in weighed.fields.values()) >= 0.95
    assert evidence.document_confidence(weighed) >= 0.95
    assert weighed.fields["patient.ssn"].page == 1, "where it stands is kept"


def test_an_annex_cannot_be_misread_but_contradicted() -> None:
    annex = printed(kind="qr_annex", confidence=1.0, patient=Patient(ssn="7569217076986"))
    assert sureness(annex, "patient.ssn") == 1.0
    finding = Finding(code=Reason.SOURCES_DISAGREE, severity="error", field="total_amount", message="…")
    contradicted = annex.with_findings((finding,))
    assert sureness(contradicted, "total_amount") < 0.5
    assert evidence.doubtful_fields(evidence.calibrated(contradicted), 0.9) == ["total_amount"]


def test_of_an_annex_that_is_another_invoices_nothing_is_sure() -> None:
    finding = Finding(code=Reason.SOURCES_DISAGREE, severity="error", field="guid", message="…")
    weighed = evidence.calibrated(printed(kind="qr_annex", confidence=1.0).with_findings((finding,)))
    assert {one.confidence for one in weighed.fields.values()} == {evidence.DISPUTED}
    assert sureness(printed().with_findings((finding,)), "total_amount") >= 0.95, (
        "a print may have a wrong sheet behind"
    )


def test_where_two_sources_have_different_rows_no_row_is_sure() -> None:
    finding = Finding(code=Reason.SOURCES_DISAGREE, severity="error", field="positions", message="…")
    weighed = evidence.calibrated(printed(kind="qr_annex", confidence=1.0).with_findings((finding,)))
    assert weighed.fields["positions.1.amount"].confidence == evidence.DISPUTED
    assert weighed.fields["patient.ssn"].confidence == 1.0


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("patient.ssn", {"patient": Patient(family_name="Muster", ssn="7569217076986")}),
        ("biller.gln", {"biller": Party(gln="7601000001116")}),
        ("payment.iban", {"payment": Payment(iban="CH9300762011623852958")}),
    ],
)
def test_a_wrong_check_digit_makes_a_value_doubtful(path: str, change: dict[str, object]) -> None:
    assert sureness(printed(**change), path) <= evidence.FAILED


def test_a_wrong_digit_of_a_gtin_makes_it_doubtful_and_no_other_row() -> None:
    weighed = evidence.calibrated(with_row(printed(), 1, code="7680562090042"))
    assert weighed.fields["positions.1.code"].confidence <= evidence.FAILED
    assert weighed.fields["positions.0.code"].confidence >= 0.95


def test_a_total_that_the_rows_do_not_add_up_to_makes_it_and_the_table_doubtful() -> None:
    weighed = evidence.calibrated(printed(total_amount=Decimal("85.35")))
    assert weighed.fields["total_amount"].confidence <= evidence.FAILED
    assert weighed.fields["positions"].confidence <= evidence.FAILED
    assert weighed.fields["positions.0.name"].confidence <= evidence.UNBALANCED
    assert weighed.fields["patient.ssn"].confidence >= 0.95


def test_five_centimes_more_are_not_proven() -> None:
    """4.40 misread as 4.45 stays within a tolerance of rounding; it must not count as agreement."""
    misread = with_row(printed(kind="ocr", total_amount=None, amount_due=None), 0, unit_price=Decimal("71.50"))
    assert sureness(misread, "positions.0.amount") <= evidence.FAILED


def test_an_amount_by_ocr_is_sure_only_where_sums_agree() -> None:
    alone = printed(kind="ocr", confidence=0.99, positions=(), total_amount=Decimal("80.35"), amount_due=None)
    assert sureness(alone, "total_amount") < 0.9
    assert sureness(printed(kind="ocr", confidence=0.99), "total_amount") > sureness(alone, "total_amount")


def test_rows_by_ocr_are_sure_only_where_a_total_proves_that_none_is_lost_or_mixed_up() -> None:
    rows = [path for path in printed().fields if path.startswith("positions")]
    without = evidence.calibrated(printed(kind="ocr", confidence=0.99, total_amount=None, amount_due=None))
    assert max(without.fields[path].confidence for path in rows) <= evidence.UNPROVEN_NUMBER
    assert sureness(printed(kind="ocr", confidence=0.99), "positions") > evidence.UNPROVEN_NUMBER


def test_a_guess_is_less_sure_than_what_stands_at_its_label() -> None:
    guessed = printed(confidence=0.6)
    assert sureness(guessed, "patient.family_name") < sureness(printed(), "patient.family_name")


def test_a_drug_is_not_called_by_a_number() -> None:
    assert sureness(with_row(printed(), 0, name="402"), "positions.0.name") <= evidence.FAILED


def test_the_least_sure_deciding_field_is_the_documents_confidence() -> None:
    invoice = printed()
    fields = {
        **invoice.fields,
        "positions.1.quantity": FieldEvidence(confidence=0.5),
        "guid": FieldEvidence(confidence=0.1),
    }
    assert evidence.document_confidence(invoice.model_copy(update={"fields": fields})) == 0.5
    assert evidence.document_confidence(invoice.model_copy(update={"fields": {}})) == 0.0


def test_rounding_to_five_centimes_is_agreement() -> None:
    rounded = printed(amount_due=Decimal("80.35"), total_amount=Decimal("80.37"), positions=())
    assert evidence.signs(rounded)["amount_due"].proof == "right"


def uncertain(*findings: tuple[Reason, str]) -> list[str | None]:
    """Fields said to be read uncertainly where every one is, beside these errors."""
    errors = tuple(Finding(code=code, severity="error", field=field, message="…") for code, field in findings)
    unsure = printed(confidence=0.3).with_findings(errors)
    return [one.field for one in evidence.uncertain(unsure, 0.9)]


def test_a_value_that_was_read_uncertainly_is_named_once() -> None:
    """A person who is told that a row contradicts itself looks at the row: its values need no finding each."""
    without = uncertain()
    assert {"positions", "positions.0.amount", "positions.1.code", "total_amount"} <= set(without)
    row = uncertain((Reason.LINE_AMOUNT_DIFFERS, "positions.0.amount"))
    assert set(without) - set(row) == {path for path in without if path and path.startswith("positions.0.")}
    table = uncertain((Reason.SUM_DIFFERS, "total_amount"))
    in_table = {path for path in without if path and path.startswith("positions")}
    assert set(without) - set(table) == in_table | {"total_amount"}
