"""Invoices without a form, drawn here in three designs and three languages, are read to the last field."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from pulse.invoices.checks import reading_state
from pulse.invoices.model import Invoice, Source
from pulse.invoices.plain.reader import read_plain
from pulse.invoices.reading import read_pdf
from pulse.invoices.text.pages import read_pages
from pulse.synthetic.collection import write
from pulse.synthetic.order import Wishes

GTIN, OTHER_GTIN, LONG_GTIN = "7680562090041", "7680272570703", "7680580360034"
#: Account, QR reference.
QR_IBAN, REFERENCE = "CH44 3199 9123 0008 8901 2", "21 00000 00003 13947 14300 09017"


class Paper:
    """A sheet on which text stands where it is put: points from the top left."""

    def __init__(self, *, width: float = 595.3, height: float = 841.9) -> None:
        self._file = io.BytesIO()
        self._canvas = Canvas(self._file, pagesize=(width, height))
        self._height = height
        self.y = 50.0

    def put(self, x: float, text: str, *, size: float = 9, bold: bool = False, right: bool = False) -> None:
        self._canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
        draw = self._canvas.drawRightString if right else self._canvas.drawString
        draw(x, self._height - self.y, text)

    def lines(self, x: float, *texts: str, leading: float = 12, bold: bool = False) -> None:
        for text in texts:
            self.put(x, text, bold=bold)
            self.y += leading

    def next_page(self) -> None:
        self._canvas.showPage()
        self.y = 50.0

    def bytes(self) -> bytes:
        self._canvas.showPage()
        self._canvas.save()
        return self._file.getvalue()


def read(data: bytes) -> Invoice:
    found = read_plain(read_pages(data, max_pages=10))
    assert found is not None
    return found[0].build(Source(kind="text"))


WORDS = {
    "de": {
        "title": "Rechnung Nr. R-2026-000815",
        "date": "Rechnungsdatum: 16.06.2026", "patient": "Patient",
        "birth": "Geburtsdatum: 14.05.1979", "ssn": "AHV-Nr.: 756.9217.0769.85",
        "insured": "Versicherten-Nr.: 123456789",
        "doctor": "Verordnender Arzt", "head": ("Datum", "GTIN", "Bezeichnung", "Menge", "Preis", "Betrag"),
        "total": "Total CHF", "vat": "davon MWST 2.6 %",
        "treatment": "Behandlung: 10.06.2026 - 12.06.2026",
        "prepaid": "Anzahlung", "due": "Fälliger Betrag", "salutation": "Frau", "subtotal": "Zwischentotal",
    },
    "fr": {
        "title": "Facture n° R-2026-000815", "date": "Date de facture : 16.06.2026", "patient": "Patient",
        "birth": "Date de naissance : 14.05.1979", "ssn": "N° AVS : 756.9217.0769.85",
        "insured": "N° d'assuré : 123456789",
        "doctor": "Médecin prescripteur", "head": ("Date", "GTIN", "Désignation", "Quantité", "Prix", "Montant"),
        "total": "Montant total CHF", "vat": "dont TVA 2.6 %", "treatment": "Traitement : 10.06.2026 - 12.06.2026",
        "prepaid": "Acompte", "due": "Montant dû", "salutation": "Madame", "subtotal": "Sous-total",
    },
    "it": {
        "title": "Fattura n. R-2026-000815", "date": "Data fattura: 16.06.2026", "patient": "Paziente",
        "birth": "Data di nascita: 14.05.1979", "ssn": "N. AVS: 756.9217.0769.85",
        "insured": "N. assicurato: 123456789",
        "doctor": "Medico prescrivente", "head": ("Data", "GTIN", "Descrizione", "Quantità", "Prezzo", "Importo"),
        "total": "Importo totale CHF", "vat": "di cui IVA 2.6 %", "treatment": "Trattamento: 10.06.2026 - 12.06.2026",
        "prepaid": "Acconto", "due": "Importo dovuto", "salutation": "Signora", "subtotal": "Subtotale",
    },
}  # fmt: skip


def head(paper: Paper, words: dict[str, object]) -> None:
    """Letterhead, address window and the invoice's own data."""
    paper.lines(50, "Apotheke am Platz AG", bold=True)
    paper.lines(50, "Marktgasse 12", "3011 Bern", "Tel. 031 000 00 00, info@apotheke.example")
    paper.lines(50, "GLN 7601000001115   ZSR P012345", "CHE-123.456.788 MWST")
    paper.y = 140
    paper.lines(340, str(words["salutation"]), "Anna de la Fontaine", "Teststrasse 7a", "3012 Bern")
    paper.y = 220
    paper.put(50, str(words["title"]), size=13, bold=True)
    paper.y += 22
    for key in ("date", "birth", "ssn", "insured", "treatment"):
        paper.lines(50, str(words[key]))
    paper.lines(50, f"{words['doctor']}: Dr. med. Röbi Muster, GLN 7601000002228, ZSR D123456")
    paper.y += 10


