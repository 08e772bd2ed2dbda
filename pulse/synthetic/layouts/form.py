"""The Forum's form 4.4, 4.5 and 5.0, tiers garant and tiers payant: head, table of positions, foot, page after page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from stdnum.ch import esr

from pulse.base.money import CENT, ZERO
from pulse.invoices.model import Invoice, Party, Payment, Position
from pulse.synthetic.case import Case
from pulse.synthetic.paper import Paper

Release = Literal["4.4", "4.5", "5.0"]
_LEFT, _RIGHT = 28.3, 567.0
_LABEL, _LATE_LABEL, _VALUE, _PARTY, _RIGHT_LABEL, _RIGHT_VALUE = 81.5, 107.5, 162.7, 271.0, 351.5, 432.3
_ROW, _NAME_ROW, _STEP = 9.6, 8.6, 10.8
_LAST_ROW_TOP, _FOOT_TOP = 738.0, 765.0
_TIERS = {"garant": "TG", "payant": "TP", "soldant": "TS"}
_LETTER = {"male": "M", "female": "F", "diverse": "D"}
_NAME_WIDTH = 400.0
_DATE, _TARIFF_END, _CODE = 28.3, 97.0, 102.0
#: Where the heading and the cells of each column end; `group` stands for Si of 4.x and Gr of 5.0.
_COLUMN_ENDS = (
    ("reference", 230.0), ("group", 241.0), ("side", 264.0), ("quantity", 292.0), ("price", 334.0), ("scale", 362.5),
    ("point_value", 391.3), ("technical", 434.0), ("technical_scale", 462.0), ("technical_value", 490.0),
    ("responsible", 500.0), ("executing", 506.5), ("obligation", 513.0), ("vat_column", 519.5), ("amount", _RIGHT),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class FormStyle:
    """How a program fills the form: `number` writes amounts; `flag_gap` widens the columns of one digit."""

    release: Release = "5.0"
    number: Callable[[Decimal], str] = lambda number: f"{number:.2f}"
    value_size: float = 9.0
    row_gap: float = 0.4
    words: Mapping[str, str]


def draw_form(paper: Paper, case: Case, style: FormStyle) -> None:
    """Fills the paper's pages; the last one has the totals."""
    _Form(paper, case, style).draw()


def shown_on_form(invoice: Invoice, release: Release) -> Invoice:
    """What a reader of this print can know: no account on 5.0 (its own sheet has it), a slip's line on 4.x."""
    payment = Payment()
    if release != "5.0" and _has_coding_line(invoice):
        payment = Payment(reference=invoice.payment.reference)
    return invoice.model_copy(
        update={
            "source": invoice.source.model_copy(update={"kind": "text", "form_release": release}),
            "guid": invoice.guid if release == "5.0" else None,
            "biller": invoice.biller.model_copy(update={"email": None}),
            "prepaid_amount": invoice.prepaid_amount if invoice.tiers == "garant" else ZERO,
            "payment": payment,
        }
    )


def _has_coding_line(invoice: Invoice) -> bool:
    return invoice.payment.reference_type == "QRR" and (invoice.amount_due or ZERO) >= ZERO


def title_of(case: Case, style: FormStyle) -> str:
    """Title by release and remuneration; a credit note and a Storno say so."""
    words, invoice = style.words, case.invoice
    title = words["title_garant" if invoice.tiers == "garant" else f"title_payant_{style.release}"]
    return f"{title} – {words[invoice.subtype]}" if invoice.subtype in {"storno", "refund"} else title


