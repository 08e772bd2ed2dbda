"""Till slips have no table: what a line is, its form tells."""

from __future__ import annotations

from decimal import Decimal

import pytest
from plain_invoices import GTIN, OTHER_GTIN, Paper, read


def till_slip(*, quantity_below: bool) -> bytes:
    paper = Paper(width=227, height=500)
    for text in ("Farmacia Centrale SA", "Via Nassa 5", "6900 Lugano", "GLN 7601000001115", "N. RCC P 0123.45"):
        paper.put(113 - len(text) * 2.1, text, size=8)
        paper.y += 11
    paper.y += 8
    paper.lines(
        12,
        "Scontrino n. 4711",
        "Data: 03.06.2026",
        "Paziente: Bianchi, Nicolò",
        "nato il 14.05.1979",
        "N. AVS 756.9217.0769.85",
    )
    paper.y += 8
    for name, code, price, count, amount in (
        ("Abilify Tabl 10 mg 28 Stk", GTIN, "71.55", "1", "71.55"),
        ("Aldactone Filmtabl 50 mg", OTHER_GTIN, "15.80", "2", "31.60"),
    ):
        if quantity_below:
            paper.lines(12, name, code)
            paper.put(12, f"{count} x {price}")
        else:
            paper.put(12, f"{count} x {price}  {name}"[:34], size=7)
        paper.put(200, amount, right=True)
        paper.put(206, "A")
        paper.y += 12
    paper.put(12, "TOTALE CHF", bold=True)
    paper.put(200, "103.15", right=True, bold=True)
    paper.y += 12
    paper.lines(12, "A  IVA 2.6 %  100.54  2.61")
    return paper.bytes()


def test_a_till_slip_without_a_header_is_read_by_the_forms_of_its_lines() -> None:
    invoice = read(till_slip(quantity_below=True))
    assert [
        (one.code, one.name, str(one.quantity), str(one.unit_price), str(one.amount), str(one.vat_rate))
        for one in invoice.positions
    ] == [
        (GTIN, "Abilify Tabl 10 mg 28 Stk", "1", "71.55", "71.55", "2.6"),
        (OTHER_GTIN, "Aldactone Filmtabl 50 mg", "2", "15.80", "31.60", "2.6"),
    ]
    assert invoice.total_amount == Decimal("103.15")
    assert (invoice.invoice_number, str(invoice.invoice_date)) == ("4711", "2026-06-03")
    assert (invoice.patient.family_name, invoice.patient.given_name) == ("Bianchi", "Nicolò")
    assert str(invoice.patient.birth_date) == "1979-05-14"
    assert (invoice.biller.name, invoice.biller.city, invoice.biller.zsr) == (
        "Farmacia Centrale SA",
        "Lugano",
        "P012345",
    )
    assert invoice.patient.ssn == "7569217076985"


def test_remarks_that_stand_further_in_do_not_set_how_wide_names_are() -> None:
    paper = Paper(width=227, height=400)
    paper.lines(10, "Pharmacie du Lac SA", "Rue du Lac 5", "1003 Lausanne", "Ticket n° 4711", "Date: 03.06.2026")
    paper.y += 8
    rows = (
        ("Sertralin ong 400 mg Tb 100 g à", "libération prolongée, sans lactose,", "selon ordonnance médicale"),
        ("Dafalgan cpr 1 g 16 pce",),
    )
    for names, code in zip(rows, (GTIN, OTHER_GTIN), strict=True):
        paper.lines(10, *names)
        paper.lines(18, f"GTIN {code}")
        paper.put(18, "1 x 13.95")
        paper.put(217, "13.95", right=True)
        paper.y += 12
    paper.lines(18, "Remarque: substitution exclue, raison médicale")
    paper.put(10, "Total CHF")
    paper.put(217, "27.90", right=True)
    assert [(one.name, one.remark) for one in read(paper.bytes()).positions] == [
        ("Sertralin ong 400 mg Tb 100 g à libération prolongée, sans lactose, selon ordonnance médicale", None),
        ("Dafalgan cpr 1 g 16 pce", "substitution exclue, raison médicale"),
    ]