def table(paper: Paper, words: dict[str, object], rows: list[tuple[str, ...]]) -> None:
    """Six columns: the first three flush left, the others flush right."""
    columns = ((50, False), (110, False), (190, False), (430, True), (490, True), (545, True))
    for (x, right), text in zip(columns, words["head"], strict=True):  # type: ignore[call-overload]
        paper.put(x, text, bold=True, right=right)
    paper.y += 16
    for row in rows:
        for (x, right), text in zip(columns, row, strict=True):
            paper.put(x, text, right=right)
        paper.y += 13


ROWS = [
    ("10.06.2026", GTIN, "Abilify Tabl 10 mg 28 Stk", "1", "71.55", "71.55"),
    ("10.06.2026", OTHER_GTIN, "Aldactone Filmtabl 50 mg 50 Stk", "2", "15.80", "31.60"),
    ("12.06.2026", LONG_GTIN, "Alendronat Spirig HC 70 mg 4 Stk", "0.5", "34.05", "17.03"),
]


@pytest.mark.parametrize("language", ["de", "fr", "it"])
def test_a_letter_with_a_table_is_read_in_every_language(language: str) -> None:
    words = WORDS[language]
    paper = Paper()
    head(paper, words)
    table(paper, words, ROWS)
    paper.y += 8
    for key, amount in (("total", "120.18"), ("vat", "3.05"), ("prepaid", "20.00"), ("due", "100.20")):
        paper.put(340, str(words[key]))
        paper.put(545, amount, right=True)
        paper.y += 13
    invoice = read(paper.bytes())
    assert invoice.invoice_number == "R-2026-000815"
    assert str(invoice.invoice_date) == "2026-06-16"
    assert (invoice.patient.family_name, invoice.patient.given_name) == ("de la Fontaine", "Anna")
    assert (invoice.patient.street, invoice.patient.zip, invoice.patient.city) == ("Teststrasse 7a", "3012", "Bern")
    assert str(invoice.patient.birth_date) == "1979-05-14"
    assert (invoice.patient.ssn, invoice.patient.insured_number) == ("7569217076985", "123456789")
    assert (invoice.biller.name, invoice.biller.street) == ("Apotheke am Platz AG", "Marktgasse 12")
    assert (invoice.biller.zip, invoice.biller.city) == ("3011", "Bern")
    assert (invoice.biller.gln, invoice.biller.zsr) == ("7601000001115", "P012345")
    assert invoice.biller.email == "info@apotheke.example"
    assert invoice.biller.vat_number == "CHE123456788"
    assert (invoice.prescriber.name, invoice.prescriber.gln) == ("Dr. med. Röbi Muster", "7601000002228")
    assert invoice.prescriber.zsr == "D123456"
    assert (str(invoice.treatment.begin), str(invoice.treatment.end)) == ("2026-06-10", "2026-06-12")
    assert [
        (str(one.date), one.code, one.name, str(one.quantity), str(one.unit_price), str(one.amount))
        for one in invoice.positions
    ] == [(f"{row[0][6:]}-{row[0][3:5]}-{row[0][:2]}", *row[1:]) for row in ROWS]
    assert {one.tariff for one in invoice.positions} == {"402"}
    assert (invoice.total_amount, invoice.prepaid_amount, invoice.amount_due) == (
        Decimal("120.18"),
        Decimal("20.00"),
        Decimal("100.20"),
    )
    assert (invoice.language, invoice.currency) == (language, "CHF")
    assert invoice.findings == ()


def slip(paper: Paper, *, iban: str = QR_IBAN, second_iban: str | None = None, amount: str = "120.20") -> None:
    """A Swiss QR-bill's receipt and payment part, without its code."""
    paper.y = 560
    for x, title, number in ((14, "Empfangsschein", iban), (175, "Zahlteil", second_iban or iban)):
        at = paper.y
        paper.put(x, title, bold=True, size=11)
        left = x if x < 100 else 335
        paper.y += 20
        paper.lines(left, "Konto / Zahlbar an", bold=True)
        paper.lines(left, number, "Apotheke am Platz AG", "Marktgasse 12", "3011 Bern")
        paper.lines(left, "Referenz", bold=True)
        paper.lines(left, REFERENCE)
        paper.lines(left, "Zahlbar durch", bold=True)
        paper.lines(left, "Anna de la Fontaine", "Teststrasse 7a", "3012 Bern")
        paper.y += 20
        paper.put(x, "Währung", bold=True)
        paper.put(x + 60, "Betrag", bold=True)
        paper.y += 12
        paper.put(x, "CHF")
        paper.put(x + 60, amount)
        paper.y = at


