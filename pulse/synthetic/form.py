"""Prints the German form 5.0, tiers garant and tiers payant, as the Forum's template prints it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal

from reportlab.pdfgen.canvas import Canvas

from pulse.base.money import ZERO
from pulse.invoices.model import Invoice, Position
from pulse.synthetic.catalogue import Insurer
from pulse.synthetic.qr_sheet import draw_annex
from pulse.synthetic.sheet import Sheets, Typeface
from pulse.synthetic.xml import included_vat, xml

_LEFT, _RIGHT = 28.3, 567.0
_LABEL, _VALUE, _PARTY, _RIGHT_LABEL, _RIGHT_VALUE = 81.5, 162.7, 271.0, 351.5, 432.3
_ROW, _NAME_ROW, _STEP = 9.6, 8.6, 10.8
_LAST_ROW_TOP, _FOOT_TOP = 738.0, 765.0
_TITLES = {"garant": "Rückforderungsbeleg", "payant": "Tiers Payant Rechnung"}
_TIERS = {"garant": "TG", "payant": "TP", "soldant": "TS"}
_SEX = {"male": "Mann / M", "female": "Frau / F", "diverse": "Divers / D"}
_REASONS = {"disease": "Krankheit", "accident": "Unfall", "maternity": "Mutterschaft", "prevention": "Prävention"}
# Where each column's heading and cells end; the first three begin there instead.
_DATE, _TARIFF, _CODE = 28.3, 83.5, 102.0
_COLUMNS = (
    (230.0, "Bezugsziffer"),
    (241.0, "Gr"),
    (264.0, "St"),
    (292.0, "Anzahl"),
    (334.0, "TP AL/Preis"),
    (362.5, "fAL"),
    (391.3, "TPW AL"),
    (434.0, "TP TL"),
    (462.0, "fTL"),
    (490.0, "TPW TL"),
    (502.0, "A"),
    (507.0, "V"),
    (513.0, "M"),
    (_RIGHT, "Betrag"),
)
_GROUP, _QUANTITY, _PRICE, _POINT_VALUE, _FLAGS = 241.0, 292.0, 334.0, 391.3, (502.0, 507.0, 513.0)
_NAME_WIDTH = 400.0


def form_pdf(
    invoice: Invoice,
    *,
    annex: bool,
    typeface: Typeface = "Helvetica",
    insurer: Insurer | None = None,
    annex_xml: bytes | None = None,
    overlay: Callable[[Canvas], None] | None = None,
) -> bytes:
    """The form of this invoice, one to several pages; with `annex` the sheets of QR codes behind it.

    For tests of what must not be believed: `annex_xml` stands in the codes instead of the invoice's own XML, `overlay`
    draws on the form's last page.
    """
    payer = insurer or Insurer()
    sheets = Sheets(typeface, f"{_TITLES[invoice.tiers or 'garant']} {invoice.invoice_number}")
    form = _Form(sheets, invoice, payer)
    form.draw()
    if overlay:
        overlay(sheets.canvas)
    if annex:
        data = annex_xml or xml(invoice, insurer=payer)
        draw_annex(sheets, invoice, data, title=_TITLES[invoice.tiers or "garant"])
    return sheets.pdf()


class _Form:
    """One invoice on its sheets."""

    def __init__(self, sheets: Sheets, invoice: Invoice, payer: Insurer) -> None:
        self._sheets = sheets
        self._invoice = invoice
        self._payer = payer
        self._page = 1
        rates = dict.fromkeys((ZERO, *sorted({one.vat_rate or ZERO for one in invoice.positions} - {ZERO})))
        self._vat_codes = {rate: code for code, rate in enumerate(rates)}

    def draw(self) -> None:
        """All pages."""
        top = self._draw_patient(self._draw_head())
        top = self._draw_provider(top)
        top = self._draw_remarks(top)
        top = self._draw_columns(top)
        subtotal = ZERO
        for position in self._invoice.positions:
            names = self._sheets.wrap(position.name or "", _NAME_WIDTH, 7, bold=True)
            remarks = self._sheets.wrap(position.remark or "", _NAME_WIDTH, 7)
            if top + _ROW + _NAME_ROW * (len(names) + len(remarks)) > _LAST_ROW_TOP:
                self._sheets.right(_RIGHT, _FOOT_TOP, f"Zwischentotal {_plain(subtotal)}")
                self._sheets.next_page()
                self._page += 1
                top = self._draw_columns(self._draw_carried(self._draw_head()))
            top = self._draw_row(top, position, names, remarks)
            subtotal += position.amount or ZERO
        self._draw_foot()

    def _draw_head(self) -> float:
        sheets, invoice = self._sheets, self._invoice
        sheets.text(_LEFT, 35, _TITLES[invoice.tiers or "garant"], 14, bold=True)
        sheets.right(525, 31.5, "Release 5.0/General/de")
        sheets.line(440, 42.3, 525, 42.3, 0.7)
        receiver = "Der Versicherung zustellen" if invoice.tiers == "garant" else "An die Versicherung"
        sheets.right(525, 43.7, receiver)
        sheets.line(532, 28, 532, 55, 0.7)
        sheets.line(_LEFT, 66, _RIGHT, 66)
        assert invoice.invoice_date
        moment = int(dt.datetime.combine(invoice.invoice_date, dt.time(), dt.UTC).timestamp())
        identification = f"{moment} / {_day(invoice.invoice_date)} 00:00:00 / {invoice.guid}"
        self._section(67, "Dokument", "Identifikation", identification, 9)
        sheets.text(486, 67, f"Seite {self._page}")
        biller = invoice.biller
        self._section(77.5, "Rechnungs-", "GLN-Nr.(B)", biller.gln, 9)
        sheets.text(244, 77.5, biller.name or "")
        self._section(88, "steller", "ZSR-Nr.(B)", biller.zsr, 9)
        sheets.text(244, 88, f"{biller.street} {biller.zip} {biller.city}")
        sheets.line(_LEFT, 98.8, _RIGHT, 98.8)
        return 100

    def _section(self, top: float, section: str, label: str, value: str | None, size: float) -> None:
        self._sheets.text(_LEFT, top, section, bold=True)
        self._sheets.text(_LABEL, top, label)
        self._sheets.text(_VALUE, top, value or "", size)

    def _draw_patient(self, top: float) -> float:
        sheets, invoice, patient = self._sheets, self._invoice, self._invoice.patient
        treatment = f"{_day(invoice.treatment.begin)} - {_day(invoice.treatment.end)}"
        left = (
            ("Name", patient.family_name),
            ("Vorname", patient.given_name),
            ("Strasse", patient.street),
            ("PLZ", patient.zip),
            ("Ort", patient.city),
            ("Geburtsdatum", _day(patient.birth_date)),
            ("Geschlecht", _SEX.get(patient.sex or "")),
            ("Falldatum", ".."),
            ("Fall-Nr.", None),
            ("AHV-Nr.", patient.ssn),
            ("VEKA-Nr.", patient.card_number),
            ("Versicherten-Nr.", patient.insured_number),
            ("Kanton", patient.canton),
            ("Kopie", "Ja" if invoice.subtype == "copy" else "Nein"),
            ("Vergütungsart", _TIERS.get(invoice.tiers or "")),
            ("Gesetz", invoice.law),
            ("Behandlung", treatment),
            ("Behandlungsart", "ambulant"),
            ("Behandlungsgrund", _REASONS.get(invoice.treatment.reason or "")),
            ("Rolle/Ort", "Apotheke Unternehmen"),
        )
        sheets.text(_LEFT, top, "Patient", bold=True)
        sheets.text(_RIGHT_LABEL, top, "GLN-Nr.")
        sheets.text(_RIGHT_VALUE, top, self._payer.gln, 9)
        for index, (label, value) in enumerate(left):
            sheets.text(_LABEL, top + index * _STEP, label)
            sheets.text(_VALUE, top + index * _STEP, value or "", 9)
        for index, line in enumerate(self._addressee(), 4):
            sheets.text(_RIGHT_LABEL, top + index * _STEP, line, 9)
        number = f"{_day(invoice.invoice_date)} / {invoice.invoice_number}"
        reminder = number if invoice.request_type == "reminder" else ""
        for index, (label, value) in enumerate(
            (("KoGu-Datum/-Nr.", ""), ("Rech.-Datum/-Nr.", number), ("Mahn.-Datum/-Nr.", reminder)), 14
        ):
            sheets.text(_RIGHT_LABEL, top + index * _STEP, label)
            sheets.text(_RIGHT_VALUE, top + index * _STEP, value, 9)
        end = top + len(left) * _STEP
        sheets.line(_LEFT, 66, _LEFT, end)
        sheets.line(_LEFT, end, _RIGHT, end, 0.9)
        return end

    def _addressee(self) -> tuple[str, str, str]:
        patient, payer = self._invoice.patient, self._payer
        if self._invoice.tiers == "garant":
            place = f"{patient.zip} {patient.city}"
            return f"{patient.given_name} {patient.family_name}", patient.street or "", place
        return payer.name, payer.street, f"{payer.zip} {payer.city}"

    def _draw_provider(self, top: float) -> float:
        sheets, provider = self._sheets, self._invoice.provider
        rows = (
            ("Leistungs-", "GLN-Nr.(P)", provider.gln, provider.name),
            ("erbringer", "GLN-Nr.(L)", provider.gln, f"{provider.street} · {provider.zip} {provider.city}"),
            ("", "ZSR-Nr.(P)", provider.zsr, "031 000 00 00 ·"),
        )
        for index, (section, label, number, text) in enumerate(rows):
            self._section(top + 0.7 + index * 8.5, section, label, number, 7)
            sheets.text(_PARTY, top + 0.7 + index * 8.5, text or "")
        return top + 26

    def _draw_remarks(self, top: float) -> float:
        """Diagnosis, remark, and the table of partners, where the prescriber stands."""
        sheets, prescriber = self._sheets, self._invoice.prescriber
        sheets.line(_LEFT, top, _RIGHT, top)
        sheets.text(_LEFT, top + 0.7, "Diagnose", bold=True)
        sheets.line(_LABEL, top + 10.5, _RIGHT, top + 10.5)
        sheets.text(_LEFT, top + 11.5, "Bemerkung", bold=True)
        sheets.line(_LEFT, top + 42, _RIGHT, top + 42, 0.9)
        sheets.text(_LEFT, top + 43, "Partner")
        sheets.text(_VALUE, top + 43, "GLN-/ZSR-/Sektion-Nr")
        sheets.text(_PARTY, top + 43, "Adresse")
        if prescriber.gln:
            address = f"{prescriber.name} · {prescriber.street} · {prescriber.zip} {prescriber.city}"
            sheets.text(_LEFT, top + 52, "Zuweiser/in")
            sheets.text(_VALUE, top + 52, f"{prescriber.gln} / {prescriber.zsr} /")
            sheets.text(_PARTY, top + 52, address)
        return top + 98

    def _draw_carried(self, top: float) -> float:
        """The head of a further page: who it is about, in one line."""
        patient = self._invoice.patient
        self._sheets.text(_LEFT, top, "Patient", bold=True)
        carried = f"{patient.family_name} {patient.given_name} {_day(patient.birth_date)}"
        self._sheets.text(_VALUE, top, carried, 9)
        self._sheets.line(_LEFT, top + 11, _RIGHT, top + 11, 0.9)
        return top + 14

    def _draw_columns(self, top: float) -> float:
        self._sheets.text(_DATE, top, "Datum")
        self._sheets.text(_TARIFF, top, "Tarif")
        self._sheets.text(_CODE, top, "Tarifziffer")
        for x, heading in _COLUMNS:
            self._sheets.right(x, top, heading)
        return top + 9

    def _draw_row(self, top: float, position: Position, names: Sequence[str], remarks: Sequence[str]) -> float:
        sheets = self._sheets
        sheets.text(_DATE, top, _day(position.date), 9)
        sheets.text(_TARIFF, top, position.tariff or "", 9)
        sheets.text(_CODE, top, position.code or "", 9)
        sheets.right(_GROUP, top, "1", 9)
        sheets.right(_QUANTITY, top, _plain(position.quantity), 9)
        sheets.right(_PRICE, top, _plain(position.unit_price), 9)
        sheets.right(_POINT_VALUE, top, _plain(position.factor), 9)
        flags = ("1", "1", str(self._vat_codes[position.vat_rate or ZERO]))
        for x, flag in zip(_FLAGS, flags, strict=True):
            sheets.right(x, top, flag, 9)
        sheets.right(_RIGHT, top, _plain(position.amount), 9)
        top += _ROW + 1
        for bold, lines in ((True, names), (False, remarks)):
            for line in lines:
                sheets.text(_CODE, top, line, bold=bold)
                top += _NAME_ROW
        return top + 0.4

    def _draw_foot(self) -> None:
        sheets, invoice, top = self._sheets, self._invoice, _FOOT_TOP
        for x, heading in ((57.0, "Code"), (96.0, "Satz"), (150.0, "Betrag"), (190.0, "MWSt")):
            sheets.right(x, top, heading, bold=True)
        for rate, code in self._vat_codes.items():
            amount = sum((one.amount or ZERO for one in invoice.positions if (one.vat_rate or ZERO) == rate), ZERO)
            cells = (_plain(rate), _plain(amount), _plain(included_vat(amount, rate)))
            sheets.text(46.6, top + 8.5 * (code + 1), str(code))
            for x, cell in zip((96.0, 150.0, 190.0), cells, strict=True):
                sheets.right(x, top + 8.5 * (code + 1), cell)
        self._foot_label(198, top, "MwSt.Nr.:", f"{invoice.biller.vat_number} MWST")
        self._foot_label(198, top + 8.5, "Währung:", invoice.currency)
        if invoice.tiers == "garant":
            sheets.right(365, top, "Anzahlung:", bold=True)
            sheets.right(446, top, _plain(invoice.prepaid_amount))
        sheets.right(527, top, "Gesamtbetrag:", bold=True)
        sheets.right(_RIGHT, top, _plain(invoice.total_amount))
        sheets.right(527, top + 25.5, "Fälliger Betrag:", bold=True)
        sheets.right(_RIGHT, top + 25, _plain(invoice.amount_due), 8, bold=True)

    def _foot_label(self, x: float, top: float, label: str, value: str) -> None:
        self._sheets.text(x, top, label, bold=True)
        self._sheets.text(x + self._sheets.width(f"{label} ", 7, bold=True), top, value)


def _day(day: dt.date | None) -> str:
    return day.strftime("%d.%m.%Y") if day else ""


def _plain(number: Decimal | None) -> str:
    """Two decimals and no marks between thousands, as the template prints."""
    return "" if number is None else f"{number:.2f}"