@pytest.mark.parametrize("indent", [0, 8])
def test_the_wrapped_name_below_a_full_remark_is_the_next_positions(indent: float) -> None:
    paper = Paper(width=227, height=400)
    paper.lines(
        10, "Farmacia al Ponte Sagl", "Via Cantonale 153", "6900 Lugano", "Scontrino n. 4711", "Data: 03.06.2026"
    )
    paper.y += 8
    rows = (
        (("Sertralin caps 1 g 16 pz",), GTIN, "Oss.: Sostituzione esclusa per motivo medico"),
        (("Symbicort Turbuhaler Mepha sol iniett pre 400", "mg 1 pz"), OTHER_GTIN, "Oss.: dopo i pasti"),
    )
    for names, code, remark in rows:
        paper.lines(10, *names)
        paper.lines(10 + indent, f"GTIN {code}")
        paper.put(10 + indent, "1 x 13.95")
        paper.put(217, "13.95", right=True)
        paper.y += 12
        paper.lines(10 + indent, remark)
    paper.put(10, "Totale CHF")
    paper.put(217, "27.90", right=True)
    assert [(one.name, one.remark) for one in read(paper.bytes()).positions] == [
        ("Sertralin caps 1 g 16 pz", "Sostituzione esclusa per motivo medico"),
        ("Symbicort Turbuhaler Mepha sol iniett pre 400 mg 1 pz", "dopo i pasti"),
    ]


def test_a_prescriber_whose_name_goes_on_in_the_next_line_of_a_slip_is_read_whole() -> None:
    paper = Paper(width=227, height=400)
    paper.lines(10, "Dorfapotheke Grünau GmbH", "Hölderlinplatz 81b", "3011 Bern", "Faktura Nr. F-7868110")
    paper.lines(10, "Kunde: Müller-Lüdenscheid, Verena, 06.03.1958")
    paper.lines(10, "Verordnet durch: Dr. med. Anna-Katharina", "Rösti-Meyer (ZSR-Nr. B004836)")
    paper.y += 8
    paper.lines(10, "Dafalgan Tropfen 10 ml", f"GTIN {GTIN}")
    paper.put(18, "1 x 82.40")
    paper.put(217, "82.40", right=True)
    paper.y += 14
    paper.put(10, "Total CHF")
    paper.put(217, "82.40", right=True)
    invoice = read(paper.bytes())
    assert (invoice.prescriber.name, invoice.prescriber.zsr) == ("Dr. med. Anna-Katharina Rösti-Meyer", "B004836")
    assert invoice.language == "de"


def test_a_till_slips_position_whose_amount_is_ambiguous_is_named_and_not_dropped() -> None:
    paper = Paper(width=227, height=400)
    paper.lines(10, "Farmacia Centrale SA", "Via Nassa 5", "6900 Lugano", "Scontrino n. 4711", "Data: 03.06.2026")
    paper.y += 8
    for name, code, price, amount in (
        ("Abilify Tabl 10 mg 28 pz", GTIN, "2 x 7.10", "1,234"),
        ("Aldactone 50 mg 50 pz", OTHER_GTIN, "2 x 15.80", "31.60"),
    ):
        paper.lines(10, name, f"GTIN {code}")
        paper.put(18, price)
        paper.put(217, amount, right=True)
        paper.y += 12
    paper.put(10, "Totale CHF")
    paper.put(217, "45.80", right=True)
    invoice = read(paper.bytes())
    assert [(one.name, one.amount) for one in invoice.positions] == [
        ("Abilify Tabl 10 mg 28 pz", None),
        ("Aldactone 50 mg 50 pz", Decimal("31.60")),
    ]
    assert [(one.code, one.field) for one in invoice.findings] == [("P230", "positions.0.amount")]
