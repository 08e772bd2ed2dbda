"""Faults by name: what is wrong on the sheet, and the finding that a reader owes for it.

A fault changes the case before it is printed, or the marks on the paper; the truth stays what the sheet shows.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from pulse.base.money import ZERO
from pulse.base.reasons import Reason
from pulse.invoices.model import Invoice, Payment, Position
from pulse.synthetic.case import Case
from pulse.synthetic.layouts.form import day
from pulse.synthetic.paper import Paper, Picture, Text

#: Stand on the sheet only until the marks are exchanged; no case has them.
_ODD_DAY = dt.date(1899, 12, 31)
_ODD_AMOUNT = Decimal("987654.32")
_FOOT = 745.0

Change = Callable[[random.Random, Case], Case | None]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`does` says what is wrong. `change` alters the case (None where it cannot), `touch` the paper, `truth` what is
    to be read; `annex` says whether it needs a sheet of QR codes, must not have one, or does not mind;
    `rows` is how many positions it takes to come about; `shown` whether this sheet shows it.
    """

    does: str
    code: Reason | None
    change: Change = lambda _rng, case: case
    touch: Callable[[Paper, Case], bool] = lambda _paper, _case: True
    truth: Callable[[Invoice], Invoice] = lambda truth: truth
    annex: Literal["needs", "never", "either"] = "either"
    forms_only: bool = False
    rows: int | None = None
    shown: Callable[[Invoice], bool] = lambda _truth: True


def _with_total(case: Case, total: Decimal) -> Case:
    return case.with_invoice(total_amount=total, amount_due=total - case.invoice.prepaid_amount)


def _wrong_sum(rng: random.Random, case: Case) -> Case:
    return _with_total(case, (case.invoice.total_amount or ZERO) + rng.choice((1, 10, 100)))


def _wrong_line(rng: random.Random, case: Case) -> Case | None:
    index = rng.randrange(len(case.invoice.positions))
    if case.invoice.positions[index].line in case.technical:
        return None
    extra = Decimal(rng.choice(("0.30", "5.00", "90.00")))
    changed = _position(case, index, amount=(case.invoice.positions[index].amount or ZERO) + extra)
    return _with_total(changed, (case.invoice.total_amount or ZERO) + extra)


def _wrong_due(_rng: random.Random, case: Case) -> Case:
    return case.with_invoice(amount_due=(case.invoice.amount_due or ZERO) + 20)


def _position(case: Case, index: int, **changes: object) -> Case:
    positions = list(case.invoice.positions)
    positions[index] = positions[index].model_copy(update=changes)
    return case.with_invoice(positions=tuple(positions))


def _other_digit(number: str) -> str:
    return f"{number[:-1]}{(int(number[-1]) + 1) % 10}"


def _wrong_ahv(_rng: random.Random, case: Case) -> Case:
    return _patient(case, ssn=_other_digit(case.invoice.patient.ssn or "7560000000000"))


def _patient(case: Case, **changes: object) -> Case:
    return case.with_invoice(patient=case.invoice.patient.model_copy(update=changes))


def _wrong_gln(_rng: random.Random, case: Case) -> Case:
    gln = _other_digit(case.invoice.biller.gln or "7601000000000")
    both = {role: getattr(case.invoice, role).model_copy(update={"gln": gln}) for role in ("biller", "provider")}
    return case.with_invoice(**both)


def _wrong_gtin(_rng: random.Random, case: Case) -> Case | None:
    index = _first(case, lambda one: one.tariff == "402")
    if index is None:
        return None
    return _position(case, index, code=_other_digit(case.invoice.positions[index].code or ""))


def _first(case: Case, wanted: Callable[[Position], bool]) -> int | None:
    return next((index for index, one in enumerate(case.invoice.positions) if wanted(one)), None)


def _wrong_iban(_rng: random.Random, case: Case) -> Case:
    iban = case.invoice.payment.iban or ""
    return case.with_invoice(payment=case.invoice.payment.model_copy(update={"iban": _other_digit(iban)}))


def _future(_rng: random.Random, case: Case) -> Case:
    assert case.invoice.invoice_date
    return case.with_invoice(invoice_date=case.invoice.invoice_date.replace(year=2099, day=1))


def _impossible_day(_rng: random.Random, case: Case) -> Case:
    return _position(case, 0, date=_ODD_DAY)