def letter() -> Paper:
    paper, words = Paper(), WORDS["de"]
    head(paper, words)
    table(paper, words, ROWS)
    paper.lines(340, "Total CHF 120.18", "Zu bezahlen CHF 120.20")
    return paper


def test_the_payment_part_gives_account_and_reference_and_its_addresses_are_nobody_elses() -> None:
    paper = letter()
    slip(paper)
    invoice = read(paper.bytes())
    assert invoice.payment.iban == "CH4431999123000889012"
    assert (invoice.payment.reference, invoice.payment.reference_type) == ("210000000003139471430009017", "QRR")
    assert invoice.biller.name == "Apotheke am Platz AG"
    assert invoice.findings == ()


def test_a_receipt_that_names_another_account_than_the_payment_part_is_a_contradiction() -> None:
    paper = letter()
    slip(paper, second_iban="CH93 0076 2011 6238 5295 7")
    assert [(one.code, one.field, one.severity) for one in read(paper.bytes()).findings] == [
        ("P229", "payment.iban", "error")
    ]


def test_a_payment_part_that_asks_for_another_amount_is_a_contradiction() -> None:
    paper = letter()
    slip(paper, amount="210.20")
    assert [(one.code, one.field) for one in read(paper.bytes()).findings] == [("P229", "amount_due")]


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


def test_two_invoices_in_one_file_are_never_mixed() -> None:
    paper = letter()
    paper.next_page()
    words = {**WORDS["de"], "title": "Rechnung Nr. R-2026-000816"}
    head(paper, words)
    table(paper, words, ROWS[:1])
    paper.lines(340, "Total CHF 71.55")
    invoice = read(paper.bytes())
    assert (invoice.invoice_number, len(invoice.positions), invoice.total_amount) == (
        "R-2026-000815",
        3,
        Decimal("120.18"),
    )
    assert [(one.code, one.field) for one in invoice.findings] == [("P229", "invoice_number")]


@pytest.mark.parametrize("repeat_header", [True, False])
def test_a_table_goes_on_over_pages_with_and_without_its_header(repeat_header: bool) -> None:
    paper, words = Paper(), WORDS["de"]
    head(paper, words)
    table(paper, words, ROWS)
    paper.put(340, "Übertrag")
    paper.put(545, "120.18", right=True)
    paper.next_page()
    if repeat_header:
        paper.lines(50, "Rechnung Nr. R-2026-000815", "Seite 2")
        paper.y += 20
        table(paper, words, ROWS)
    else:
        table(paper, {**words, "head": ("",) * 6}, ROWS)
    paper.lines(340, "Total CHF 240.36")
    invoice = read(paper.bytes())
    assert [one.code for one in invoice.positions] == [row[1] for row in (*ROWS, *ROWS)]
    assert invoice.total_amount == Decimal("240.36")
    assert invoice.findings == ()


def test_a_name_that_wraps_is_one_name_and_what_follows_in_small_print_is_the_remark() -> None:
    paper, words = Paper(), WORDS["de"]
    head(paper, words)
    table(paper, words, [("10.06.2026", LONG_GTIN, "Alendronat Spirig HC Wochentabletten", "1", "34.05", "34.05")])
    paper.y -= 2
    paper.lines(190, "Tabl 70 mg 4 Stk")
    paper.put(190, "Dauermedikation, Repetition 2/4", size=7)
    paper.y += 16
    paper.lines(340, "Total CHF 34.05")
    (position,) = read(paper.bytes()).positions
    assert position.name == "Alendronat Spirig HC Wochentabletten Tabl 70 mg 4 Stk"
    assert position.remark == "Dauermedikation, Repetition 2/4"


