"""Several sources of one document: the most trusted one wins, the others show where values stand and contradict it.

A contradiction in what a decision rests on is a finding P229 of severity error: a person decides. A value that a source
does not have contradicts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pulse.base.identifiers import compact
from pulse.base.money import FIVE_CENTS
from pulse.base.reasons import Reason
from pulse.invoices.codes.payment_slip import PaymentSlip
from pulse.invoices.draft import with_cents
from pulse.invoices.model import FieldEvidence, Finding, Invoice, Position, Severity

#: What a decision rests on.
_DECIDING = (
    "guid",
    "invoice_date",
    "total_amount",
    "amount_due",
    "patient.family_name",
    "patient.given_name",
    "patient.birth_date",
    "patient.ssn",
    "patient.insured_number",
    "biller.gln",
    "biller.zsr",
    "tiers",
    "law",
    "request_type",
    "subtype",
)
#: Where a source says nothing, the model has these values.
_UNSAID = {"request_type": "invoice", "subtype": "normal"}
_DECIDING_IN_POSITION = ("date", "tariff", "code", "quantity", "unit_price", "amount")
_LAST_DIGITS = re.compile(r"(\d+)$")
_NAMES = {
    "qr_annex": "QR annex",
    "xml": "attached XML",
    "text": "print",
    "ocr": "print",
    "model": "model's reading",
    "person": "person",
}


def merge(sources: Sequence[Invoice]) -> Invoice:
    """The first source's invoice, with the others' places as evidence and a finding for each contradiction.

    Sources come in the order of trust; there is one at least.
    """
    invoice, *others = sources
    for other in others:
        fields = {path: _evidence(path, evidence, invoice, other) for path, evidence in invoice.fields.items()}
        findings = (*invoice.findings, *contradictions(invoice, other))
        invoice = invoice.model_copy(update={"fields": fields, "findings": findings})
    return invoice


def same_invoice(one: Invoice, other: Invoice) -> bool:
    """Whether two sources mean one invoice: by guid where both have one, else by biller and number."""
    if one.guid and other.guid:
        return one.guid.lower() == other.guid.lower()
    return not _differ(one.biller.gln, other.biller.gln) and _number_severity(one, other) != "error"


def same_number(one: str, other: str) -> bool:
    """Whether two printed numbers may be one invoice's: the form shows the last digits alone."""
    return compact(one) == compact(other) or _shortened(one, other) or _shortened(other, one)


def names_invoice(text: str, invoice: Invoice) -> bool:
    """Whether a text that OCR made of the invoice's paper names this invoice and its patient, each by one value at
    least: a misread letter here or there changes nothing, the paper of another invoice names neither or but one."""
    patient, written = invoice.patient, _squeezed(text)
    total, born = invoice.total_amount, patient.birth_date
    own = (invoice.guid, invoice.invoice_number, total is not None and f"{with_cents(total):f}")
    person = (patient.ssn, patient.insured_number, patient.family_name, born and f"{born:%d%m%Y}")
    return all(any(value and _squeezed(str(value)) in written for value in values) for values in (own, person))


def contradictions(invoice: Invoice, other: Invoice) -> list[Finding]:
    """What the less trusted source says differently."""
    names = f"{_NAMES[invoice.source.kind]} and {_NAMES[other.source.kind]}"
    findings = []
    if severity := _number_severity(invoice, other):
        findings.append(_finding("invoice_number", names, severity))
    findings += [_finding(path, names) for path in _DECIDING if _contradict(path, invoice, other)]
    if "positions" not in other.fields:
        return findings
    if len(invoice.positions) != len(other.positions):
        return [*findings, _finding("positions", names)]
    for index, pair in enumerate(zip(invoice.positions, other.positions, strict=True)):
        findings += [_finding(f"positions.{index}.{name}", names) for name in _differing(*pair)]
    return findings


