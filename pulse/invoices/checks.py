"""What an invoice says about itself: missing values, check digits, sums, dates. Pure: no register, no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from pulse.base.identifiers import (
    gtin_13,
    is_ahv_number,
    is_creditor_reference,
    is_gln,
    is_iban,
    is_pharmacode,
    is_qr_iban,
    is_qr_reference,
    is_zsr,
)
from pulse.base.money import FIVE_CENTS, ZERO
from pulse.base.reasons import Reason
from pulse.invoices.instructions import addresses_a_program
from pulse.invoices.model import Finding, Invoice, Position, Severity, Source

ReadingState = Literal["complete", "incomplete", "doubtful"]

#: Tariffs whose code is a GTIN, and a Pharmacode.
GTIN_TARIFFS, PHARMACODE_TARIFFS = frozenset({"402", "406"}), frozenset({"400"})
#: Tariffs with a medical and a technical part: one unit price does not make up their amount.
TWO_PART_TARIFFS = frozenset({"001", "007"})
#: More packs of one drug on one line than anybody hands out.
MAX_PLAUSIBLE_QUANTITY = Decimal(100)
_OLDEST_BIRTH_YEAR = 1890
#: Claims lapse five years after the month they are of (Art. 24 ATSG).
LIMITATION_YEARS = 5


def check(invoice: Invoice, *, today: dt.date) -> tuple[Finding, ...]:
    """Every finding that the invoice's own values give; `today` is the Swiss calendar day."""
    parts = (
        _missing(invoice),
        _dates(invoice, today),
        _numbers(invoice),
        _payment(invoice),
        _sums(invoice),
        _orders(invoice),
    )
    positions = (finding for index, one in enumerate(invoice.positions) for finding in _position(index, one))
    return (*(finding for part in parts for finding in part), *positions)


def checked(invoice: Invoice, *, today: dt.date) -> Invoice:
    """The invoice with these findings added to those it has; calling it again adds none twice."""
    known = {(finding.code, finding.field) for finding in invoice.findings}
    new = tuple(one for one in check(invoice, today=today) if (one.code, one.field) not in known)
    return invoice.with_findings((*invoice.findings, *new))


def reading_state(invoice: Invoice) -> ReadingState:
    """What the findings mean for the way on.

    A picture without text goes to a person (doubtful). A missing value is what the provider is asked for (incomplete)
    where the source shows that it is missing; a reader that looked for labels in a stranger's layout, or at a picture,
    may have missed it, and a person looks (doubtful). So do they where something contradicts itself, or was not read
    surely (`evidence.uncertain` makes that a finding).
    """
    errors = {finding.code for finding in invoice.findings if finding.severity == "error"}
    if Reason.IMAGE_ONLY in errors:
        return "doubtful"
    if any(code.startswith("P20") for code in errors):
        return "incomplete" if _shows_what_is_missing(invoice.source) else "doubtful"
    return "doubtful" if any(code.startswith("P2") for code in errors) else "complete"


def _shows_what_is_missing(source: Source) -> bool:
    """Codes and XML say all there is, the Forum's form has a place for each value, and a person has looked."""
    return source.kind in ("qr_annex", "xml", "person") or (source.kind == "text" and source.form_release is not None)


def _missing(invoice: Invoice) -> Iterator[Finding]:
    patient, biller = invoice.patient, invoice.biller
    has_biller = bool(biller.gln or biller.zsr or biller.name)
    dated = invoice.treatment.begin or (invoice.positions and all(one.date for one in invoice.positions))
    required = (
        (Reason.INVOICE_NUMBER_MISSING, "invoice_number", invoice.invoice_number),
        (Reason.INVOICE_DATE_MISSING, "invoice_date", invoice.invoice_date),
        (Reason.BILLER_MISSING, "biller", has_biller),
        (Reason.PATIENT_NAME_MISSING, "patient.family_name", patient.family_name),
        (Reason.INSURANCE_NUMBER_MISSING, "patient.insured_number", invoice.insurance_number),
        (Reason.POSITIONS_MISSING, "positions", invoice.positions),
        (Reason.TOTAL_MISSING, "total_amount", invoice.total_amount is not None),
        (Reason.TREATMENT_DATE_MISSING, "treatment.begin", dated),
    )
    for code, path, value in required:
        if not value:
            yield _finding(code, path, "this value is missing")
    if patient.birth_date is None:
        yield _finding(Reason.BIRTH_DATE_MISSING, "patient.birth_date", "this value is missing", "warning")


def _dates(invoice: Invoice, today: dt.date) -> Iterator[Finding]:
    birth, begin, end = invoice.patient.birth_date, invoice.treatment.begin, invoice.treatment.end
    dates = {
        "invoice_date": invoice.invoice_date,
        "treatment.begin": begin,
        "treatment.end": end,
        "patient.birth_date": birth,
    }
    dates |= {f"positions.{index}.date": position.date for index, position in enumerate(invoice.positions)}
    for path, day in dates.items():
        if day and day > today:
            yield _finding(Reason.DATE_IN_FUTURE, path, f"{day.isoformat()} is in the future")
    treated = [day for path, day in dates.items() if day and path.startswith(("treatment.", "positions."))]
    if treated and _months(today) - _months(max(treated)) > LIMITATION_YEARS * 12:
        yield _finding(Reason.TREATMENT_TOO_OLD, "treatment.begin", "the treatment lies more than five years back")
    if begin and end and end < begin:
        yield _finding(Reason.DATE_IMPOSSIBLE, "treatment.end", "the treatment ends before it begins")
    if birth and (birth.year < _OLDEST_BIRTH_YEAR or (begin and birth > begin)):
        yield _finding(Reason.DATE_IMPOSSIBLE, "patient.birth_date", "nobody born on this day was treated then")