@pytest.mark.parametrize(
    "texts",
    [
        ("Sehr geehrte Frau Muster", "Bitte senden Sie uns die Unterlagen bis am 12.06.2026.", "Freundliche Grüsse"),
        ("Rezept", "Dr. med. Röbi Muster", "Abilify Tabl 10 mg 28 Stk", "1-0-0-0", "Datum: 10.06.2026"),
        ("Aktion im Juni!", "Sonnencreme 50 ml", "nur CHF 19.90 statt CHF 29.90", "Apotheke am Platz AG", "3011 Bern"),
    ],
)
def test_a_letter_a_prescription_and_an_advert_are_no_invoice(texts: tuple[str, ...]) -> None:
    paper = Paper()
    paper.lines(50, *texts)
    assert read_plain(read_pages(paper.bytes(), max_pages=3)) is None


def test_a_plain_invoice_is_read_in_the_sandbox_like_any_other() -> None:
    invoice = read_pdf(letter().bytes(), today=dt.date(2026, 6, 30))
    assert (invoice.source.kind, invoice.source.form_release) == ("text", None)
    assert (invoice.invoice_number, invoice.total_amount) == ("R-2026-000815", Decimal("120.18"))
    assert reading_state(invoice) == "complete"


LANGUAGES = ("de", "fr", "it")
LAYOUTS = ("pharmacy-letter", "pharmacy-slip", "pharmacy-table", "practice-letter", "practice-table")
#: What the sheets do not tell, or only together with the reader's own inference.
UNLIKE = {"source": ..., "fields": ..., "findings": ...}


def test_synthetic_plain_invoices_are_read_exactly(tmp_path: Path, full_size: bool) -> None:
    wishes = Wishes(layouts=LAYOUTS, languages=LANGUAGES)
    wrong = {}
    for item in write(tmp_path, 300 if full_size else 24, 515_000, wishes):
        found = read_plain(read_pages((tmp_path / f"{item.order.name}.pdf").read_bytes(), max_pages=30))
        said = found[0].build(Source(kind="text")).model_dump(exclude=UNLIKE) if found else None
        if said != item.truth.model_dump(exclude=UNLIKE):
            wrong[item.order.name] = (said, item.truth)
    assert not wrong


def test_a_position_whose_amount_is_ambiguous_is_named_and_not_dropped() -> None:
    paper, words = Paper(), WORDS["de"]
    head(paper, words)
    table(paper, words, [("10.06.2026", GTIN, "Abilify Tabl 10 mg 28 Stk", "1", "71.55", "1,234"), ROWS[1]])
    paper.lines(340, "Total CHF 103.15")
    invoice = read(paper.bytes())
    assert [one.amount for one in invoice.positions] == [None, Decimal("31.60")]
    assert [(one.code, one.field) for one in invoice.findings] == [("P230", "positions.0.amount")]


def test_an_account_whose_check_digits_are_wrong_is_kept_and_named() -> None:
    paper = letter()
    paper.lines(50, "Zahlbar auf Konto CH12 0076 2011 6238 5295 7")
    invoice = read_pdf(paper.bytes(), today=dt.date(2026, 6, 30))
    assert invoice.payment.iban == "CH1200762011623852957"
    assert [(one.code, one.field) for one in invoice.findings] == [("P227", "payment.iban")]
    assert invoice.fields["payment.iban"].confidence < 0.5


def test_a_right_account_counts_before_a_wrong_one_and_their_difference_is_a_contradiction() -> None:
    paper = letter()
    paper.lines(50, "Konto CH12 0076 2011 6238 5295 7", "IBAN CH93 0076 2011 6238 5295 7")
    invoice = read(paper.bytes())
    assert invoice.payment.iban == "CH9300762011623852957"
    assert [(one.code, one.field) for one in invoice.findings] == [("P229", "payment.iban")]


def test_a_long_word_that_stands_out_of_its_column_makes_no_remark_of_a_wrapped_name() -> None:
    paper, words = Paper(), WORDS["de"]
    head(paper, words)
    for code, lines in (
        (GTIN, ("+ Ärztliche", "Konsultation, jede", "weitere 1 Min.")),
        (OTHER_GTIN, ("Alanin-Aminotransferase-Bestimmung", "(ALAT)")),
    ):
        row = ("10.06.2026", code, lines[0], "1", "71.55", "71.55")
        table(paper, words if code == GTIN else {**words, "head": ("",) * 6}, [row])
        paper.y -= 2
        paper.lines(190, *lines[1:])
        paper.y += 4
    paper.lines(340, "Total CHF 143.10")
    assert [(one.name, one.remark) for one in read(paper.bytes()).positions] == [
        ("+ Ärztliche Konsultation, jede weitere 1 Min.", None),
        ("Alanin-Aminotransferase-Bestimmung (ALAT)", None),
    ]


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


