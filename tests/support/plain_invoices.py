"""Invoices without a form, drawn word by word, and what the reader of such sheets makes of them."""

from __future__ import annotations

import io

from reportlab.pdfgen.canvas import Canvas

from pulse.invoices.model import Invoice, Source
from pulse.invoices.plain.reader import read_plain
from pulse.invoices.text.pages import read_pages

GTIN, OTHER_GTIN, LONG_GTIN = "7680562090041", "7680272570703", "7680580360034"


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


def letter() -> Paper:
    paper, words = Paper(), WORDS["de"]
    head(paper, words)
    table(paper, words, ROWS)
    paper.lines(340, "Total CHF 120.18", "Zu bezahlen CHF 120.20")
    return paper