def _ambiguous_amount(_rng: random.Random, case: Case) -> Case | None:
    few = len(case.invoice.positions) <= 3
    return _position(case, 0, amount=_ODD_AMOUNT) if few else None


def _exchange_day(paper: Paper, _case: Case) -> bool:
    return _exchange(paper, lambda text: text == day(_ODD_DAY), "31.02.2026")


def _exchange_amount(paper: Paper, _case: Case) -> bool:
    digits = "98765432"
    return _exchange(paper, lambda text: "".join(one for one in text if one.isdigit()) == digits, "1,234")


def _exchange(paper: Paper, wanted: Callable[[str], bool], text: str) -> bool:
    done = False
    for page in paper.pages:
        for index, mark in enumerate(page):
            if isinstance(mark, Text) and wanted(mark.text):
                width = paper.typeface.width(text, mark.size / paper.typeface.scale, bold=mark.bold)
                page[index] = replace(mark, text=text, width=width)
                done = True
    return done


def _without_day(truth: Invoice) -> Invoice:
    return _first_position(truth, date=None)


def _without_amount(truth: Invoice) -> Invoice:
    return _first_position(truth, amount=None)


def _first_position(truth: Invoice, **changes: object) -> Invoice:
    first = truth.positions[0].model_copy(update=changes)
    return truth.model_copy(update={"positions": (first, *truth.positions[1:])})


def _hide_text(paper: Paper, _case: Case) -> bool:
    page = paper.pages[0]
    page.append(Text(300, 400, "Gesamtbetrag: 99999.00", 9, gray=1.0))
    page.append(Text(300, 410, "Versicherten-Nr. 111111111", 0.6))
    page.append(Text(paper.width + 60, 300, "Total 88888.00", 9))
    return True


def _cut_off(paper: Paper, _case: Case) -> bool:
    last = paper.pages[-1]
    last[:] = [mark for mark in last if mark.top < _FOOT]
    return True


def _without_foot(truth: Invoice) -> Invoice:
    positions = tuple(one.model_copy(update={"vat_rate": None}) for one in truth.positions)
    return truth.model_copy(
        update={
            "positions": positions,
            "total_amount": None,
            "amount_due": None,
            "prepaid_amount": ZERO,
            "payment": Payment(),
            "biller": truth.biller.model_copy(update={"vat_number": None}),
        }
    )


def _first_annex_page(paper: Paper) -> int:
    """Codes of an annex sheet are square pictures, six at most; the form before them has none."""
    return next((index for index, page in enumerate(paper.pages) if any(isinstance(m, Picture) for m in page)), 0)


def _annex_first(paper: Paper, _case: Case) -> bool:
    start = _first_annex_page(paper)
    paper.pages[:] = [*paper.pages[start:], *paper.pages[:start]]
    return start > 0


def _annex_backwards(paper: Paper, _case: Case) -> bool:
    start = _first_annex_page(paper)
    paper.pages[start:] = reversed(paper.pages[start:])
    return len(paper.pages) - start > 1


def _annex_incomplete(paper: Paper, _case: Case) -> bool:
    """The Data Matrix is the first picture of a sheet; a code of the first sheet is left out."""
    page = paper.pages[_first_annex_page(paper)]
    codes = [index for index, mark in enumerate(page) if isinstance(mark, Picture)]
    del page[codes[-1]]
    return True


def _without_number(_rng: random.Random, case: Case) -> Case:
    """A reminder would name its number as what it reminds of; a credit note still names the invoice that it is for."""
    refers_to = case.earlier[0] if case.earlier else None
    return case.with_invoice(invoice_number=None, request_type="invoice", reminder_level=0, refers_to=refers_to)


def _missing(**changes: object) -> Change:
    return lambda _rng, case: case.with_invoice(**changes)


def _missing_of_patient(*names: str) -> Change:
    return lambda _rng, case: _patient(case, **dict.fromkeys(names))


def _missing_code(_rng: random.Random, case: Case) -> Case | None:
    index = _first(case, lambda one: one.tariff in {"400", "402"})
    return None if index is None else _position(case, index, code=None)