def with_slips(invoice: Invoice, slips: Sequence[PaymentSlip]) -> Invoice:
    """The invoice with what only its payment slip says, and a finding for each thing that they say differently."""
    if not slips:
        return invoice
    payment = invoice.payment
    slip = max(slips, key=lambda one: (one.iban == payment.iban, one.reference == payment.reference))
    findings = list(_slip_contradictions(invoice, slip))
    if len({(one.iban, one.reference) for one in slips}) > 1:
        findings.append(_disagreement("payment", "there are payment slips for different payments"))
    where = FieldEvidence(confidence=1, page=slip.page)
    said = {"iban": slip.iban, "reference": slip.reference or None, "reference_type": slip.reference_type}
    if payment.iban or payment.reference:
        said.pop("reference_type")
    filled = {name: value for name, value in said.items() if value and getattr(payment, name) is None}
    fields = {**invoice.fields, **{f"payment.{name}": where for name in filled}}
    update: dict[str, Any] = {"payment": payment.model_copy(update=filled)}
    if invoice.amount_due is None and slip.amount is not None:
        update["amount_due"] = with_cents(slip.amount)
        fields["amount_due"] = where
    return invoice.model_copy(update={**update, "fields": fields, "findings": (*invoice.findings, *findings)})


def several_invoices(message: str) -> Finding:
    """One document, several invoices: the first is read, a person looks for the others."""
    return Finding(code=Reason.SEVERAL_INVOICES, severity="error", message=message)


def value_at(invoice: Invoice, path: str) -> Any:
    """The value at a path such as `positions.0.code`; None where there is none."""
    value: Any = invoice
    for part in path.split("."):
        if isinstance(value, tuple):
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = getattr(value, part, None)
    return value


def _slip_contradictions(invoice: Invoice, slip: PaymentSlip) -> Iterator[Finding]:
    payment = invoice.payment
    if payment.iban and compact(payment.iban) != slip.iban:
        yield _disagreement("payment.iban", "the payment slip asks for another account than the invoice")
    if payment.reference and slip.reference and compact(payment.reference) != slip.reference:
        yield _disagreement("payment.reference", "the payment slip has another reference than the invoice")
    due = invoice.amount_due
    if slip.amount is not None and due is not None and abs(slip.amount - due) >= FIVE_CENTS:
        yield _disagreement("amount_due", f"the payment slip asks for {with_cents(slip.amount)}")
    if slip.currency and slip.currency != invoice.currency:
        yield _disagreement("currency", f"the payment slip asks for {slip.currency}")


def _evidence(path: str, evidence: FieldEvidence, invoice: Invoice, other: Invoice) -> FieldEvidence:
    """The other's place of the same value, where the better source has none on the page."""
    seen = other.fields.get(path)
    if seen is None or seen.box is None or evidence.box is not None:
        return evidence
    if path != "positions" and _comparable(value_at(invoice, path)) != _comparable(value_at(other, path)):
        return evidence
    return seen.model_copy(update={"confidence": evidence.confidence})


def _contradict(path: str, invoice: Invoice, other: Invoice) -> bool:
    if path in _UNSAID and path not in other.fields:
        return False
    return _differ(value_at(invoice, path), value_at(other, path))


def _differing(one: Position, other: Position) -> list[str]:
    return [name for name in _DECIDING_IN_POSITION if _differ(getattr(one, name), getattr(other, name))]


def _differ(one: Any, other: Any) -> bool:
    return one is not None and other is not None and _comparable(one) != _comparable(other)


def _comparable(value: Any) -> Any:
    return " ".join(value.split()).casefold() if isinstance(value, str) else value


def _squeezed(text: str) -> str:
    """Letters and digits alone, in lower case."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _number_severity(invoice: Invoice, other: Invoice) -> Severity | None:
    """The print template shows only the number's last digits (`AP-2026-000101` → `101`): no contradiction."""
    number, printed = invoice.invoice_number, other.invoice_number
    if number is None or printed is None or compact(number) == compact(printed):
        return None
    return "info" if _shortened(number, printed) else "error"


def _shortened(number: str, printed: str) -> bool:
    last = _LAST_DIGITS.search(number)
    return last is not None and printed.isdecimal() and last[1].lstrip("0").endswith(printed.lstrip("0") or "0")


def _finding(path: str, names: str, severity: Severity = "error") -> Finding:
    return _disagreement(path, f"{names} say different things", severity)


def _disagreement(path: str, message: str, severity: Severity = "error") -> Finding:
    return Finding(code=Reason.SOURCES_DISAGREE, severity=severity, field=path, message=message)
