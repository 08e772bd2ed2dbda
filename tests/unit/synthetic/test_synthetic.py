"""Synthetic invoices: right numbers, right sums, valid XML, the same from the same seed."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree
from pypdf import PdfReader

from pulse.base.identifiers import is_ahv_number, is_gln, is_iban, is_qr_iban, is_qr_reference, is_uid, is_zsr
from pulse.invoices.checks import check
from pulse.invoices.model import Patient
from pulse.invoices.xml.request import read_request
from pulse.synthetic import Medication, form_pdf, invoice, xml
from pulse.synthetic.catalogue import PROVIDERS
from pulse.synthetic.qr_sheet import CHUNK, chunks

SEEDS = range(60)


def test_the_same_seed_gives_the_same_invoice_and_the_same_bytes() -> None:
    assert invoice(5) == invoice(5)
    assert form_pdf(invoice(5), annex=True) == form_pdf(invoice(5), annex=True)
    assert invoice(5) != invoice(6)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_truth_passes_every_check_there_is(seed: int) -> None:
    truth = invoice(seed)
    assert truth.invoice_date
    assert check(truth, today=truth.invoice_date) == ()
    assert 1 <= len(truth.positions) <= 15
    assert is_ahv_number(truth.patient.ssn or "")
    assert is_gln(truth.biller.gln or "")
    assert is_zsr(truth.biller.zsr or "")
    assert is_qr_iban(truth.payment.iban or "")
    assert is_qr_reference(truth.payment.reference or "")
    assert sum(one.amount or 0 for one in truth.positions) == truth.total_amount


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.name)
def test_the_built_in_providers_have_valid_numbers(provider) -> None:
    assert is_gln(provider.gln)
    assert is_zsr(provider.zsr)
    assert is_iban(provider.iban)
    assert is_uid(provider.vat_number)


def test_the_xml_is_valid_and_says_the_truth(shared_folder: Path) -> None:
    schema = etree.XMLSchema(etree.parse(str(shared_folder / "samples" / "specs" / "generalInvoiceRequest_500.xsd")))
    for seed in SEEDS:
        truth = invoice(seed)
        written = xml(truth)
        schema.assertValid(etree.fromstring(written))
        read = read_request(written)
        assert read.positions == truth.positions
        assert (read.biller, read.provider, read.prescriber) == (truth.biller, truth.provider, truth.prescriber)
        assert (read.patient, read.treatment, read.payment) == (truth.patient, truth.treatment, truth.payment)
        assert (read.total_amount, read.prepaid_amount, read.amount_due) == (
            truth.total_amount,
            truth.prepaid_amount,
            truth.amount_due,
        )


def test_clients_providers_and_medications_are_drawn_from_what_is_given() -> None:
    client = Patient(family_name="Beispiel", given_name="Anna", ssn="7569217076985", canton="BE", insured_number="1")
    pack = Medication(code="7680562090041", name="Abilify Tabl 10 mg 28 Stk", price=Decimal("71.55"))
    truth = invoice(1, clients=[client], providers=[PROVIDERS[1]], medications=[pack], rows=4, tiers="garant")
    assert truth.patient == client
    assert truth.biller.gln == PROVIDERS[1].gln
    assert {one.code for one in truth.positions} == {"7680562090041"}
    assert (len(truth.positions), truth.tiers) == (4, "garant")


def test_many_rows_take_a_second_page_and_the_annex_its_own() -> None:
    truth = invoice(0, rows=15)
    assert len(PdfReader(io.BytesIO(form_pdf(truth, annex=False))).pages) == 2
    assert len(PdfReader(io.BytesIO(form_pdf(truth, annex=True))).pages) == 3


def test_the_last_chunk_of_the_annex_is_filled_up_with_blanks() -> None:
    pieces = chunks(xml(invoice(0, rows=15)))
    assert {len(piece) for piece in pieces} == {CHUNK}
    assert pieces[-1].endswith(" ")