FAULTS = {
    "wrong-sum": Fault(does="the total is not the sum of the positions", code=Reason.SUM_DIFFERS, change=_wrong_sum),
    "wrong-line": Fault(
        does="an amount is not quantity times price", code=Reason.LINE_AMOUNT_DIFFERS, change=_wrong_line
    ),
    "wrong-due": Fault(
        does="the amount due is not total less prepayment", code=Reason.AMOUNT_DUE_DIFFERS, change=_wrong_due
    ),
    "wrong-ahv": Fault(
        does="the AHV number's check digit is wrong",
        code=Reason.AHV_NUMBER_INVALID,
        change=_wrong_ahv,
        shown=lambda truth: truth.patient.ssn is not None,
    ),
    "wrong-gln": Fault(
        does="the biller's GLN has a wrong check digit",
        code=Reason.GLN_INVALID,
        change=_wrong_gln,
        shown=lambda truth: truth.biller.gln is not None,
    ),
    "wrong-gtin": Fault(does="a GTIN has a wrong check digit", code=Reason.GTIN_INVALID, change=_wrong_gtin),
    "wrong-iban": Fault(
        does="the account's check digits are wrong",
        code=Reason.IBAN_INVALID,
        change=_wrong_iban,
        shown=lambda truth: truth.payment.iban is not None,
    ),
    "missing-number": Fault(
        does="there is no invoice number",
        code=Reason.INVOICE_NUMBER_MISSING,
        change=_without_number,
        annex="never",
    ),
    "missing-name": Fault(
        does="the patient's names are missing",
        code=Reason.PATIENT_NAME_MISSING,
        change=_missing_of_patient("family_name", "given_name"),
        annex="never",
        forms_only=True,
    ),
    "missing-insurance-number": Fault(
        does="neither AHV nor insured nor card number is there",
        code=Reason.INSURANCE_NUMBER_MISSING,
        change=_missing_of_patient("ssn", "insured_number", "card_number"),
        annex="never",
    ),
    "missing-birth-date": Fault(
        does="the birth date is missing",
        code=Reason.BIRTH_DATE_MISSING,
        change=_missing_of_patient("birth_date"),
        annex="never",
        forms_only=True,
    ),
    "missing-total": Fault(
        does="the total is blank",
        code=Reason.TOTAL_MISSING,
        change=_missing(total_amount=None, amount_due=None),
        annex="never",
        forms_only=True,
    ),
    "missing-code": Fault(
        does="a drug stands there without its code",
        code=Reason.GTIN_MISSING,
        change=_missing_code,
        annex="never",
        forms_only=True,
    ),
    "future-date": Fault(does="the invoice is of the year 2099", code=Reason.DATE_IN_FUTURE, change=_future),
    "impossible-date": Fault(
        does="a position is of 31 February",
        code=Reason.DATE_IMPOSSIBLE,
        change=_impossible_day,
        touch=_exchange_day,
        truth=_without_day,
        annex="never",
    ),
    "ambiguous-amount": Fault(
        does="an amount is printed `1,234`, which is two numbers",
        code=Reason.AMOUNT_UNREADABLE,
        change=_ambiguous_amount,
        touch=_exchange_amount,
        truth=_without_amount,
        annex="never",
    ),
    "euro": Fault(
        does="the currency is EUR",
        code=Reason.CURRENCY_NOT_CHF,
        change=_missing(currency="EUR"),
        annex="never",
        forms_only=True,
    ),
    "hidden-text": Fault(
        does="white, tiny and off-page text says something else",
        code=Reason.HIDDEN_TEXT_DROPPED,
        touch=_hide_text,
    ),
    "cut-off": Fault(
        does="the lowest part of the last page is lost",
        code=Reason.TOTAL_MISSING,
        touch=_cut_off,
        truth=_without_foot,
        annex="never",
        forms_only=True,
    ),
    "foreign-annex": Fault(
        does="the sheets of QR codes are another invoice's; the truth is the print",
        code=Reason.SOURCES_DISAGREE,
        annex="needs",
    ),
    "annex-incomplete": Fault(
        does="a QR code is missing; the truth is the print",
        code=Reason.ANNEX_INCOMPLETE,
        touch=_annex_incomplete,
        annex="needs",
    ),
    "annex-first": Fault(
        does="the sheets of QR codes lie before the form: to be read as if in order",
        code=None,
        touch=_annex_first,
        annex="needs",
    ),
    "annex-backwards": Fault(
        does="the sheets of QR codes lie in reverse: to be read as if in order",
        code=None,
        touch=_annex_backwards,
        annex="needs",
        rows=140,
    ),
}
