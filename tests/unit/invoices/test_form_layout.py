"""Forms that differ from the template: words that no table knows, columns elsewhere, letters that run together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from printed_pages import Run, page

from pulse.base.reasons import Language
from pulse.invoices.forms import labels, reader
from pulse.invoices.forms.reader import read_form
from pulse.invoices.forms.vocabulary import words_of
from pulse.invoices.model import Invoice, Source

LABEL, VALUE, RIGHT_LABEL, RIGHT_VALUE = 81.0, 163.0, 351.0, 432.0
PATIENT = (
    ("Nom", "Aebischer"),
    ("Prénom", "Aurélie"),
    ("Rue", "Route de Berne 25"),
    ("NPA", "1588"),
    ("Localité", "Cudrefin"),
    ("Date de naissance", "06.07.1988"),
    ("Sexe", "Femme / F"),
    ("Date du cas", ".."),
    ("N° de cas", ""),
    ("N° AVS", "756.9217.0769.85"),
    ("N° CADA", "80756003124462273217"),
    ("N° d'assuré", "635262773"),
    ("Canton", "VD"),
    ("Copie", "Non"),
    ("Type de rémunération", "TP"),
    ("Loi", "LAMal"),
    ("Traitement", "27.03.2026 - 06.04.2026"),
    ("Type de traitement", "ambulatoire"),
    ("Motif du traitement", "Maladie"),
)
#: Headings and where they end; the first three begin there.
HEADINGS = (
    ("Date", 28.0),
    ("Tarif", 80.0),
    ("Code tarifaire", 102.0),
    ("Réf.", 230.0),
    ("Gr", 241.0),
    ("Cô", 262.0),
    ("Quantité", 295.0),
    ("Pt PM/Prix", 340.0),
    ("f PM", 365.0),
    ("VPt PM", 393.0),
    ("Pt PT", 430.0),
    ("f PT", 455.0),
    ("VPt PT", 485.0),
    ("R", 495.0),
    ("E", 503.0),
    ("T", 512.0),
    ("Montant", 567.0),
)
ROW = (
    ("01.04.2026", 28.0),
    ("402", 80.0),
    ("7680494930101", 102.0),
    ("1", 241.0),
    ("2.00", 295.0),
    ("62.00", 340.0),
    ("1.00", 393.0),
    ("1", 495.0),
    ("1", 503.0),
    ("1", 512.0),
    ("124.00", 567.0),
)
LEFT_ALIGNED = 3


def form(
    *,
    patient: Sequence[tuple[str, str]] = PATIENT,
    headings: Sequence[tuple[str, float]] = HEADINGS,
    rows: Sequence[Sequence[tuple[str, float]]] = (ROW,),
    extra: Sequence[Run] = (),
) -> list[Run]:
    """The runs of a form 5.0 in French."""
    runs = [
        Run(28, 35, "Facture Tiers Payant", 14, bold=True),
        Run(525, 31, "Release 5.0/General/fr", ends=True),
        *(Run(28, top, name, bold=True) for top, name in ((67, "Document"), (77, "Auteur"), (99, "Patient"))),
        Run(LABEL, 67, "Identification"),
        Run(VALUE, 67, "1776297600 / 16.04.2026 00:00:00 / af2daf41476839c897b3f76ae21f115b", 6),
        Run(LABEL, 77, "N° GLN(B)"),
        Run(VALUE, 77, "7601000001115"),
        Run(244, 77, "Pharmacie du Lac SA"),
        Run(RIGHT_LABEL, 261, "Date/N° de facture"),
        Run(RIGHT_VALUE, 261, "16.04.2026 / 2026/3066361"),
    ]
    for index, (label, value) in enumerate(patient):
        runs += [Run(LABEL, 99 + index * 10.8, label), Run(VALUE, 99 + index * 10.8, value, 8)]
    runs += [_cell(text, x, 440, index) for index, (text, x) in enumerate(headings)]
    for at, row in enumerate(rows):
        runs += [_cell(text, x, 450 + at * 12, index) for index, (text, x) in enumerate(row)]
    runs += [
        Run(40, 765, "Code"),
        Run(96, 765, "Taux", ends=True),
        Run(198, 765, "Monnaie: CHF"),
        Run(527, 765, "Montant total:", ends=True),
        Run(567, 765, "124.00", ends=True),
        Run(46, 774, "1"),
        Run(96, 774, "2.60", ends=True),
        Run(150, 774, "124.00", ends=True),
        Run(190, 774, "3.14", ends=True),
        Run(527, 790, "Montant dû:", ends=True),
        Run(567, 790, "124.00", ends=True),
    ]
    return [*runs, *extra]


def _cell(text: str, x: float, top: float, index: int) -> Run:
    return Run(x, top, text, ends=index >= LEFT_ALIGNED)


def read(runs: Sequence[Run]) -> Invoice:
    found = read_form([page(runs)])
    assert found is not None
    return found[0].build(Source(kind="text", form_release=found[1]))


def test_a_french_form_is_read_whole() -> None:
    invoice = read(form())
    assert (invoice.language, invoice.source.form_release, invoice.tiers, invoice.law) == ("fr", "5.0", "payant", "KVG")
    assert (invoice.patient.family_name, invoice.patient.given_name, invoice.patient.sex) == (
        "Aebischer",
        "Aurélie",
        "female",
    )
    assert (invoice.patient.ssn, invoice.patient.insured_number) == ("7569217076985", "635262773")
    assert (invoice.invoice_number, invoice.invoice_date) == ("2026/3066361", dt.date(2026, 4, 16))
    assert (invoice.biller.gln, invoice.biller.name) == ("7601000001115", "Pharmacie du Lac SA")
    position = invoice.positions[0]
    assert (position.tariff, position.code, str(position.quantity)) == ("402", "7680494930101", "2")
    assert (str(position.unit_price), str(position.amount), str(position.vat_rate)) == ("62.00", "124.00", "2.6")
    assert (str(invoice.total_amount), str(invoice.amount_due)) == ("124.00", "124.00")
    assert invoice.findings == ()


def test_labels_that_no_table_knows_are_told_by_their_place() -> None:
    unknown = {"Prénom": "Appellation", "Date de naissance": "Venue au monde", "Loi": "Base"}
    strange = [(unknown.get(label, label), value) for label, value in PATIENT]
    invoice, usual = read(form(patient=strange)), read(form())
    assert (invoice.patient, invoice.law) == (usual.patient, usual.law)
    assert invoice.fields["patient.given_name"].confidence < usual.fields["patient.given_name"].confidence


def test_an_unknown_label_that_has_moved_is_told_by_the_shape_of_its_value_alone() -> None:
    rest = [one for one in PATIENT if one[0] not in {"N° AVS", "Canton"}]
    strange = [*rest[:2], ("Matricule fédéral", "756.9217.0769.85"), ("Région", "VD"), *rest[2:]]
    patient = read(form(patient=strange)).patient
    assert patient.ssn == "7569217076985"
    assert patient.canton is None, "two letters may be anything"


def test_a_value_that_has_another_shape_is_left_out() -> None:
    strange = [
        ("Venue", "le printemps") if label == "Date de naissance" else (label, value) for label, value in PATIENT
    ]
    assert read(form(patient=strange)).patient.birth_date is None


@pytest.mark.parametrize(("known", "strange"), [("Quantité", "Unités"), ("Pt PM/Prix", "Valeur")])
def test_a_heading_that_no_table_knows_is_the_column_that_the_form_has_there(known: str, strange: str) -> None:
    headings = [(strange if text == known else text, x) for text, x in HEADINGS]
    position = read(form(headings=headings)).positions[0]
    assert (str(position.quantity), str(position.unit_price), str(position.amount)) == ("2", "62.00", "124.00")


def test_cells_may_stand_off_their_heading() -> None:
    moved = [(text, x + (1.5 if index % 2 else -1.5)) for index, (text, x) in enumerate(ROW)]
    assert read(form(rows=[moved])).positions == read(form()).positions


def test_a_technical_part_is_not_the_price() -> None:
    medical = (
        ("01.04.2026", 28.0),
        ("007", 80.0),
        ("AA.00.0010", 102.0),
        ("1", 241.0),
        ("1.00", 295.0),
        ("9.57", 340.0),
        ("1.00", 365.0),
        ("0.89", 393.0),
        ("8.19", 430.0),
        ("1.00", 455.0),
        ("0.89", 485.0),
        ("1", 495.0),
        ("1", 503.0),
        ("0", 512.0),
        ("15.81", 567.0),
    )
    technical_only = tuple(cell for cell in medical if cell[1] not in {340.0, 365.0, 393.0})
    first, second = read(form(rows=[medical, technical_only])).positions
    assert (str(first.unit_price), str(first.factor), str(first.amount)) == ("9.57", "0.89", "15.81")
    assert (second.unit_price, str(second.amount)) == (None, "15.81")


def test_a_tariff_that_touches_its_code_is_parted_from_it() -> None:
    glued = [ROW[0], ("", 0.0), ("4027680494930101", 86.0), *ROW[LEFT_ALIGNED:]]
    position = read(form(rows=[glued])).positions[0]
    assert (position.tariff, position.code) == ("402", "7680494930101")


def test_digits_beside_a_number_make_it_no_number() -> None:
    apart = [("62", 327.0) if text == "62.00" else (text, x) for text, x in ROW]
    invoice = read(form(rows=[[*apart, ("45", 340.0)]]))
    assert invoice.positions[0].unit_price is None
    assert [(one.code, one.field) for one in invoice.findings] == [("P230", "positions.0.unit_price")]


def test_headings_on_a_slant_are_one_line() -> None:
    slanted = [replace(run, top=run.top - 2.5) if run.top == 440 and run.x > 400 else run for run in form()]
    assert read(slanted).positions == read(form()).positions


def test_a_misread_heading_of_the_codes_is_told_by_its_place() -> None:
    headings = [("Cnde tanfare" if text == "Code tarifaire" else text, x) for text, x in HEADINGS]
    assert read(form(headings=headings)).positions == read(form()).positions


def test_a_misread_section_is_told_by_its_label() -> None:
    provider = [Run(28, 87, "la fncturc"), Run(LABEL, 87, "N° RCC(B)"), Run(VALUE, 87, "P012345")]
    address = [Run(244, 87, "Rue du Lac 3 1950 Sion")]
    biller = read(form(extra=[*provider, *address])).biller
    assert (biller.zsr, biller.street, biller.zip, biller.city) == ("P012345", "Rue du Lac 3", "1950", "Sion")


def test_what_stands_in_a_remark_is_no_value_of_the_patient() -> None:
    blank = [(label, "" if label == "N° d'assuré" else value) for label, value in PATIENT]
    remark = [Run(28, 320, "Note spéciale", bold=True), Run(LABEL, 320, "N° d'assuré"), Run(VALUE, 320, "4711")]
    assert read(form(patient=blank, extra=remark)).patient.insured_number is None


def test_a_remark_close_to_its_name_still_tells_what_is_cancelled() -> None:
    words = ((28, "Remarque"), (58, "Annulation"), (95, "de"), (104, "la"), (113, "facture"), (140, "R-7-A"))
    remark = [Run(x, 345, word) for x, word in words]
    draft = read_form([page(form(extra=remark))])
    assert draft is not None
    assert draft[0].values["refers_to"] == "R-7-A"


def test_carried_amounts_and_subtotals_are_no_rows() -> None:
    carried = [Run(500, 446, "Report", ends=True), Run(567, 446, "99.00", ends=True)]
    invoice = read([replace(run, top=run.top + 10) if run.top == 450 else run for run in form(extra=carried)])
    assert [str(one.amount) for one in invoice.positions] == ["124.00"]
    assert str(invoice.total_amount) == "124.00"


def test_a_page_that_is_there_twice_counts_once() -> None:
    found = read_form([page(form()), page([replace(run, x=run.x + 1) for run in form()], 2)])
    assert found is not None
    assert found[0].rows == 1


def test_pages_of_two_invoices_are_named() -> None:
    other = [replace(run, text=run.text.replace("af2d", "bf2d")) for run in form(rows=[[*ROW[:-1], ("99.00", 567.0)]])]
    found = read_form([page(form()), page(other, 2)])
    assert found is not None
    assert ("P229", "invoice_number") in [(one.code, one.field) for one in found[0].findings]


def test_a_letter_with_a_patient_and_a_table_is_not_the_form() -> None:
    own = [run for run in form() if run.top > 95 and run.text not in {"f PM", "VPt PM", "Pt PT", "f PT", "VPt PT"}]
    assert read_form([page(own)]) is None


@pytest.mark.parametrize("mark", ["·", "-", "+", "°"])
def test_a_middle_dot_parts_an_address_whatever_a_scan_made_of_it(mark: str) -> None:
    partners = [
        Run(28, 320, "Partenaires", bold=True),
        Run(28, 332, "Prescripteur"),
        Run(VALUE, 332, "7601000001115 / Z266853"),
        Run(264, 332, f"Dr. med. Anne-Lise Nan {mark} Rue du Lac 3 {mark} 1950 Sion"),
        Run(28, 87, "Fournisseur", bold=True),
        Run(LABEL, 87, "N° RCC(B)"),
        Run(VALUE, 87, "P012345"),
        Run(264, 87, f"Chemin de l'Église 3 {mark}1950 Sion {mark}"),
    ]
    invoice = read(form(extra=partners))
    assert (invoice.prescriber.name, invoice.prescriber.zsr) == ("Dr. med. Anne-Lise Nan", "Z266853")
    assert (invoice.prescriber.street, invoice.prescriber.zip) == ("Rue du Lac 3", "1950")
    assert (invoice.provider.street, invoice.provider.city) == ("Chemin de l'Église 3", "Sion")


def test_a_stroke_within_a_name_parts_nothing() -> None:
    partners = [
        Run(28, 320, "Partenaires", bold=True),
        Run(28, 332, "Prescripteur"),
        Run(VALUE, 332, "7601000001115 / Z266853"),
        Run(264, 332, "Hôpital de Sion - Urgences"),
    ]
    assert read(form(extra=partners)).prescriber.name == "Hôpital de Sion - Urgences"


def test_an_address_beside_a_misread_number_is_read() -> None:
    biller = [Run(28, 87, "Auteur"), Run(LABEL, 87, "N° RCC(B)"), Run(VALUE, 87, "PB4G970")]
    read_biller = read(form(extra=[*biller, Run(244, 87, "Rue du Lac 3 1950 Sion")])).biller
    assert (read_biller.zsr, read_biller.street, read_biller.zip) == (None, "Rue du Lac 3", "1950")


def test_a_misread_heading_beside_the_flags_does_not_hide_them() -> None:
    headings = [("XXE" if text == "VPt PT" else text, x) for text, x in HEADINGS]
    assert str(read(form(headings=headings)).positions[0].vat_rate) == "2.6"


def test_a_speck_at_the_edge_ends_no_section() -> None:
    speck = Run(28, 99 + 17.5 * 10.8, "|")
    assert read(form(extra=[speck])).treatment.reason == "disease"


def test_a_law_that_a_scan_misreads_is_known() -> None:
    patient = [(label, "WG" if label == "Loi" else value) for label, value in PATIENT]
    assert read(form(patient=patient)).law == "VVG"


def test_a_date_and_a_number_whose_stroke_was_lost_are_two() -> None:
    printed = "16.04.2026 / 2026/3066361"
    invoice = read([replace(run, text="16.04.2026 2026/3066361 .") if run.text == printed else run for run in form()])
    assert (invoice.invoice_date, invoice.invoice_number) == (dt.date(2026, 4, 16), "2026/3066361")


@pytest.mark.parametrize(("printed", "number"), [("CHE123456788", "CHE123456788"), ("CHE123456789", None)])
def test_a_vat_number_beside_a_misread_label_is_known_by_its_check_digit(printed: str, number: str | None) -> None:
    invoice = read(form(extra=[Run(198, 774, "MwsSt.Nr.:"), Run(235, 774, printed)]))
    assert invoice.biller.vat_number == number


LETTER = (
    Run(60, 80, "Apotheke am Bahnhof, 3011 Bern"),
    Run(60, 120, "Rechnung Nr. 4711"),
    Run(60, 140, "Patient: Aurélie Aebischer, geboren am 06.07.1988"),
    Run(60, 160, "Behandlung vom 01.04.2026, Vergütungsart TG, Gesetz KVG"),
    Run(60, 200, "7680494930101 Dafalgan 2 62.00 124.00"),
    Run(60, 240, "Total CHF 124.00, zahlbar in 30 Tagen"),
)


def test_pages_without_a_word_of_the_form_are_refused_before_they_are_parted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(reader, "PrintedLine")
    assert read_form([page(LETTER), page(LETTER, 2)]) is None
    with pytest.raises(NameError):
        read_form([page(LETTER), page(form(), 2)])


@pytest.mark.parametrize("table", [labels.TITLES["form"], {"de": ("Release",)}, labels.COLUMNS["point_value"]])
def test_one_word_of_the_form_is_enough_to_look_closer(
    table: Mapping[Language, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    monkeypatch.setattr(reader, "split_at_headings", lambda lines: (looked.append(lines), ([], None, []))[1])
    for count, word in enumerate(words_of(table), start=1):
        read_form([page([*LETTER, Run(60, 300, word)])])
        assert len(looked) == count, word


def test_a_form_without_title_and_release_is_known_by_its_sections_and_columns() -> None:
    titles = {"Facture Tiers Payant", "Release 5.0/General/fr"}
    invoice, usual = read([run for run in form() if run.text not in titles]), read(form())
    assert (invoice.patient, invoice.positions) == (usual.patient, usual.positions)
    assert invoice.source.form_release is None