@pytest.mark.parametrize("overlap", [-0.5, 1, 3])
def test_a_name_that_runs_into_its_code_ends_before_it(overlap: float) -> None:
    paper, words = Paper(), WORDS["de"]
    head(paper, words)
    paper.y += 20
    columns = ((60, "Menge"), (120, "Artikel"), (362, "GTIN"), (460, "Preis"), (500, "Betrag CHF"))
    for x, text in columns:
        paper.put(x, text, bold=True)
    paper.y += 14
    rows = (
        (GTIN, ("Sertralin Filmtabl 500 mg mit verzögerter Wirkstofffreisetzung", "ohne Laktose")),
        (OTHER_GTIN, ("Tramadol Spirig HC Brausetabl 400 mg 10 Stk mit", "verzögerter Wirkstofffreisetzung")),
    )
    touching = 120 + stringWidth(rows[0][1][0], "Helvetica", 9) - overlap
    for code, names in rows:
        for x, text in ((80, "1"), (120, names[0]), (touching, code), (460, "15.35"), (540, "15.35")):
            paper.put(x, text)
        paper.y += 12
        paper.lines(120, *names[1:])
    paper.lines(440, "Total CHF 30.70")
    assert [(one.code, one.name, one.remark) for one in read(paper.bytes()).positions] == [
        (code, " ".join(names), None) for code, names in rows
    ]


def centre(name: str = "Ort") -> Paper:
    """A letter of a health centre to a person whose data stand in a list."""
    paper = Paper()
    paper.lines(50, "Ärztezentrum Süd", bold=True)
    paper.lines(50, "Bahnhofstr. 149", "8004 Zürich")
    paper.y = 140
    paper.lines(340, f"Jürg {name}", "Im Zelgli 83a", "7000 Chur")
    paper.y = 220
    for text, value in (
        ("Rechnungsnummer", "F-847838"),
        ("Rechnungsdatum", "27.04.2026"),
        ("Name", name),
        ("Vorname", "Jürg"),
        ("Geb.-Datum", "02.01.1937"),
    ):
        paper.put(50, text)
        paper.put(150, value)
        paper.y += 13
    paper.y += 10
    table(paper, WORDS["de"], ROWS)
    return paper


def test_a_family_whose_name_is_a_label_too_keeps_name_and_address() -> None:
    paper = centre()
    paper.lines(340, "Total CHF 120.18")
    invoice = read(paper.bytes())
    assert (invoice.patient.family_name, invoice.patient.given_name) == ("Ort", "Jürg")
    assert (invoice.patient.street, invoice.patient.city) == ("Im Zelgli 83a", "Chur")
    assert (invoice.biller.name, invoice.biller.street, invoice.biller.city) == (
        "Ärztezentrum Süd",
        "Bahnhofstr. 149",
        "Zürich",
    )


def test_a_total_that_nothing_known_names_is_no_position_and_a_rounded_amount_due_is_not_taken_for_it() -> None:
    paper = centre("Muster")
    for text, amount in (("Gesamtverrechnung", "120.18"), ("Zu bezahlen", "120.20")):
        paper.put(190, text)
        paper.put(545, amount, right=True)
        paper.y += 13
    invoice = read(paper.bytes())
    assert [one.code for one in invoice.positions] == [row[1] for row in ROWS]
    assert (invoice.total_amount, invoice.amount_due) == (None, Decimal("120.20"))


def test_an_invoice_that_is_cancelled_is_known_in_italian_and_names_the_other_one() -> None:
    paper, words = Paper(), {**WORDS["it"], "title": "Fattura stornata"}
    head(paper, words)
    paper.lines(50, "della fattura R-3761620-A del 09.05.2026", "N. fattura: R-3761620")
    table(paper, words, [("10.06.2026", GTIN, "Abilify Tabl 10 mg 28 Stk", "-1", "71.55", "-71.55")])
    paper.lines(340, "Importo totale CHF -71.55")
    invoice = read(paper.bytes())
    assert (invoice.subtype, invoice.refers_to, invoice.invoice_number) == ("storno", "R-3761620-A", "R-3761620")


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


def test_a_tariff_that_nothing_printed_tells_is_not_sure() -> None:
    paper, words = Paper(), WORDS["de"]
    head(paper, words)
    table(paper, words, [("10.06.2026", "", "Beratung in der Apotheke", "1", "12.00", "12.00"), ROWS[0]])
    paper.lines(340, "Total CHF 83.55")
    invoice = read(paper.bytes())
    assert [one.tariff for one in invoice.positions] == ["999", "402"]
    assert invoice.fields["positions.0.tariff"].confidence < 0.75 < invoice.fields["positions.1.tariff"].confidence