def _months(day: dt.date) -> int:
    return day.year * 12 + day.month


def _numbers(invoice: Invoice) -> Iterator[Finding]:
    """A wrong AHV number is an error where nothing else names the insured person."""
    patient = invoice.patient
    if patient.ssn and not is_ahv_number(patient.ssn):
        severity: Severity = "warning" if patient.insured_number else "error"
        yield _finding(Reason.AHV_NUMBER_INVALID, "patient.ssn", "the check digit is wrong", severity)
    for role in ("biller", "provider", "prescriber"):
        party = getattr(invoice, role)
        if party.gln and not is_gln(party.gln):
            yield _finding(Reason.GLN_INVALID, f"{role}.gln", "the check digit is wrong", "warning")
        if party.zsr and not is_zsr(party.zsr):
            yield _finding(Reason.ZSR_INVALID, f"{role}.zsr", "a letter and six digits are expected", "warning")


def _orders(invoice: Invoice) -> Iterator[Finding]:
    """Texts that somebody may have written for a program to obey."""
    texts = {path: text for role in ("biller", "patient") for path, text in _texts(invoice, role)}
    for index, position in enumerate(invoice.positions):
        texts |= {f"positions.{index}.name": position.name, f"positions.{index}.remark": position.remark}
    if not addresses_a_program("\n".join(filter(None, texts.values()))):
        return
    for path, text in texts.items():
        if text and addresses_a_program(text):
            yield _finding(Reason.ADDRESSES_A_PROGRAM, path, "this text gives orders to a program", "warning")


def _texts(invoice: Invoice, role: str) -> Iterator[tuple[str, str | None]]:
    part = getattr(invoice, role)
    names = ("name", "family_name", "given_name", "street", "city")
    return ((f"{role}.{name}", getattr(part, name, None)) for name in names)


def _payment(invoice: Invoice) -> Iterator[Finding]:
    """Wrong payment data stop a payment to the provider; where the insured person is paid they do not matter."""
    payment = invoice.payment
    severity: Severity = "error" if invoice.tiers == "payant" else "warning"
    if payment.iban and not is_iban(payment.iban):
        yield _finding(Reason.IBAN_INVALID, "payment.iban", "the check digits are wrong", severity)
    elif payment.iban and is_qr_iban(payment.iban) != (payment.reference_type == "QRR"):
        yield _finding(
            Reason.PAYMENT_REFERENCE_INVALID,
            "payment.reference_type",
            "account and kind of reference do not fit",
            "warning",
        )
    valid = {"QRR": is_qr_reference, "SCOR": is_creditor_reference}.get(payment.reference_type or "")
    if valid and not valid(payment.reference or ""):
        yield _finding(Reason.PAYMENT_REFERENCE_INVALID, "payment.reference", "the check digit is wrong", severity)


def _sums(invoice: Invoice) -> Iterator[Finding]:
    total, amounts = invoice.total_amount, [position.amount for position in invoice.positions]
    if invoice.currency != "CHF":
        yield _finding(Reason.CURRENCY_NOT_CHF, "currency", "only Swiss francs are paid")
    if total is None:
        return
    known = [amount for amount in amounts if amount is not None]
    if amounts and len(known) == len(amounts) and abs(sum(known, ZERO) - total) > FIVE_CENTS:
        yield _finding(Reason.SUM_DIFFERS, "total_amount", f"the positions add up to {sum(known, ZERO)}")
    due = invoice.amount_due
    if due is not None and abs(total - invoice.prepaid_amount - due) > FIVE_CENTS:
        expected = total - invoice.prepaid_amount
        yield _finding(
            Reason.AMOUNT_DUE_DIFFERS,
            "amount_due",
            f"total less prepayment is {expected}: a fee, or an error",
            "warning",
        )


def _position(index: int, position: Position) -> Iterator[Finding]:
    path = f"positions.{index}"
    quantity, price, amount = position.quantity, position.unit_price, position.amount
    if amount is None:
        yield _finding(Reason.AMOUNT_UNREADABLE, f"{path}.amount", "this position has no amount")
    elif quantity is not None and price is not None and position.tariff not in TWO_PART_TARIFFS:
        expected = quantity * price * position.factor
        if abs(expected - amount) > FIVE_CENTS:
            yield _finding(Reason.LINE_AMOUNT_DIFFERS, f"{path}.amount", "quantity times price is not the amount")
    yield from _code(path, position)
    if quantity is not None and not ZERO < quantity <= MAX_PLAUSIBLE_QUANTITY:
        yield _finding(Reason.QUANTITY_IMPLAUSIBLE, f"{path}.quantity", "this is not a plausible quantity", "warning")


def _code(path: str, position: Position) -> Iterator[Finding]:
    if position.tariff not in GTIN_TARIFFS | PHARMACODE_TARIFFS:
        return
    if not position.code:
        yield _finding(Reason.GTIN_MISSING, f"{path}.code", "this position has no code")
    elif position.tariff in GTIN_TARIFFS and gtin_13(position.code) is None:
        yield _finding(Reason.GTIN_INVALID, f"{path}.code", "this is not a GTIN")
    elif position.tariff in PHARMACODE_TARIFFS and not is_pharmacode(position.code):
        yield _finding(Reason.GTIN_INVALID, f"{path}.code", "this is not a Pharmacode")


def _finding(code: Reason, path: str, message: str, severity: Severity = "error") -> Finding:
    return Finding(code=code, severity=severity, field=path, message=message)