class _Form:
    """One invoice on its sheets."""

    def __init__(self, paper: Paper, case: Case, style: FormStyle) -> None:
        self._paper = paper
        self._case = case
        self._invoice = case.invoice
        self._style = style
        self._words = style.words
        self._new = style.release == "5.0"
        self._page = 1
        rates = dict.fromkeys((ZERO, *sorted({one.vat_rate or ZERO for one in self._invoice.positions} - {ZERO})))
        self._vat_codes = {rate: code for code, rate in enumerate(rates)}
        skipped = {"obligation"} if self._new else set()
        self._ends = {name: x for name, x in _COLUMN_ENDS if name not in skipped}

    def draw(self) -> None:
        """All pages."""
        top = self._draw_patient(self._draw_head())
        top = self._draw_provider(top) if self._new else top
        top = self._draw_partners(top) if self._new else self._draw_referrer(top)
        top = self._draw_columns(top)
        subtotal = ZERO
        for position in self._invoice.positions:
            names = self._paper.wrap(position.name or "", _NAME_WIDTH, 7, bold=True)
            remarks = self._paper.wrap(position.remark or "", _NAME_WIDTH, 7)
            if top + _ROW + _NAME_ROW * (len(names) + len(remarks)) > _LAST_ROW_TOP:
                self._turn_page(subtotal)
                top = self._draw_columns(self._draw_carried(self._draw_head()))
            top = self._draw_row(top, position, names, remarks)
            subtotal += position.amount or ZERO
        self._draw_foot()
        self._draw_coding_line()

    def _turn_page(self, subtotal: Decimal) -> None:
        paper, amount = self._paper, self._money(subtotal)
        paper.right(_RIGHT - paper.length(f" {amount}", 7, bold=True), _FOOT_TOP, self._words["subtotal"])
        paper.right(_RIGHT, _FOOT_TOP, amount, bold=True)
        self._draw_coding_line()
        paper.next_page()
        self._page += 1

    def _draw_head(self) -> float:
        paper, invoice, words, style = self._paper, self._invoice, self._words, self._style
        paper.text(_LEFT, 35, title_of(self._case, style), 14, bold=True)
        language = invoice.language or "de"
        if self._new:
            paper.right(525, 31.5, f"Release 5.0/General/{language}")
            paper.line(440, 42.3, 525, 42.3, 0.7)
            paper.right(525, 43.7, words["to_insurer" if invoice.tiers == "garant" else "for_insurer"])
            paper.line(532, 28, 532, 55, 0.7)
        else:
            paper.right(_RIGHT, 42, f"Release {style.release}G/{language}")
        paper.line(_LEFT, 66, _RIGHT, 66)
        assert invoice.invoice_date
        moment = int(dt.datetime.combine(invoice.invoice_date, dt.time(), dt.UTC).timestamp())
        stamp = f"{day(invoice.invoice_date)} 00:00:00"
        identification = f"{moment} / {stamp} / {invoice.guid}" if self._new else f"{moment} - {stamp}"
        self._section(67, words["document"], words["identification"], identification, style.value_size)
        paper.text(486, 67, f"{words['page']} {self._page}")
        end = self._draw_party(77.5, "biller", "B", invoice.biller)
        if not self._new:
            end = self._draw_party(end, "provider", "P", invoice.provider)
        paper.line(_LEFT, end, _RIGHT, end)
        return end + 1.2

    def _draw_party(self, top: float, role: str, letter: str, party: Party) -> float:
        paper, words, size = self._paper, self._words, self._style.value_size
        split = self._style.release != "4.4"
        address = f"{party.street} {party.zip} {party.city}"
        x = _LABEL if split else _LATE_LABEL
        first, second = (words[f"{role}_1"], words[f"{role}_2"]) if split else (words[role], "")
        self._section(top, first, f"{words['gln']}({letter})", party.gln, size, label_x=x)
        self._section(top + 10.5, second, f"{words['zsr']}({letter})", party.zsr, size, label_x=x)
        paper.text(244, top, party.name or "")
        paper.text(244, top + 10.5, address)
        if not self._new:
            paper.right(_RIGHT, top, f"{words['phone']} {self._case.phone}")
            paper.right(_RIGHT, top + 10.5, words["fax"])
        return top + 21.3

    def _section(
        self, top: float, section: str, label: str, value: str | None, size: float, *, label_x: float = _LABEL
    ) -> None:
        self._paper.text(_LEFT, top, section, bold=True)
        self._paper.text(label_x, top, label)
        self._paper.text(_VALUE, top, value or "", size)

    def _draw_patient(self, top: float) -> float:
        paper, words, size = self._paper, self._words, self._style.value_size
        left, right = self._left_block(), self._right_block()
        paper.text(_LEFT, top, words["patient"], bold=True)
        paper.text(_RIGHT_LABEL, top, words["gln"])
        paper.text(_RIGHT_VALUE, top, self._case.insurer.gln, size)
        for index, (label, value) in enumerate(left):
            paper.text(_LABEL, top + index * _STEP, words[label])
            paper.text(_VALUE, top + index * _STEP, value or "", size)
        for index, line in enumerate(self._addressee(), 4):
            paper.text(_RIGHT_LABEL, top + index * _STEP, line, size)
        for index, (label, value) in enumerate(right, 14):
            paper.text(_RIGHT_LABEL, top + index * _STEP, words[label])
            paper.text(_RIGHT_VALUE, top + index * _STEP, value or "", size)
        end = top + len(left) * _STEP
        paper.line(_LEFT, 66, _LEFT, end)
        paper.line(_LEFT, end, _RIGHT, end, 0.9)
        return end

    def _left_block(self) -> list[tuple[str, str | None]]:
        invoice, patient, words = self._invoice, self._invoice.patient, self._words
        old = self._style.release == "4.4"
        sex = _LETTER.get(patient.sex or "")
        reason = words[invoice.treatment.reason or "disease"]
        accident = invoice.treatment.reason == "accident"
        rows: list[tuple[str, str | None]] = [
            ("family_name", patient.family_name),
            ("given_name", patient.given_name),
            ("street", patient.street),
            ("zip", patient.zip),
            ("city", patient.city),
            ("birth_date", day(patient.birth_date)),
            ("sex", words[patient.sex] if self._new and patient.sex else sex),
            ("accident_date", day(invoice.treatment.begin)) if accident else ("case_date", ".."),
            ("case_number_4.4" if old else "case_number", None),
            ("ssn", patient.ssn),
            ("card", patient.card_number),
            ("insured", patient.insured_number),
            ("canton", patient.canton),
            ("copy", words["yes" if invoice.subtype == "copy" else "no"]),
            ("tiers", _TIERS.get(invoice.tiers or "")),
            ("law", invoice.law),
        ]
        treatment = ("treatment", f"{day(invoice.treatment.begin)} - {day(invoice.treatment.end)}")
        if old:
            rows += [("contract", None), treatment, ("employer", "/")]
        else:
            rows += [treatment, ("treatment_type", words["outpatient"]), ("treatment_reason", reason)]
            rows += [] if self._new else [("employer", "/")]
        return [*rows, ("role", words[f"role_{self._case.kind}"])]

    def _right_block(self) -> list[tuple[str, str | None]]:
        invoice, words = self._invoice, self._words
        reminder = None
        if invoice.request_type == "reminder":
            level = words["reminded"].format(level=invoice.reminder_level)
            reminder = f"{day(self._case.reminded_on)} / {level}"
        rows: list[tuple[str, str | None]] = [
            ("approval", None),
            ("invoice", f"{day(invoice.invoice_date)} / {invoice.invoice_number or ''}"),
            ("reminder", reminder),
        ]
        if self._style.release == "4.4":
            rows.append(("treatment_reason", words[invoice.treatment.reason or "disease"]))
        return rows

    def _addressee(self) -> tuple[str, str, str]:
        patient, payer = self._invoice.patient, self._case.insurer
        if self._invoice.tiers == "garant":
            place = f"{patient.zip} {patient.city}"
            return f"{patient.given_name} {patient.family_name}", patient.street or "", place
        return payer.name, payer.street, f"{payer.zip} {payer.city}"

    def _draw_provider(self, top: float) -> float:
        paper, words, provider = self._paper, self._words, self._invoice.provider
        address = f"{provider.street} · {provider.zip} {provider.city}"
        rows = (
            (words["provider_1"], f"{words['gln']}(P)", provider.gln, provider.name),
            (words["provider_2"], f"{words['gln']}(L)", provider.gln, address),
            ("", f"{words['zsr']}(P)", provider.zsr, f"{self._case.phone} ·"),
        )
        for index, (section, label, number, text) in enumerate(rows):
            self._section(top + 0.7 + index * 8.5, section, label, number, 7)
            paper.text(_PARTY, top + 0.7 + index * 8.5, text or "")
        return top + 26

    def _draw_partners(self, top: float) -> float:
        """5.0: diagnosis, remark, and the table of partners, where the prescriber stands."""
        paper, words, prescriber = self._paper, self._words, self._invoice.prescriber
        paper.line(_LEFT, top, _RIGHT, top)
        paper.text(_LEFT, top + 0.7, words["diagnosis"], bold=True)
        paper.line(_LABEL, top + 10.5, _RIGHT, top + 10.5)
        paper.text(_LEFT, top + 11.5, words["remark"], bold=True)
        paper.text(_LABEL, top + 11.5, self._remark())
        paper.line(_LEFT, top + 42, _RIGHT, top + 42, 0.9)
        paper.text(_LEFT, top + 43, words["partner"])
        paper.text(_VALUE, top + 43, words["partner_numbers"])
        paper.text(_PARTY, top + 43, words["partner_address"])
        if prescriber.gln:
            address = f"{prescriber.name} · {prescriber.street} · {prescriber.zip} {prescriber.city}"
            paper.text(_LEFT, top + 52, words["partner_referrer"])
            paper.text(_VALUE, top + 52, f"{prescriber.gln} / {prescriber.zsr} /")
            paper.text(_PARTY, top + 52, address)
        return top + 98

    def _draw_referrer(self, top: float) -> float:
        """4.x: referrer, diagnosis, list of GLNs, remark."""
        paper, words, prescriber, size = self._paper, self._words, self._invoice.prescriber, self._style.value_size
        numbers = f"{prescriber.gln} / {prescriber.zsr}" if prescriber.gln else "/"
        self._section(top + 0.5, words["referrer"], words["referrer_numbers"], numbers, size)
        if prescriber.gln:
            address = f"{prescriber.name} {prescriber.street} {prescriber.zip} {prescriber.city}"
            paper.text(_RIGHT_LABEL - 62, top + 0.5, address)
        paper.line(_LABEL, top + 11, _RIGHT, top + 11)
        self._section(top + 11.5, words["diagnosis"], words["contract_code"], "A1 ;", size)
        paper.line(_LABEL, top + 22, _RIGHT, top + 22)
        self._section(top + 22.5, words["gln_list"], "", f"1/{self._invoice.provider.gln}", size)
        paper.line(_LABEL, top + 45, _RIGHT, top + 45)
        paper.text(_LEFT, top + 45.5, words["remark"], bold=True)
        paper.text(_LABEL, top + 45.5, self._remark())
        paper.line(_LEFT, top + 77, _RIGHT, top + 77)
        paper.line(_LEFT, top, _LEFT, top + 77)
        paper.line(_RIGHT, top, _RIGHT, top + 77)
        return top + 80

    def _remark(self) -> str:
        if not self._case.earlier:
            return ""
        number, when = self._case.earlier
        return self._words[f"{self._invoice.subtype}_of"].format(number=number, day=day(when))

    def _draw_carried(self, top: float) -> float:
        """The head of a further page: who it is about, in one line."""
        patient = self._invoice.patient
        self._paper.text(_LEFT, top, self._words["patient"], bold=True)
        carried = f"{patient.family_name} {patient.given_name} {day(patient.birth_date)}"
        self._paper.text(_VALUE, top, carried, self._style.value_size)
        self._paper.line(_LEFT, top + 11, _RIGHT, top + 11, 0.9)
        return top + 14

    def _draw_columns(self, top: float) -> float:
        words = {**self._words, "group": self._words["group" if self._new else "session"]}
        self._paper.text(_DATE, top, words["date"])
        self._paper.right(_TARIFF_END + 0.7, top, words["tariff"])
        self._paper.text(_CODE, top, words["code"])
        for name, x in self._ends.items():
            self._paper.right(x, top, words[name])
        return top + 9

    def _draw_row(self, top: float, position: Position, names: Sequence[str], remarks: Sequence[str]) -> float:
        paper, size, ends = self._paper, self._style.value_size, self._ends
        two_part = self._case.technical.get(position.line)
        paper.text(_DATE, top, day(position.date), size)
        paper.right(_TARIFF_END, top, position.tariff or "", size)
        paper.text(_CODE, top, position.code or "", size)
        cells = {
            "group": "1",
            "quantity": self._money(position.quantity),
            "price": self._money(position.unit_price),
            "scale": "1.00" if two_part else "",
            "point_value": self._money(position.factor),
            "technical": self._money(two_part[0]) if two_part else "",
            "technical_scale": "1.00" if two_part else "",
            "technical_value": self._money(two_part[1]) if two_part else "",
            "responsible": "1",
            "executing": "1",
            "vat_column": str(self._vat_codes[position.vat_rate or ZERO]),
            "amount": self._money(position.amount),
        }
        cells |= {} if self._new else {"obligation": "1" if self._invoice.law == "KVG" else "0"}
        for name, cell in cells.items():
            paper.right(ends[name], top, cell, size)
        top += _ROW + 1
        for bold, lines in ((True, names), (False, remarks)):
            for line in lines:
                paper.text(_CODE, top, line, bold=bold)
                top += _NAME_ROW
        return top + self._style.row_gap

    def _draw_foot(self) -> None:
        paper, invoice, words, top = self._paper, self._invoice, self._words, _FOOT_TOP
        for x, heading in ((57.0, "vat_code"), (96.0, "vat_rate"), (150.0, "vat_amount"), (190.0, "vat")):
            paper.right(x, top, words[heading], bold=True)
        for rate, code in self._vat_codes.items():
            amount = sum((one.amount or ZERO for one in invoice.positions if (one.vat_rate or ZERO) == rate), ZERO)
            tax = (amount * rate / (100 + rate)).quantize(CENT, ROUND_HALF_UP)
            paper.text(46.6, top + 8.5 * (code + 1), str(code))
            for x, number in zip((96.0, 150.0, 190.0), (rate, amount, tax), strict=True):
                paper.right(x, top + 8.5 * (code + 1), self._money(number))
        self._foot_label(198, top, words["vat_number"], f"{invoice.biller.vat_number} {words['vat_suffix']}")
        self._foot_label(198, top + 8.5, words["currency"], invoice.currency)
        if invoice.tiers == "garant":
            paper.right(365, top, words["prepaid"], bold=True)
            paper.right(446, top, self._money(invoice.prepaid_amount))
        paper.right(527, top, words["total"], bold=True)
        paper.right(_RIGHT, top, self._money(invoice.total_amount))
        if not self._new:
            paper.right(527, top + 8.5, words["obligations"], bold=True)
            paper.right(_RIGHT, top + 8.5, self._money(invoice.total_amount if invoice.law == "KVG" else ZERO))
        paper.right(527, top + 25.5, words["due"], bold=True)
        paper.right(_RIGHT, top + 25, self._money(invoice.amount_due), 8, bold=True)

    def _foot_label(self, x: float, top: float, label: str, value: str) -> None:
        self._paper.text(x, top, label, bold=True)
        self._paper.text(x + self._paper.length(f"{label} ", 7, bold=True), top, value)

    def _draw_coding_line(self) -> None:
        """The old payment slip's line of 4.x: kind and amount in centimes, reference, account."""
        payment, due = self._invoice.payment, self._invoice.amount_due or ZERO
        if self._new or not _has_coding_line(self._invoice):
            return
        amount = f"01{int(due * 100):010d}"
        self._paper.right(_RIGHT, 806, f"{amount}{esr.calc_check_digit(amount)}>{payment.reference}+ 010001628>", 10)

    def _money(self, number: Decimal | None) -> str:
        return "" if number is None else self._style.number(number)


def day(when: dt.date | None) -> str:
    """`dd.mm.yyyy`."""
    return when.strftime("%d.%m.%Y") if when else ""
